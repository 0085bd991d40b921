"""Forks: what is kept by the graph, what is edited, which versions go together, and who may."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from tests.doubles.moody import Moody
from tests.services.test_executions import House, approval, document, operator, owner, value, viewer
from tests.services.test_retries import begun, call, ended

from tenuto.core.errors import Conflict, ConnectionMissing, Forbidden, Invalid, NotFound, ReadOnly
from tenuto.core.execution import Status
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions import Executions
from tenuto.services.executions.again.forks import ForkWanted
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.views import ExecutionRecord


def two_ways(world: Moody) -> dict[str, JsonValue]:
    """Two ways side by side, then both together."""
    said = "{{ [nodes.first.output.body, nodes.left.output.body, nodes.right.output.body, input.n] }}"
    return {
        "id": "w", "name": "Test", "startNode": "first",
        "nodes": [call(world, "first"), call(world, "left", undo="back"), call(world, "right"), value("both", said), call(world, "back")],
        "edges": [
            {"from": "first", "to": "left"}, {"from": "first", "to": "right"}, {"from": "left", "to": "both"}, {"from": "right", "to": "both"},
        ],
    }  # fmt: skip


async def test_a_fork_keeps_what_does_not_depend_on_its_node(runs: Executions, house: House, world: Moody) -> None:
    await begun(runs, two_ways(world))
    assert await ended(runs) == "completed"
    made = await runs.forks.fork(owner, "r", ForkWanted(node="right", input={"n": 2}))
    assert (made.trigger, made.workflow_id) == ("fork", "w")
    assert await ended(runs, made.id) == "completed"
    shown = await runs.reads.detail(owner, made.id)
    assert shown.output == ["/first 1", "/left 1", "/right 2", 2]
    assert (world.count("/first"), world.count("/left"), world.count("/right")) == (1, 1, 2)
    log = await house.engine.journal.read((await runs.watches.find(owner, made.id)).id)
    assert [r.seq for r in log] == list(range(1, shown.head + 1))
    assert {r.event.node for r in log[1:5] if hasattr(r.event, "node")} == {"first", "left"}
    assert shown.forked_from is not None
    assert (shown.forked_from.execution, shown.forked_from.node) == ("r", "right")
    assert (await runs.reads.detail(owner, "r")).forks == (made.id,)
    keys = {key for path, key in world.calls if path == "/right"}
    assert len(keys) == 2


async def test_a_config_is_edited_by_values_and_checked_by_the_kind(runs: Executions, world: Moody) -> None:
    await begun(runs, document(call(world, "a"), value("b", "{{ nodes.a.output.missing }}")))
    assert await ended(runs) == "failed"
    with pytest.raises(Invalid) as refused:
        await runs.forks.fork(owner, "r", ForkWanted(node="b", config={"valu": 1}))
    assert refused.value.data.pointer == "/config/valu"
    made = await runs.forks.fork(owner, "r", ForkWanted(node="b", config={"value": "{{ not evaluated }}"}))
    assert await ended(runs, made.id) == "completed"
    assert (await runs.reads.detail(owner, made.id)).output == "{{ not evaluated }}"
    assert world.count("/a") == 1


async def test_variables_are_as_they_were_edited_also_where_a_kept_node_had_set_them(runs: Executions) -> None:
    workflow = document({**value("a", "old"), "output_variable": "x"}, value("b", "{{ [vars.x, vars.message] }}"))
    await begun(runs, workflow)
    assert await ended(runs) == "completed"
    made = await runs.forks.fork(owner, "r", ForkWanted(node="b", vars={"x": "new"}))
    assert await ended(runs, made.id) == "completed"
    assert (await runs.reads.detail(owner, made.id)).output == ["new", ""]


async def test_a_fork_undoes_only_what_it_did_itself(runs: Executions, world: Moody) -> None:
    await begun(runs, two_ways(world))
    assert await ended(runs) == "completed"
    world.failures["/right"] = 1
    made = await runs.forks.fork(owner, "r", ForkWanted(node="right"))
    assert await ended(runs, made.id) == "failed"
    assert world.count("/back") == 0
    world.failures["/right"] = 1
    whole = await runs.forks.fork(owner, "r", ForkWanted(node="first"))
    assert await ended(runs, whole.id) == "failed"
    assert (world.count("/back"), (await runs.reads.detail(owner, whole.id)).undone) == (1, ("left",))


async def test_a_run_that_failed_or_still_waits_is_forked_as_well(runs: Executions, house: House, world: Moody) -> None:
    world.failures["/b"] = 1
    await begun(runs, document(call(world, "a"), call(world, "b")))
    assert await ended(runs) == "failed"
    made = await runs.forks.fork(owner, "r", ForkWanted(node="b"))
    assert await ended(runs, made.id) == "completed"
    assert world.count("/a") == 1
    await house.engine.until(await begun(runs, document(value("a", 1), approval()), "asks"), "workflow_waiting")
    again = await runs.forks.fork(owner, "asks", ForkWanted(node="ask"))
    await house.engine.until((await runs.watches.find(owner, again.id)).id, "workflow_waiting")
    assert (await runs.watches.find(owner, "asks")).status is Status.waiting


async def test_another_version_has_to_be_the_same_where_it_keeps_outputs(runs: Executions, house: House, world: Moody) -> None:
    first = document(call(world, "a"), value("b", 1), value("c", "old"))
    house.stored.definitions["w"] = WorkflowDefinition.model_validate(first)
    await runs.starts.start(owner, Wanted(workflow_id="w", execution_id="r"))
    assert await ended(runs) == "completed"
    house.stored.definitions["w"] = WorkflowDefinition.model_validate(document(call(world, "a"), value("b", 2), value("c", "new")))
    with pytest.raises(Conflict, match="keep what they came to: b"):
        await runs.forks.fork(owner, "r", ForkWanted(node="c", version="published"))
    made = await runs.forks.fork(owner, "r", ForkWanted(node="b", version="published"))
    assert await ended(runs, made.id) == "completed"
    assert ((await runs.reads.detail(owner, made.id)).output, world.count("/a")) == ("new", 1)
    house.stored.definitions["w"] = WorkflowDefinition.model_validate(document(call(world, "a")))
    with pytest.raises(NotFound, match="has no node"):
        await runs.forks.fork(owner, "r", ForkWanted(node="b", version="published"))
    await begun(runs, {**document(value("x", 1)), "id": None} | {"id": "none"}, "other")
    await ended(runs, "other")
    with pytest.raises(NotFound):
        await runs.forks.fork(owner, "other", ForkWanted(node="x", version="published"))


async def test_who_and_what_is_refused(runs: Executions, house: House, world: Moody) -> None:
    branch: dict[str, JsonValue] = {"id": "if", "type": "condition", "config": {"condition": "{{ input.n == 1 }}"}}
    workflow = document(branch, value("no", 1))
    workflow["edges"] = [{"from": "if", "port": "false", "to": "no"}]
    await begun(runs, workflow)
    assert await ended(runs) == "completed"
    with pytest.raises(Conflict, match="was skipped"):
        await runs.forks.fork(owner, "r", ForkWanted(node="no"))
    with pytest.raises(NotFound, match="no node"):
        await runs.forks.fork(owner, "r", ForkWanted(node="nobody"))
    with pytest.raises(NotFound):
        await runs.forks.fork(owner, "nobody", ForkWanted(node="if"))
    with pytest.raises(Forbidden):
        await runs.forks.fork(viewer, "r", ForkWanted(node="if"))
    record = ExecutionRecord.model_validate({"id": "old", "workflow_id": "w", "status": "failed", "started": "2025-01-01T00:00:00Z"})
    await runs.records.add(owner, record)
    with pytest.raises(ReadOnly):
        await runs.forks.fork(owner, "old", ForkWanted(node="if"))
    await runs.starts.start(owner, Wanted(workflow=document(value("a", 1)), execution_id="hers", user_id="eve"))
    await ended(runs, "hers")
    with pytest.raises(Forbidden, match="act for"):
        await runs.forks.fork(operator, "hers", ForkWanted(node="a"))


async def test_what_was_simulated_is_not_gone_on_from_for_real(runs: Executions, house: House) -> None:
    await runs.starts.start(owner, Wanted(workflow=document(value("a", 1), value("b", 2)), execution_id="r", simulate=True))
    await ended(runs)
    with pytest.raises(Conflict, match="made up"):
        await runs.forks.fork(owner, "r", ForkWanted(node="b", simulate=False))
    assert (await runs.forks.fork(owner, "r", ForkWanted(node="b"))).simulated
    assert not (await runs.forks.fork(owner, "r", ForkWanted(node="a", simulate=False))).simulated
    house.stored.lacking = ["github"]
    with pytest.raises(ConnectionMissing):
        await runs.forks.fork(owner, "r", ForkWanted(node="a", simulate=False))


async def test_a_fork_has_the_large_values_of_what_it_keeps(runs: Executions, house: House) -> None:
    workflow = document(value("a", "{{ input.text.upper() }}"), value("b", "{{ [nodes.a.output[:2], input.text[-2:], vars.x] }}"))
    await runs.starts.start(owner, Wanted(workflow=workflow, execution_id="r", input={"text": "large " * 30_000}, message="m" * 70_000))
    await ended(runs)
    made = await runs.forks.fork(owner, "r", ForkWanted(node="b", vars={"x": 1}))
    assert await ended(runs, made.id) == "completed"
    assert (await runs.reads.detail(owner, made.id)).output == ["LA", "e ", 1]
    edited = await runs.forks.fork(owner, "r", ForkWanted(node="b", input={"text": "small"}, vars={"x": 2}))
    assert await ended(runs, edited.id) == "completed"
    assert (await runs.reads.detail(owner, edited.id)).output == ["LA", "ll", 2]
    pool = house.engine.database.pool
    assert await pool.fetchval("select count(distinct execution_id) from blobs") == 3
