"""Ending a run from outside: taken from an owner that does not react, and cancelled in its stead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from tenuto.core.errors import Invalid, ProblemData, Unavailable
from tenuto.core.events import NodeStarted, Recorded, WorkflowCancelled, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Claim, Fenced, Projection
from tenuto.engine.children.posts import after_end
from tenuto.engine.ports import Claims, Journal, Mailbox

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
        for _ in range(_attempts):
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
        try:
            log = await self._journal.read(claim.id)
            event = event.model_copy(update={"in_flight": _in_flight(log)})
            state = fold([*log, Recorded(claim.head + 1, log[-1].at, event)])
        except (Invalid, ValueError) as error:
            # What cannot be read cannot say what was in flight, and can be ended all the same.
            _log.warning("execution.unreadable", run=claim.public_id, error=type(error).__name__)
            state = fold([Recorded(claim.head + 1, datetime.now(UTC), event)])
        error = ProblemData(type="cancelled", status=409, detail=state.ended_by or "cancelled")
        projection = Projection(Status.cancelled, state.current, None, error.model_dump(mode="json", exclude_none=True), ended=True)
        mail = await self._mailbox.read(claim.id)
        begin = log[0].event if log else None
        spawned = any(isinstance(one.event, NodeStarted) and one.event.spawns for one in log)
        posts = after_end(event, claim.id, begin, spawned=spawned) if isinstance(begin, WorkflowStarted) else ()
        await self._journal.commit(claim, claim.head, [(event, event_data(event))], projection, [piece.key for piece in mail], posts=posts)


def _in_flight(log: Sequence[Recorded]) -> tuple[str, ...]:
    """The nodes whose outside effect has begun and may or may not have happened."""
    begin = log[0].event
    if isinstance(begin, WorkflowStarted) and begin.simulated:
        return ()
    active = fold(log).active
    return tuple(name for name, node in active.items() if node.status == "running" and node.exposed)
