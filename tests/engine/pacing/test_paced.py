"""Rate limits, on a real database, against a server that enforces them: learnt from headers, shared, waited out without a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from tests.doubles.limited import LimitedDouble, limited_double
from tests.engine.rig import Rig, rig

from tenuto.core.execution import Status, fold
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets


def asking(double: LimitedDouble, name: str, *, calls: int = 1) -> WorkflowDefinition:
    """A workflow of so many requests, one after the other."""
    nodes = [{"id": f"ask{n}", "type": "http", "config": {"url": f"{double.url}/{name}"}} for n in range(calls)]
    edges = [{"from": f"ask{n}", "to": f"ask{n + 1}"} for n in range(calls - 1)]
    return WorkflowDefinition.model_validate({"id": name, "name": name, "startNode": "ask0", "nodes": nodes, "edges": edges})


@pytest.fixture
async def engines(database: Database) -> AsyncGenerator[list[Rig]]:
    """Two processes' engines."""
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",))) for _ in range(2)]
        yield [await stack.enter_async_context(rig(database, sender=door)) for door in doors]


async def test_the_first_answer_tells_and_nobody_is_refused(engines: list[Rig]) -> None:
    async with limited_double(10, 3) as double:
        started = [await engines[n % 2].start(asking(double, "many")) for n in range(25)]
        states = [fold(await engines[n % 2].end(each.id)) for n, each in enumerate(started)]
    assert {state.status for state in states} == {Status.completed}
    assert len(double.arrivals) == 25
    assert not double.refused


async def test_who_waits_holds_no_process_uses_up_no_attempt_and_says_for_what(engines: list[Rig]) -> None:
    one = engines[0]
    async with limited_double(2, 4) as double:
        started = [await one.start(asking(double, "few")) for _ in range(4)]
        await one.until(started[3].id, "workflow_waiting")
        async with asyncio.timeout(20):
            while one.worker.active:
                await asyncio.sleep(0.01)
        row = await one.database.pool.fetchrow("select waiting_for, owner, ready_at from executions where id = $1", started[3].id.id)
        assert row is not None
        assert row["waiting_for"].startswith(f"ask0: the rate limit of {double.url.removeprefix('http://')}, until ")
        assert row["owner"] is None
        assert row["ready_at"] is not None
        log = await one.end(started[3].id)
    assert fold(log).status is Status.completed
    attempts = [r.event for r in log if r.event.type == "node_started"]
    assert len(attempts) > 1
    assert {(event.attempt, event.key) for event in attempts} == {(1, f"{started[3].id.id}:ask0:1")}
    assert not [r for r in log if r.event.type == "node_retrying"]
