"""What every measurement stands on: an embedded PostgreSQL as the product starts it, with a fresh database for each repeat."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg

from tenuto.store.migrate import migrate
from tenuto.store.server.embedded import Embedded, embedded_server

_template = "bench_template"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Ground:
    """The running server."""

    server: Embedded
    postmaster: int
    version: str

    @asynccontextmanager
    async def database(self, *, migrated: bool = True) -> AsyncGenerator[str]:
        """The DSN of a fresh database, gone when the block ends."""
        name = f"bench_{next(_numbers)}"
        await self._execute(f"create database {name} {f'template {_template}' if migrated else ''}", "checkpoint")
        try:
            yield self.server.cluster.dsn(name)
        finally:
            await self._execute(f"drop database {name} with (force)")

    async def _execute(self, *statements: str) -> None:
        link = await asyncpg.connect(self.server.cluster.dsn("postgres"))
        try:
            for statement in statements:
                await link.execute(statement)
        finally:
            await link.close()


@asynccontextmanager
async def ground() -> AsyncGenerator[Ground]:
    """A server with the product's own settings: every commit that was answered is on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="tenuto-bench-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        async with embedded_server(folder / "data") as server:
            link = await asyncpg.connect(server.cluster.dsn("postgres"))
            try:
                await link.execute(f"create database {_template}")
                safe = [await link.fetchval(f"show {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
                version = str(await link.fetchval("show server_version"))
            finally:
                await link.close()
            if safe != ["on", "on", "on"]:
                raise SystemExit("The database does not write safely: nothing would be measured that can be compared.")
            await migrate(server.cluster.dsn(_template))
            postmaster = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
            yield Ground(server, postmaster, version)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
