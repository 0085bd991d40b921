"""The fold: what a log means, held against files that the browser's fold is held against as well."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from tests.core.traces import traces
from tests.core.tracing import Trace, folder, noon

from tenuto.core.errors import Conflict
from tenuto.core.events import (
    Event,
    NodeFailed,
    NodeStarted,
    Recorded,
    StepCompleted,
    StepStarted,
    WorkflowCancelled,
    WorkflowStarted,
    event_data,
    event_from,
    terminal,
)
from tenuto.core.execution import State, Status, evolve, fold

by_name = {trace.name: trace for trace in traces}


def state(name: str) -> State:
    return fold(by_name[name].log)


@pytest.mark.parametrize("trace", traces, ids=lambda trace: trace.name)
def test_the_files_say_what_the_fold_says(trace: Trace) -> None:
    written = json.loads((folder / f"{trace.name}.json").read_text())
    assert written == trace.document, "write them anew with `python -m tests.core.traces`, and look at the difference"


@pytest.mark.parametrize("trace", traces, ids=lambda trace: trace.name)
def test_a_log_that_was_stored_folds_to_the_same_states(trace: Trace) -> None:
    found = State()
    written = json.loads((folder / f"{trace.name}.json").read_text())
    for event, expected in zip(written["events"], written["states"], strict=True):
        stored = event_from(event["type"], event["node"], json.dumps(event["data"]).encode())
        evolve(found, Recorded(event["seq"], noon, stored))
        assert found.view() == expected, f"after event {event['seq']}"


def test_there_is_no_file_too_many() -> None:
    assert {path.stem for path in folder.glob("*.json")} == set(by_name)


def test_every_type_of_event_occurs_in_the_traces() -> None:
    kinds = {event.model_fields["type"].default for event in get_args(Event)}
    assert {event.type for trace in traces for event in trace.events} == kinds


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("plain", Status.completed),
        ("branch", Status.completed),
        ("failure", Status.failed),
        ("failure-with-a-way-out", Status.completed),
        ("cancelled", Status.cancelled),
    ],
)
def test_where_a_run_ends(name: str, status: Status) -> None:
    assert state(name).status is status
    assert by_name[name].events[-1].type in terminal


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("approval", ["running", "running", "running", "waiting", "waiting", "running", "waiting", "running"]),
        ("unknown-decided", ["running", "running", "running", "unknown", "running"]),
        ("paused", ["running", "running", "paused", "paused", "running"]),
        (
            "delay-paused-while-waiting",
            ["running", "running", "running", "waiting", "paused", "running", "waiting", "running", "completed"],
        ),
        ("budget", ["running", "running", "running", "paused", "running", "running", "running", "completed"]),
    ],
)
def test_the_status_on_the_way(name: str, statuses: list[str]) -> None:
    found, seen = State(), list[str]()
    for recorded in by_name[name].log:
        evolve(found, recorded)
        seen.append(found.status.value)
    assert seen[: len(statuses)] == statuses


def test_what_a_fork_copied_was_used_by_another_run() -> None:
    usage = state("fork").usage
    assert usage is not None
    assert (usage.turns, usage.input_tokens, usage.cost) == (1, 100, 25)
    assert state("fork").nodes["left"].usage is None


def test_a_skipped_branch_is_settled_without_output() -> None:
    nodes = state("branch").nodes
    assert (nodes["no"].status, nodes["no"].output, nodes["no"].settled) == ("skipped", None, True)
    assert nodes["is"].port == "true"


def test_a_handled_failure_keeps_its_problem_and_its_port() -> None:
    node = state("failure-with-a-way-out").nodes["call"]
    assert (node.status, node.port, node.problem.type if node.problem else None) == ("failed", "error", "unreachable")


def test_a_further_attempt_keeps_the_steps_that_succeeded_and_the_first_start() -> None:
    log = list(by_name["retry"].log)
    found = fold(log[:6])
    assert found.nodes["call"].attempt == 2
    assert list(found.nodes["call"].steps or {}) == ["first"]
    assert found.nodes["call"].started_at == log[1].at


def test_a_step_that_failed_and_a_fact_do_not_outlive_their_attempt() -> None:
    events: list[Event] = [
        NodeStarted(node="a", node_type="agent", attempt=1),
        StepStarted(node="a", attempt=1, step="lost", key="k"),
        StepCompleted(node="a", attempt=1, step="failed", problem=Conflict("No.").data),
        StepCompleted(node="a", attempt=1, step="task", output="id", fact=True),
        StepCompleted(node="a", attempt=1, step="done", output=1),
        NodeStarted(node="a", node_type="agent", attempt=2),
    ]
    found = fold(Recorded(seq, noon, event) for seq, event in enumerate(events, 1))
    assert list(found.nodes["a"].steps or {}) == ["done"]


def test_the_end_leaves_nothing_active_and_says_who() -> None:
    found = state("cancelled")
    assert (found.active, found.waiting_for, found.ended_by) == ({}, (), "cancelled by member:Ada: wrong order")


@pytest.mark.parametrize(("status", "word"), [(s, s.kept) for s in Status])
def test_the_four_kept_words(status: Status, word: str) -> None:
    expected = {"pending": "pending", "completed": "completed", "failed": "failed", "cancelled": "failed"}
    assert word == expected.get(status.value, "running")
    assert status.ended == (status.value in ("completed", "failed", "cancelled"))


def test_data_leaves_out_what_has_a_column_and_comes_back_whole() -> None:
    event = NodeFailed(node="a", problem=Conflict("No.", fix="Yes.").data, duration_ms=1.5)
    data = event_data(event)
    assert {"type", "node"}.isdisjoint(json.loads(data))
    assert event_from("node_failed", "a", data) == event


def test_an_event_of_a_later_version_keeps_what_is_known() -> None:
    stored = json.dumps({"v": 1, "workflow_id": None, "workflow_name": "W", "version": "h", "unheard": True}).encode()
    assert event_from("workflow_started", None, stored) == WorkflowStarted(workflow_id=None, workflow_name="W", version="h")
    with pytest.raises(TypeError):
        event_from("workflow_cancelled", None, b"[]")
    assert event_from("workflow_cancelled", None, b'{"by":"x"}') == WorkflowCancelled(by="x")
