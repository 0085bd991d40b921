"""What every test may ask for: a real PostgreSQL, with a fresh and migrated database for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import suppress
from pathlib import Path
from types import FrameType

import asyncpg
import pytest

from tenuto.store.database import Database
from tenuto.store.migrate import migrate
from tenuto.store.server.embedded import Embedded, embedded_server, in_use

_template = "tenuto_template"
_numbers = itertools.count(1)


def pytest_configure() -> None:
    """An interrupt ends the tests, by a handler of ours.

    Where Python's own is in place asyncio puts one for each fixture and each test, and Python 3.11 writes out what the fixture made, a
    whole house, when it is taken away again: a tenth of the time.
    """
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def fresh(name: str) -> str:
    """The statement that makes a migrated database. Its files are copied: ten times faster than through the log, which no test needs."""
    return f"create database {name} template {_template} strategy file_copy"


@pytest.fixture(scope="session")
def short_folder() -> Generator[Path]:
    """A temporary folder with a path short enough for sockets, which the database's own account may enter."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix="tenuto-w-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def server(short_folder: Path) -> AsyncIterator[Embedded]:
    """One embedded server for this worker. It forgets everything at a power cut, which no test has."""
    async with embedded_server(short_folder / "data", options={"fsync": "off", "full_page_writes": "off"}) as running:
        link = await asyncpg.connect(running.cluster.dsn("postgres"))
        try:
            await link.execute(f"create database {_template}")
            await migrate(running.cluster.dsn(_template))
        finally:
            await link.close()
        yield running


@pytest.fixture
async def dsn(server: Embedded) -> AsyncGenerator[str]:
    """A fresh, migrated database of this test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = server.cluster.dsn("postgres")
    await _execute(admin, fresh(name))
    yield server.cluster.dsn(name)
    await _execute(admin, f"drop database {name} with (force)")


@pytest.fixture
async def database(dsn: str) -> AsyncGenerator[Database]:
    """That database, opened."""
    opened = await Database.open(dsn)
    yield opened
    await opened.close()


def _sweep() -> None:
    """End servers of test runs that were killed: their marks are there, and nobody holds them."""
    for folder in Path("/tmp").glob("tenuto-w-*"):
        if list(folder.glob("data/users/*.lock")) and not in_use(folder / "data"):
            with suppress(OSError, ValueError):
                os.kill(int((folder / "data" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


async def _execute(dsn: str, statement: str) -> None:
    link = await asyncpg.connect(dsn)
    try:
        await link.execute(statement)
    finally:
        await link.close()
