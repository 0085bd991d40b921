"""A gate between a process and its database: it can be shut, and it can lose the answers to what has been sent through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, urlsplit

_socket = ".s.PGSQL.5432"


class Gate:
    """Forwards connections to a database's socket."""

    def __init__(self, dsn: str, folder: Path) -> None:
        url = urlsplit(dsn)
        self._behind = str(Path(parse_qs(url.query)["host"][0]) / _socket)
        self.dsn = f"postgresql://{url.netloc}{url.path}?host={quote(str(folder), safe='/')}"
        self.folder = folder
        self.shut = False
        self._clients: set[asyncio.StreamWriter] = set()
        self._servers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """Somebody comes to the gate."""
        if self.shut:
            client.close()
            return
        answers, server = await asyncio.open_unix_connection(self._behind)
        self._clients.add(client)
        self._servers.add(server)
        self._tasks |= {asyncio.create_task(_carried(reader, server)), asyncio.create_task(_carried(answers, client))}

    def lose(self) -> None:
        """Cut everybody off from the answers. The server does not notice and finishes what it was asked for."""
        for client in self._clients:
            client.transport.abort()
        self._clients.clear()

    async def close(self) -> None:
        """End all connections."""
        self.lose()
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def gate(dsn: str) -> AsyncGenerator[Gate]:
    """A gate before this database; it is open."""
    with TemporaryDirectory(prefix="tenuto-g-", dir="/tmp") as folder:
        made = Gate(dsn, Path(folder))
        server = await asyncio.start_unix_server(made.connected, Path(folder) / _socket)
        try:
            yield made
        finally:
            server.close()
            await made.close()


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
