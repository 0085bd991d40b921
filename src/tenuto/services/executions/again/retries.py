"""A failed run taken up again where it failed: the same run, with what had succeeded in it."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, ReadOnly
from tenuto.core.events import Recorded, WorkflowResumed, WorkflowStarted
from tenuto.core.execution import fold
from tenuto.core.run import Mail
from tenuto.engine.rules.retrying import refusal
from tenuto.services.executions.folds import summary
from tenuto.services.executions.operations import Acted
from tenuto.services.executions.watch import ExecutionWatches
from tenuto.store.database import Database
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox

_patience = 1.0


class ExecutionRetries:
    """Second chances for failed runs."""

    def __init__(self, database: Database, journal: Journal, mailbox: Mailbox, watches: ExecutionWatches) -> None:
        self._database = database
        self._journal = journal
        self._mailbox = mailbox
        self._watches = watches

    async def retry(self, principal: Principal, public_id: str, node: str | None = None) -> Acted:
        """Take a failed run up again: everything that failed in it, or one `node`; what was under way goes on, the rest is kept.

        Raises `NotFound`, `ReadOnly`, and `Conflict` for a run that has not failed or whose effects were undone.
        """
        principal.require(Permission.execution_operate)
        run = await self._find(principal, public_id)
        if run.parent_id is not None:
            raise Conflict(f'The execution "{public_id}" belongs to another one.', fix="Retry that one: what is done is not run again.")
        problem = _refusal(await self._journal.read(run.id), node) if run.status.ended else _unfinished(run)
        if problem is not None:
            raise problem
        signal = {"by": principal.label} | ({"node": node} if node is not None else {})
        if not await self._mailbox.reopen(run.id, run.head, Mail(f"retry:{new_id()}", "retry", dict(signal))):
            raise Conflict(f'The execution "{public_id}" has changed in the meantime.', fix="Look at it, and try again.")
        reaction = await self._watches.until(run.id, run.head, _patience, _taken_up)
        return Acted(summary(await self._find(principal, public_id)), settled=reaction is not None)

    async def _find(self, principal: Principal, public_id: str) -> Execution:
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if run.imported:
            raise ReadOnly(f'The execution "{public_id}" is an imported record.')
        return run


def _refusal(log: Sequence[Recorded], node: str | None) -> Conflict | None:
    begin = log[0].event if log else None
    if isinstance(begin, WorkflowStarted) and begin.within is not None and not begin.within.detached:
        return Conflict("This execution is a part of another one, which has taken its end in.", fix="Retry or fork that one.")
    return refusal(fold(log), node)


def _taken_up(recorded: Recorded) -> bool:
    return isinstance(recorded.event, WorkflowResumed)


def _unfinished(run: Execution) -> Conflict:
    return Conflict(f'The execution "{run.public_id}" has not ended: it is {run.status.value}.', fix="Wait for its end, or cancel it.")
