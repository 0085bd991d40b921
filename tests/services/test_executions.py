"""Runs above the engine, with a real engine on a real database: started, operated, looked up, recorded, deleted."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig
from tests.services.patience import patient

from tenuto.core.access import Principal, Role
from tenuto.core.agent import Agent
from tenuto.core.catalog import discover
from tenuto.core.errors import Conflict, ConnectionMissing, Forbidden, Invalid, InvalidDefinition, NotFound, ReadOnly
from tenuto.core.events import NodeStarted, NodeUnknown, WorkflowCancelled, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Projection, Start
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions import Executions
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.views import ExecutionRecord
from tenuto.store.executions import Filters
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal

owner = Principal(1, "member", UUID(int=7), "Ada", Role.owner)
viewer = Principal(1, "key", UUID(int=8), "ci", Role.viewer)
operator = Principal(1, "key", UUID(int=9), "ops", Role.operator)


@dataclass
class Stored:
    """What the workspace keeps, and what it lacks."""

    definitions: dict[str, WorkflowDefinition] = field(default_factory=dict[str, WorkflowDefinition])
    drafts: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    agents: list[Agent] = field(default_factory=list[Agent])
    lacking: list[str] = field(default_factory=list[str])

    async def pinned(self, workspace: int, workflow_id: str, version: int | None) -> WorkflowDefinition:
        if workflow_id not in self.definitions:
            raise NotFound(f'There is no workflow "{workflow_id}".')
        return self.definitions[workflow_id]

    async def draft(self, workspace: int, workflow_id: str) -> dict[str, JsonValue]:
        found = self.drafts.get(workflow_id)
        if not isinstance(found, dict):
            raise NotFound(f'There is no workflow "{workflow_id}".')
        return found

    async def active(self, workspace: int) -> Sequence[Agent]:
        return self.agents

    async def missing(self, workspace: int, user_id: str | None, definition: WorkflowDefinition) -> Sequence[str]:
        return self.lacking


@dataclass
class House:
    engine: Rig
    stored: Stored

    def executions(self, *, development: bool = False) -> Executions:
        e, s = self.engine, self.stored
        made = Executions(
            database=e.database, journal=e.journal, mailbox=e.mailbox, claims=e.claims, feed=e.feed, launcher=e.worker,
            catalog=discover(), definitions=s, agents=s, credentials=s, development=development,
        )  # fmt: skip
        return patient(
            made, database=e.database, journal=e.journal, mailbox=e.mailbox, claims=e.claims, feed=e.feed, launcher=e.worker
        )  # fmt: skip


def document(*nodes: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    """A workflow of nodes in a row."""
    edges: list[JsonValue] = [{"from": a["id"], "to": b["id"]} for a, b in itertools.pairwise(nodes)]
    return {"id": "w", "name": "Test", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": edges, **more}


def value(node: str, given: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "transform", "config": {"value": given}}


def approval(node: str = "ask", **config: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "approval", "config": {"title": "May I?", **config}}


asking: dict[str, JsonValue] = {
    "id": "w",
    "name": "Asking",
    "startNode": "ask",
    "nodes": [approval(), value("done", "{{ nodes.ask.output.decision }}")],
    "edges": [{"from": "ask", "port": "approved", "to": "done"}],
}


async def waiting(house: House, runs: Executions, public_id: str = "r") -> ExecutionId:
    """A run that waits for an approval."""
    await runs.starts.start(owner, Wanted(workflow=asking, execution_id=public_id))
    run = (await runs.watches.find(owner, public_id)).id
    await house.engine.until(run, "workflow_waiting")
    return run


async def stuck(house: House, *, effect: str = "write") -> ExecutionId:
    """A run whose owner, another process that is alive, has a node under way and does not read its mail."""
    other = new_id()
    database = house.engine.database
    await database.pool.execute(
        "insert into processes (id, beat, started_at, host, pid, formats) values ($1, now() + interval '1 hour', now(), 'far', 1, '{1}')",
        other,
    )
    run = ExecutionId(1, new_id())
    definition = WorkflowDefinition.model_validate(document(value("a", 1)))
    begin = WorkflowStarted(workflow_id="w", workflow_name="Test", version=definition.version_hash)
    node = NodeStarted.model_validate({"node": "a", "node_type": "transform", "effect": effect, "key": "k"})
    events = [(begin, event_data(begin)), (node, event_data(node))]
    start = Start(run, "stuck", definition, events, Projection(Status.running, "a"), simulated=False, workflow_id="w", owned=True)
    theirs = Journal(database, house.engine.feed, lambda: other)
    await theirs.start(start)
    await theirs.close()
    return run


async def test_a_run_begins_with_message_user_and_session(runs: Executions) -> None:
    made = value("a", {"m": "{{ vars.message }}", "u": "{{ vars.user_id }}", "s": "{{ vars.session_id }}", "i": "{{ input }}"})
    wanted = Wanted(workflow=document(made), message="hello", input={"n": 1}, user_id="eve", session_id="s1")
    begun = await runs.starts.start(owner, wanted)
    run = await runs.watches.end(owner, begun.id, 30)
    assert (begun.new, run.status, run.workflow_id, run.current_node) == (True, "completed", "w", "a")
    assert run.results == {"a": {"m": "hello", "u": "eve", "s": "s1", "i": {"message": "hello", "n": 1}}}
    assert run.completed is not None
    assert run.completed >= run.started


async def test_a_message_in_the_input_is_the_message(runs: Executions) -> None:
    begun = await runs.starts.start(owner, Wanted(workflow=document(value("a", "{{ vars.message }}")), input={"message": "hi"}))
    assert (await runs.watches.end(owner, begun.id, 30)).results == {"a": "hi"}


async def test_the_same_id_or_key_is_the_same_run(runs: Executions) -> None:
    for wanted in (
        Wanted(workflow=document(value("a", 1)), message="x", execution_id="mine"),
        Wanted(workflow=document(value("a", 1)), message="x", idempotency_key="k"),
    ):
        first = await runs.starts.start(owner, wanted)
        again = await runs.starts.start(owner, wanted)
        assert (first.new, again.new, first.id) == (True, False, again.id)
    with pytest.raises(Conflict, match="started with something else"):
        await runs.starts.start(owner, Wanted(workflow=document(value("a", 1)), message="y", idempotency_key="k"))
    with pytest.raises(Conflict):
        await runs.starts.start(owner, Wanted(workflow=document(value("a", 2)), message="x", execution_id="mine"))


async def test_the_same_key_of_another_caller_is_another_run(runs: Executions) -> None:
    wanted = Wanted(workflow=document(value("a", 1)), idempotency_key="k")
    assert (await runs.starts.start(owner, wanted)).id != (await runs.starts.start(operator, wanted)).id


async def test_a_stored_workflow_is_started_by_its_id(house: House, runs: Executions) -> None:
    house.stored.definitions["stored"] = WorkflowDefinition.model_validate(document(value("a", 5)))
    begun = await runs.starts.start(owner, Wanted(workflow_id="stored", execution_id="e"))
    assert (await runs.watches.end(owner, begun.id, 30)).workflow_id == "stored"
    house.stored.definitions["stored"] = WorkflowDefinition.model_validate(document(value("a", 6)))
    again = await runs.starts.start(owner, Wanted(workflow_id="stored", execution_id="e"))
    assert not again.new, "a newer version in between does not make the same call another one"
    with pytest.raises(NotFound):
        await runs.starts.start(owner, Wanted(workflow_id="nobody"))


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(workflow=document(value("a", 1)), workflow_id="w")])
async def test_either_a_document_or_an_id(runs: Executions, wanted: Wanted) -> None:
    with pytest.raises(Invalid, match="either"):
        await runs.starts.start(owner, wanted)


async def test_a_wrong_document_is_refused_with_every_issue(runs: Executions) -> None:
    wrong = document({"id": "a", "type": "nonsense", "config": {}}, {"id": "b", "type": "nonsense", "config": {}})
    with pytest.raises(InvalidDefinition) as refused:
        await runs.starts.start(owner, Wanted(workflow=wrong))
    assert {issue.node for issue in refused.value.data.issues} >= {"a", "b"}


@pytest.mark.parametrize("execution_id", ["", "x" * 129, "a\0b"])
async def test_an_id_that_cannot_be_kept_is_refused(runs: Executions, execution_id: str) -> None:
    with pytest.raises(Invalid, match="execution_id"):
        await runs.starts.start(owner, Wanted(workflow=document(value("a", 1)), execution_id=execution_id))


async def test_a_stored_agent_that_a_node_names_goes_into_the_run(house: House, runs: Executions) -> None:
    house.stored.agents = [Agent(id="triage", name="Triage", agent_id="a" * 24), Agent(id="other", name="Other")]
    ask: dict[str, JsonValue] = {"id": "a", "type": "agent", "config": {"agent": "triage"}}
    begun = await runs.starts.start(owner, Wanted(workflow=document(ask), message="hi", simulate=True))
    run = await runs.watches.find(owner, begun.id)
    pinned = await house.engine.journal.definition(1, run.version_hash)
    assert [agent.id for agent in pinned.agents] == ["triage"]
    assert run.simulated


async def test_keys_are_read_from_the_input(runs: Executions) -> None:
    settings: JsonValue = {
        "keys": ["{{ input.order }}", "{{ input.missing }}", "{{ input.number }}", "{{ input.order }}"],
        "priority": "high",
    }
    wanted = Wanted(workflow=document(value("a", 1), settings=settings), input={"order": "o-17", "number": 4})
    begun = await runs.starts.start(owner, wanted)
    run = await runs.watches.find(owner, begun.id)
    assert (run.keys, run.priority) == (("o-17", "4"), 1)
    page = await runs.reads.page(owner, Filters(search="o-17"))
    assert [item.id for item in page.items] == [begun.id]


async def test_a_key_that_would_need_the_sandbox_is_refused(runs: Executions) -> None:
    wanted = Wanted(workflow=document(value("a", 1), settings={"keys": ["{{ input.a + 1 }}"]}), input={"a": 1})
    with pytest.raises(Invalid, match="A key is a path") as refused:
        await runs.starts.start(owner, wanted)
    assert refused.value.data.pointer == "/settings/keys/0"


async def test_a_missing_credential_is_named_in_production_and_simulated_in_development(house: House) -> None:
    house.stored.lacking = ["github", "slack"]
    wanted = Wanted(workflow=document(value("a", 1)))
    with pytest.raises(ConnectionMissing, match="github and slack") as refused:
        await house.executions().starts.start(owner, wanted)
    assert refused.value.data.status == 401
    lenient = house.executions(development=True)
    begun = await lenient.starts.start(owner, wanted)
    assert (await lenient.watches.find(owner, begun.id)).simulated
    with pytest.raises(ConnectionMissing):
        await lenient.starts.start(owner, Wanted(workflow=document(value("a", 1)), simulate=False))


async def test_acting_for_others_and_starting_need_permission(runs: Executions) -> None:
    wanted = Wanted(workflow=document(value("a", 1)), user_id="somebody else")
    with pytest.raises(Forbidden):
        await runs.starts.start(operator, wanted)
    with pytest.raises(Forbidden):
        await runs.starts.start(viewer, Wanted(workflow=document(value("a", 1))))


async def test_waiting_for_the_end_is_bounded(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    run = await runs.watches.end(owner, "r", 0.05)
    assert (run.status, run.completed) == ("running", None)


async def test_detail_shows_the_truth(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    shown = await runs.reads.detail(owner, "r")
    assert shown.status is Status.waiting
    assert shown.waiting_for == "ask: approval"
    assert shown.nodes["ask"].reason == "approval"
    assert shown.nodes["ask"].data is not None
    assert shown.nodes["ask"].data["title"] == "May I?"
    assert shown.graph is not None
    assert [node.id for node in shown.graph.nodes] == ["ask", "done"]
    assert [(edge.source, edge.port, edge.target) for edge in shown.graph.edges] == [("ask", "approved", "done")]
    assert (await runs.reads.kept(owner, "r")).status == "running"
    assert [run.id for run in await runs.reads.kept_list(owner, "w", "running", 50)] == ["r"]
    assert await runs.reads.kept_list(owner, "w", "failed", 50) == []


async def test_events_come_in_pages(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    first = await runs.reads.events(owner, "r", limit=2)
    assert [event.seq for event in first.items] == [1, 2]
    assert first.next == "2"
    rest = await runs.reads.events(owner, "r", after=2)
    assert (rest.items[0].seq, rest.next) == (3, None)


async def test_a_node_with_its_attempts(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    await runs.answers.give(owner, "r", "ask", {"decision": "approve"})
    await runs.watches.end(owner, "r", 30)
    node = await runs.reads.node(owner, "r", "ask")
    assert [(attempt.attempt, attempt.outcome) for attempt in node.attempts] == [(1, "completed")]
    assert isinstance(node.output, dict)
    assert (node.status, node.port, node.output["by"]) == ("completed", "approved", "member:Ada")
    with pytest.raises(NotFound, match="not been reached"):
        await runs.reads.node(owner, "r", "nobody")


async def test_an_answer_is_checked_by_the_node_itself(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    with pytest.raises(Invalid, match="cannot be read"):
        await runs.answers.give(owner, "r", "ask", {"decision": "perhaps"})
    acted = await runs.answers.give(owner, "r", "ask", {"decision": "approve"})
    assert acted.settled
    assert (await runs.watches.end(owner, "r", 30)).results["done"] == "approve"
    with pytest.raises(Conflict, match="decided already"):
        await runs.answers.give(owner, "r", "ask", {"decision": "approve"})


async def test_only_a_waiting_node_is_answered(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    with pytest.raises(Conflict, match="not reached"):
        await runs.answers.give(owner, "r", "done", {"decision": "approve"})
    with pytest.raises(Conflict, match="Nothing is unknown"):
        await runs.operations.decide(owner, "r", "ask", "done")


async def test_pause_and_resume(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    assert (await runs.operations.pause(owner, "r")).run.status is Status.paused
    assert (await runs.operations.pause(owner, "r")).settled
    await runs.answers.give(owner, "r", "ask", {"decision": "approve"})
    assert (await runs.reads.detail(owner, "r")).status is Status.paused, "an answer is taken, and nothing starts"
    assert (await runs.operations.resume(owner, "r")).settled
    assert (await runs.watches.end(owner, "r", 30)).status == "completed"


async def test_a_run_that_waited_before_it_was_paused_is_seen_to_wait_again(house: House, runs: Executions) -> None:
    run = await waiting(house, runs)
    await runs.operations.pause(owner, "r")
    await runs.operations.resume(owner, "r")
    async with asyncio.timeout(30):
        while (shown := await runs.reads.detail(owner, "r")).status is not Status.waiting:
            await asyncio.sleep(0.02)
    assert shown.waiting_for == "ask: approval"
    assert [r.event.type for r in await house.engine.journal.read(run)][-3:] == ["workflow_paused", "workflow_resumed", "workflow_waiting"]


async def test_resume_of_what_is_not_paused_is_refused(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    with pytest.raises(Conflict, match="not paused"):
        await runs.operations.resume(owner, "r")


async def test_cancel(house: House, runs: Executions) -> None:
    run = await waiting(house, runs)
    acted = await runs.operations.cancel(owner, "r", "wrong order")
    assert (acted.run.status, acted.settled) == (Status.cancelled, True)
    again = await runs.operations.cancel(owner, "r")
    assert again.run.status is Status.cancelled
    kept = await runs.reads.kept(owner, "r")
    assert (kept.status, kept.error) == ("failed", "cancelled by member:Ada: wrong order")
    assert [r.event.type for r in await house.engine.journal.read(run)].count("workflow_cancelled") == 1


async def test_a_run_whose_owner_does_not_react_is_cancelled_all_the_same(house: House, runs: Executions) -> None:
    run = await stuck(house)
    async with asyncio.timeout(30):
        acted = await runs.operations.cancel(owner, "stuck")
    assert acted.run.status is Status.cancelled
    last = (await house.engine.journal.read(run))[-1].event
    assert isinstance(last, WorkflowCancelled)
    assert last.in_flight == ("a",), "its effect may have happened, and that is said"
    assert await house.engine.mailbox.read(run) == []
    row = await house.engine.database.pool.fetchrow("select owner, ready_at from executions")
    assert row is not None
    assert (row["owner"], row["ready_at"]) == (None, None)


async def test_two_who_cancel_a_stuck_run_at_once_end_it_once(house: House, runs: Executions) -> None:
    run = await stuck(house, effect="read")
    async with asyncio.timeout(30):
        await asyncio.gather(runs.operations.cancel(owner, "stuck"), runs.operations.cancel(owner, "stuck"))
    log = await house.engine.journal.read(run)
    assert [recorded.event.type for recorded in log][2:] == ["workflow_cancelled"]


async def test_what_has_ended_is_not_cancelled(runs: Executions) -> None:
    begun = await runs.starts.start(owner, Wanted(workflow=document(value("a", 1))))
    await runs.watches.end(owner, begun.id, 30)
    with pytest.raises(Conflict, match="ended"):
        await runs.operations.cancel(owner, begun.id)


async def test_an_unknown_effect_is_decided(house: House, runs: Executions) -> None:
    run = ExecutionId(1, new_id())
    definition = WorkflowDefinition.model_validate(document(value("a", 1), value("b", "{{ nodes.a.output }}")))
    begin = WorkflowStarted(workflow_id="w", workflow_name="Test", version=definition.version_hash)
    node = NodeStarted(node="a", node_type="transform", effect="write", key="k", input={"value": 1})
    lost = NodeUnknown(node="a", attempt=1, key="k", problem=Conflict("No answer came.").data)
    events = [(event, event_data(event)) for event in (begin, node, lost)]
    await house.engine.journal.start(Start(run, "r", definition, events, Projection(Status.unknown, "a"), simulated=False, workflow_id="w"))
    assert (await runs.reads.node(owner, "r", "a")).attempts[0].outcome == "unknown"
    await runs.operations.decide(owner, "r", "a", "done", {"found": 1})
    assert (await runs.watches.end(owner, "r", 30)).results == {"a": {"found": 1}, "b": {"found": 1}}
    [done] = [event for event in (await runs.reads.events(owner, "r")).items if (event.type, event.node) == ("node_completed", "a")]
    assert isinstance(done.data, dict)
    assert done.data["by"] == "member:Ada"


async def test_progress_from_outside_is_recorded_by_the_owner(house: House, runs: Executions) -> None:
    run = await waiting(house, runs)
    await runs.operations.report(owner, "r", {"type": "note", "data": {"n": 1}})
    await house.engine.until(run, "node_progress")
    with pytest.raises(Forbidden):
        await runs.operations.report(viewer, "r", {})


async def test_only_what_has_ended_is_deleted(house: House, runs: Executions) -> None:
    await waiting(house, runs)
    with pytest.raises(Conflict, match="has not ended"):
        await runs.reads.delete(owner, "r")
    await runs.operations.cancel(owner, "r")
    with pytest.raises(Forbidden):
        await runs.reads.delete(operator, "r")
    await runs.reads.delete(owner, "r")
    with pytest.raises(NotFound):
        await runs.reads.kept(owner, "r")
    assert await house.engine.database.pool.fetchval("select count(*) from execution_events") == 0


async def test_deleting_a_workflows_runs_leaves_those_that_go_on(house: House, runs: Executions) -> None:
    for _ in range(2):
        begun = await runs.starts.start(owner, Wanted(workflow=document(value("a", 1))))
        await runs.watches.end(owner, begun.id, 30)
    await waiting(house, runs)
    deleted = await runs.reads.delete_of_workflow(owner, "w")
    assert (deleted.count, deleted.unfinished) == (2, 1)


record = ExecutionRecord(
    id="old-1", workflow_id="w", status="failed", current_node="b", results={"a": {"x": 1}, "b": None},
    started=datetime(2025, 3, 1, 9, 0, 0, 123000, tzinfo=UTC), completed=datetime(2025, 3, 1, 9, 1, tzinfo=UTC), error="boom",
)  # fmt: skip


async def test_a_record_comes_back_as_it_was(runs: Executions) -> None:
    assert await runs.records.add(owner, record) == await runs.records.add(owner, record)
    kept = await runs.reads.kept(owner, "old-1")
    assert kept.model_dump() == record.model_dump()
    shown = await runs.reads.detail(owner, "old-1")
    assert (shown.imported, shown.graph, shown.nodes["a"].status, shown.status) == (True, None, "completed", Status.failed)


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed"])
async def test_a_record_of_any_status_keeps_it(runs: Executions, status: str) -> None:
    bare = ExecutionRecord.model_validate({"id": "r", "workflow_id": "w", "status": status, "started": "2025-03-01T09:00:00.000Z"})
    assert (await runs.records.add(owner, bare)).model_dump() == bare.model_dump()
    assert (await runs.watches.end(owner, "r", 30)).status == status, "nobody waits for a record"


async def test_a_record_is_read_only(house: House, runs: Executions) -> None:
    await runs.records.add(owner, record)
    with pytest.raises(ReadOnly):
        await runs.records.add(owner, record.model_copy(update={"error": "another"}))
    for act in (runs.operations.cancel, runs.operations.pause):
        with pytest.raises(ReadOnly):
            await act(owner, "old-1")
    await waiting(house, runs)
    with pytest.raises(ReadOnly, match="already"):
        await runs.records.add(owner, record.model_copy(update={"id": "r"}))
    await runs.reads.delete(owner, "old-1")
