"""What agents may be given as tools: the actions of connectors, and the tools of servers that connectors speak to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from pydantic import JsonValue

from tenuto.core.agent import Tool
from tenuto.core.catalog import suggest
from tenuto.core.errors import NotFound, Problem
from tenuto.core.toolbox import Offered, Toolbox, ToolName, bounded, every_tool, presented, tool_name
from tenuto.core.values import JsonObject, encode
from tenuto.engine.parts import Parts


class Tooled(ABC):
    """The part of a node's context that gives agents their tools."""

    parts: Parts

    @property
    @abstractmethod
    def simulated(self) -> bool:
        """Whether nothing real happens outside."""

    @abstractmethod
    async def call(
        self, connector: str, action: str, params: JsonObject, *, connection: str | None = None, step: str | None = None
    ) -> JsonValue:
        """One connector action, as a step."""

    def tool(self, name: str) -> Tool:
        """A connector action (`github.list_issues`) as a tool. Raises `NotFound`."""
        connector, _, key = name.partition(".")
        action = self.parts.catalog.action(connector, key)
        writes = action.effect not in ("pure", "read")
        return Tool(name=name, description=action.doc, parameters=action.params.model_json_schema(), writes=writes)

    async def offered(self, name: ToolName) -> Sequence[Tool]:
        """A server's tools, or the one that is named, as its list says, which is a step of the node.

        All of them write: what a server says of its own tools is believed by nobody. Simulated, there is no server to ask.
        """
        box = self._box(name)
        if self.simulated:
            named = Offered(name.tool, "A tool of a server, which is not asked in a simulated run.", {"type": "object"})
            return () if name.tool == every_tool else (_tool(name, named),)
        there = presented(name.source, box.offered(await self._listed(name, box)))
        if name.tool == every_tool:
            return tuple(_tool(name, each) for each in there)
        found = [each for each in there if each.name == name.tool]
        if not found:
            near = suggest(name.tool, dict.fromkeys(each.name for each in there))
            raise NotFound(f'{name.source} offers no tool "{name.tool[:128]}" that an agent could be given.{near}')
        return (_tool(name, found[0]),)

    async def use(self, name: str, arguments: JsonObject, *, step: str | None = None) -> str:
        """A tool's answer, as text for an agent."""
        of_server = tool_name(name)
        if of_server is None:
            connector, _, action = name.partition(".")
            answer = await self.call(connector, action, arguments, step=step)
            return answer if isinstance(answer, str) else encode(answer).decode()
        box = self._box(of_server)
        params, connection = box.calling(of_server, arguments), box.connection(of_server)
        return bounded(box.told(await self.call(of_server.connector, box.calls, params, connection=connection, step=step)))

    async def _listed(self, name: ToolName, box: Toolbox) -> JsonValue:
        connection, step = box.connection(name), f"tools of {name.source}"
        try:
            return await self.call(name.connector, box.lists, box.listing(name), connection=connection, step=step)
        except Problem as problem:
            detail = f"The tools of {name.source} cannot be listed: {problem.data.detail}"
            problem.data = problem.data.model_copy(update={"detail": detail})
            problem.args = (detail,)
            raise

    def _box(self, name: ToolName) -> Toolbox:
        box = self.parts.catalog.connector(name.connector).toolbox
        if box is None:
            raise NotFound(f"{name.connector} has no servers with tools of their own.", fix="Name an action, like github.list_issues.")
        return box


def _tool(name: ToolName, found: Offered) -> Tool:
    return Tool(name=f"{name.source}/{found.name}", description=found.description, parameters=dict(found.parameters), writes=True)
