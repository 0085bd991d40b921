"""`/mcp`: the published workflows and the connectors' actions as tools of the Model Context Protocol (streamable HTTP)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import JsonValue
from starlette.types import Message, Receive, Scope, Send

from tenuto.api.around.challenge import challenged
from tenuto.api.bodies import input_limit
from tenuto.api.problems import refusal_schema
from tenuto.api.routing import Caller, Permission, Router, gate
from tenuto.core.access import Principal
from tenuto.core.delegation import lacking
from tenuto.core.errors import InsufficientScope, Malformed

router = Router(tag="MCP")

Serve = Callable[[Scope, Receive, Send], Awaitable[None]]
"""What answers the messages of the protocol."""

_message = {"type": "object", "description": "A message of JSON-RPC 2.0."}
_answers = {"application/json": {"schema": _message}, "text/event-stream": {"schema": {"type": "string"}}}
_either = {"application/json": {"schema": {"anyOf": [refusal_schema, _message]}}}


class _Handed(Response):
    """The answer of the protocol's own server to a request whose body has been read."""

    def __init__(self, serve: Serve, body: bytes, following: Receive) -> None:
        super().__init__()
        self._serve = serve
        self._messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._following = following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serve(scope, self._receive, send)

    async def _receive(self) -> Message:
        return self._messages.pop() if self._messages else await self._following()


@router.post(
    "/mcp",
    permission=Permission.catalog_read,
    delegated=True,
    limit=input_limit,
    also=(406,),
    response_class=Response,
    responses={
        200: {"description": "The answer, by itself or as the last event of a stream.", "content": _answers},
        202: {"description": "A notification was taken in."},
        400: {"description": "Bad Request", "content": _either},
        404: {"description": "Not Found", "content": _either},
        406: {"description": "Not Acceptable"},
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _message}}}},
)
async def mcp(
    request: Request,
    caller: Caller,
    tools: Annotated[str | None, Query(description="Offer these alone: `workflows` and keys of connectors, with commas between.")] = None,
) -> Response:
    """One message of a client. Which tools there are depends on what the caller may do."""
    # The protocol demands it of whatever a browser could send, with a key as with a cookie (DNS rebinding).
    gate(request).refuse_foreign_page(request, from_browser=False)
    request.state.tools = tools
    # Read strictly, by the same rules as every other body.
    message = cast("JsonValue", await request.json())
    if message is None or not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise Malformed("A message of JSON-RPC is needed.", fix="Send one, with the header Content-Type: application/json.")
    if (scope := _lacking(caller, message)) is not None:
        return challenged(request, gate(request), InsufficientScope("The application was not allowed this.", scope=scope))
    return _Handed(cast("Serve", request.app.state.mcp), await request.body(), request.receive)


def _lacking(caller: Principal, message: JsonValue) -> str | None:
    """The scope that an application would need for a call that the member behind it may make."""
    if caller.only is None or not isinstance(message, dict) or message.get("method") != "tools/call":
        return None
    params = message.get("params")
    name = params.get("name") if isinstance(params, dict) else None
    return lacking(caller, name) if isinstance(name, str) else None
