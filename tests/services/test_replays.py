"""Replays: a past run once more in simulation, against another version; what stands of it, and what both came to."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import JsonValue
from tests.doubles.moody import Moody
from tests.services.test_executions import House, approval, document, operator, owner, value, viewer
from tests.services.test_retries import begun, call, ended

from tenuto.core.errors import Conflict, Forbidden, Invalid, InvalidDefinition, NotFound, ReadOnly
from tenuto.core.execution import Status
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions import Executions
from tenuto.services.executions.again.forks import ForkWanted
from tenuto.services.executions.again.outcomes import Outcomes
from tenuto.services.executions.again.replays import ReplayWanted
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.views import ExecutionRecord
from tenuto.store.executions import Filters


async def replayed(runs: Executions, workflow: JsonValue, public_id: str = "r", **more: str) -> Outcomes:
    """What comes of a replay against this workflow."""
    wanted = ReplayWanted(workflow=workflow, answers="simulated" if more.get("answers") == "simulated" else "recorded")
    made = await runs.replays.replay(owner, public_id, wanted, wait=60)
    assert made.outcomes is not None
    assert made.run.simulated
    return made.outcomes


async def test_what_is_unchanged_answers_as_it_did_and_nothing_happens_outside(runs: Executions, house: House, world: Moody) -> None:
    before = document(call(world, "a"), value("b", "{{ nodes.a.output.body }}!"), value("c", {"said": "{{ nodes.b.output }}", "k": [1, 2]}))
    await begun(runs, before)
    assert await ended(runs) == "completed"
    same = await replayed(runs, before)
    assert (same.same, same.differs, same.ended) == (True, (), True)
    assert same.nodes["a"].recorded
    assert not same.nodes["b"].recorded
    changed = document(
        call(world, "a"), value("b", "{{ nodes.a.output.body }}?"), value("c", {"said": "{{ nodes.b.output }}", "k": [1, 3]})
    )
    other = await replayed(runs, changed)
    assert (other.same, other.differs) == (False, ("output", "nodes"))
    assert [(c.pointer, c.before, c.after) for c in other.output.changes] == [("/said", "/a 1!", "/a 1?"), ("/k/1", 2, 3)]
    assert [(n.definition, n.same) for n in other.nodes.values()] == [("same", True), ("changed", False), ("changed", False)]
    assert world.count("/a") == 1
    shown = await runs.reads.detail(owner, other.after.id)
    assert shown.replay_of is not None
    assert (shown.trigger, shown.simulated, shown.replay_of.execution, shown.replay_of.against) == ("replay", True, "r", "given")
    assert (await runs.reads.detail(owner, "r")).replays == (other.after.id, same.after.id)
    log = await house.engine.journal.read((await runs.watches.find(owner, other.after.id)).id)
    assert [r.seq for r in log] == list(range(1, len(log) + 1))


async def test_everything_may_be_simulated_instead(runs: Executions, world: Moody) -> None:
    workflow = document(call(world, "a"), value("b", "{{ nodes.a.output.body }}"))
    await begun(runs, workflow)
    await ended(runs)
    found = await replayed(runs, workflow, answers="simulated")
    assert (found.differs, found.nodes["a"].recorded, world.count("/a")) == (("output", "nodes"), False, 1)


async def test_a_changed_node_is_simulated_and_the_way_it_leads_is_shown(runs: Executions, world: Moody) -> None:
    def branching(most: int) -> dict[str, JsonValue]:
        branch: dict[str, JsonValue] = {"id": "if", "type": "condition", "config": {"condition": f"{{{{ input.n < {most} }}}}"}}
        made = document(call(world, "a"), branch, value("yes", "y"), value("no", "n"))
        made["edges"] = [
            {"from": "a", "to": "if"}, {"from": "if", "port": "true", "to": "yes"}, {"from": "if", "port": "false", "to": "no"},
        ]  # fmt: skip
        return made

    await begun(runs, branching(5))
    await ended(runs)
    found = await replayed(runs, branching(0))
    assert found.differs == ("output", "path", "nodes")
    assert (found.before.path.completed, found.before.path.skipped) == (("a", "if", "yes"), ("no",))
    assert (found.after.path.completed, found.after.path.skipped) == (("a", "if", "no"), ("yes",))
    assert (found.nodes["a"].recorded, found.nodes["a"].same) == (True, True)
    more = branching(5)
    assert isinstance(more["nodes"], list)
    more["nodes"] = [*more["nodes"], value("new", 1)]
    assert isinstance(more["edges"], list)
    more["edges"] = [*more["edges"], {"from": "yes", "to": "new"}]
    longer = await replayed(runs, more)
    assert (longer.nodes["new"].definition, longer.nodes["new"].before, longer.after.path.completed) == (
        "added", None, ("a", "if", "yes", "new"),
    )  # fmt: skip


async def test_input_trigger_time_and_id_are_those_of_the_past_run(runs: Executions, house: House) -> None:
    workflow = document(
        value("a", ["{{ input.n }}", "{{ trigger.type }}", "{{ execution.id }}", "{{ vars.message }}"]), value("b", "{{ now.year }}")
    )
    await begun(runs, workflow)
    await ended(runs)
    await house.engine.database.pool.execute("update execution_events set at = '2001-02-03T04:05:06Z' where seq = 1")
    found = await replayed(runs, workflow)
    assert (found.nodes["a"].same, found.nodes["b"].same) == (True, False)
    assert [c.after for c in found.output.changes] == [2001], "now is when the past run began, which was moved here"


async def test_people_and_times_are_not_waited_for_again(runs: Executions, house: House) -> None:
    workflow = document(
        approval("ask"), {"id": "nap", "type": "delay", "config": {"duration": "PT1S"}}, value("z", "{{ nodes.ask.output.by }}")
    )
    workflow["edges"] = [{"from": "ask", "port": "approved", "to": "nap"}, {"from": "nap", "to": "z"}]
    run = await begun(runs, workflow)
    await house.engine.until(run, "workflow_waiting")
    await runs.answers.give(owner, "r", "ask", {"decision": "approve"})
    await house.engine.end(run)
    longer: dict[str, JsonValue] = {
        **workflow,
        "nodes": [approval("ask"), {"id": "nap", "type": "delay", "config": {"duration": "P1D"}}, value("z", "{{ nodes.ask.output.by }}")],
    }
    found = await replayed(runs, longer)
    assert (found.same, found.nodes["ask"].recorded, found.nodes["nap"].definition) == (True, True, "changed")


async def test_a_recorded_failure_stands_only_where_the_same_was_asked(runs: Executions, world: Moody) -> None:
    def asking(n: int, **more: JsonValue) -> dict[str, JsonValue]:
        http: dict[str, JsonValue] = {
            "id": "a", "type": "http", "config": {"method": "PUT", "url": world.address + "/a", "body": "{{ nodes.n.output }}"}, **more
        }  # fmt: skip
        return document(value("n", n), http, value("z", "done"))

    world.failures["/a"] = 1
    await begun(runs, asking(1))
    assert await ended(runs) == "failed"
    same = await replayed(runs, asking(1))
    assert (same.same, same.after.status, same.nodes["a"].recorded) == (True, Status.failed, True)
    handled = await replayed(runs, asking(1, on_error="continue"))
    assert (handled.differs, handled.nodes["a"].recorded) == (("status", "error", "output", "path", "nodes"), True)
    asked = await replayed(runs, asking(2))
    assert (asked.after.status, asked.nodes["a"].recorded) == (Status.completed, False)
    assert asked.nodes["a"].asked is not None
    assert [c.pointer for c in asked.nodes["a"].asked.changes] == ["/body"]
    assert world.count("/a") == 1


async def test_a_node_with_runs_of_its_own_answers_as_it_did_if_it_was_asked_the_same(runs: Executions, world: Moody) -> None:
    def each(items: JsonValue, outer: int) -> dict[str, JsonValue]:
        body: dict[str, JsonValue] = {
            "startNode": "x",
            "nodes": [call(world, "x"), value("y", "{{ nodes.outer.output + item }}")],
            "edges": [{"from": "x", "to": "y"}],
        }
        each: dict[str, JsonValue] = {"id": "each", "type": "map", "config": {"items": items, "body": body}}
        return document(value("outer", outer), each)

    await begun(runs, each([1, 2], 10))
    assert await ended(runs) == "completed"
    assert world.count("/x") == 2
    same = await replayed(runs, each([1, 2], 10))
    assert (same.same, same.nodes["each"].recorded) == (True, True)
    other = await replayed(runs, each([1, 2], 20))
    assert (other.nodes["each"].recorded, [(c.pointer, c.after) for c in other.output.changes]) == (
        False, [("/results/0", 21), ("/results/1", 22)],
    )  # fmt: skip
    assert world.count("/x") == 2, "children are simulated as well"


async def test_who_had_lost_to_a_join_loses_again(runs: Executions, house: House, world: Moody) -> None:
    world.held["/slow"] = asyncio.Event()
    workflow: dict[str, JsonValue] = {
        "id": "w", "name": "Race", "startNode": "a",
        "nodes": [value("a", 1), call(world, "slow"), call(world, "fast"), {**value("z", "{{ nodes.fast.output.body }}"), "join": "first"}],
        "edges": [{"from": "a", "to": "slow"}, {"from": "a", "to": "fast"}, {"from": "slow", "to": "z"}, {"from": "fast", "to": "z"}],
    }  # fmt: skip
    await begun(runs, workflow)
    assert await ended(runs) == "completed"
    found = await replayed(runs, workflow)
    assert (found.same, found.after.path.skipped) == (True, ("slow",))


async def test_versions_drafts_and_what_is_no_longer_valid(runs: Executions, house: House) -> None:
    house.stored.definitions["w"] = WorkflowDefinition.model_validate(document(value("a", 1)))
    await runs.starts.start(owner, Wanted(workflow_id="w", execution_id="r"))
    await ended(runs)
    house.stored.definitions["w"] = WorkflowDefinition.model_validate(document(value("a", 2)))
    newest = await runs.replays.replay(owner, "r", ReplayWanted(), wait=60)
    assert newest.outcomes is not None
    assert [(c.before, c.after) for c in newest.outcomes.output.changes] == [(1, 2)]
    pinned = await runs.replays.replay(owner, "r", ReplayWanted(version="pinned"), wait=60)
    assert pinned.outcomes is not None
    assert pinned.outcomes.same
    with pytest.raises(NotFound):
        await runs.replays.replay(owner, "r", ReplayWanted(version="draft"))
    house.stored.drafts["w"] = document(value("a", "{{ nodes.nobody.output }}"))
    with pytest.raises(InvalidDefinition):
        await runs.replays.replay(owner, "r", ReplayWanted(version="draft"))
    house.stored.drafts["w"] = document(value("a", 3))
    draft = await runs.replays.replay(owner, "r", ReplayWanted(version="draft"), wait=60)
    assert draft.outcomes is not None
    assert [c.after for c in draft.outcomes.output.changes] == [3]
    gone: JsonValue = {"id": "a", "type": "nonsense", "config": {}}
    house.stored.definitions["w"] = WorkflowDefinition.model_validate({**document(value("a", 1)), "nodes": [gone]})
    with pytest.raises(InvalidDefinition, match="nonsense"):
        await runs.replays.replay(owner, "r", ReplayWanted(version=1))
    with pytest.raises(Invalid, match="against a version or"):
        await runs.replays.replay(owner, "r", ReplayWanted(version=1, workflow={}))


async def test_who_and_what_is_refused(runs: Executions, house: House) -> None:
    await begun(runs, document(value("a", 1)))
    await ended(runs)
    with pytest.raises(Forbidden):
        await runs.replays.replay(viewer, "r", ReplayWanted(version="pinned"))
    with pytest.raises(NotFound):
        await runs.replays.replay(owner, "nobody", ReplayWanted(version="pinned"))
    with pytest.raises(Conflict, match="neither a replay nor a fork"):
        await runs.comparisons.compare(viewer, "r")
    record = ExecutionRecord.model_validate({"id": "old", "workflow_id": "w", "status": "failed", "started": "2025-01-01T00:00:00Z"})
    await runs.records.add(owner, record)
    with pytest.raises(ReadOnly):
        await runs.replays.replay(owner, "old", ReplayWanted(version="pinned"))
    await runs.starts.start(owner, Wanted(workflow=document(value("a", 1)), execution_id="hers", user_id="eve"))
    await ended(runs, "hers")
    with pytest.raises(Forbidden, match="act for"):
        await runs.replays.replay(operator, "hers", ReplayWanted(version="pinned"))
    await begun(runs, document(approval()), "asks")
    await house.engine.until((await runs.watches.find(owner, "asks")).id, "workflow_waiting")
    with pytest.raises(Conflict, match="has not ended"):
        await runs.replays.replay(owner, "asks", ReplayWanted(version="pinned"))
    made = await runs.replays.replay(owner, "r", ReplayWanted(version="pinned"), wait=60)
    await runs.reads.delete(owner, "r")
    with pytest.raises(NotFound, match='"r"'):
        await runs.comparisons.compare(owner, made.run.id)


async def test_a_failing_replay_calls_nobody(runs: Executions, house: House) -> None:
    house.stored.definitions["alarm"] = WorkflowDefinition.model_validate({**document(value("a", 1)), "id": "alarm"})
    await begun(runs, document(value("a", 1)))
    await ended(runs)
    failing = document(value("a", "{{ input.nothing }}"), settings={"on_failure": "alarm"})
    found = await replayed(runs, failing)
    assert (found.after.status, found.differs) == (Status.failed, ("status", "error", "output", "path", "nodes"))
    posts = await house.engine.database.pool.fetchval("select count(*) from outbox where kind = 'failure_workflow'")
    assert posts == 0


async def test_two_runs_of_any_kind_are_compared(runs: Executions) -> None:
    await begun(runs, document(value("a", [1, {"x": "y"}])))
    await begun(runs, document(value("a", [1, {"x": "z"}, 3])), "other")
    await ended(runs)
    await ended(runs, "other")
    found = await runs.comparisons.compare(viewer, "other", "r")
    assert [(c.kind, c.pointer) for c in found.output.changes] == [("changed", "/1/x"), ("added", "/2")]


async def test_large_values_stand_in_as_they_are_kept(runs: Executions, house: House, world: Moody) -> None:
    long = "x" * 200_000
    http: dict[str, JsonValue] = {
        "id": "a",
        "type": "http",
        "config": {"method": "PUT", "url": world.address + "/a", "body": "{{ input.long }}"},
    }
    workflow = document(http, approval(), value("z", "{{ nodes.ask.output.comment }}"))
    workflow["edges"] = [{"from": "a", "to": "ask"}, {"from": "ask", "port": "approved", "to": "z"}]
    await runs.starts.start(owner, Wanted(workflow=workflow, execution_id="r", input={"long": long}))
    run = (await runs.watches.find(owner, "r")).id
    await house.engine.until(run, "workflow_waiting")
    await runs.answers.give(owner, "r", "ask", {"decision": "approve", "comment": "y" * 2_000})
    assert await ended(runs) == "completed"
    found = await replayed(runs, workflow)
    assert (found.same, found.nodes["a"].recorded, found.nodes["ask"].recorded) == (True, True, True)
    await runs.reads.delete(owner, "r")
    assert await runs.values.of_node(owner, found.after.id, "z") == "y" * 2_000
    again = await replayed(runs, document(value("z", "{{ input.long[0] + input.long[-1] }}")), found.after.id)
    assert [c.after for c in again.output.changes] == ["xx"], "the input is whole, and was taken over with the replay"


async def test_a_fork_of_a_replay_is_no_replay(runs: Executions, house: House) -> None:
    workflow = document(value("a", ["{{ trigger.type }}", "{{ execution.id }}"]), value("b", "{{ nodes.a.output }}"))
    await begun(runs, workflow)
    await ended(runs)
    replay = await replayed(runs, workflow)
    made = await runs.forks.fork(owner, replay.after.id, ForkWanted(node="a", simulate=False))
    assert (await ended(runs, made.id), made.simulated) == ("completed", False)
    shown = await runs.reads.detail(owner, made.id)
    assert (shown.output, shown.replay_of) == (["fork", made.id], None)


async def test_a_failed_replay_is_taken_up_again_as_what_it_is(runs: Executions, world: Moody) -> None:
    workflow = document(call(world, "a"), value("b", "{{ input.missing }}"))
    await begun(runs, workflow)
    assert await ended(runs) == "failed"
    replay = await replayed(runs, workflow)
    assert (await runs.retries.retry(owner, replay.after.id)).settled
    assert await ended(runs, replay.after.id) == "failed"
    again = await runs.comparisons.compare(owner, replay.after.id)
    assert (again.same, again.nodes["a"].recorded, world.count("/a")) == (True, True, 1)


async def test_what_belongs_to_a_replay_is_none_itself(runs: Executions, house: House) -> None:
    body: JsonValue = {"startNode": "x", "nodes": [value("x", "{{ item }}")]}
    each: dict[str, JsonValue] = {"id": "each", "type": "map", "config": {"items": [1], "body": body}}
    await begun(runs, document(value("a", 1)))
    await ended(runs)
    replay = await replayed(runs, document(each))
    (child,) = (await runs.kin.children(owner, replay.after.id)).items
    assert (child.simulated, (await runs.reads.detail(owner, child.id)).replay_of) == (True, None)
    with pytest.raises(Conflict, match="neither a replay nor a fork"):
        await runs.comparisons.compare(owner, child.id)
    listed = await runs.comparisons.page(owner, Filters())
    assert [each.execution.id for each in listed.items] == [replay.after.id]


async def test_code_is_computed_anew_unless_it_called_something_and_was_asked_the_same(runs: Executions, world: Moody) -> None:
    def coded(n: int) -> dict[str, JsonValue]:
        asks = f'said = await http.request(method="PUT", url="{world.address}/x", body="x")\n[n, said["body"]]'
        inputs: dict[str, JsonValue] = {"n": "{{ nodes.n.output }}"}
        plain: dict[str, JsonValue] = {"id": "plain", "type": "code", "config": {"code": "n + 1", "inputs": inputs}}
        calls: dict[str, JsonValue] = {"id": "calls", "type": "code", "config": {"code": asks, "inputs": inputs}}
        return document(value("n", n), plain, calls)

    await begun(runs, coded(1))
    assert await ended(runs) == "completed"
    same = await replayed(runs, coded(1))
    assert (same.same, same.nodes["plain"].recorded, same.nodes["calls"].recorded) == (True, False, True)
    other = await replayed(runs, coded(5))
    assert (other.nodes["plain"].recorded, other.nodes["calls"].recorded, other.after.status) == (False, False, Status.completed)
    assert other.nodes["plain"].output is not None
    assert [c.after for c in other.nodes["plain"].output.changes] == [6]
    assert world.count("/x") == 1


async def test_one_time_addresses_make_no_difference(runs: Executions, house: House) -> None:
    """Every run has its own, and the same node is meant."""
    wait: dict[str, JsonValue] = {"id": "w", "type": "wait", "config": {"timeout": "PT0.2S"}}
    workflow = document(value("a", {"text": "Call {{ execution.urls.w }} or {{ execution.urls['v w'] }}."}), wait, {**wait, "id": "v w"})
    workflow["edges"] = [{"from": "a", "to": "w"}, {"from": "w", "port": "expired", "to": "v w"}]
    await begun(runs, workflow)
    assert await ended(runs) == "completed"
    found = await replayed(runs, workflow)
    assert (found.same, found.nodes["w"].recorded) == (True, True)
    swapped: dict[str, JsonValue] = {
        **workflow,
        "nodes": [value("a", {"text": "Call {{ execution.urls['v w'] }} or {{ execution.urls.w }}."}), wait, {**wait, "id": "v w"}],
    }
    other = await replayed(runs, swapped)
    assert other.nodes["a"].output is not None
    assert [c.pointer for c in other.nodes["a"].output.changes] == ["/text"]
