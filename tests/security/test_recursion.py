"""Threat 23: workflows that call themselves, waited for or not, end at a limit and cannot fill the database."""

from __future__ import annotations

import asyncio

import pytest
from tests.engine.rig import rig
from tests.engine.test_children import call, store
from tests.engine.test_map import body, each, workflow

from tenuto.store.database import Database

_open = "select (select count(*) from executions where finished_at is null) + (select count(*) from outbox)"
"""Who does not wait for a run of its own may have ended before that one is there: it is still in the outbox then."""


@pytest.mark.parametrize("wait", [True, False])
async def test_two_workflows_that_call_each_other_end_at_the_sixteenth_level(database: Database, *, wait: bool) -> None:
    async with rig(database) as made:
        await store(made, "ping", workflow(call("pong", wait=wait)))
        await store(made, "pong", workflow(call("ping", wait=wait)))
        await made.start(workflow(call("ping", wait=wait)))
        async with asyncio.timeout(60):
            while await database.pool.fetchval(_open):
                await asyncio.sleep(0.05)
        assert await database.pool.fetchval("select count(*) from executions") == 17


async def test_a_map_that_calls_its_own_workflow_stops_at_the_first_that_is_too_deep(database: Database) -> None:
    """Two children at every level would be 131,070 runs; those that have not begun when the first one fails never do."""
    async with rig(database) as made:
        await store(made, "hydra", workflow(each([1, 2], body(call("hydra")), concurrency=1)))
        started = await made.start(workflow(call("hydra")))
        await made.end(started.id)
        assert await database.pool.fetchval("select count(*) from executions") < 100
