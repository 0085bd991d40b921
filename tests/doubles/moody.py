"""A server that fails as often as it is told to, for each path, and then answers; it keeps every call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Moody:
    """What it is told, and what it saw."""

    address: str = ""
    failures: dict[str, int] = field(default_factory=dict[str, int])
    """For each path how many of the next calls are refused with 422."""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Path and idempotency key."""
    held: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    """Paths that do not answer before their event is set."""
    lost: set[str] = field(default_factory=set[str])
    """Paths that hang up instead of answering: nobody knows what they have done."""

    def count(self, path: str) -> int:
        """Calls of a path."""
        return Counter(called for called, _ in self.calls)[path]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one call."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            names = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            await reader.readexactly(int(names.get("content-length", "0")))
            path = lines[0].split(" ")[1]
            self.calls.append((path, names.get("idempotency-key", "")))
            if path in self.held:
                await self.held[path].wait()
            if path in self.lost:
                raise ConnectionResetError
            left = self.failures.get(path, 0)
            self.failures[path] = max(0, left - 1)
            status, body = ("422 No", b'"no"') if left else ("200 OK", f'"{path} {self.count(path)}"'.encode())
            heads = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
            writer.write(f"HTTP/1.1 {status}\r\n{heads}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def moody() -> AsyncGenerator[Moody]:
    """One on loopback."""
    made = Moody()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        for event in made.held.values():
            event.set()
        server.close()
