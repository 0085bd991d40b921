"""Runs on a real database: order, branches, failures, retries, waiting, answers, cancelling."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from tests.engine.rig import Rig, rig

from tenuto.core.execution import Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


def workflow(nodes: list[dict[str, object]], edges: list[dict[str, object]], **more: object) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate({"name": "Test", "startNode": nodes[0]["id"], "nodes": nodes, "edges": edges, **more})


def value(node: str, given: object, **more: object) -> dict[str, object]:
    return {"id": node, "type": "transform", "config": {"value": given}, **more}


async def test_a_branch_is_taken_and_the_other_is_skipped(engine: Rig) -> None:
    definition = workflow(
        [
            {"id": "big", "type": "condition", "config": {"condition": "{{ input.n > 3 }}"}},
            value("yes", "{{ input.n }}"),
            value("no", "small"),
            value("after", {"got": "{{ get(nodes.yes.output, 'x', 0) if False else input.n }}"}),
        ],
        [
            {"from": "big", "port": "true", "to": "yes"},
            {"from": "big", "port": "false", "to": "no"},
            {"from": "yes", "to": "after"},
            {"from": "no", "to": "after"},
        ],
    )
    state = await engine.run(definition, input={"n": 7})
    assert state.status is Status.completed, state.error
    assert {name: node.status for name, node in state.nodes.items()} == {
        "big": "completed",
        "yes": "completed",
        "no": "skipped",
        "after": "completed",
    }
    assert state.output == {"got": 7}


async def test_the_log_has_no_gap_and_begins_and_ends_as_it_should(engine: Rig) -> None:
    started = await engine.start(workflow([value("a", 1), value("b", 2)], [{"from": "a", "to": "b"}]))
    log = await engine.end(started.id)
    assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
    assert [recorded.event.type for recorded in log] == [
        "workflow_started",
        "node_started",
        "node_completed",
        "node_started",
        "node_completed",
        "workflow_completed",
    ]
    assert list(await engine.journal.read(started.id)) == log


async def test_a_typo_in_a_path_fails_the_run_and_says_what_is_there(engine: Rig) -> None:
    state = await engine.run(workflow([value("a", "{{ input.mesage }}")], []), input={"message": "hi"})
    assert state.status is Status.failed
    assert state.error is not None
    assert state.error.type == "expression-failed"
    assert "message" in state.error.detail + (state.error.fix or "")
    assert state.error.node == "a"


async def test_a_simulated_agent_answers(engine: Rig) -> None:
    definition = workflow(
        [{"id": "ask", "type": "agent", "config": {"agent": "helper"}}],
        [],
        agents=[{"id": "helper", "name": "Helper", "description": "Answers questions about cards."}],
    )
    state = await engine.run(definition, message="Where is my card?", simulated=True)
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, dict)
    assert state.output["text"]


async def test_a_delay_parks_the_run_and_goes_on_by_itself(engine: Rig) -> None:
    definition = workflow(
        [{"id": "wait", "type": "delay", "config": {"duration": "PT0.8S"}}, value("then", "done")], [{"from": "wait", "to": "then"}]
    )
    started = await engine.start(definition)
    await engine.until(started.id, "workflow_waiting")
    state = fold(await engine.end(started.id))
    assert state.output == "done"
    await engine.idle()


async def test_an_approval_waits_until_somebody_answers(engine: Rig) -> None:
    definition = workflow(
        [{"id": "ask", "type": "approval", "config": {"title": "Send it?"}}, value("yes", 1), value("no", 0)],
        [{"from": "ask", "port": "approved", "to": "yes"}, {"from": "ask", "port": "rejected", "to": "no"}],
    )
    started = await engine.start(definition)
    await engine.until(started.id, "workflow_waiting")
    answer = {"node": "ask", "by": "member:Ada", "data": {"decision": "reject", "comment": "no"}}
    assert await engine.mail(started.id, Mail("a1", "answer", answer))
    state = fold(await engine.end(started.id))
    assert (state.status, state.output) == (Status.completed, 0)
    assert state.nodes["yes"].status == "skipped"
    assert not await engine.mail(started.id, Mail("a2", "answer", answer))


async def test_a_cancelled_run_ends_and_says_by_whom(engine: Rig) -> None:
    started = await engine.start(workflow([{"id": "wait", "type": "delay", "config": {"duration": "P1D"}}], []))
    await engine.until(started.id, "workflow_waiting")
    await engine.mail(started.id, Mail("c", "cancel", {"by": "key:ci", "reason": "enough"}))
    log = await engine.end(started.id)
    assert log[-1].event.model_dump(include={"type", "by", "reason"}) == {"type": "workflow_cancelled", "by": "key:ci", "reason": "enough"}


async def test_a_paused_run_starts_nothing_until_it_is_resumed(engine: Rig) -> None:
    definition = workflow([{"id": "wait", "type": "wait", "config": {}}, value("then", "done")], [{"from": "wait", "to": "then"}])
    started = await engine.start(definition)
    await engine.mail(started.id, Mail("p", "pause", {"by": "local"}))
    await engine.until(started.id, "workflow_paused")
    await engine.mail(started.id, Mail("on", "answer", {"node": "wait", "by": "local", "data": None}))
    await engine.until(started.id, "node_completed", node="wait")
    await engine.idle()
    assert not any(getattr(recorded.event, "node", None) == "then" for recorded in await engine.journal.read(started.id))
    await engine.mail(started.id, Mail("r", "resume", {"by": "local"}))
    log = await engine.end(started.id)
    assert fold(log).output == "done"


async def test_the_same_public_id_starts_one_run(engine: Rig) -> None:
    definition = workflow([value("a", 1)], [])
    first = await engine.start(definition, public_id="order-1")
    second = await engine.start(definition, public_id="order-1")
    assert (first.new, second.new) == (True, False)
    assert first.id == second.id


async def test_a_parallel_part_joins(engine: Rig) -> None:
    names = [f"n{i}" for i in range(20)]
    definition = workflow(
        [
            value("start", 1),
            *[value(name, i) for i, name in enumerate(names)],
            value("join", {"sum": "{{ " + " + ".join(f"nodes.{n}.output" for n in names) + " }}"}),
        ],
        [*[{"from": "start", "to": name} for name in names], *[{"from": name, "to": "join"} for name in names]],
    )
    state = await engine.run(definition)
    assert state.output == {"sum": sum(range(20))}


async def test_an_output_that_cannot_be_stored_fails_its_run_only(engine: Rig) -> None:
    poisoned = workflow([value("a", "{{ 'x' * 3000000 + 'y' * 3000000 }}")], [])
    state = await engine.run(poisoned)
    assert state.status is Status.failed
    assert (await engine.run(workflow([value("a", 1)], []))).status is Status.completed


async def test_a_run_that_ends_with_the_statement_that_starts_it_costs_one_commit(database: Database) -> None:
    commits = 0

    def tick() -> None:
        nonlocal commits
        commits += 1

    definition = workflow([value("a", 1), value("b", "{{ nodes.a.output }}")], [{"from": "a", "to": "b"}])
    async with rig(database, tick=tick) as made:
        await made.run(definition)  # now it works, and keeps what it starts
        await made.idle()
        commits = 0
        await made.run(definition)
    assert commits == 1, "the rig has closed: nothing is on its way any more"
