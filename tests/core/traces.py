"""Logs written by hand, one for each way a run can go, and the files that both folds are held against.

`python -m tests.core.traces` writes `spec/traces/*.json`: the definition, the events, and the state after each of them.
"""

from __future__ import annotations

import json
from uuid import UUID

from pydantic import JsonValue
from tests.core.traces_of_agents import consent, team
from tests.core.tracing import Trace, begun, definition_of, folder, later, noon

from tenuto.core.blob import reference, standing
from tenuto.core.errors import BudgetExceeded, Conflict, Uncertain, Unreachable
from tenuto.core.events import (
    Event,
    Forked,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    NodeUnknown,
    NodeWaiting,
    Replayed,
    StepCompleted,
    StepStarted,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowPaused,
    WorkflowResumed,
    WorkflowWaiting,
)
from tenuto.core.family import Within
from tenuto.core.spending import Account
from tenuto.core.usage import Usage, added


def _transform(node: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "transform", "config": {"value": 1}, **more}


def _http(node: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "http", "config": {"method": "POST", "url": "https://example.com"}, **more}


def _approval(node: str) -> dict[str, JsonValue]:
    return {"id": node, "type": "approval", "config": {"title": "May I?"}}


def _ran(node: str, kind: str, output: JsonValue, port: str = "out") -> tuple[Event, Event]:
    started = NodeStarted(node=node, node_type=kind, key=f"x:{node}:1")
    return started, NodeCompleted(node=node, node_type=kind, output=output, port=port, duration_ms=2.5)


def _plain() -> Trace:
    definition = definition_of(_transform("a"), _transform("b"), edges=[("a", "out", "b")])
    output: JsonValue = {"text": "grüße\0", "n": 1.5}
    events = [begun(definition), *_ran("a", "transform", 1), *_ran("b", "transform", output), WorkflowCompleted(output=output)]
    return Trace("plain", definition, events)


def _branch() -> Trace:
    condition: dict[str, JsonValue] = {"id": "is", "type": "condition", "config": {"condition": "{{ input.message == 'hi' }}"}}
    definition = definition_of(
        condition, _transform("yes"), _transform("no"), _transform("after"),
        edges=[("is", "true", "yes"), ("is", "false", "no"), ("yes", "out", "after"), ("no", "out", "after")],
    )  # fmt: skip
    events = [
        begun(definition), *_ran("is", "condition", True, "true"), NodeStarted(node="yes", node_type="transform"), NodeSkipped(node="no"),
        NodeCompleted(node="yes", node_type="transform", output="y"), *_ran("after", "transform", None), WorkflowCompleted(),
    ]  # fmt: skip
    return Trace("branch", definition, events)


def _join() -> Trace:
    definition = definition_of(
        _transform("a"), _http("left"), _http("right"), _transform("join"),
        edges=[("a", "out", "left"), ("a", "out", "right"), ("left", "out", "join"), ("right", "out", "join")],
    )  # fmt: skip
    events = [
        begun(definition), *_ran("a", "transform", 1), NodeStarted(node="left", node_type="http", effect="write"),
        NodeStarted(node="right", node_type="http", effect="write"), NodeCompleted(node="right", node_type="http", output="r"),
        NodeProgress(node="left", data={"percent": 50}), NodeCompleted(node="left", node_type="http", output="l"),
        *_ran("join", "transform", ["l", "r"]), WorkflowCompleted(output=["l", "r"]),
    ]  # fmt: skip
    return Trace("parallel-join", definition, events)


def _retry() -> Trace:
    definition = definition_of(_http("call", retry={"attempts": 3}))
    problem = Unreachable("example.com cannot be reached.").data
    events = [
        begun(definition), NodeStarted(node="call", node_type="http", attempt=1, effect="write"),
        StepStarted(node="call", attempt=1, step="first", key="x:call:1:first"),
        StepCompleted(node="call", attempt=1, step="first", output="kept"),
        NodeRetrying(node="call", attempt=1, until=later, problem=problem),
        NodeStarted(node="call", node_type="http", attempt=2, effect="write"),
        NodeRetrying(node="call", attempt=2, until=later, problem=problem),
        NodeStarted(node="call", node_type="http", attempt=3, effect="write"),
        NodeCompleted(node="call", node_type="http", output={"status": 200}), WorkflowCompleted(output={"status": 200}),
    ]  # fmt: skip
    return Trace("retry", definition, events)


def _handled() -> Trace:
    definition = definition_of(_http("call", on_error="port"), _transform("mend"), edges=[("call", "error", "mend")])
    failed = NodeFailed(node="call", problem=Unreachable("example.com cannot be reached.", node="call").data, port="error", duration_ms=9)
    events = [
        begun(definition),
        NodeStarted(node="call", node_type="http"),
        failed,
        *_ran("mend", "transform", "m"),
        WorkflowCompleted(output="m"),
    ]
    return Trace("failure-with-a-way-out", definition, events)


def _failed() -> Trace:
    definition = definition_of(_http("call"), _transform("never"), edges=[("call", "out", "never")])
    problem = Conflict("There is one already.", node="call").data
    events = [
        begun(definition), NodeStarted(node="call", node_type="http"), NodeFailed(node="call", problem=problem),
        WorkflowFailed(problem=problem, failed_node="call"),
    ]  # fmt: skip
    return Trace("failure", definition, events)


def _taken_up() -> Trace:
    definition = definition_of(
        _transform("a"), _http("call"), _approval("ask"), _transform("last"),
        edges=[("a", "out", "call"), ("a", "out", "ask"), ("call", "out", "last"), ("ask", "approved", "last")],
    )  # fmt: skip
    problem = Conflict("There is one already.", node="call").data
    asked = NodeWaiting(node="ask", reason="approval", data={"title": "May I?"})
    events = [
        begun(definition), *_ran("a", "transform", 1), NodeStarted(node="call", node_type="http"), NodeStarted(node="ask", node_type="approval"),
        asked, NodeFailed(node="call", problem=problem), WorkflowFailed(problem=problem, failed_node="call"),
        WorkflowResumed(by="member:Ada", reopens=True, nodes=("call", "ask")), asked, NodeStarted(node="call", node_type="http", attempt=2),
        NodeCompleted(node="call", node_type="http", output="c"), WorkflowWaiting(waiting_for=("ask: approval",)),
        NodeCompleted(node="ask", node_type="approval", port="approved", output={"decision": "approve"}),
        *_ran("last", "transform", "l"), WorkflowCompleted(output="l"),
    ]  # fmt: skip
    return Trace("retry-after-failure", definition, events)


def _forked() -> Trace:
    definition = definition_of(_transform("a"), _transform("left", output_variable="n"), _transform("right"), _transform("join"),
        edges=[("a", "out", "left"), ("a", "out", "right"), ("left", "out", "join"), ("right", "out", "join")],
    )  # fmt: skip
    forked = Forked(execution="first", node="right", copied=5, config={"value": 2}, vars={"n": 7})
    theirs, ours = Usage(turns=1, input_tokens=1_000, priced=1, cost=250), Usage(turns=1, input_tokens=100, priced=1, cost=25)
    events = [
        begun(definition, trigger="fork", forked=forked), *_ran("a", "transform", 1),
        NodeStarted(node="left", node_type="agent"), NodeCompleted(node="left", node_type="agent", output="l", usage=theirs),
        NodeStarted(node="right", node_type="agent"), NodeCompleted(node="right", node_type="agent", output=2, usage=ours),
        *_ran("join", "transform", "j"), WorkflowCompleted(output="j"),
    ]  # fmt: skip
    return Trace("fork", definition, events)


def _undone() -> Trace:
    definition = definition_of(
        _http("book", undo="cancel"), _http("charge", undo="refund"), _approval("ask"), _http("send"), _http("cancel"), _http("refund"),
        edges=[("book", "out", "charge"), ("book", "out", "ask"), ("charge", "out", "send")],
    )  # fmt: skip
    problem, lost = Conflict("There is one already.", node="send").data, Uncertain("No answer came.").data
    events = [
        begun(definition), *_ran("book", "http", {"id": 1}), NodeStarted(node="charge", node_type="http", effect="write"),
        NodeStarted(node="ask", node_type="approval"), NodeWaiting(node="ask", reason="approval"),
        NodeCompleted(node="charge", node_type="http", output={"id": 2}), NodeStarted(node="send", node_type="http"),
        NodeFailed(node="send", problem=problem), NodeSkipped(node="ask", reason="failed"),
        NodeStarted(node="refund", node_type="http", effect="write", key="k", undoes="charge"),
        NodeUnknown(node="refund", attempt=1, key="k", problem=lost),
        WorkflowWaiting(waiting_for=("refund: a decision about an unknown effect",)),
        NodeCompleted(node="refund", node_type="http", by="member:Ada"),
        NodeStarted(node="cancel", node_type="http", undoes="book"), NodeFailed(node="cancel", problem=problem, duration_ms=3),
        WorkflowFailed(problem=problem, failed_node="send", undone=("charge",), not_undone=("book",)),
    ]  # fmt: skip
    return Trace("compensation", definition, events)


def _approved() -> Trace:
    definition = definition_of(_approval("ask"), _transform("done"), edges=[("ask", "approved", "done")])
    question: dict[str, JsonValue] = {"title": "May I?", "answers": []}
    once: dict[str, JsonValue] = {**question, "answers": [{"decision": "approve", "by": "member:Ada"}]}
    events = [
        begun(definition), NodeStarted(node="ask", node_type="approval"), NodeWaiting(node="ask", reason="approval", until=later, data=question),
        WorkflowWaiting(waiting_for=("ask: approval",)), NodeProgress(node="ask", kind="answer_refused", data={"detail": "No."}),
        NodeWaiting(node="ask", reason="approval", until=later, data=once), WorkflowWaiting(waiting_for=("ask: approval",)),
        NodeCompleted(node="ask", node_type="approval", port="approved", output={"decision": "approve"}),
        *_ran("done", "transform", 1), WorkflowCompleted(output=1),
    ]  # fmt: skip
    return Trace("approval", definition, events)


def _unknown() -> Trace:
    definition = definition_of(_http("pay"), _http("tell"), edges=[("pay", "out", "tell")])
    problem = Uncertain("No answer came.").data
    events = [
        begun(definition), NodeStarted(node="pay", node_type="http", effect="write", key="k"),
        NodeUnknown(node="pay", attempt=1, key="k", problem=problem, request={"url": "https://example.com"}),
        WorkflowWaiting(waiting_for=("pay: a decision about an unknown effect",)),
        NodeCompleted(node="pay", node_type="http", output={"id": 7}, by="member:Ada"),
        *_ran("tell", "http", "told"), WorkflowCompleted(output="told"),
    ]  # fmt: skip
    return Trace("unknown-decided", definition, events)


def _first() -> Trace:
    definition = definition_of(
        _transform("ask"), _http("fast"), _http("slow"), _approval("person"), _transform("after", on_error="port"), _transform("pick", join="first"),
        edges=[
            ("ask", "out", "fast"), ("ask", "out", "slow"), ("ask", "out", "person"), ("slow", "out", "after"),
            ("fast", "out", "pick"), ("after", "out", "pick"), ("person", "approved", "pick"),
        ],
    )  # fmt: skip
    events = [
        begun(definition), *_ran("ask", "transform", 1), NodeStarted(node="fast", node_type="http"),
        NodeStarted(node="slow", node_type="http", effect="write"), NodeStarted(node="person", node_type="approval"),
        NodeWaiting(node="person", reason="approval"), NodeCompleted(node="fast", node_type="http", output="f"),
        NodeStarted(node="pick", node_type="transform"), NodeSkipped(node="slow", reason="lost", join="pick", in_flight=True),
        NodeSkipped(node="person", reason="lost", join="pick"), NodeSkipped(node="after", reason="lost", join="pick"),
        NodeCompleted(node="pick", node_type="transform", output="f"), WorkflowCompleted(output="f"),
    ]  # fmt: skip
    return Trace("first-join", definition, events)


def _cancelled() -> Trace:
    definition = definition_of(_http("call"), _approval("ask"), edges=[("call", "out", "ask")])
    events = [
        begun(definition), NodeStarted(node="call", node_type="http", effect="write"),
        WorkflowCancelled(by="member:Ada", reason="wrong order", in_flight=("call",)),
    ]  # fmt: skip
    return Trace("cancelled", definition, events)


def _paused() -> Trace:
    definition = definition_of(_http("call"), _transform("next"), edges=[("call", "out", "next")])
    events = [
        begun(definition), NodeStarted(node="call", node_type="http"), WorkflowPaused(by="local"),
        NodeCompleted(node="call", node_type="http", output=1), WorkflowResumed(by="local"), *_ran("next", "transform", 2),
        WorkflowCompleted(output=2),
    ]  # fmt: skip
    return Trace("paused", definition, events)


def _delayed() -> Trace:
    delay: dict[str, JsonValue] = {"id": "sleep", "type": "delay", "config": {"duration": "PT1H"}}
    definition = definition_of(delay)
    events = [
        begun(definition, simulated=True), NodeStarted(node="sleep", node_type="delay"),
        NodeWaiting(node="sleep", reason="delay", until=later), WorkflowWaiting(waiting_for=("sleep: delay",)), WorkflowPaused(by="local"),
        WorkflowResumed(by="local"), WorkflowWaiting(waiting_for=("sleep: delay",)),
        NodeCompleted(node="sleep", node_type="delay", simulated=True, ends=True), WorkflowCompleted(),
    ]  # fmt: skip
    return Trace("delay-paused-while-waiting", definition, events)


def _used() -> Trace:
    """A step says what it used itself, the end of an attempt what the node has used altogether."""
    definition = definition_of(_http("call"))
    round_, whole = Usage(turns=1, input_tokens=100, output_tokens=20, priced=1, cost=65), Usage(turns=1, input_tokens=10)
    events = [
        begun(definition), NodeStarted(node="call", node_type="agent"),
        StepStarted(node="call", attempt=1, step="turn 1", key="k"),
        StepCompleted(node="call", attempt=1, step="turn 1", output="x", usage=round_),
        NodeRetrying(node="call", attempt=1, until=later, problem=Unreachable("No.").data, usage=added(round_, whole)),
        NodeStarted(node="call", node_type="agent", attempt=2),
        NodeCompleted(node="call", node_type="agent", output="x", usage=added(added(round_, whole), round_)),
        WorkflowCompleted(output="x"),
    ]  # fmt: skip
    return Trace("usage", definition, events)


def _large() -> Trace:
    definition = definition_of(_http("big"), _transform("same"), edges=[("big", "out", "same")])
    body = standing(reference(json.dumps({"rows": list(range(20_000))}).encode()))
    events = [
        begun(definition), NodeStarted(node="big", node_type="http", effect="read"),
        NodeCompleted(node="big", node_type="http", output={"status": 200, "body": body}, refs=(("output", "body"),)),
        NodeStarted(node="same", node_type="transform", input={"value": body}, refs=(("input", "value"),)),
        NodeCompleted(node="same", node_type="transform", output=body, refs=(("output",),)),
        WorkflowCompleted(output=body, refs=(("output",),)),
    ]  # fmt: skip
    return Trace("large-values", definition, events)


def _budgeted() -> Trace:
    """No budget allows the call: the run stands still and says why, until somebody allows it more."""
    definition = definition_of(_http("call"))
    refused = BudgetExceeded("This run has made 1 of 1 calls: its budget is used up.").data
    events = [
        begun(definition), NodeStarted(node="call", node_type="http"), NodeRetrying(node="call", attempt=1, until=noon, problem=refused),
        WorkflowPaused(by="budget", waiting_for=(refused.detail,)), WorkflowResumed(by="Ada", budget={"calls": 2}),
        NodeStarted(node="call", node_type="http", attempt=2),
        NodeCompleted(node="call", node_type="http", output="x", ends=True), WorkflowCompleted(output="x"),
    ]  # fmt: skip
    return Trace("budget", definition, events)


def _mapped() -> Trace:
    """A node waits for runs of its own; one of them failed, the run was taken up again, and what had succeeded was not repeated."""
    each: dict[str, JsonValue] = {
        "id": "each", "type": "map", "config": {"items": "{{ input.items }}", "body": {"startNode": "x", "nodes": [_http("x")]}},
    }  # fmt: skip
    definition = definition_of(each, _transform("sum"), edges=[("each", "out", "sum")])
    problem = Conflict("There is one already.", node="each").data
    waits = NodeWaiting(node="each", reason="children", data={"attempt": 1, "count": 3, "items": 3})
    again = NodeWaiting(node="each", reason="children", data={"attempt": 2, "count": 1, "items": 3})
    output: JsonValue = {"results": ["a", "b", "c"], "errors": []}
    events = [
        begun(definition), NodeStarted(node="each", node_type="map", spawns=True), waits, WorkflowWaiting(waiting_for=("each: children",)),
        NodeFailed(node="each", problem=problem), WorkflowFailed(problem=problem, failed_node="each"),
        WorkflowResumed(by="member:Ada", reopens=True, nodes=("each",)),
        NodeStarted(node="each", node_type="map", attempt=2, spawns=True), again, WorkflowWaiting(waiting_for=("each: children",)),
        NodeCompleted(node="each", node_type="map", output=output), *_ran("sum", "transform", 3), WorkflowCompleted(output=3),
    ]  # fmt: skip
    return Trace("children", definition, events)


def _beside_children() -> Trace:
    """A node that waited for runs of its own when another one failed: they were cancelled with the run, so it begins anew."""
    each: dict[str, JsonValue] = {"id": "each", "type": "subworkflow", "config": {"workflow": "other"}}
    definition = definition_of(_transform("a"), each, _http("call"), edges=[("a", "out", "each"), ("a", "out", "call")])
    problem = Conflict("There is one already.", node="call").data
    events = [
        begun(definition), *_ran("a", "transform", 1), NodeStarted(node="each", node_type="subworkflow", spawns=True),
        NodeWaiting(node="each", reason="children", data={"attempt": 1, "count": 1, "items": 1}), NodeStarted(node="call", node_type="http"),
        NodeFailed(node="call", problem=problem), WorkflowFailed(problem=problem, failed_node="call"),
        WorkflowResumed(by="member:Ada", reopens=True, nodes=("call", "each")),
        NodeStarted(node="call", node_type="http", attempt=2), NodeStarted(node="each", node_type="subworkflow", attempt=2, spawns=True),
        NodeWaiting(node="each", reason="children", data={"attempt": 2, "count": 1, "items": 1}),
        NodeCompleted(node="call", node_type="http", output="c"), WorkflowWaiting(waiting_for=("each: children",)),
        NodeCompleted(node="each", node_type="subworkflow", output="e"), WorkflowCompleted(output={"each": "e", "call": "c"}),
    ]  # fmt: skip
    return Trace("children-taken-up-again", definition, events)


def _child() -> Trace:
    """A run of a body: it sees its item and what is around it, and counts on its parent's budgets."""
    definition = definition_of(_transform("x"))
    within = Within(parent=UUID(int=1), execution="parent", node="each", attempt=1, index=2, depth=1, item={"n": 3}, outer={"a": 1})
    account = Account(period="run", key=str(UUID(int=1)), calls=5)
    events = [
        begun(definition, within=within, root=str(UUID(int=1)), accounts=(account,)), *_ran("x", "transform", 4), WorkflowCompleted(output=4),
    ]  # fmt: skip
    return Trace("child", definition, events)


def _called() -> Trace:
    """A call that comes early is kept; an event that does not concern the node changes nothing; the last one never comes."""
    calls: dict[str, JsonValue] = {"id": "call", "type": "wait", "config": {}}
    heard: dict[str, JsonValue] = {"id": "event", "type": "wait", "config": {"event": "paid", "match": "{{ event.n == 1 }}"}}
    late: dict[str, JsonValue] = {"id": "late", "type": "wait", "config": {"event": "never", "timeout": "PT1H"}}
    definition = definition_of(
        _http("send"), calls, heard, late, edges=[("send", "out", "call"), ("call", "out", "event"), ("event", "out", "late")]
    )
    data: dict[str, JsonValue] = {"event": "paid", "match": "{{ event.n == 1 }}", "expires": None}
    events = [
        begun(definition), NodeStarted(node="send", node_type="http"), NodeProgress(node="call", kind="called", data={"ok": True}, answers="call:1"),
        NodeCompleted(node="send", node_type="http", output=1), NodeStarted(node="call", node_type="wait"),
        NodeWaiting(node="call", reason="call", data={"url": "…"}), NodeCompleted(node="call", node_type="wait", output={"data": {"ok": True}}),
        NodeStarted(node="event", node_type="wait"), NodeWaiting(node="event", reason="event", data=data),
        WorkflowWaiting(waiting_for=("event: event",)), NodeProgress(node="event", kind="event_missed", data={"event": "paid"}),
        NodeCompleted(node="event", node_type="wait", output={"data": {"n": 1}, "event": "paid"}, answers="event:2"),
        NodeStarted(node="late", node_type="wait"), NodeWaiting(node="late", reason="event", until=later, data={"event": "never"}),
        WorkflowWaiting(waiting_for=("late: event",)), NodeCompleted(node="late", node_type="wait", port="expired"), WorkflowCompleted(),
    ]  # fmt: skip
    return Trace("waits", definition, events)


def _two_of_many() -> Trace:
    """Two have to approve: one does, others are asked as well, and one of these does."""
    ask: dict[str, JsonValue] = {
        "id": "ask", "type": "approval",
        "config": {"title": "May I?", "required": 2, "approvers": ["member:Ada"], "escalate": {"after": "PT1H", "approvers": ["member:Bo"]}},
    }  # fmt: skip
    definition = definition_of(ask, _http("act"), edges=[("ask", "approved", "act")])
    asked: dict[str, JsonValue] = {"title": "May I?", "required": 2, "approvers": ["member:Ada"], "answers": []}
    once: dict[str, JsonValue] = {**asked, "answers": [{"decision": "approve", "by": "member:Ada"}]}
    more: dict[str, JsonValue] = {**once, "approvers": ["member:Ada", "member:Bo"], "escalated": ["member:Bo"]}
    waits = WorkflowWaiting(waiting_for=("ask: approval",))
    events = [
        begun(definition), NodeStarted(node="ask", node_type="approval"), NodeWaiting(node="ask", reason="approval", until=later, data=asked),
        waits, NodeWaiting(node="ask", reason="approval", until=later, data=once, answers="answer:1"), waits,
        NodeWaiting(node="ask", reason="approval", data=more), waits,
        NodeCompleted(node="ask", node_type="approval", port="approved", output={"decision": "approve"}, answers="answer:2"),
        *_ran("act", "http", "done"), WorkflowCompleted(output="done"),
    ]  # fmt: skip
    return Trace("approval-of-two", definition, events)


def _put_off() -> Trace:
    """A rate limit puts the attempt off: it is begun once more with its key, and counts once."""
    definition = definition_of(_http("call"), _http("last"), edges=[("call", "out", "last")])
    held = NodeWaiting(node="call", reason="the rate limit of api.example.com", until=later, data={"refused": 1}, held=True)
    started = NodeStarted(node="call", node_type="http", effect="write", key="x:call:1")
    events = [
        begun(definition), started, held, WorkflowWaiting(waiting_for=("call: the rate limit of api.example.com",)), started,
        NodeCompleted(node="call", node_type="http", output=1), *_ran("last", "http", 2), WorkflowCompleted(output=2),
    ]  # fmt: skip
    return Trace("rate-limit", definition, events)


def _replayed() -> Trace:
    """What nodes of the past run came to stands at the beginning, before any of them is reached, and is no state."""
    definition = definition_of(
        _http("call", on_error="port"), _http("slow"), _transform("z"), edges=[("call", "error", "z"), ("slow", "out", "z")]
    )
    problem = Conflict("There is one already.", node="call").data
    failed: dict[str, JsonValue] = {"outcome": "failed", "problem": problem.model_dump(mode="json", exclude_none=True), "asked": "0" * 64}
    replayed = Replayed(execution="first", against="draft", at=noon, trigger="webhook")
    events = [
        begun(definition, simulated=True, trigger="replay", replayed=replayed),
        NodeProgress(node="call", kind="recorded", data=failed), NodeProgress(node="slow", kind="recorded", data={"outcome": "lost"}),
        NodeStarted(node="call", node_type="http", effect="write"), NodeFailed(node="call", problem=problem, port="error"),
        *_ran("z", "transform", "mended"), WorkflowCompleted(output="mended"),
    ]  # fmt: skip
    return Trace("replay", definition, events)


def _any() -> Trace:
    """A join of any goes on with the first way and lets the others run to their end."""
    definition = definition_of(
        _transform("a"), _http("left"), _http("right"), _transform("z", join="any"),
        edges=[("a", "out", "left"), ("a", "out", "right"), ("left", "out", "z"), ("right", "out", "z")],
    )  # fmt: skip
    events = [
        begun(definition), *_ran("a", "transform", 1), NodeStarted(node="left", node_type="http"), NodeStarted(node="right", node_type="http"),
        NodeCompleted(node="right", node_type="http", output="r"), *_ran("z", "transform", "r"), WorkflowPaused(by="local"),
        NodeCompleted(node="left", node_type="http", output="l"), WorkflowResumed(by="local"), WorkflowCompleted(output="r"),
    ]  # fmt: skip
    return Trace("any-join", definition, events)


def _undoing_cancelled() -> Trace:
    """Somebody ends the run in the middle of undoing: it says what was undone, and what was not."""
    definition = definition_of(
        _http("book", undo="cancel"), _http("charge", undo="refund"), _http("send"), _http("cancel"), _http("refund"),
        edges=[("book", "out", "charge"), ("charge", "out", "send")],
    )  # fmt: skip
    problem = Conflict("There is one already.", node="send").data
    events = [
        begun(definition), *_ran("book", "http", 1), *_ran("charge", "http", 2), NodeStarted(node="send", node_type="http"),
        NodeFailed(node="send", problem=problem), NodeStarted(node="refund", node_type="http", undoes="charge"),
        NodeCompleted(node="refund", node_type="http", output="back"), NodeStarted(node="cancel", node_type="http", effect="write", undoes="book"),
        NodeRetrying(node="cancel", attempt=1, until=later, problem=Unreachable("No.").data), WorkflowPaused(by="local"),
        WorkflowResumed(by="local"), WorkflowCancelled(by="member:Ada", undone=("charge",), not_undone=("book",)),
    ]  # fmt: skip
    return Trace("compensation-cancelled", definition, events)


traces = tuple(
    make()
    for make in (
        _plain,
        _branch,
        _join,
        _first,
        _retry,
        _handled,
        _failed,
        _taken_up,
        _undone,
        _forked,
        _approved,
        _unknown,
        _cancelled,
        _paused,
        _delayed,
        _used,
        _large,
        _budgeted,
        _mapped,
        _beside_children,
        _child,
        _called,
        _two_of_many,
        team,
        consent,
        _put_off,
        _replayed,
        _any,
        _undoing_cancelled,
    )
)


if __name__ == "__main__":
    folder.mkdir(parents=True, exist_ok=True)
    for trace in traces:
        (folder / f"{trace.name}.json").write_text(trace.text)
