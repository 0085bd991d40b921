"""A failed run taken up again: what is kept, what is done anew, who is refused, and that nobody who watches is misled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from pydantic import JsonValue
from tests.doubles.moody import Moody
from tests.engine.rig import rig
from tests.services.test_executions import House, approval, document, operator, owner, value, viewer

from tenuto.api.runs.stream import stream
from tenuto.core.errors import Conflict, Forbidden, NotFound, ReadOnly
from tenuto.core.events import NodeStarted, Recorded, WorkflowResumed
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Mail
from tenuto.services.executions import Executions
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.views import ExecutionRecord


def call(world: Moody, node: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "http", "config": {"method": "PUT", "url": f"{world.address}/{node}", "body": "x"}, **more}


async def begun(runs: Executions, workflow: JsonValue, public_id: str = "r") -> ExecutionId:
    await runs.starts.start(owner, Wanted(workflow=workflow, execution_id=public_id, input={"n": 1}))
    return (await runs.watches.find(owner, public_id)).id


async def ended(runs: Executions, public_id: str = "r") -> str:
    return (await runs.watches.end(owner, public_id, 60)).status


def starts(log: Sequence[Recorded], node: str) -> list[int]:
    return [r.event.attempt for r in log if isinstance(r.event, NodeStarted) and r.event.node == node]


async def test_what_succeeded_is_kept_and_what_failed_is_tried_again_in_the_same_run(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/flaky"] = 1
    workflow = document(call(world, "once"), call(world, "flaky"), value("last", "{{ nodes.once.output.body + nodes.flaky.output.body }}"))
    run = await begun(runs, workflow)
    assert await ended(runs) == "failed"
    before = await runs.reads.detail(owner, "r")
    acted = await runs.retries.retry(operator, "r")
    assert acted.settled
    assert await ended(runs) == "completed"
    shown = await runs.reads.detail(owner, "r")
    assert (shown.output, shown.status, shown.error) == ("/once 1/flaky 2", Status.completed, None)
    assert world.count("/once") == 1
    log = await house.engine.journal.read(run)
    assert [r.seq for r in log] == list(range(1, shown.head + 1))
    resumed = log[before.head].event
    assert resumed == WorkflowResumed(by="key:ops", reopens=True, nodes=("flaky",))
    assert starts(log, "flaky") == [1, 2]
    keys = [key for path, key in world.calls if path == "/flaky"]
    assert len(set(keys)) == 2, "a vendor that remembers a key would answer with the failure it remembers"
    assert (shown.nodes["flaky"].attempt, shown.nodes["once"].attempt) == (2, 1)


async def test_the_retry_policy_begins_anew(runs: Executions, world: Moody) -> None:
    world.failures["/flaky"] = 3
    broken = call(world, "flaky", retry={"attempts": 2, "delay": "PT0.01S"})
    broken["config"] = {"method": "GET", "url": "http://127.0.0.1:1/"}
    await begun(runs, document(broken))
    assert await ended(runs) == "failed"
    await runs.retries.retry(owner, "r")
    assert await ended(runs) == "failed"
    assert (await runs.reads.detail(owner, "r")).nodes["flaky"].attempt == 4


async def test_one_of_several_failures_is_taken_up_and_the_other_fails_the_run_again(runs: Executions, house: House, world: Moody) -> None:
    world.failures |= {"/a": 1, "/b": 1}
    world.held["/b"] = asyncio.Event()
    workflow = document(value("s", 1), call(world, "a"), value("after", "{{ nodes.a.output.body }}"))
    nodes, edges = workflow["nodes"], workflow["edges"]
    assert isinstance(nodes, list)
    assert isinstance(edges, list)
    nodes.append(call(world, "b"))
    edges.append({"from": "s", "to": "b"})
    await begun(runs, workflow)
    async with asyncio.timeout(30):
        while world.count("/b") == 0 or (await runs.reads.detail(owner, "r")).nodes["a"].status != "failed":
            await asyncio.sleep(0.01)
    world.held["/b"].set()
    assert await ended(runs) == "failed"
    with pytest.raises(Conflict, match="those that have: a, b"):
        await runs.retries.retry(owner, "r", "after")
    await runs.retries.retry(owner, "r", "a")
    assert await ended(runs) == "failed"
    shown = await runs.reads.detail(owner, "r")
    assert (shown.nodes["after"].status, shown.nodes["b"].status, world.count("/b")) == ("completed", "failed", 1)
    assert shown.error is not None
    assert shown.error.node == "b"
    await runs.retries.retry(owner, "r")
    assert await ended(runs) == "completed"
    assert (world.count("/a"), world.count("/b")) == (2, 2)


async def test_what_waited_when_the_run_failed_waits_on(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/a"] = 1
    world.held["/a"] = asyncio.Event()
    workflow: dict[str, JsonValue] = {
        "name": "T",
        "startNode": "s",
        "nodes": [value("s", 1), approval("ask"), call(world, "a")],
        "edges": [{"from": "s", "to": "ask"}, {"from": "s", "to": "a"}],
    }
    await house.engine.until(await begun(runs, workflow), "node_waiting", node="ask")
    world.held["/a"].set()
    assert await ended(runs) == "failed"
    await runs.retries.retry(owner, "r")
    async with asyncio.timeout(30):
        while (shown := await runs.reads.detail(owner, "r")).status is not Status.waiting:
            await asyncio.sleep(0.02)
    assert (shown.waiting_for, shown.nodes["a"].status) == ("ask: approval", "completed")
    asked = "select node, over_at, outcome from waits where workspace = 1 and execution_id = $1"
    found = await house.engine.database.pool.fetch(asked, (await runs.watches.find(owner, "r")).id.id)
    assert [tuple(row) for row in found] == [("ask", None, None)], "the inbox has the question again"
    await runs.answers.give(owner, "r", "ask", {"decision": "approve"})
    assert await ended(runs) == "completed"


async def test_the_time_limit_begins_anew(runs: Executions, house: House, world: Moody) -> None:
    """An hour goes by while no process has the run in hand."""
    world.held["/slow"] = asyncio.Event()
    read = call(world, "slow")
    read["config"] = {"method": "GET", "url": f"{world.address}/slow"}
    run = await begun(runs, document(read, settings={"timeout": "PT1H"}))
    async with asyncio.timeout(60):
        while not world.count("/slow"):
            await asyncio.sleep(0.01)
    await house.engine.worker.stop(grace=0)
    await house.engine.database.pool.execute("update execution_events set at = at - interval '1 hour' where execution_id = $1", run.id)
    async with rig(house.engine.database):
        assert await ended(runs) == "failed"
        shown = await runs.reads.detail(owner, "r")
        assert shown.error is not None
        assert (shown.error.type, shown.nodes["slow"].status) == ("timed-out", "running")
        world.held["/slow"].set()
        await runs.retries.retry(owner, "r")
        assert await ended(runs) == "completed"


async def test_who_is_refused(runs: Executions, house: House, world: Moody) -> None:
    await begun(runs, document(value("a", 1)), "good")
    assert await ended(runs, "good") == "completed"
    with pytest.raises(Conflict, match="Only a failed") as refused:
        await runs.retries.retry(owner, "good")
    assert "Fork" in (refused.value.data.fix or "")
    await begun(runs, document(approval()), "asking")
    with pytest.raises(Conflict, match="has not ended"):
        await runs.retries.retry(owner, "asking")
    await runs.operations.cancel(owner, "asking")
    with pytest.raises(Conflict, match="Only a failed"):
        await runs.retries.retry(owner, "asking")
    with pytest.raises(NotFound):
        await runs.retries.retry(owner, "nobody")
    with pytest.raises(Forbidden):
        await runs.retries.retry(viewer, "good")
    record = ExecutionRecord.model_validate({"id": "old", "workflow_id": "w", "status": "failed", "started": "2025-01-01T00:00:00Z"})
    await runs.records.add(owner, record)
    with pytest.raises(ReadOnly):
        await runs.retries.retry(owner, "old")


async def test_two_who_retry_at_once_retry_once(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/a"] = 1
    world.held["/a"] = asyncio.Event()
    world.held["/a"].set()
    run = await begun(runs, document(call(world, "a")))
    assert await ended(runs) == "failed"
    world.held["/a"].clear()
    answers = await asyncio.gather(*(runs.retries.retry(owner, "r") for _ in range(3)), return_exceptions=True)
    world.held["/a"].set()
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    assert await ended(runs) == "completed"
    assert starts(await house.engine.journal.read(run), "a") == [1, 2]


async def test_mail_that_asks_for_what_cannot_be_leaves_the_end_as_it_was(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/a"] = 1
    run = await begun(runs, document(call(world, "a")))
    assert await ended(runs) == "failed"
    head = (await runs.watches.find(owner, "r")).head
    assert await house.engine.mailbox.reopen(run, head, Mail("x", "retry", {"by": "local", "node": "nobody"}))
    async with asyncio.timeout(30):
        while (await runs.watches.find(owner, "r")).finished_at is None:
            await asyncio.sleep(0.02)
    shown = await runs.reads.detail(owner, "r")
    assert (shown.status, shown.head, shown.nodes["a"].status) == (Status.failed, head, "failed")
    assert shown.error is not None
    assert not await house.engine.mailbox.read(run)


async def test_another_process_finds_a_run_that_was_opened_again_and_left(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/a"] = 1
    run = await begun(runs, document(call(world, "a")))
    assert await ended(runs) == "failed"
    head = (await runs.watches.find(owner, "r")).head
    await house.engine.worker.stop(grace=1)
    assert await house.engine.mailbox.reopen(run, head, Mail("x", "retry", {"by": "local"}))
    async with rig(house.engine.database) as other:
        async with asyncio.timeout(60):
            while not any(r.event.type == "workflow_completed" for r in await other.journal.read(run)):
                await asyncio.sleep(0.02)
    assert (await runs.reads.detail(owner, "r")).status is Status.completed


async def test_a_stream_goes_past_the_failure_that_was_taken_up(runs: Executions, world: Moody) -> None:
    world.failures["/a"] = 1
    await begun(runs, document(call(world, "a")))
    assert await ended(runs) == "failed"
    world.held["/a"] = asyncio.Event()
    await runs.retries.retry(owner, "r")
    run = await runs.watches.find(owner, "r")
    world.held["/a"].set()
    seen: list[str] = []
    async with asyncio.timeout(60), aclosing(stream(runs.watches, run, 0)) as pieces:
        async for piece in pieces:
            seen += [word for word in ("workflow_failed", "workflow_resumed", "workflow_completed") if word.encode() in piece]
    assert seen == ["workflow_failed", "workflow_resumed", "workflow_completed"]


async def test_a_run_whose_effects_were_undone_is_not_retried_and_a_stuck_one_says_what_is_left(
    runs: Executions, house: House, world: Moody
) -> None:
    world.failures["/b"] = 1
    workflow = document(call(world, "a", undo="u"), call(world, "b"))
    nodes = workflow["nodes"]
    assert isinstance(nodes, list)
    nodes.append(call(world, "u"))
    await begun(runs, workflow)
    assert await ended(runs) == "failed"
    shown = await runs.reads.detail(owner, "r")
    assert (shown.undone, shown.not_undone, shown.nodes["u"].undoes) == (("a",), (), "a")
    with pytest.raises(Conflict, match="was undone") as refused:
        await runs.retries.retry(owner, "r")
    assert "Fork" in (refused.value.data.fix or "")
    world.failures["/b"] = 1
    world.held["/u"] = asyncio.Event()
    run = await begun(runs, workflow, "second")
    async with asyncio.timeout(60):
        while world.count("/u") < 2:
            await asyncio.sleep(0.02)
    await house.engine.worker.drop()
    acted = await runs.operations.cancel(owner, "second")
    assert acted.run.error is not None
    assert acted.run.error.detail == "cancelled by member:Ada (not undone: a)"
    last = (await house.engine.journal.read(run))[-1].event
    assert (last.type, getattr(last, "not_undone", ()), getattr(last, "in_flight", ())) == ("workflow_cancelled", ("a",), ("u",))


async def test_a_retry_goes_on_from_large_values(runs: Executions, world: Moody) -> None:
    world.failures["/flaky"] = 1
    large = value("large", {"text": "{{ 'x' * 200000 }}"})
    last = value("last", "{{ [len(nodes.large.output.text), nodes.flaky.output.body] }}")
    await begun(runs, document(large, call(world, "flaky"), last))
    assert await ended(runs) == "failed"
    await runs.retries.retry(operator, "r")
    assert await ended(runs) == "completed"
    assert (await runs.reads.detail(owner, "r")).output == [200_000, "/flaky 2"]
