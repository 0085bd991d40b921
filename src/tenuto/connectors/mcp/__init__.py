"""Any server of the Model Context Protocol over streamable HTTP: its tools, listed live, and calls of them.

What a server says of its own tools is believed by nobody unless whoever writes the workflow chooses to: `call_tool` is a write
whatever the server says. `read_with_tool` and `repeat_tool` are for those who trust it, and do only what it says is one of these.
"""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.mcp.session import conversation
from tenuto.connectors.mcp.shapes import Search, ToolAnswer, ToolCall, ToolList, ToolView
from tenuto.connectors.mcp.wire import Reply, accepted, message, newest, reply_to, us
from tenuto.core.account import AccountField, host_name
from tenuto.core.auth import ApiKey, NoAuth
from tenuto.core.connector import Answer, Calls, Connector, Request, Whoami
from tenuto.core.errors import Invalid, InvalidOutput, Rejected, Uncertain
from tenuto.core.language.schema import sentence, violations
from tenuto.core.values import JsonObject

__all__ = ["mcp"]


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
    async with conversation(calls) as session:
        tools = await session.tools()
    wanted = (params.query or "").lower()
    found = tuple(tool for tool in tools if wanted in tool.name.lower() or wanted in tool.description.lower())
    return ToolList(tools=found, total=len(found))


@mcp.action(effect="write")
async def call_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool. It is never repeated by itself, for it may do anything."""
    return await _call(calls, params, "write")


@mcp.action(effect="idempotent_write")
async def repeat_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool of which the server says that twice is the same as once, and believe that: after a crash it is called again."""
    return await _call(calls, params, "repeat")


@mcp.action(effect="read")
async def read_with_tool(calls: Calls, params: ToolCall) -> ToolAnswer:
    """Call a tool of which the server says that it changes nothing, and believe that: it is called again whenever that helps."""
    return await _call(calls, params, "read")


async def _call(calls: Calls, params: ToolCall, trust: str) -> ToolAnswer:
    async with conversation(calls) as session:
        tool = await session.tool(params.name)
        _trusted(tool, trust)
        if wrong := violations(params.arguments, tool.arguments, "/arguments"):
            raise Invalid(f"{tool.name} does not take these arguments: {sentence(wrong)}", pointer=wrong[0].pointer, issues=wrong)
        asked: dict[str, JsonValue] = {"name": tool.name, "arguments": params.arguments}
        result = await session.ask("tools/call", asked, schema=tool.arguments, asks=trust == "read")
        try:
            return _answered(tool, result)
        except InvalidOutput as wrong:
            raise (
                wrong if trust == "read" else Uncertain(f"{wrong.data.detail} It was called all the same.", raw=wrong.data.raw)
            ) from None


def _trusted(tool: ToolView, trust: str) -> None:
    if (trust == "read" and not tool.reads) or (trust == "repeat" and not tool.repeatable):
        said = "changes nothing" if trust == "read" else "can be repeated"
        raise Invalid(f"The server does not say that {tool.name} {said}.", pointer="/name", fix="Use call_tool.")


def _answered(tool: ToolView, result: JsonObject) -> ToolAnswer:
    """Raises `Rejected` where the tool says that it failed, and `InvalidOutput` where it answers something else than it promised."""
    given = result.get("content")
    content = tuple(part for part in given if isinstance(part, dict)) if isinstance(given, list) else ()
    text = "\n".join(str(part.get("text") or "") for part in content if part.get("type") == "text")
    if result.get("isError") is True:
        raise Rejected(f"{tool.name} failed: {text[:1000] or 'no reason given'}", raw=text)
    data = result.get("structuredContent")
    if tool.output is not None and (wrong := violations(data, tool.output, "/data")):
        raise InvalidOutput(f"{tool.name} answered something else than it promises: {sentence(wrong)}", raw=text)
    return ToolAnswer(text=text, data=data, content=content)
