"""Ending a run from outside: taken from an owner that does not react, and cancelled in its stead."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from tenuto.core.errors import Invalid, NotFound, ProblemData, Unavailable
from tenuto.core.events import NodeStarted, Recorded, WorkflowCancelled, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status, evolve, fold
from tenuto.core.graph import compile_graph
from tenuto.core.run import Claim, Fenced, Projection
from tenuto.core.waits import WaitChanges, changes, waiting_nodes
from tenuto.engine.children.posts import after_end
from tenuto.engine.course import Course
from tenuto.engine.decide import decide
from tenuto.engine.ports import Claims, Journal, Mailbox
from tenuto.engine.rules.signals import Cancelled
from tenuto.engine.spending.metered import held_by_budget

_log = structlog.get_logger(__name__)
_attempts = 5


class Ender:
    """Ends runs whoever owns them."""

    def __init__(self, journal: Journal, claims: Claims, mailbox: Mailbox) -> None:
        self._journal = journal
        self._claims = claims
        self._mailbox = mailbox

    async def end(self, run: ExecutionId, event: WorkflowCancelled) -> None:
        """Take the run from its owner, and end it ourselves. Nothing happens to one that has ended by now. Raises `Unavailable`."""
        for attempt in range(_attempts):
            if attempt:
                await asyncio.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - so that two who end it at once do not go on in step
            claim = await self._claims.seize(run)
            if claim is None:
                return
            try:
                await self._append_end(claim, event)
            except Fenced:
                continue  # somebody else seized it at the same moment
            return
        raise Unavailable("The execution changes hands all the time and could not be ended.", fix="Try again.", retry_after=1)

    async def _append_end(self, claim: Claim, event: WorkflowCancelled) -> None:
        log: Sequence[Recorded] = ()
        waits: WaitChanges = {}
        try:
            log = await self._journal.read(claim.id)
            course = Course(compile_graph(await self._journal.definition(claim.id.workspace, claim.version_hash)))
            for recorded in log:
                course.take(recorded)
            told = [one for one in decide(course, Cancelled(event.by, event.reason)) if isinstance(one, WorkflowCancelled)]
            event, state = (told or [event])[0], course.state
            waits = changes(event, waiting_nodes(state), 0)
            evolve(state, Recorded(claim.head + 1, log[-1].at, event))
        except (Invalid, NotFound, ValueError) as error:
            # What cannot be read cannot say what was in flight, and can be ended all the same.
            _log.warning("execution.unreadable", run=claim.public_id, error=type(error).__name__)
            state = fold([Recorded(claim.head + 1, datetime.now(UTC), event)])
        error = ProblemData(type="cancelled", status=409, detail=state.ended_by or "cancelled")
        shown = error.model_dump(mode="json", exclude_none=True)
        projection = Projection(Status.cancelled, state.current, None, shown, ended=True, waits=waits)
        mail = await self._mailbox.read(claim.id)
        begin = log[0].event if log else None
        spawned = any(isinstance(one.event, NodeStarted) and one.event.spawns for one in log)
        posts = after_end(event, claim.id, begin, spawned=spawned, held=held_by_budget(log)) if isinstance(begin, WorkflowStarted) else ()
        await self._journal.commit(claim, claim.head, [(event, event_data(event))], projection, [piece.key for piece in mail], posts=posts)
