"""Tools that only a server knows: how a connector lists and calls them, and how agents are given them by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.values import JsonObject, encode

every_tool = "*"
most_tools = 128
"""So many tools may an agent have where a server's are among them: models take no more."""
_longest_description = 1024
_largest_schema = 32_000
_longest_answer = 100_000


class ToolName(NamedTuple):
    """`mcp:docs/search`: a connector, the connection (or the name of a server on this machine), and a tool; `*` is all of them."""

    connector: str
    place: str
    tool: str

    @property
    def source(self) -> str:
        """Where it comes from: `mcp:docs`."""
        return f"{self.connector}:{self.place}"


class Offered(NamedTuple):
    """A tool in its server's own words, which nobody has checked."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """That a connector's servers offer tools of their own, by which of its actions they are listed and called, and what these say.

    An agent may call them, so that the action that calls is one that expects the worst (`write`).
    """

    lists: str
    calls: str
    server: str | None = None
    """The parameter of both actions that says which server is asked; None where the connection says it."""
    offered: Callable[[JsonValue], Sequence[Offered]]
    """The tools of a list."""
    told: Callable[[JsonValue], str]
    """What a call answered, as a model reads it."""

    def listing(self, name: ToolName) -> JsonObject:
        """Parameters of the action that lists."""
        return {} if self.server is None else {self.server: name.place}

    def calling(self, name: ToolName, arguments: JsonObject) -> JsonObject:
        """Parameters of the action that calls."""
        return {**self.listing(name), "name": name.tool, "arguments": dict(arguments)}

    def connection(self, name: ToolName) -> str | None:
        """The connection that both are called with."""
        return name.place if self.server is None else None


def tool_name(text: str) -> ToolName | None:
    """The name of a server's tool; None for anything else, as the name of a connector's action (`github.list_issues`)."""
    connector, colon, rest = text.partition(":")
    place, slash, tool = rest.partition("/")
    return ToolName(connector, place, tool) if colon and slash and place and tool and "." not in connector else None


def covers(names: Iterable[str], tool: str) -> bool:
    """Whether a tool is among these names, by its own or as one of all of its server."""
    found, every = tool_name(tool), set(names)
    return tool in every or (found is not None and f"{found.source}/{every_tool}" in every)


def within(names: Sequence[str], limits: Sequence[str]) -> Sequence[str]:
    """Those of the names that the limits allow; a server's tools that both have, whichever names them one by one."""
    return tuple(dict.fromkeys((*(name for name in names if covers(limits, name)), *(each for each in limits if covers(names, each)))))


def presented(source: str, tools: Sequence[Offered]) -> Sequence[Offered]:
    """A server's tools as a model may be shown them: in words that people can see too, bounded, and said to be the server's.

    Those that are too large, or whose name is taken already, are left out.
    """
    found: dict[str, Offered] = {}
    for tool in tools:
        if tool.name in found or tool.name == every_tool or len(encode(tool.parameters)) > _largest_schema:
            continue
        description = f"By the server {source}, in its own words: {visible(tool.description)[:_longest_description]}"
        parameters = _visible_all(tool.parameters)
        found[tool.name] = Offered(tool.name, description, parameters if isinstance(parameters, Mapping) else {"type": "object"})
    return tuple(found.values())


def bounded(text: str) -> str:
    """An answer as a model is told it, without what is too much of it."""
    more = len(text) - _longest_answer
    return text if more <= 0 else f"{text[:_longest_answer]}… ({more:,} more characters were left out)"


def visible(text: str) -> str:
    """The text without characters that nobody sees: what is hidden in them is meant for models, and not for people."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs", "Cn"})


def _visible_all(value: JsonValue | JsonObject) -> JsonValue:
    match value:
        case str():
            return visible(value)
        case list():
            return [_visible_all(item) for item in value]
        case Mapping():
            return {visible(name): _visible_all(item) for name, item in value.items()}
        case _:
            return value
