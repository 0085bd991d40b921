"""Two lanes, so that a crash in one disturbs nobody in the other."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, ExitStack, suppress
from pathlib import Path

import asyncpg
import pytest
from tests.conftest import fresh
from tests.crash.counter import outside
from tests.crash.matrix import Lane, prepared
from tests.crash.program import nursery

from tenuto.core.errors import Unavailable
from tenuto.store.migrate import migrate
from tenuto.store.server.embedded import Embedded, embedded_server


@pytest.fixture(scope="session")
async def lanes(server: Embedded) -> AsyncGenerator[list[Lane]]:
    """Two databases, each with its own world outside."""
    link = await asyncpg.connect(server.cluster.dsn("postgres"))
    names = ["crash_left", "crash_right"]
    with ExitStack() as stack:
        for each in names:
            await link.execute(fresh(each))
        yield [await prepared(server.cluster.dsn(each), stack.enter_context(outside()), stack.enter_context(nursery())) for each in names]
    for each in names:
        await link.execute(f"drop database {each} with (force)")
    await link.close()


@pytest.fixture
async def lane_of_its_own() -> AsyncGenerator[Lane]:
    """A lane whose database server may be killed: it is brought back as soon as it is missed, as every process of the product does."""
    above = Path(tempfile.mkdtemp(prefix="tenuto-m-", dir="/tmp"))
    above.chmod(0o755)
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, above, ignore_errors=True)
        server = await stack.enter_async_context(embedded_server(above / "data", options={"fsync": "off", "full_page_writes": "off"}))
        await migrate(server.dsn)
        reviving = asyncio.create_task(_revive(server))
        stack.callback(reviving.cancel)
        postmaster = server.cluster.folder / "postgres" / "postmaster.pid"
        yield await prepared(server.dsn, stack.enter_context(outside()), stack.enter_context(nursery()), postmaster, reviving)


async def _revive(server: Embedded) -> None:
    while True:
        # A server that was killed a moment ago can still be on its way out.
        with suppress(Unavailable):
            await server.ensure()
        await asyncio.sleep(0.1)
