"""The rules: what has happened to a run, and what follows from it.

Pure: no clock, no chance, no input or output.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from pydantic import JsonValue

from tenuto.core.errors import ProblemData, TimedOut
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeUnknown,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowPaused,
    WorkflowResumed,
    WorkflowWaiting,
)
from tenuto.core.execution import NodeState, Status
from tenuto.core.node import Completed, Deferred, Failed, Finished, Suspended, Unknown
from tenuto.engine.course import Course, jittered
from tenuto.engine.pacing.waiting import waiting
from tenuto.engine.rules.doubts import doubted, resolved
from tenuto.engine.rules.retrying import taken_up
from tenuto.engine.rules.signals import Cancelled, DeadlineCame, Decided, Paused, Progressed, Reported, Resumed, Retried, Signal
from tenuto.engine.spending.metered import held, lets_go_on, metered, pauses


def decide(course: Course, signal: Signal) -> Sequence[Event]:
    """The events that follow from a signal; none for one that comes too late or twice."""
    if course.state.status.ended:
        return taken_up(course, signal) if isinstance(signal, Retried) else ()
    match signal:
        case Retried():
            return ()
        case Reported():
            return metered(_reported(course, signal), signal.usage)
        case Decided():
            return _decided(course, signal)
        case Cancelled():
            undoing = course.undoing if course.compensates or course.undoing.begun else None
            undone, left = (tuple(undoing.done), undoing.left) if undoing is not None else ((), ())
            return (WorkflowCancelled(by=signal.by, reason=signal.reason, in_flight=in_flight(course), undone=undone, not_undone=left),)
        case Paused():
            return (WorkflowPaused(by=signal.by, waiting_for=signal.waiting_for or None),) if pauses(course, signal) else ()
        case Resumed():
            return (WorkflowResumed(by=signal.by, budget=signal.budget),) if lets_go_on(course, signal) else ()
        case Progressed():
            return (NodeProgress(data=signal.data),)
        case DeadlineCame():
            return _late(course)
        case _:
            assert_never(signal)


def conclude(course: Course) -> Sequence[Event]:
    """The events that follow from where the run stands, once no node can start: skips, waiting, the end."""
    state = course.state
    if state.status.ended:
        return ()
    if course.blocked and course.ending is None:
        return tuple(NodeSkipped(node=name) for name in course.blocked)
    if course.running:
        return ()
    if course.ending is not None and not course.compensates:
        return (_end(course, course.ending),)
    if course.ending is not None and (over := _given_up(course)):
        return over
    if course.next_start is not None or state.status is Status.paused:
        return ()
    if not state.active:
        return (_end(course, course.left) if course.left is not None else WorkflowCompleted(output=_output(course)),)
    waiting = tuple(_waits_for(name, node) for name, node in state.active.items() if node.status in ("waiting", "unknown"))
    if not waiting or waiting == state.waiting_for:
        return ()
    return (WorkflowWaiting(waiting_for=waiting),)


def in_flight(course: Course) -> tuple[str, ...]:
    """The nodes whose outside effect has begun and may or may not have happened; none in a simulation."""
    if course.started is not None and course.started.simulated:
        return ()
    return tuple(name for name in course.running if course.state.nodes[name].exposed)


def overtaken(course: Course, join: str) -> Sequence[NodeSkipped]:
    """What the start of a `first` join puts an end to: every unsettled node from which every way leads into it and nowhere else."""
    simulated = course.started is not None and course.started.simulated
    found: list[NodeSkipped] = []
    for name in course.graph.rivals.get(join, ()):
        node = course.state.nodes.get(name)
        if node is None or not node.settled:
            exposed = node is not None and node.exposed and not simulated
            found.append(NodeSkipped(node=name, reason="lost", join=join, in_flight=exposed))
    return found


def _reported(course: Course, signal: Reported) -> Sequence[Event]:
    node = course.state.nodes.get(signal.node)
    if node is None or node.attempt != signal.attempt or node.status not in ("running", "waiting"):
        return ()
    match signal.outcome:
        case Completed(output, port):
            return (_completed(course, signal, output, port),)
        case Finished() as finished:
            if finished.problem is not None:
                return (NodeFailed(node=signal.node, problem=finished.problem, duration_ms=signal.duration_ms),)
            return (_completed(course, signal, finished.output, "out").model_copy(update={"ends": True}),)
        case Suspended() | Deferred():
            return (waiting(signal.node, signal.now, signal.outcome),)
        case Unknown(problem, step):
            return _unknown(course, signal, node, problem, step)
        case Failed() as failure:
            return _tried(course, signal, node, failure)
        case _:
            assert_never(signal.outcome)


def _tried(course: Course, signal: Reported, node: NodeState, failure: Failed) -> Sequence[Event]:
    problem, retry = failure.problem, course.spec(signal.node).retry
    if failure.holds:
        return held(course, signal, problem)
    if problem.retryable and signal.attempt - node.before < retry.attempts:
        wait = jittered(course.spec(signal.node), signal.attempt - node.before, signal.chance)
        if problem.retry_after is not None:
            wait = max(wait, timedelta(seconds=problem.retry_after))
        return (NodeRetrying(node=signal.node, attempt=signal.attempt, until=signal.now + wait, problem=problem),)
    return (_failed(course, signal.node, problem, signal.duration_ms),)


def _unknown(course: Course, signal: Reported, node: NodeState, problem: ProblemData, step: str | None) -> Sequence[Event]:
    if step is not None:
        return doubted(signal.node, node, step, problem, policy=course.spec(signal.node).on_unknown, now=signal.now)
    match course.spec(signal.node).on_unknown:
        case "ask":
            return (NodeUnknown(node=signal.node, attempt=signal.attempt, key=node.key, problem=problem, request=node.input),)
        case "retry":
            return (NodeRetrying(node=signal.node, attempt=signal.attempt, until=signal.now, problem=problem),)
        case "fail":
            return (_failed(course, signal.node, problem, signal.duration_ms),)


def _decided(course: Course, signal: Decided) -> Sequence[Event]:
    node = course.state.nodes.get(signal.node)
    if node is None or node.status != "unknown" or node.problem is None:
        return ()
    spec = course.spec(signal.node)
    if node.doubt is not None:
        return resolved(signal.node, node, node.doubt, decision=signal.decision, by=signal.by, output=signal.output, now=signal.now)
    match signal.decision:
        case "done":
            return (NodeCompleted(node=signal.node, node_type=spec.type, output=signal.output, by=signal.by),)
        case "retry":
            return (NodeRetrying(node=signal.node, attempt=node.attempt, until=signal.now, problem=node.problem),)
        case "fail":
            return (_failed(course, signal.node, node.problem, 0),)


def _completed(course: Course, signal: Reported, output: JsonValue, port: str) -> NodeCompleted:
    return NodeCompleted(
        node=signal.node,
        node_type=course.spec(signal.node).type,
        agent_name=signal.agent_name,
        port=port,
        output=output,
        duration_ms=signal.duration_ms,
        simulated=course.started is not None and course.started.simulated,
        usage=signal.usage if signal.usage.calls else None,
    )


def _failed(course: Course, node: str, problem: ProblemData, duration_ms: float) -> NodeFailed:
    port = {"fail": None, "continue": "out", "port": "error"}[course.spec(node).on_error]
    return NodeFailed(node=node, problem=problem.model_copy(update={"node": node}), port=port, duration_ms=duration_ms)


def _late(course: Course) -> Sequence[Event]:
    """The run's time is up: it ends now, or, where something has to be undone, everything under way fails so that it can be."""
    limit = course.graph.definition.settings.timeout
    problem = TimedOut(f"The run took longer than its time limit of {limit}.", fix="Raise settings.timeout.").data
    exposed = in_flight(course)
    if course.undoing.due and course.state.active:
        return tuple(NodeFailed(node=name, problem=problem, in_flight=name in exposed) for name in course.state.active)
    return (WorkflowFailed(problem=problem, in_flight=exposed, undone=tuple(course.undoing.done), not_undone=course.undoing.left),)


def _given_up(course: Course) -> Sequence[Event]:
    """What waited when the run failed, and is put an end to before anything is undone.

    An effect of which nobody knows whether it happened is not given up where it would have to be undone: somebody has to say first.
    """
    if course.undoing.begun:
        return ()
    return tuple(
        NodeSkipped(node=name, reason="failed", in_flight=node.status == "unknown")
        for name, node in course.state.active.items()
        if not (node.status == "unknown" and name in course.graph.undos)
    )


def _end(course: Course, finished: Finished) -> Event:
    if finished.problem is None:
        return WorkflowCompleted(output=finished.output)
    nodes = course.state.nodes
    return WorkflowFailed(
        problem=finished.problem,
        failed_node=finished.problem.node,
        in_flight=tuple(name for name, node in nodes.items() if node.in_flight),
        undone=tuple(course.undoing.done),
        not_undone=course.undoing.left,
    )


def _output(course: Course) -> JsonValue:
    """What the run gives: the output of its last node, or of all last nodes by id where there are several."""
    nodes, leaving = course.state.nodes, course.graph.leaving
    fired = [name for name, node in nodes.items() if node.status == "completed" and not _went_on(course, name)]
    last = sorted(fired, key=lambda name: course.graph.order.get(name, 0))
    if len(last) == 1:
        return nodes[last[0]].output
    return {name: nodes[name].output for name in last if name in leaving}


def _went_on(course: Course, name: str) -> bool:
    node = course.state.nodes[name]
    return any(
        port == node.port and course.state.nodes.get(target, _untouched).status in ("completed", "failed")
        for port, target in course.graph.leaving[name]
    )


def _waits_for(name: str, node: NodeState) -> str:
    return f"{name}: {'a decision about an unknown effect' if node.status == 'unknown' else node.reason}"


_untouched = NodeState(status="skipped")
