"""The HTTP server in this process's event loop, on a socket that is open already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from tenuto.app.house import House

_grace = 3
"""Seconds that answers under way are given when the server stops."""


class _Server(uvicorn.Server):
    """Leaves signals to us: what stops is more than this server."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it is ready, once it is."""
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Do nothing."""
        yield


@asynccontextmanager
async def serving(home: House, listener: socket.socket) -> AsyncGenerator[asyncio.Task[None]]:
    """Answer until the block ends; the task that is given ends early if the server fails. Streams are ended first: they come back."""
    await home.services.catalog.write()  # else the first who builds a workflow waits for it
    config = uvicorn.Config(
        home.app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        # Only an operator who says where the house is found has a proxy before it, whose word counts.
        proxy_headers=home.settings.public_url is not None,
        timeout_graceful_shutdown=_grace,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        await _first(asyncio.create_task(server.ready.wait()), task)
        yield task
    finally:
        home.engine.feed.close_all()
        server.should_exit = True
        await task


async def _first(ready: asyncio.Task[bool], server: asyncio.Task[None]) -> None:
    await asyncio.wait([ready, server], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
