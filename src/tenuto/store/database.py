"""A database as the house uses it: one transaction per use case, a pool for hand-written SQL, and a listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self, TypeAlias

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from tenuto.core.errors import Misconfigured
from tenuto.store.door import Door, Link, oldest_server, place, reaching_database
from tenuto.store.listener import Listener, Stop

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One use case's transaction: committed when its block ends, rolled back when the block raises."""

    session: AsyncSession
    workspace: int


class Database:
    """One PostgreSQL database; make it with `Database.open` and end it with `close`."""

    def __init__(self, door: Door, engine: AsyncEngine, pool: Pool) -> None:
        """Parts that `open` has made."""
        self.door = door
        self.pool = pool
        self._engine = engine
        self._listener = Listener(door)

    @classmethod
    async def open(cls, dsn: str, *, revive: Callable[[], Awaitable[None]] | None = None, sessions: int = 10, pool: int = 10) -> Self:
        """Connect, and refuse what cannot be used.

        `dsn` is `postgresql://…` with asyncpg's parameters (`sslmode`, `sslrootcert`, `host=/folder/of/socket`, …); at most
        `sessions` connections serve transactions, `pool` the hand-written SQL, and one more listens. `revive` brings an embedded
        server back (`Embedded.ensure`). Raises `Misconfigured` or `Unavailable`.
        """
        door = Door(dsn, revive)
        await _check_version(door)
        return cls(door, _engine(door, sessions), await _pool(door, pool))

    async def close(self) -> None:
        """Stop listening and close every connection; those still in use are cut after five seconds."""
        await self._listener.close()
        await self._engine.dispose()
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(self, workspace: int) -> AsyncGenerator[Transaction]:
        """A transaction (read committed) in one workspace. Raises `Unavailable` when the database is lost on the way."""
        with reaching_database():
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield Transaction(session, workspace)

    async def listen(self, channel: str, callback: Callable[[str | None], None]) -> Stop:
        """Hear a channel until the answer is awaited (`await stop()`) or the database is closed.

        `callback` gets each payload, and None whenever listening begins or begins again: bells may have been missed, so look.
        It is called in the event loop and must return at once. Raises `Unavailable` when listening cannot begin.
        """
        return await self._listener.listen(channel, callback)


async def _check_version(door: Door) -> None:
    link = await door.open()
    try:
        number = int(await link.fetchval("show server_version_num"))
    finally:
        await link.close()
    if number < oldest_server:
        raise Misconfigured(
            f"The database at {place(door.dsn)} is PostgreSQL {number // 10000}; Tenuto needs {oldest_server // 10000} or newer.",
            fix="Upgrade the server, or leave DATABASE_URL out to use the embedded one.",
        )


def _engine(door: Door, sessions: int) -> AsyncEngine:
    kept = min(sessions, 5)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=door.open,
        pool_size=kept,
        max_overflow=sessions - kept,
        pool_timeout=30,
        hide_parameters=True,  # else every error of SQLAlchemy carries the values, people's data and sealed secrets, into the log
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(link: DBAPIConnection, _record: object, _proxy: object) -> None:
    """Have the pool replace a connection whose end asyncpg has seen already: what a ping would find out, without its round trip."""
    if link.driver_connection.is_closed():
        raise DisconnectionError


async def _pool(door: Door, size: int) -> Pool:
    async def connect(*_: object, **__: object) -> Link:
        return await door.open()

    return await asyncpg.create_pool(connect=connect, min_size=min(size, 2), max_size=size)
