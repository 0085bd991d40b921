"""Calling a tool: found in the server's list, its arguments held against its schema, its answer against what it promises."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.connectors.mcp.session import Session, conversation
from tenuto.connectors.mcp.shapes import Search, ToolAnswer, ToolCall, ToolList, ToolView
from tenuto.core.errors import Invalid, InvalidOutput, Rejected, Uncertain
from tenuto.core.language.schema import sentence, violations
from tenuto.core.values import JsonObject

Trust: TypeAlias = Literal["write", "repeat", "read"]
"""What is believed of what a server says of its tool: nothing, that it can be repeated, or that it changes nothing."""


async def tools_of(given: Session, params: Search) -> ToolList:
    """The tools of a server, or those that are looked for."""
    async with conversation(given) as session:
        tools = await session.tools()
    wanted = (params.query or "").lower()
    found = tuple(tool for tool in tools if wanted in tool.name.lower() or wanted in tool.description.lower())
    return ToolList(tools=found, total=len(found))


async def called(given: Session, params: ToolCall, trust: Trust) -> ToolAnswer:
    """What a tool answers. Raises `NotFound`, `Invalid`, `Rejected` where the tool fails, and the session's problems."""
    async with conversation(given) as session:
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


def _trusted(tool: ToolView, trust: Trust) -> None:
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
