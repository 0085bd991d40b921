"""Any server of the Model Context Protocol over streamable HTTP: its tools, listed live, and calls of them.

What a server says of its own tools is believed by nobody unless whoever writes the workflow chooses to: `call_tool` is a write
whatever the server says. `read_with_tool` and `repeat_tool` are for those who trust it, and do only what it says is one of these.
"""

from __future__ import annotations

from tenuto.connectors.mcp.calling import called, tools_of
from tenuto.connectors.mcp.commands import mcp_command
from tenuto.connectors.mcp.session import Session
from tenuto.connectors.mcp.shapes import Search, ToolAnswer, ToolCall, ToolList, offered, told
from tenuto.connectors.mcp.wire import Reply, accepted, message, newest, reply_to, us
from tenuto.core.account import AccountField, host_name
from tenuto.core.auth import ApiKey, NoAuth
from tenuto.core.connector import Answer, Calls, Connector, Request, Whoami
from tenuto.core.errors import Rejected
from tenuto.core.toolbox import Toolbox

__all__ = ["mcp", "mcp_command"]


def _who(answer: Answer, _: object) -> Whoami:
    """The server's own name: whose a key is, the protocol does not tell."""
    reply: Reply = reply_to(answer, 1)
    about = (reply.result or {}).get("serverInfo")
    if reply.result is None:
        raise Rejected(f"The MCP server refused to be greeted: {reply.said}.")
    return Whoami(account=str(about.get("title") or about.get("name")) if isinstance(about, dict) else "MCP server")


mcp = Connector(
    key="mcp",
    name="MCP server",
    doc="Any server of the Model Context Protocol: its tools as actions.",
    base_url="https://{host}/{path}",
    auth=ApiKey(prefix="Bearer ", label="Access token"),
    also=(NoAuth(),),
    fields=(
        AccountField(name="host", description="The host of the server's address.", example="mcp.example.com", pattern=host_name),
        AccountField(
            name="path",
            description="The rest of its address, without the slash at its beginning.",
            example="v1/mcp",
            pattern=r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*",
        ),
    ),
    toolbox=Toolbox(lists="list_tools", calls="call_tool", offered=offered, told=told),
    check=Request(
        result=Whoami,
        method="POST",
        path="",
        headers={"Accept": accepted},
        json=message("initialize", 1, {"protocolVersion": newest, "capabilities": {}, "clientInfo": us}),
        read=_who,
    ),
)


@mcp.action(effect="read")
async def list_tools(calls: Calls, params: Search) -> ToolList:
    """List the tools that the server offers now."""
    return await tools_of(Session(calls), params)


@mcp.action(effect="write")
async def call_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool. It is never repeated by itself, for it may do anything."""
    return await called(Session(calls), params, "write")


@mcp.action(effect="idempotent_write")
async def repeat_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool of which the server says that twice is the same as once, and believe that: after a crash it is called again."""
    return await called(Session(calls), params, "repeat")


@mcp.action(effect="read")
async def read_with_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool of which the server says that it changes nothing, and believe that: it is called again whenever that helps."""
    return await called(Session(calls), params, "read")
