"""A failed run taken up again: which of its nodes get a further attempt, which go on, and why it may be refused."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.errors import Conflict
from tenuto.core.events import Event, NodeWaiting, WorkflowResumed
from tenuto.core.execution import State, Status
from tenuto.engine.course import Course
from tenuto.engine.rules.signals import Retried


def taken_up(course: Course, signal: Retried) -> Sequence[Event]:
    """By what a failed run goes on; nothing where it may not (who asks is told by `refusal` before).

    What waits for somebody says so once more: its question was withdrawn with the run's end. What waits for runs of its own, which were
    cancelled with it, begins anew.
    """
    if refusal(course.state, signal.node) is not None:
        return ()
    nodes = course.state.nodes
    failed = tuple(name for name in failures(course.state) if signal.node in (None, name))
    going = tuple(name for name, node in nodes.items() if not node.settled)
    asked = (
        NodeWaiting(
            node=name, reason=nodes[name].reason or "", until=nodes[name].until, data=dict(nodes[name].data or {}), held=nodes[name].held
        )
        for name in going
        if nodes[name].status == "waiting" and nodes[name].reason != "children"
    )
    return (WorkflowResumed(by=signal.by, reopens=True, nodes=(*failed, *going)), *asked)


def failures(state: State) -> Sequence[str]:
    """The nodes whose failure nobody handled, in the order in which they were first started."""
    return tuple(name for name, node in state.nodes.items() if node.status == "failed" and node.port is None)


def refusal(state: State, node: str | None = None) -> Conflict | None:
    """Why a run cannot be taken up again, if it cannot."""
    match state.status:
        case Status.failed if state.undoing:
            sentence = "The execution failed and what it had done was undone, so it cannot go on from where it was."
            return Conflict(sentence, fix="Fork it from a node: a new execution does what is needed again.")
        case Status.failed:
            failed = failures(state)
            if node is not None and node not in failed:
                listed = ", ".join(failed) or "none"
                return Conflict(f'The node "{node}" has not failed for good; those that have: {listed}.', node=node)
            return None
        case Status.completed | Status.cancelled:
            return Conflict(
                f"Only a failed execution can be retried; this one is {state.status.value}.", fix="Fork it from a node instead."
            )
        case _:
            return Conflict(f"The execution has not ended: it is {state.status.value}.", fix="Wait for its end, or cancel it.")
