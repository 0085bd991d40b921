"""Two lanes, so that a crash in one disturbs nobody in the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import ExitStack

import asyncpg
import pytest
from tests.crash.counter import outside
from tests.crash.matrix import Lane
from tests.crash.program import nursery

from tenuto.store.server.embedded import Embedded


@pytest.fixture(scope="session")
async def lanes(server: Embedded) -> AsyncGenerator[list[Lane]]:
    """Two databases, each with its own world outside."""
    link = await asyncpg.connect(server.cluster.dsn("postgres"))
    names = ["crash_left", "crash_right"]
    with ExitStack() as stack:
        for each in names:
            await link.execute(f"create database {each} template tenuto_template")
        yield [Lane(server.cluster.dsn(each), stack.enter_context(outside()), stack.enter_context(nursery())) for each in names]
    for each in names:
        await link.execute(f"drop database {each} with (force)")
    await link.close()
