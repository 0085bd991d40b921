"""The fold of `packages/react` and this one make the same states of any log, also of one that no engine would write."""

from __future__ import annotations

import json
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.traces import Trace, later, traces
from tests.judges import ask

from tenuto.core import events
from tenuto.core.errors import BudgetExceeded, Conflict, Unreachable
from tenuto.core.usage import Price, Usage

script = "../../packages/react/scripts/fold.mjs"

_exact = st.integers(-(2**53) + 1, 2**53 - 1)
_value = st.recursive(
    st.none() | st.booleans() | _exact | st.floats(-1e6, 1e6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "1", "__proto__"]), inner, max_size=2),
    max_leaves=4,
)
_node = st.sampled_from(["a", "b", "2", "__proto__"])
_names = st.lists(_node, max_size=2, unique=True).map(tuple)
_problem = st.sampled_from([Conflict("There is one.").data, Unreachable("No.").data, BudgetExceeded("Spent.").data])
_count = st.integers(0, 3)
_usage = st.none() | st.builds(
    Usage,
    input_tokens=_count, output_tokens=_count, cached_tokens=st.none() | _count, calls=_count, turns=_count, priced=_count,
    cost=st.none() | _count, model=st.sampled_from([None, "m", "n"]), price=st.sampled_from([None, Price(input=1), Price(input=2.5)]),
    estimated=st.booleans(),
)  # fmt: skip
_flag = st.none() | st.just(value=True)
_attempt = st.integers(1, 3)
_effect = st.sampled_from(["pure", "read", "idempotent_write", "write"])
_forked = st.none() | st.builds(events.Forked, execution=st.just("x"), node=_node, copied=st.integers(0, 5))
_about: dict[str, Any] = {"node": _node, "usage": _usage}
_undone: dict[str, Any] = {"undone": _names, "not_undone": _names}

_kinds: dict[type[Any], st.SearchStrategy[Any]] = {
    kind: st.builds(kind, **fields)
    for kind, fields in {
        events.WorkflowStarted: {
            "workflow_name": st.just("W"),
            "version": st.just("1"),
            "vars": st.just({"__proto__": 1}),
            "forked": _forked,
        },
        events.NodeStarted: _about
        | {"node_type": st.just("http"), "attempt": _attempt, "effect": _effect, "undoes": st.none() | _node, "resumed": _flag},
        events.NodeProgress: {
            "node": st.none() | _node,
            "kind": st.sampled_from(["print", "progress"]),
            "data": st.just({"to": 3}) | _value,
        },
        events.StepStarted: _about | {"attempt": _attempt, "step": st.sampled_from("xy"), "key": st.just("k"), "pending": _flag},
        events.StepCompleted: _about
        | {"attempt": _attempt, "step": st.sampled_from("xy"), "output": _value, "problem": st.none() | _problem, "fact": st.booleans()},
        events.NodeWaiting: _about | {"reason": st.sampled_from(["children", "approval"]), "held": st.booleans()},
        events.NodeRetrying: _about | {"attempt": _attempt, "until": st.just(later), "problem": _problem},
        events.NodeCompleted: _about | {"node_type": st.just("http"), "port": st.sampled_from(["out", "error"]), "output": _value},
        events.NodeSkipped: _about | {"reason": st.sampled_from([None, "lost", "failed"]), "in_flight": st.booleans()},
        events.NodeFailed: _about | {"problem": _problem, "port": st.sampled_from([None, "error"]), "in_flight": st.booleans()},
        events.NodeUnknown: _about | {"attempt": _attempt, "key": st.just("k"), "problem": _problem, "step": st.sampled_from([None, "x"])},
        events.WorkflowWaiting: {"waiting_for": _names},
        events.WorkflowPaused: {"by": st.just("Ada"), "waiting_for": st.none() | _names},
        events.WorkflowResumed: {"by": st.just("Ada"), "reopens": st.booleans(), "nodes": _names},
        events.WorkflowCompleted: {"output": _value},
        events.WorkflowFailed: {"problem": _problem} | _undone,
        events.WorkflowCancelled: {"by": st.just("Ada"), "reason": st.sampled_from(["", "late"])} | _undone,
    }.items()
}


def _possible(drawn: list[events.Event]) -> list[events.Event]:
    """A run takes up only nodes that its log has spoken of."""
    known = set[str | None]()
    log: list[events.Event] = []
    for event in drawn:
        if isinstance(event, events.WorkflowResumed):
            log.append(event.model_copy(update={"nodes": tuple(name for name in event.nodes if name in known)}))
            continue
        log.append(event)
        if not isinstance(event, events.NodeProgress):
            known.add(events.node_of(event))
    return log


_log = st.lists(st.one_of(list(_kinds.values())), min_size=1, max_size=30).map(_possible)


def told(documents: list[dict[str, Any]]) -> list[list[Any]]:
    """The states that the other fold makes of the events of these."""
    return [[json.loads(state) for state in states] for states in ask(script, [document["events"] for document in documents])]


def test_random_logs_are_made_of_every_event() -> None:
    assert set(_kinds) == set(get_args(events.Event))


def test_both_folds_agree_on_every_trace() -> None:
    documents: list[dict[str, Any]] = [trace.document for trace in traces]
    for trace, document, states in zip(traces, documents, told(documents), strict=True):
        assert states == document["states"], trace.name


@settings(max_examples=25, deadline=None)
@given(st.lists(_log, min_size=1, max_size=20))
def test_both_folds_agree_on_random_logs(logs: list[list[events.Event]]) -> None:
    documents: list[dict[str, Any]] = [Trace("random", traces[0].definition, log).document for log in logs]
    assert told(documents) == [document["states"] for document in documents]
