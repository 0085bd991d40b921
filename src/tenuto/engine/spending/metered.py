"""What is said where an attempt ends: what it used, or that it may not go on; pure."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.errors import BudgetExceeded, ProblemData
from tenuto.core.events import Event, NodeRetrying, Recorded, WorkflowPaused, WorkflowResumed, node_of
from tenuto.core.execution import Status
from tenuto.core.spending import by_budget
from tenuto.core.usage import Usage
from tenuto.engine.course import Course
from tenuto.engine.rules.signals import Paused, Reported, Resumed


def metered(events: Sequence[Event], usage: Usage) -> Sequence[Event]:
    """The events of a node's end with what the node has used; as they are where it used nothing."""
    if not usage.calls:
        return events
    return tuple(event if _says(event, usage) else event.model_copy(update={"usage": usage}) for event in events)


def _says(event: Event, usage: Usage) -> bool:
    """Whether nothing is to be added: it says so already, or is about no node."""
    return getattr(event, "usage", None) is usage or node_of(event) is None


def held(course: Course, signal: Reported, problem: ProblemData) -> Sequence[Event]:
    """The run is paused, once; the node starts again when somebody lets it go on."""
    again = NodeRetrying(node=signal.node, attempt=signal.attempt, until=signal.now, problem=problem)
    if course.state.status is Status.paused:
        return (again,)
    return (again, WorkflowPaused(by=by_budget, waiting_for=(f"{problem.detail} {problem.fix or ''}".strip(),)))


def held_by_budget(log: Sequence[Recorded]) -> bool:
    """Whether what a log says last of standing still is that a budget has paused the run; as `Course.held`, without a graph."""
    last = next((one.event for one in reversed(log) if isinstance(one.event, WorkflowPaused | WorkflowResumed)), None)
    return isinstance(last, WorkflowPaused) and last.by == by_budget


def refused(course: Course) -> bool:
    """Whether a node of the run itself, and not of one of its own runs, waits for more to be allowed."""
    retrying = (node.problem for node in course.state.active.values() if node.status == "retrying")
    return any(problem is not None and problem.type == BudgetExceeded.type for problem in retrying)


def pauses(course: Course, signal: Paused) -> bool:
    """Whether the run is paused by this: a person's pause takes the place of a budget's, and no budget lets it go on then."""
    return course.state.status is not Status.paused or (course.held and signal.by != by_budget)


def lets_go_on(course: Course, signal: Resumed) -> bool:
    """Whether the run goes on with this; what a person has paused does not go on by a budget."""
    match signal.only:
        case None:
            return signal.budget is not None or course.state.status is Status.paused
        case "budget":
            return course.held
        case "child":
            return course.held and not refused(course)
