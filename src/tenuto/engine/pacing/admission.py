"""Whether a run may go on, or stands in the lane of its workflow until it is let in; and who lets in the next one."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from tenuto.core.errors import Unavailable
from tenuto.core.lanes import Standing, lane_of
from tenuto.core.run import Claim
from tenuto.engine.course import Course
from tenuto.engine.desk import Desk
from tenuto.engine.steady import steady


class _Run(Protocol):
    """What is looked at of a run."""

    claim: Claim
    course: Course


async def stands(desk: Desk, run: _Run) -> bool:
    """Whether a claimed run was put in line, and is nobody's now. Those of workflows without a limit never are.

    A run that is to be cancelled, or whose time is over, needs no place to end. Raises `Fenced`.
    """
    claim, course = run.claim, run.course
    most = course.graph.definition.settings.concurrency
    if most is None or claim.placed or course.started_at is None:
        return False
    deadline = None if course.state.status.ended else course.deadline
    if deadline is not None and deadline <= desk.now():
        return False
    if any(mail.kind == "cancel" for mail in await steady(lambda: desk.mailbox.read(claim.id))):
        return False
    standing = Standing(claim=claim, lane=_lane(course), most=most, since=course.started_at, until=deadline)
    await steady(lambda: desk.lanes.stand(standing))
    return True


async def make_room(desk: Desk, run: _Run) -> None:
    """Let the next ones in after a run has ended. What is missed here, as by a process that dies now, is seen within a second."""
    course = run.course
    if course.graph.definition.settings.concurrency is not None and course.state.status.ended:
        with suppress(Unavailable):
            await desk.lanes.admit(run.claim.id.workspace, _lane(course))


def _lane(course: Course) -> str:
    started = course.started
    workflow, simulated = (started.workflow_id, started.simulated) if started is not None else (None, False)
    return lane_of(workflow, course.graph.definition.name, simulated=simulated)
