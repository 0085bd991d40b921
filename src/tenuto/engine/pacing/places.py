"""Where the requests of a node stand in line, and what is recorded of a step that a rate limit puts off."""

from __future__ import annotations

from tenuto.core.errors import ProblemData
from tenuto.core.events import StepCompleted, StepStarted
from tenuto.core.execution import NodeState
from tenuto.core.limits import Held, Place
from tenuto.engine.course import Course

_held = "held"
"""The type of such a step's problem: it did not happen, and is done later with the same key."""


def place_of(course: Course, node: NodeState) -> Place:
    """The line of the workflow; for one that is not stored, of its name."""
    started = course.started
    line = (started.workflow_id if started else None) or course.graph.definition.name
    if not node.held:
        return Place(line)
    refused = (node.data or {}).get("refused")
    return Place(line, again=True, refused=refused if isinstance(refused, int) else 0)


def steps_of(node: NodeState) -> dict[str, StepStarted | StepCompleted]:
    """A node's steps, without those that were put off: for who goes on they have not begun."""
    steps = (node.steps or {}).items()
    return {
        name: step
        for name, step in steps
        if not (isinstance(step, StepCompleted) and step.problem is not None and step.problem.type == _held)
    }


def begun(place: Place | None) -> Place | None:
    """The same for a request that belongs to something that has left already: it waits in memory instead of being put off."""
    return place and place._replace(begun=True)


def put_off(held: Held) -> ProblemData:
    """What the log says of a step that could not begin."""
    return ProblemData(type=_held, status=429, detail=f"Nothing was done: {held}.")
