"""A conversation with an MCP server for one action: without a handshake where the server can, else with one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

from pydantic import JsonValue

from tenuto.connectors.mcp.shapes import ToolView
from tenuto.connectors.mcp.wire import (
    Reply,
    accepted,
    answered,
    handshakes,
    message,
    named_headers,
    newest,
    reply_to,
    standalone,
    us,
)
from tenuto.core.connector import Answer, Calls, Request
from tenuto.core.errors import AuthRejected, InvalidOutput, NotFound, Problem, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

most_pages = 50
most_tools = 2_000
_resumed = 3
_longest_pause = 10.0
_of_the_server = (-32603, 0)
"""Errors that say that something went wrong, and not that the request was wrong."""


class Session:
    """What is known of the server while an action lasts. Mutable: the first answer decides how it is spoken to."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._numbers = itertools.count(1)
        self._headers: dict[str, str] | None = None
        """Of a conversation that began with a handshake."""

    async def tools(self) -> list[ToolView]:
        """Every tool that is offered; those without a usable name or schema are left out."""
        found: list[ToolView] = []
        cursor: str | None = None
        for page in range(most_pages):
            params: dict[str, JsonValue] = {} if cursor is None else {"cursor": cursor}
            result = await (self._first("tools/list", params) if page == 0 else self.ask("tools/list", params))
            given = result.get("tools")
            if not isinstance(given, list):
                raise InvalidOutput("The MCP server's list has no tools.")
            found += [tool for item in given if isinstance(item, dict) and (tool := _tool(item))]
            following = result.get("nextCursor")
            if not isinstance(following, str) or following == cursor or len(found) >= most_tools:
                break
            cursor = following
        return found[:most_tools]

    async def tool(self, name: str) -> ToolView:
        """One of them. Raises `NotFound` naming those there are."""
        tools = await self.tools()
        found = next((tool for tool in tools if tool.name == name), None)
        if found is None:
            known = ", ".join(tool.name for tool in tools[:30]) or "none"
            raise NotFound(f'The MCP server has no tool "{name}".', fix=f"Its tools: {known}.")
        return found

    async def ask(self, method: str, params: Mapping[str, JsonValue], *, schema: JsonObject | None = None, asks: bool = True) -> JsonObject:
        """The result of one request; `asks` where it changes nothing.

        Raises `Rejected` for an error that says what was wrong with it, `VendorFailed` or, where it may have been done, `Uncertain`
        for others.
        """
        if self._headers is None:
            sent, headers = standalone(params), named_headers(method, params, schema)
        else:
            sent, headers = dict(params), self._headers
        reply = await self._exchange(method, sent, headers, asks=asks)
        if reply.result is not None and reply.result.get("resultType") != "input_required":
            return reply.result
        if reply.result is not None or reply.asked:
            said = "The MCP server wants to ask a person something first, which a workflow cannot do for it."
            # The newer way asks before it begins; the older one in the middle of a call.
            raise Rejected(said) if asks or reply.result is not None else Uncertain(f"{said} A part may have been done.")
        if reply.broken or reply.code in _of_the_server:
            said = "ended its answer before it was whole" if reply.broken else f"failed: {reply.said}"
            raise VendorFailed(f"The MCP server {said}") if asks else Uncertain(f"The MCP server {said}. It may have been done.")
        raise Rejected(f"The MCP server refused: {reply.said.rstrip('.')}.")

    async def end(self) -> None:
        """Tell the server that a session is over; one that does not care for that is left alone."""
        if self._headers is not None and "Mcp-Session-Id" in self._headers:
            try:
                ended = partial(_nothing)
                await self._calls.send(Request(result=Reply, method="DELETE", path="", headers=self._headers, read=ended, asks=True))
            except Problem:
                pass

    async def _first(self, method: str, params: Mapping[str, JsonValue]) -> JsonObject:
        """The first request: a server that does not know the newer way refuses it, and is greeted in the older one."""
        try:
            return await self.ask(method, params)
        except (AuthRejected, InvalidOutput):
            raise
        except (Rejected, VendorFailed) as refused:
            try:
                await self._greet()
            except Problem as problem:
                raise (refused if isinstance(problem, Rejected) else problem) from None
        return await self.ask(method, params)

    async def _greet(self) -> None:
        about: dict[str, JsonValue] = {"protocolVersion": newest, "capabilities": {}, "clientInfo": us}
        reply = await self._exchange("initialize", about, {}, asks=True)
        version = reply.result.get("protocolVersion") if reply.result else None
        if version not in handshakes:
            raise Rejected(f"The MCP server speaks no version of the protocol that we know{f': {reply.said}' if reply.said else ''}.")
        headers = {"Mcp-Protocol-Version": str(version)}
        if reply.session is not None:
            headers["Mcp-Session-Id"] = reply.session
        self._headers = headers
        await self._send(message("notifications/initialized", None), None, headers, asks=True)

    async def _exchange(self, method: str, params: Mapping[str, JsonValue], headers: Mapping[str, str], *, asks: bool) -> Reply:
        number = next(self._numbers)
        reply = await self._send(message(method, number, params), number, headers, asks=asks)
        for _ in range(_resumed):
            if not reply.broken or reply.last_event is None:
                break
            await asyncio.sleep(min(reply.retry, _longest_pause))
            reply = await self._resume(number, headers, reply)
        return reply

    async def _send(self, body: JsonObject, number: int | None, headers: Mapping[str, str], *, asks: bool) -> Reply:
        given = {"Accept": accepted, **headers}
        read = partial(_read, number)
        return await self._calls.send(
            Request(result=Reply, method="POST", path="", headers=given, json=dict(body), read=read, asks=asks, ends=_ends(number))
        )

    async def _resume(self, number: int, headers: Mapping[str, str], broken: Reply) -> Reply:
        """Take a stream up where it broke off. Nothing is called again."""
        given = {"Accept": "text/event-stream", "Last-Event-ID": broken.last_event or "", **headers}
        again = await self._calls.send(
            Request(result=Reply, method="GET", path="", headers=given, read=partial(_read, number), ends=_ends(number))
        )
        return again if again.last_event or not again.broken else broken


@asynccontextmanager
async def conversation(session: Session) -> AsyncGenerator[Session]:
    """A session that is ended with the block."""
    try:
        yield session
    finally:
        await session.end()


def _read(number: int | None, answer: Answer, _: object) -> Reply:
    return reply_to(answer, number)


def _ends(number: int | None) -> Callable[[bytes], bool] | None:
    return None if number is None else lambda body: answered(body, number)


def _nothing(_: Answer, __: object) -> Reply:
    return Reply()


def _tool(item: Mapping[str, JsonValue]) -> ToolView | None:
    name, schema, output = item.get("name"), item.get("inputSchema"), item.get("outputSchema")
    if not isinstance(name, str) or not 0 < len(name) <= 256 or not isinstance(schema, dict):
        return None
    hints = item.get("annotations")
    hints = hints if isinstance(hints, dict) else {}
    title = item.get("title") or hints.get("title")
    reads = hints.get("readOnlyHint") is True
    return ToolView(
        name=name,
        title=title if isinstance(title, str) else name,
        description=str(item.get("description") or ""),
        arguments=schema,
        output=cast("dict[str, JsonValue]", output) if isinstance(output, dict) else None,
        reads=reads,
        repeatable=reads or hints.get("idempotentHint") is True,
    )
