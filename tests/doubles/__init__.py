"""Local doubles of outside services, and what they share: a loopback server that can hang up, and the texts a model would write."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

import uvicorn
from pydantic import JsonValue
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Dress = Literal["bare", "fenced", "prose", "single_quoted", "trailing_comma", "python", "double_encoded"]
Json: TypeAlias = dict[str, JsonValue]

_formats = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "ipv4": "192.0.2.1",
}


def loopback(port: int = 0) -> socket.socket:
    """A socket bound on 127.0.0.1; port 0 takes a free one."""
    # Named TCP, for asyncio switches Nagle's delay (40 ms an answer) off only where the protocol is spelled out.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    bound.setblocking(False)
    return bound


@contextlib.asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket, close: Callable[[], None]) -> AsyncGenerator[None]:
    """Serve `app` on a bound socket; `close` must end whatever its answers wait for, and is called when the server stops."""
    server = _Server(uvicorn.Config(app, http=_Protocol, ws="none", lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not task.done():
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        close()
        server.should_exit = True
        await task


class Wire(Response):
    """Bytes on the wire, part by part: with `cut` the connection is closed before the end, and before anything when there is no part.

    `done` is told just before the last bytes leave, so that no caller can know of the end earlier than the double's books do; it is
    not told to a caller that has hung up. `pause` is awaited between parts.
    """

    def __init__(
        self,
        parts: Sequence[bytes],
        media: str = "text/plain",
        *,
        length: int | None = None,
        cut: bool = False,
        done: Callable[[], None] | None = None,
        pause: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(None, media_type=media)
        del self.headers["content-length"]
        if length is not None:
            self.headers["content-length"] = str(length)
        self._parts, self._cut, self._done, self._pause = parts, cut, done, pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = cast("asyncio.Transport", scope["transport"])
        if self._parts:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for index, part in enumerate(self._parts):
            last = index == len(self._parts) - 1
            if last and not self._cut and self._done and not transport.is_closing():
                self._done()
            await send({"type": "http.response.body", "body": part, "more_body": self._cut or not last})
            if self._pause and not last:
                await self._pause()
        if self._cut:
            transport.close()
            while (await receive())["type"] != "http.disconnect":
                pass


def fitting(schema: JsonValue, said: str) -> JsonValue:
    """The same small value for the same JSON Schema every time; its free texts are what was `said`. `pattern` is not solved."""
    return _Fitting(schema, said).value(schema, 0)


def dressed(value: JsonValue, dress: Dress) -> str:
    """A value as models write JSON. A text stays as it is, but for the fence, the prose and the second encoding."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    match dress:
        case "fenced":
            return f"```json\n{text}\n```"
        case "prose":
            return f"Sure! Here is the result you asked for:\n\n{text}\n\nLet me know if you need anything else."
        case "double_encoded":
            return json.dumps(text, ensure_ascii=False)
        case "single_quoted" if not isinstance(value, str):
            return text.replace('"', "'")
        case "trailing_comma" if not isinstance(value, str):
            return re.sub(r"(?<=[^\s{\[])(\s*[}\]])$", r",\1", text)
        case "python" if not isinstance(value, str):
            return repr(value)
        case _:
            return text


class _Fitting:
    def __init__(self, root: JsonValue, said: str) -> None:
        self.root, self.said = root, said

    def value(self, schema: JsonValue, depth: int) -> JsonValue:
        if not isinstance(schema, dict):
            return self.said
        if isinstance(reference := schema.get("$ref"), str):
            return self.value(self._target(reference), depth + 1)
        for word in ("const", "default"):
            if word in schema:
                return schema[word]
        for word in ("enum", "examples"):
            if isinstance(choices := schema.get(word), list) and choices:
                return choices[0]
        for word in ("anyOf", "oneOf"):
            if isinstance(options := schema.get(word), list):
                return self.value(self._option(options, depth), depth + 1)
        if isinstance(parts := schema.get("allOf"), list):
            return self.value(self._merged(schema, parts), depth)
        return self._typed(schema, depth)

    def _typed(self, schema: Json, depth: int) -> JsonValue:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        match kind:
            case "object":
                properties = cast("Json", schema.get("properties") or {})
                required = cast("list[str]", schema.get("required") or [])
                # A schema that refers to itself ends where nothing is required any more.
                return {name: self.value(part, depth + 1) for name, part in properties.items() if depth < 6 or name in required}
            case "array":
                count = cast("int", schema.get("minItems") or int(depth < 6))
                return [self.value(schema.get("items", True), depth + 1) for _ in range(count)]
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                text = _formats.get(str(schema.get("format")), self.said)
                text = text[: cast("int | None", schema.get("maxLength"))]
                return text.ljust(cast("int", schema.get("minLength", 0)), ".")

    def _option(self, options: list[JsonValue], depth: int) -> JsonValue:
        nothing: JsonValue = {"type": "null"}
        return nothing if depth >= 6 and nothing in options else next((one for one in options if one != nothing), nothing)

    def _merged(self, schema: Json, parts: list[JsonValue]) -> JsonValue:
        merged: Json = {name: part for name, part in schema.items() if name != "allOf"}
        for part in parts:
            found = part if isinstance(part, dict) else {}
            found = cast("Json", self._target(str(found["$ref"]))) if "$ref" in found else found
            properties = cast("Json", merged.get("properties") or {}) | cast("Json", found.get("properties") or {})
            merged |= found | ({"properties": properties} if properties else {})
        return merged

    def _target(self, reference: str) -> JsonValue:
        target = self.root
        for part in reference.removeprefix("#").split("/")[1:]:
            target = cast("Mapping[str, JsonValue]", target)[part.replace("~1", "/").replace("~0", "~")]
        return target


def _number(schema: Json) -> JsonValue:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if isinstance(low, int | float):
        return low
    if isinstance(above, int | float):
        room = (below if isinstance(below, int | float) else high) if schema.get("type") == "number" else None
        return (above + room) / 2 if isinstance(room, int | float) else above + 1
    if isinstance(high, int | float):
        return min(1, high)
    return min(1, below - 1) if isinstance(below, int | float) else 1


class _Protocol(H11Protocol):
    """Puts the connection into the scope: ASGI has no way to say 'hang up', and hanging up is what a double must be able to do."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "transport": transport}, receive, send)  # pyright: ignore[reportArgumentType] - two spellings of ASGI's types

        self.app = with_transport


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The process belongs to the test, and so do its signals."""
        yield
