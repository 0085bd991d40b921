"""Who calls by MCP, and which tools the address asks for: `/mcp?tools=workflows,slack`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, cast

from tenuto.core.access import Principal
from tenuto.core.errors import Invalid

workflows = "workflows"
"""What stands for all workflows among the names of connectors."""


class _State(Protocol):
    caller: Principal
    tools: str | None


class Asked(Protocol):
    """The HTTP request as far as it matters here; who is calling was found out before it came."""

    @property
    def state(self) -> _State: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller, and the names of what is offered to it; None is everything that it may use."""

    caller: Principal
    only: frozenset[str] | None = None

    def offers(self, name: str) -> bool:
        """Whether this group of tools is asked for."""
        return self.only is None or name in self.only


def visit_of(request: object, connectors: Collection[str]) -> Visit:
    """The visit of a request. Raises `Invalid` for a group of tools that does not exist."""
    asked = cast("Asked", request)
    given = asked.state.tools
    if given is None:
        return Visit(asked.state.caller)
    names = frozenset(name.strip() for name in given.split(",") if name.strip())
    unknown = sorted(names - {workflows} - set(connectors))
    if unknown or not names:
        said = f'There are no tools called "{unknown[0][:100]}".' if unknown else "No tools are named."
        raise Invalid(said, pointer="/tools", fix=f"Name {workflows} and keys of connectors, with commas between.")
    return Visit(asked.state.caller, names)
