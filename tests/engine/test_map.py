"""Map on a real database: order, bounded concurrency, failures, what a body sees, nesting, and its children's rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from tests.engine.rig import Rig, rig

from tenuto.core.execution import ExecutionId, State, Status, fold
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


def value(node: str, given: object, **more: object) -> dict[str, object]:
    return {"id": node, "type": "transform", "config": {"value": given}, **more}


def body(*nodes: dict[str, object], edges: Sequence[object] = ()) -> dict[str, object]:
    return {"startNode": nodes[0]["id"], "nodes": list(nodes), "edges": list(edges)}


def each(items: object, inner: dict[str, object], node: dict[str, object] | None = None, **config: object) -> dict[str, object]:
    return {"id": "each", "type": "map", "config": {"items": items, "body": inner, **config}, **(node or {})}


def workflow(*nodes: dict[str, object], edges: object = (), **more: object) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate({"name": "Test", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": edges, **more})


async def children(made: Rig, run: ExecutionId) -> list[tuple[int, str]]:
    rows = await made.database.pool.fetch(
        "select item, status from executions where workspace = $1 and parent_id = $2 order by item, attempt", *run
    )
    return [(row["item"], row["status"]) for row in rows]


async def emptied(made: Rig) -> None:
    """Wait until nothing is left to be done."""
    async with asyncio.timeout(30):
        while await made.database.pool.fetchval("select count(*) from outbox"):
            await asyncio.sleep(0.02)


async def test_results_keep_the_order_of_the_items(engine: Rig) -> None:
    state = await engine.run(workflow(each("{{ input.words }}", body(value("a", "{{ item.upper() }}")))), input={"words": ["a", "b", "c"]})
    assert state.status is Status.completed, state.error
    assert state.output == {"results": ["A", "B", "C"], "errors": []}


async def test_a_thousand_items_by_one_worker_leave_a_short_log_and_an_empty_outbox(engine: Rig) -> None:
    definition = workflow(each("{{ list(range(1000)) }}", body(value("a", "{{ item * 2 + index }}")), concurrency=50))
    started = await engine.start(definition)
    log = await engine.end(started.id)
    assert [recorded.event.type for recorded in log] == [
        "workflow_started", "node_started", "node_waiting", "workflow_waiting", "node_completed", "workflow_completed",
    ]  # fmt: skip
    assert fold(log).output == {"results": [3 * n for n in range(1000)], "errors": []}
    await emptied(engine)


async def test_no_items_are_done_at_once(engine: Rig) -> None:
    state = await engine.run(workflow(each([], body(value("a", 1)))))
    assert state.output == {"results": [], "errors": []}


async def test_what_is_no_list_fails_and_says_so(engine: Rig) -> None:
    state = await engine.run(workflow(each("{{ input.n }}", body(value("a", 1)))), input={"n": 3})
    assert state.error is not None
    assert (state.status, state.error.type, state.error.pointer) == (Status.failed, "invalid", "/config/items")


async def test_a_body_sees_item_index_input_vars_and_outer_outputs(engine: Rig) -> None:
    seen = {
        "item": "{{ item }}", "index": "{{ index }}", "input": "{{ input.greeting }}", "vars": "{{ vars.message }}",
        "outer": "{{ nodes.before.output.name }}", "type": "{{ trigger.type }}",
    }  # fmt: skip
    definition = workflow(
        value("before", {"name": "Ada", "secret": "x" * 100_000}),
        each(["x"], body(value("a", seen))),
        edges=[{"from": "before", "to": "each"}],
    )
    state = await engine.run(definition, input={"greeting": "hi", "big": "y" * 100_000}, message="hello")
    assert state.status is Status.completed, state.error
    assert state.output == {
        "results": [{"item": "x", "index": 0, "input": "hi", "vars": "hello", "outer": "Ada", "type": "api"}],
        "errors": [],
    }


async def test_what_a_body_takes_with_it_is_bounded(engine: Rig) -> None:
    state = await engine.run(workflow(each([1, 2], body(value("a", "{{ input.big }}")))), input={"big": "y" * 100_000})
    assert state.error is not None
    assert (state.error.type, state.error.node, state.error.pointer) == ("too-large", "each", "/config/body")


async def test_the_first_failure_ends_the_others(engine: Rig) -> None:
    # Those behind the failure do not end by themselves: they do not come far, however long it takes to be noticed.
    rest = {"id": "rest", "type": "delay", "config": {"duration": "{{ 'PT0S' if item < 5 else 'P1D' }}"}}
    inner = body(value("a", "{{ 1 / (item - 5) }}"), rest, edges=[{"from": "a", "to": "rest"}])
    definition = workflow(each("{{ list(range(100)) }}", inner, concurrency=3))
    started = await engine.start(definition)
    state = fold(await engine.end(started.id))
    assert state.error is not None
    assert state.status is Status.failed
    assert state.error.detail.startswith("Item 5 failed")
    assert state.error.node == "each"
    ends = [status for _, status in await children(engine, started.id)]
    assert (ends.count("failed"), len(ends), set(ends)) == (1, 100, {"completed", "failed", "cancelled"})
    assert ends.count("completed") <= 5, "the others were not stopped"
    await emptied(engine)


async def test_failures_are_listed_where_the_others_go_on(engine: Rig) -> None:
    definition = workflow(each([1, 0, 2], body(value("a", "{{ 4 / item }}")), on_item_error="continue"))
    state = await engine.run(definition)
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, dict)
    assert state.output["results"] == [4.0, None, 2.0]
    assert isinstance(errors := state.output["errors"], list)
    assert [(error["index"], error["problem"]["type"]) for error in errors] == [(1, "expression-failed")]  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue]  # JSON


async def test_a_map_in_a_map_sees_through_to_the_outermost(engine: Rig) -> None:
    inner = {"id": "in", "type": "map", "config": {"items": "{{ item }}", "body": body(value("a", "{{ item * nodes.factor.output }}"))}}
    definition = workflow(value("factor", 10), each([[1, 2], [], [3]], body(inner)), edges=[{"from": "factor", "to": "each"}])
    state = await engine.run(definition)
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, dict)
    assert [entry["results"] for entry in state.output["results"]] == [[10, 20], [], [30]]  # pyright: ignore[reportGeneralTypeIssues, reportOptionalIterable, reportIndexIssue, reportCallIssue, reportArgumentType]  # JSON


async def test_a_simulated_parent_has_simulated_children(engine: Rig) -> None:
    agent = {"id": "ask", "type": "agent", "config": {"agent": "helper", "message": "{{ item }}"}}
    agents = [{"id": "helper", "name": "Helper", "provider": "lyzr", "agent_id": "x"}]
    started = await engine.start(workflow(each(["Hi"], body(agent)), agents=agents), simulated=True)
    state: State = fold(await engine.end(started.id))
    assert state.status is Status.completed, state.error
    row = await engine.database.pool.fetchrow("select simulated, depth from executions where parent_id = $1", started.id.id)
    assert row is not None
    assert (row["simulated"], row["depth"]) == (True, 1)


async def test_not_more_run_at_a_time_than_asked_for(engine: Rig) -> None:
    pause = {"id": "nap", "type": "delay", "config": {"duration": "PT0.05S"}}
    started = await engine.start(workflow(each("{{ list(range(12)) }}", body(pause), concurrency=3)))
    await engine.end(started.id)
    await emptied(engine)
    alive = """
        select max((select count(*) from executions b where b.parent_id = $1 and b.started_at <= a.started_at and b.finished_at > a.started_at))
        from executions a where a.parent_id = $1
    """
    assert await engine.database.pool.fetchval(alive, started.id.id) == 3
