"""Runs within runs on a real database: loops, stored workflows, how deep they may stand, how they end, and what follows a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig
from tests.engine.test_map import body, children, each, emptied, value, workflow

from tenuto.core.errors import Invalid
from tenuto.core.events import WorkflowCancelled
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.ending import Ender
from tenuto.store.database import Database

long_nap = {"id": "nap", "type": "delay", "config": {"duration": "PT1H"}}


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


async def store(made: Rig, id: str, definition: WorkflowDefinition) -> None:
    """A stored and published workflow."""
    await made.journal.define(1, definition)
    await made.database.pool.execute(
        "insert into workflows (workspace, id, name, draft, published_hash) values (1, $1, $2, $3, $4)",
        id, definition.name, definition.canonical, definition.version_hash,
    )  # fmt: skip
    await made.database.pool.execute(
        "insert into workflow_versions (workspace, workflow_id, number, hash) values (1, $1, 1, $2)", id, definition.version_hash
    )


def loop(until: str, inner: dict[str, object], **config: object) -> dict[str, object]:
    return {"id": "again", "type": "loop", "config": {"until": until, "body": inner, **config}}


def call(id: str, **config: object) -> dict[str, object]:
    return {"id": "sub", "type": "subworkflow", "config": {"workflow": id, **config}}


async def unfinished(made: Rig) -> int:
    return await made.database.pool.fetchval("select count(*) from executions where finished_at is null")


async def test_a_loop_hands_its_state_on_until_its_condition_holds(engine: Rig) -> None:
    definition = workflow(loop("{{ item > 20 and index >= 2 }}", body(value("double", "{{ item * 2 }}")), state=3))
    state = await engine.run(definition)
    assert state.status is Status.completed, state.error
    assert state.output == {"output": 24, "iterations": 3, "done": True}
    await emptied(engine)


async def test_a_loop_ends_when_its_rounds_run_out(engine: Rig) -> None:
    state = await engine.run(workflow(loop("{{ False }}", body(value("count", "{{ index }}")), max_iterations=4)))
    assert state.output == {"output": 3, "iterations": 4, "done": False}


async def test_a_condition_that_is_neither_true_nor_false_fails_the_loop(engine: Rig) -> None:
    state = await engine.run(workflow(loop("{{ item }}", body(value("count", "{{ index }}")))))
    assert state.error is not None
    assert (state.status, state.error.type, state.error.pointer) == (Status.failed, Invalid.type, "/config/until")


async def test_a_round_that_fails_fails_the_loop(engine: Rig) -> None:
    state = await engine.run(workflow(loop("{{ False }}", body(value("odd", "{{ 1 / (2 - index) }}")))))
    assert state.error is not None
    assert state.error.detail.startswith("Round 2 failed")


async def test_another_workflow_runs_and_gives_its_output(engine: Rig) -> None:
    await store(engine, "shout", workflow(value("up", {"said": "{{ input.word.upper() }}", "type": "{{ trigger.type }}"})))
    started = await engine.start(workflow(call("shout", input={"word": "{{ input.word }}"})), input={"word": "hi"})
    state = fold(await engine.end(started.id))
    assert state.status is Status.completed, state.error
    assert state.output == {"said": "HI", "type": "workflow"}
    assert await children(engine, started.id) == [(0, "completed")]


async def test_a_workflow_nobody_stored_fails_the_node_with_its_name(engine: Rig) -> None:
    state = await engine.run(workflow(call("nobody")))
    assert state.error is not None
    assert (state.error.type, state.error.node) == ("not-found", "sub")
    assert "nobody" in state.error.detail


async def test_what_nobody_waits_for_goes_on_by_itself(engine: Rig) -> None:
    await store(
        engine,
        "slow",
        workflow(
            {"id": "nap", "type": "delay", "config": {"duration": "PT0.7S"}},
            value("late", "{{ input }}"),
            edges=[{"from": "nap", "to": "late"}],
        ),
    )
    state = await engine.run(workflow(call("slow", input=7, wait=False)))
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, dict)
    row = await engine.database.pool.fetchrow(
        "select workspace, id, parent_id from executions where public_id = $1", state.output["execution_id"]
    )
    assert row is not None
    assert row["parent_id"] is None
    assert fold(await engine.end(ExecutionId(row["workspace"], row["id"]))).output == 7


@pytest.mark.parametrize("wait", [True, False])
async def test_a_workflow_that_calls_itself_ends_at_the_sixteenth_level(engine: Rig, *, wait: bool) -> None:
    await store(engine, "self", workflow(call("self", wait=wait)))
    await engine.start(workflow(call("self", wait=wait)))
    async with asyncio.timeout(60):
        while await unfinished(engine):
            await asyncio.sleep(0.05)
    rows = await engine.database.pool.fetch("select error from executions where status = 'failed' order by created_at desc")
    assert await engine.database.pool.fetchval("select count(*) from executions") == 17
    assert b"More than 16 executions stand within one another" in rows[0]["error"]


async def test_a_cancelled_run_ends_all_its_children_at_every_level(engine: Rig) -> None:
    inner = {"id": "in", "type": "map", "config": {"items": [1, 2, 3], "body": body(long_nap), "concurrency": 2}}
    started = await engine.start(workflow(each("{{ list(range(500)) }}", body(inner), concurrency=3)))
    async with asyncio.timeout(60):
        while await engine.database.pool.fetchval("select count(*) from executions where status = 'waiting'") < 3 + 6 + 1:
            await asyncio.sleep(0.02)
    await engine.mail(started.id, Mail("end", "cancel", {"by": "member:Ada"}))
    assert fold(await engine.end(started.id)).status is Status.cancelled
    async with asyncio.timeout(30):
        while await unfinished(engine):
            await asyncio.sleep(0.02)
    rows = await engine.database.pool.fetch("select status, count(*) from executions group by status")
    assert {row["status"]: row["count"] for row in rows} == {"cancelled": 1 + 500 + 9}
    await emptied(engine)


async def test_a_run_that_is_ended_by_force_ends_its_children(engine: Rig) -> None:
    started = await engine.start(workflow(each([1, 2], body(long_nap))))
    await engine.until(started.id, "node_waiting")
    await Ender(engine.journal, engine.claims, engine.mailbox).end(started.id, WorkflowCancelled(by="member:Ada"))
    async with asyncio.timeout(30):
        while await unfinished(engine):
            await asyncio.sleep(0.02)
    await emptied(engine)


async def test_a_container_has_a_time_limit(engine: Rig) -> None:
    definition = workflow(each([1, 2], body(long_nap), {"timeout": 0.8}))
    state = await engine.run(definition)
    assert state.error is not None
    assert (state.error.type, state.error.node) == ("timed-out", "each")
    async with asyncio.timeout(30):
        while await unfinished(engine):
            await asyncio.sleep(0.02)


async def test_a_further_attempt_runs_only_what_is_not_done(engine: Rig) -> None:
    late = {"id": "late", "type": "delay", "config": {"duration": "{{ 'P9D' if item == 2 and execution.id != vars.message else 'PT0S' }}"}}
    definition = workflow(each([0, 1, 2], body(late), {"timeout": 3600, "retry": {"attempts": 2, "delay": 0.05}}))
    started = await engine.start(definition)
    stand = "select status from executions where parent_id = $1 and (item < 2 or attempt = $2) and owner is null order by item"
    for attempt in (1, 2):
        async with asyncio.timeout(60):
            while [row[0] for row in await engine.database.pool.fetch(stand, started.id.id, attempt)] != [*["completed"] * 2, "waiting"]:
                await asyncio.sleep(0.02)
        await engine.later(3600)
    log = await engine.end(started.id)
    assert [recorded.event.type for recorded in log].count("node_retrying") == 1
    rows = await engine.database.pool.fetch(
        "select item, attempt, status from executions where parent_id = $1 order by item, attempt", started.id.id
    )
    assert [(row["item"], row["attempt"]) for row in rows] == [(0, 1), (1, 1), (2, 1), (2, 2)]


async def test_a_failure_workflow_starts_once_and_is_told_of_it(engine: Rig) -> None:
    await store(engine, "alarm", workflow(value("note", "{{ input }}"), settings={"on_failure": "alarm"}))
    started = await engine.start(
        workflow(value("a", "{{ 1 / 0 }}"), settings={"on_failure": "alarm"}, id="failing"), input={"order": 7}, public_id="the-one"
    )
    await engine.end(started.id)
    await emptied(engine)
    rows = await engine.database.pool.fetch("select workspace, id from executions where trigger = 'failure'")
    assert len(rows) == 1
    told = fold(await engine.end(ExecutionId(rows[0]["workspace"], rows[0]["id"]))).output
    assert isinstance(told, dict)
    assert (told["execution_id"], told["workflow_id"], told["failed_node"], told["input"]) == ("the-one", "failing", "a", {"order": 7})
    assert isinstance(told["error"], dict)
    assert told["error"]["type"] == "expression-failed"


async def test_a_failure_workflow_sees_a_large_input_whole(engine: Rig) -> None:
    await store(engine, "alarm", workflow(value("note", "{{ input.input.text.upper() }}")))
    given: JsonValue = {"text": "large " * 30_000}
    definition = workflow(value("a", "{{ 1 / 0 }}"), settings={"on_failure": "alarm"})
    await engine.end((await engine.start(definition, input=given)).id)
    await emptied(engine)
    (row,) = await engine.database.pool.fetch("select workspace, id from executions where trigger = 'failure'")
    state = fold(await engine.end(ExecutionId(row["workspace"], row["id"])))
    assert state.status is Status.completed, state.error
    parts = await engine.database.pool.fetchval("select count(*) from blobs where execution_id = $1 and n = 0", row["id"])
    assert parts == 2  # its input, and what it made of it


async def test_a_failure_workflow_that_fails_starts_none(engine: Rig) -> None:
    await store(engine, "alarm", workflow(value("note", "{{ 1 / 0 }}"), settings={"on_failure": "alarm"}))
    started = await engine.start(workflow(value("a", "{{ 1 / 0 }}"), settings={"on_failure": "alarm"}))
    await engine.end(started.id)
    async with asyncio.timeout(30):
        while await unfinished(engine) or await engine.database.pool.fetchval("select count(*) from executions") < 2:
            await asyncio.sleep(0.02)
    await emptied(engine)
    assert await engine.database.pool.fetchval("select count(*) from executions") == 2
