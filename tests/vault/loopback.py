"""A real HTTP/1.1 server on loopback whose answers a test writes, byte for byte if it wants to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in small letters. `connection` counts the connections of the server."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Script:
    """What to do with a request: wait, write these bytes, and close the connection or keep it."""

    data: bytes
    delay: float = 0
    close: bool = False
    pieces: tuple[bytes, ...] = ()
    """Written after `data`, each with a pause before it, for ever if `endless`."""
    endless: bool = False


def reply(status: int = 200, body: bytes | object = b"", **headers: str) -> Script:
    """A plain answer with a length; underscores of header names are dashes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Some Reason", f"content-length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Script("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


def echo(seen: Seen) -> Script:
    """All that came, as JSON."""
    return reply(200, {"method": seen.method, "target": seen.target, "headers": dict(seen.headers), "body": seen.body.decode()})


@dataclass
class Loopback:
    """The server: `seen` has every request, `routes` answers by path, everything else is echoed."""

    port: int = 0
    scheme: str = "http"
    routes: dict[str, Script | Callable[[Seen], Script]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while (seen := await _read(reader, number)) is not None:
                self.seen.append(seen)
                route = self.routes.get(seen.target.partition("?")[0], echo)
                script = route if isinstance(route, Script) else route(seen)
                await _play(script, writer)
                if script.close:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()


@contextlib.asynccontextmanager
async def loopback(tls: ssl.SSLContext | None = None, **routes: Script | Callable[[Seen], Script]) -> AsyncGenerator[Loopback]:
    """A server for a test; each keyword is the answer of the path of that name."""
    double = Loopback(scheme="https" if tls else "http", routes={f"/{path}": script for path, script in routes.items()})
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError):
            await double.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, target, headers, body, connection)


async def _play(script: Script, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(script.delay)
    writer.write(script.data)
    await writer.drain()
    while True:
        for piece in script.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)
        if not script.endless:
            return
