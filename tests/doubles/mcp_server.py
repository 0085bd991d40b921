"""MCP servers on loopback: one made with the official SDK, of the kind its documentation shows first, and one that answers by script.

The tools are what the SDK's quick start and its page on structured output show: sums, greetings, weather. `served_mcp` speaks both eras
of the protocol, with sessions, without them, or as plain JSON.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.doubles import loopback

token = "mcp-canary-token"


class Weather(BaseModel):
    """What it is like somewhere."""

    city: str
    celsius: float = Field(description="Degrees.")


@dataclass
class Example:
    """The example server: how it is served, what was called, and which credentials came."""

    url: str = ""
    called: list[tuple[str, object]] = field(default_factory=list)
    credentials: set[str | None] = field(default_factory=set)
    methods: list[str] = field(default_factory=list)
    versions: set[str | None] = field(default_factory=set)


def example(seen: Example) -> MCPServer[Any]:
    """Tools of every kind: with data, without, that fail, that change something, and that say so or not."""
    server = MCPServer("Example", instructions="For tests.")

    @server.tool(title="Add", annotations=ToolAnnotations(read_only_hint=True))
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        seen.called.append(("add", (a, b)))
        return a + b

    @server.tool(annotations=ToolAnnotations(idempotent_hint=True))
    def put(key: str, value: str) -> str:
        """Keep a value."""
        seen.called.append(("put", (key, value)))
        return f"{key} is {value}"

    @server.tool()
    def weather(city: str) -> Weather:
        """The weather somewhere."""
        seen.called.append(("weather", city))
        return Weather(city=city, celsius=21.5)

    @server.tool()
    async def long_task(steps: int, ctx: Context[Any]) -> str:
        """Work in steps, and tell of each."""
        for step in range(steps):
            await ctx.report_progress(step + 1, steps, f"Step {step + 1}")
        seen.called.append(("long_task", steps))
        return "done"

    @server.tool()
    def fail(reason: str) -> str:
        """Fail."""
        raise ToolError(reason)

    return server


@asynccontextmanager
async def served_mcp(
    *, stateless: bool = False, plain: bool = False, older: bool = False, key: str | None = None
) -> AsyncGenerator[Example]:
    """The example server; `plain` answers JSON instead of streams, `older` refuses whoever does not greet, `key` is a bearer token."""
    seen = Example()
    app = example(seen).streamable_http_app(stateless_http=stateless, json_response=plain)

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            seen.credentials.add(request.headers.get("authorization"))
            seen.methods.append(request.method)
            seen.versions.add(request.headers.get("mcp-protocol-version"))
            if key is not None and request.headers.get("authorization") != f"Bearer {key}":
                await Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)
                return
            if older and request.headers.get("mcp-protocol-version", "").startswith("2026"):
                await Response("Unsupported protocol version", status_code=400)(scope, receive, send)
                return
        await app(scope, receive, send)

    async with listening(watched, lifespan=True) as url:
        seen.url = f"{url}/mcp"
        yield seen


@asynccontextmanager
async def listening(app: ASGIApp, *, lifespan: bool = False) -> AsyncGenerator[str]:
    """An application on a port of its own."""
    bound = loopback()
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on" if lifespan else "off", log_level="error", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


Answering = Callable[[dict[str, Any], Request], Response | None]


@asynccontextmanager
async def scripted(answering: Answering) -> AsyncGenerator[str]:
    """A server that knows one tool and is greeted as of old; `answering` comes before that, with each message."""

    async def serve(request: Request) -> Response:
        sent = json.loads(await request.body() or b"{}")
        if (said := answering(sent, request)) is not None:
            return said
        match sent.get("method"):
            case "initialize":
                about: dict[str, Any] = {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "scripted", "version": "1"},
                }
                return reply(sent, about)
            case "tools/list" if "2026" not in request.headers.get("mcp-protocol-version", ""):
                return reply(sent, {"tools": [{"name": "do", "inputSchema": {"type": "object"}}]})
            case "tools/call":
                return reply(sent, {"content": [{"type": "text", "text": "done"}]})
            case "notifications/initialized":
                return Response(status_code=202)
            case _:
                return Response("no", status_code=400)

    app = Starlette(routes=[Route("/mcp", serve, methods=["GET", "POST", "DELETE"])])
    async with listening(app) as url:
        yield f"{url}/mcp"


def reply(sent: dict[str, Any], result: Any, **more: Any) -> Response:
    return Response(json.dumps({"jsonrpc": "2.0", "id": sent.get("id"), "result": result, **more}), media_type="application/json")


def error(sent: dict[str, Any], code: int, message: str, status: int = 200) -> Response:
    body = {"jsonrpc": "2.0", "id": sent.get("id"), "error": {"code": code, "message": message}}
    return Response(json.dumps(body), media_type="application/json", status_code=status)


def stream(*events: str) -> Response:
    return Response("".join(f"{event}\n\n" for event in events), media_type="text/event-stream")
