"""Conversations with an MCP server that is a program of the machine: each request is one, from the greeting on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pydantic import Field, JsonValue

from tenuto.connectors.mcp.calling import called, tools_of
from tenuto.connectors.mcp.session import Session
from tenuto.connectors.mcp.shapes import Search, ToolAnswer, ToolCall, ToolList, offered, told
from tenuto.connectors.mcp.wire import Reply, message, newest, of, us
from tenuto.core.connector import Answer, Calls, Connector, Request
from tenuto.core.errors import InvalidOutput
from tenuto.core.toolbox import Toolbox
from tenuto.core.values import JsonObject

_name = Field(
    pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="The name under which an administrator has allowed the command.", examples=["files"]
)


class SearchOf(Search):
    """Which tools of which server."""

    server: str = _name


class CallOf(ToolCall):
    """A call of one tool of a server."""

    server: str = _name


mcp_command = Connector(
    key="mcp_command",
    name="MCP server on this machine",
    doc="A server of the Model Context Protocol that is a program here: one of the command lines that an administrator has allowed.",
    base_url="stdio://local",
    toolbox=Toolbox(lists="list_tools", calls="call_tool", server="server", offered=offered, told=told),
)


class CommandSession(Session):
    """What a session is, over the pipes of a program that is started for each request."""

    def __init__(self, calls: Calls, server: str) -> None:
        super().__init__(calls)
        self._headers = {}
        self._server = server

    async def _first(self, method: str, params: Mapping[str, JsonValue]) -> JsonObject:
        return await self.ask(method, params)

    async def _exchange(self, method: str, params: Mapping[str, JsonValue], headers: Mapping[str, str], *, asks: bool) -> Reply:
        about: dict[str, JsonValue] = {"protocolVersion": newest, "capabilities": {}, "clientInfo": us}
        conversation: list[JsonValue] = [
            message("initialize", 1, about), message("notifications/initialized", None), message(method, 2, params),
        ]  # fmt: skip
        return await self._calls.send(
            Request(
                result=Reply, method="POST", path="/{server}", fill={"server": self._server}, json={"messages": conversation},
                read=partial(_last, 2), asks=asks,
            )
        )  # fmt: skip


def _last(number: int, answer: Answer, _: object) -> Reply:
    given = answer.json
    replies = given.get("replies") if isinstance(given, dict) else None
    found = of(replies[-1], number) if isinstance(replies, list) and replies else None
    if found is None:
        raise InvalidOutput("The command's answer is none to what it was asked.", raw=answer.text)
    return found


@mcp_command.action(effect="read")
async def list_tools(calls: Calls, params: SearchOf) -> ToolList:
    """List the tools that a server on this machine offers."""
    return await tools_of(CommandSession(calls, params.server), params)


@mcp_command.action(effect="write")
async def call_tool(calls: Calls, params: CallOf) -> ToolAnswer:
    """Call a tool of a server on this machine. It is never repeated by itself, for it may do anything."""
    return await called(CommandSession(calls, params.server), params, "write")


@mcp_command.action(effect="read")
async def read_with_tool(calls: Calls, params: CallOf) -> ToolAnswer:
    """Call a tool of which the server on this machine says that it changes nothing, and believe that."""
    return await called(CommandSession(calls, params.server), params, "read")
