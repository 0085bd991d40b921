"""A local HTTP server in a process of its own that takes its time: each answer comes after so many milliseconds."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import uvloop

_body = b'{"ok":true}'
_answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(_body), _body)


@asynccontextmanager
async def slow_server(*, milliseconds: int) -> AsyncGenerator[str]:
    """The URL of a server that lives as long as the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.slow", str(milliseconds), stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdout
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


class _Slow(asyncio.Protocol):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own transports do not inherit from it

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            _, self._heard = self._heard.split(b"\r\n\r\n", 1)
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, _answer)


async def _serve(milliseconds: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Slow(milliseconds / 1000), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
