"""Retention: which rule holds for which run, what goes with a run, and that nobody is kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.engine.rig import Rig, rig
from tests.engine.test_children import store
from tests.engine.test_map import body, each, emptied, value, workflow
from tests.services.test_executions import House, Stored, approval, operator, owner, viewer

from tenuto.core.errors import Forbidden
from tenuto.core.execution import ExecutionId
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.keeping.retention import ExecutionRetention, Pruned
from tenuto.store.database import Database

day = timedelta(days=1)
tables = ("execution_events", "mailbox", "blobs", "waits")


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


@pytest.fixture
def retention(engine: Rig) -> ExecutionRetention:
    return House(engine, Stored()).executions().retention


async def ran(engine: Rig, definition: WorkflowDefinition, *, ended: timedelta, id: str | None = None) -> ExecutionId:
    """A run that ended so long ago."""
    started = await engine.start(definition.model_copy(update={"id": id}))
    await engine.end(started.id)
    await emptied(engine)
    await engine.idle()
    await engine.database.pool.execute(
        "update executions set created_at = created_at - $1::interval, finished_at = finished_at - $1::interval where finished_at > now() - interval '1 hour'",
        ended,
    )
    await engine.database.pool.execute("update executions set workflow_id = $2 where id = $1", started.id.id, id)
    return started.id


async def there(engine: Rig) -> set[UUID]:
    return {row["id"] for row in await engine.database.pool.fetch("select id from executions where parent_id is null")}


def kept(days: int | None, n: int = 0) -> WorkflowDefinition:
    return workflow(value("a", n), settings={"retention": f"P{days}D"} if days else {})


async def test_each_run_is_kept_by_the_rule_of_its_workflow(engine: Rig, database: Database) -> None:
    await store(engine, "week", kept(7))
    await store(engine, "silent", kept(None))
    gone = [
        await ran(engine, kept(7), id="week", ended=8 * day),
        await ran(engine, kept(90, 1), id="week", ended=8 * day),  # an older version said otherwise: what is published counts
        await ran(engine, kept(None), id="silent", ended=31 * day),
        await ran(engine, kept(None), ended=31 * day),
        await ran(engine, kept(2), ended=3 * day),
    ]
    stays = [
        await ran(engine, kept(7), id="week", ended=6 * day),
        await ran(engine, kept(None), id="silent", ended=29 * day),
        await ran(engine, kept(2), ended=1 * day),
        await ran(engine, kept(90, 2), ended=31 * day),
    ]
    assert await ExecutionRetention(database, 30 * day).once() == len(gone)
    assert await there(engine) == {run.id for run in stays}


async def test_without_a_default_only_what_has_a_rule_goes(engine: Rig, database: Database) -> None:
    await store(engine, "week", kept(7))
    await ran(engine, kept(7), id="week", ended=8 * day)
    await ran(engine, kept(2), ended=3 * day)
    stays = await ran(engine, kept(None), ended=4000 * day)
    assert await ExecutionRetention(database).once() == 2
    assert await there(engine) == {stays.id}


async def test_children_and_everything_that_is_theirs_go_with_a_run(engine: Rig, retention: ExecutionRetention) -> None:
    inner = body(value("a", "{{ 'x' * 100000 }}"))
    definition = workflow(each([1, 2, 3], body(each([1, 2], inner))))
    await ran(engine, definition, ended=2 * day)
    stays = await ran(engine, kept(None), ended=timedelta(0))
    assert await engine.database.pool.fetchval("select count(*) from child_groups") == 4
    assert await retention.prune(owner, older_than=day) == Pruned(1, 9)
    assert await there(engine) == {stays.id}
    for table in tables:
        assert await engine.database.pool.fetchval(f"select count(*) from {table} where execution_id <> $1", stays.id) == 0, table
    assert await engine.database.pool.fetchval("select count(*) from child_groups") == 0


async def test_what_has_not_ended_stays_however_old(engine: Rig, retention: ExecutionRetention) -> None:
    waiting = await engine.start(WorkflowDefinition.model_validate({"name": "W", "startNode": "ask", "nodes": [approval()]}))
    await engine.until(waiting.id, "workflow_waiting")
    await engine.database.pool.execute("update executions set created_at = created_at - interval '1 year'")
    assert await retention.prune(owner, older_than=day) == Pruned()
    assert await there(engine) == {waiting.id.id}
    assert await engine.database.pool.fetchval("select count(*) from waits") == 1


async def test_a_run_with_something_left_to_be_done_after_it_stays(engine: Rig, retention: ExecutionRetention) -> None:
    run = await ran(engine, kept(None), ended=2 * day)
    await engine.database.pool.execute(
        "insert into outbox (workspace, id, execution_id, kind, data, created_at) values (1, $1, $2, 'failure_workflow', '{}', now() + interval '1 hour')",
        uuid4(), run.id,
    )  # fmt: skip
    assert await retention.prune(owner, older_than=day) == Pruned()
    await engine.database.pool.execute("delete from outbox")
    assert await retention.prune(owner, older_than=day) == Pruned(1)


async def test_one_workflow_alone_and_a_look_before(engine: Rig, database: Database) -> None:
    await store(engine, "week", kept(7))
    await ran(engine, kept(7), id="week", ended=8 * day)
    stays = await ran(engine, kept(None), id="other", ended=40 * day)
    retention = ExecutionRetention(database, 30 * day)
    assert await retention.prune(owner, dry_run=True) == Pruned(2)
    assert await retention.prune(owner, workflow="nobody", older_than=day) == Pruned()
    assert await retention.prune(owner, workflow="week", dry_run=True) == Pruned(1)
    assert await retention.prune(owner, workflow="week") == Pruned(1)
    assert await there(engine) == {stays.id}
    assert await retention.prune(owner, workflow="other") == Pruned(1)


async def test_only_its_own_workspace_and_only_who_may_delete(engine: Rig, retention: ExecutionRetention, database: Database) -> None:
    run = await ran(engine, kept(None), ended=2 * day)
    for who in (viewer, operator):
        with pytest.raises(Forbidden):
            await retention.prune(who, older_than=day)
    await database.pool.execute("insert into workspaces (id, name) values (2, 'other')")
    await database.pool.execute(
        "update executions set workspace = 2; update execution_events set workspace = 2; update definitions set workspace = 2"
    )
    assert await retention.prune(owner, older_than=day) == Pruned()
    assert await there(engine) == {run.id}
    assert await ExecutionRetention(database, day).once() == 1, "the rounds are for every workspace"
    assert await database.pool.fetchval("select count(*) from execution_events") == 0


async def test_what_others_have_in_hand_is_passed_over_and_nobody_waits(
    engine: Rig, database: Database, retention: ExecutionRetention
) -> None:
    locked = await ran(engine, kept(None), ended=2 * day)
    await ran(engine, kept(None), ended=2 * day)
    async with database.pool.acquire() as link, link.transaction():
        await link.execute("select 1 from executions where id = $1 for no key update", locked.id)
        async with asyncio.timeout(30):
            assert await retention.prune(owner, older_than=day) == Pruned(1)
    assert await there(engine) == {locked.id}


async def test_several_processes_share_the_work_while_runs_go_on(engine: Rig, database: Database) -> None:
    await database.pool.execute(
        """
        insert into executions (workspace, id, public_id, workflow_name, version_hash, status, head, format, trigger, created_at, finished_at)
        select 1, gen_random_uuid(), 'old-' || n, 'Old', '', 'completed', 2, 1, 'api', now() - interval '9 days', now() - interval '8 days'
        from generate_series(1, 3000) n
        """
    )
    await database.pool.execute(
        "insert into execution_events (workspace, execution_id, seq, type, data) select 1, id, n, 'node_progress', '{}' from executions, generate_series(1, 2) n"
    )
    others = [ExecutionRetention(database, day) for _ in range(3)]
    longest = 0.0

    async def work() -> None:
        nonlocal longest
        while not all(task.done() for task in pruning):
            began = asyncio.get_running_loop().time()
            await engine.run(kept(None))
            longest = max(longest, asyncio.get_running_loop().time() - began)

    pruning = [asyncio.create_task(other.once()) for other in others]
    async with asyncio.timeout(60):
        await asyncio.gather(work(), *pruning)
    assert sum(task.result() for task in pruning) == 3000
    assert await database.pool.fetchval("select count(*) from executions where public_id like 'old-%'") == 0
    assert await database.pool.fetchval("select count(*) from execution_events where type = 'node_progress'") == 0
    assert longest < 30, "a run waits for no deletion"


async def test_values_of_runs_that_never_came_to_be_are_swept_after_a_day(
    engine: Rig, retention: ExecutionRetention, database: Database
) -> None:
    run = await ran(engine, workflow(value("a", "{{ 'x' * 100000 }}")), ended=timedelta(0))
    lost = [ExecutionId(1, uuid4()) for _ in range(3)]
    for each_lost in lost:
        await engine.journal.blobs.write(each_lost, b"d" * 32, b"v" * 3_000_000)
    assert await retention.sweep() == 0
    await database.pool.execute("update blobs set at = now() - interval '25 hours'")
    await database.pool.execute("update blobs set at = now() where execution_id = $1", lost[0].id)
    assert await retention.sweep() == 0, "a pass ends where the values end"
    assert await retention.sweep() == 6
    left = await database.pool.fetch("select distinct execution_id from blobs")
    assert {row["execution_id"] for row in left} == {run.id, lost[0].id}
