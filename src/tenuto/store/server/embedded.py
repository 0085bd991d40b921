"""The embedded database, shared by every process that uses the same data folder: the first starts it, the last stops it.

Each process holds a lock on a file of its own. The kernel lets go of it however the process ends, so the living are counted
rightly even after a SIGKILL, and whoever leaves last stops the server.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from tenuto.store.server import account
from tenuto.store.server.cluster import Cluster, major

__all__ = ["Embedded", "embedded_server", "in_use"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded server; it lives at least as long as the block that gave it."""

    cluster: Cluster

    @property
    def dsn(self) -> str:
        """Where it answers, for asyncpg: `postgresql://…?host=<socket folder>`."""
        return self.cluster.dsn()

    async def ensure(self) -> None:
        """Have it answer again after it was killed; returns at once if it does. Raises `Unavailable` if it cannot be brought back."""
        if await self.cluster.state() == "up":
            return
        async with _alone(self.cluster.folder):
            if await self.cluster.state() != "up":
                log.warning("embedded_database_restart", folder=str(self.cluster.folder))
                await self.cluster.up()


@asynccontextmanager
async def embedded_server(data_dir: Path, *, options: Mapping[str, str] | None = None) -> AsyncGenerator[Embedded]:
    """Use the server of a data folder, starting it if nobody else has.

    `options` are settings of PostgreSQL beside ours, effective for whoever starts the server. Raises `Misconfigured` for a folder
    that cannot be used and `Unavailable` if the server does not come up.
    """
    owner = account.account()
    folder = await asyncio.to_thread(account.prepared_folder, data_dir, owner)
    async with _alone(folder):
        programs = await asyncio.to_thread(account.programs, folder, owner, major)
        cluster = Cluster(folder, owner, programs, options or {})
        seat = _take_seat(folder)
        try:
            await cluster.up()
        except BaseException:
            _leave(seat)
            raise
    try:
        yield Embedded(cluster)
    finally:
        departure = asyncio.create_task(_depart(cluster, seat))
        try:
            await asyncio.shield(departure)
        except asyncio.CancelledError:
            # Whoever is in a hurry still must not leave the server behind.
            await departure
            raise


def in_use(folder: Path) -> bool:
    """Whether a living process uses this data folder; marks that dead ones left are removed."""
    living = [file for file in (folder / "users").glob("*.lock") if not _abandoned(file)]
    return bool(living)


@dataclass(frozen=True, slots=True)
class _Seat:
    file: Path
    lock: int


async def _depart(cluster: Cluster, seat: _Seat) -> None:
    async with _alone(cluster.folder):
        _leave(seat)
        if not in_use(cluster.folder):
            await cluster.down()


def _take_seat(folder: Path) -> _Seat:
    file = folder / "users" / f"{os.getpid()}-{uuid4().hex[:8]}.lock"
    lock = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return _Seat(file, lock)


def _leave(seat: _Seat) -> None:
    seat.file.unlink(missing_ok=True)
    os.close(seat.lock)


def _abandoned(file: Path) -> bool:
    """Whether nobody holds this mark any more; then it is removed."""
    try:
        lock = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        file.unlink(missing_ok=True)
        return True
    finally:
        os.close(lock)


@asynccontextmanager
async def _alone(folder: Path) -> AsyncGenerator[None]:
    """Be the only one who starts, stops or counts. Asked for again and again, as waiting in a thread could not be cancelled."""
    lock = os.open(folder / "users" / "alone", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.02)
        yield
    finally:
        os.close(lock)
