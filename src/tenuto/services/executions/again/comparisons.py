"""Comparing: what came of a run and of its replay, one by one or for many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, NotFound, Problem, ProblemData, ReadOnly
from tenuto.core.events import Recorded, WorkflowStarted
from tenuto.core.execution import Status
from tenuto.core.values import Frozen
from tenuto.services.executions.again.outcomes import Outcomes, Part, Ran, outcomes
from tenuto.services.executions.folds import summary
from tenuto.services.executions.views import ExecutionSummary
from tenuto.store.database import Database
from tenuto.store.executions import Execution, Executions, Filters
from tenuto.store.repository import Page
from tenuto.store.runs.journal import Journal

_side_by_side = 4


class Compared(Frozen):
    """A replay in a list, and in what it differs from its past run."""

    execution: ExecutionSummary
    of: str = Field(description="The past run.")
    against: str
    ended: bool
    before: Status | None = Field(description="How the past run ended.")
    same: bool | None = Field(description="Null where they cannot be compared: `problem` says why.")
    differs: tuple[Part, ...] = ()
    problem: ProblemData | None = None


class ExecutionComparisons:
    """Runs side by side."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    async def compare(self, principal: Principal, public_id: str, other: str | None = None) -> Outcomes:
        """How a run differs from another one: from the one that it is a replay or a fork of, where none is named.

        Raises `NotFound`, `ReadOnly` for a record of which there is no log, and `Conflict` for a run that came of no other one.
        """
        principal.require(Permission.execution_read)
        after, begin = await self._ran(principal, public_id)
        if other is None:
            origin = begin.replayed or begin.forked
            if origin is None or begin.within is not None:
                raise Conflict(f'The execution "{public_id}" is neither a replay nor a fork.', fix="Name another one to compare it with.")
            other = origin.execution
        before, _ = await self._ran(principal, other)
        return await asyncio.to_thread(outcomes, before, after)

    async def page(self, principal: Principal, filters: Filters, *, limit: int = 50, cursor: str | None = None) -> Page[Compared]:
        """Replays, newest first, each compared. Raises `Malformed` for a cursor that is none of ours."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            page = await Executions(tx).page(replace(filters, trigger="replay"), limit=limit, cursor=cursor)
        slots = asyncio.Semaphore(_side_by_side)

        async def one(run: Execution) -> Compared | None:
            async with slots:
                return await self._compared(principal, run)

        found = await asyncio.gather(*(one(run) for run in page.items))
        return Page(tuple(each for each in found if each is not None), page.next)

    async def find(self, principal: Principal, public_id: str) -> Execution:
        """A run that has a log. Raises `NotFound` and `ReadOnly`."""
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if run.imported:
            raise ReadOnly(f'The execution "{public_id}" is an imported record.')
        return run

    async def log(self, run: Execution) -> tuple[Sequence[Recorded], WorkflowStarted]:
        """What happened in a run, as far as its row tells, and how it began. Raises `NotFound` if it was deleted in the meantime."""
        log = [recorded for recorded in await self._journal.read(run.id) if recorded.seq <= run.head]
        if not log or not isinstance(begin := log[0].event, WorkflowStarted):
            raise NotFound(f'The execution "{run.public_id}" was deleted in the meantime.')
        return log, begin

    async def _ran(self, principal: Principal, public_id: str) -> tuple[Ran, WorkflowStarted]:
        run = await self.find(principal, public_id)
        log, begin = await self.log(run)
        definition = await self._journal.definition(principal.workspace, run.version_hash)
        return Ran(run.public_id, run.simulated, definition, log), begin

    async def _compared(self, principal: Principal, run: Execution) -> Compared | None:
        """None for one that is no replay itself, but belongs to one, or that is gone."""
        try:
            _, begin = await self.log(run)
        except NotFound:
            return None
        if (replayed := begin.replayed) is None:
            return None
        shown = Compared(
            execution=summary(run), of=replayed.execution, against=replayed.against, ended=run.status.ended, before=None, same=None
        )
        try:
            found = await self.compare(principal, run.public_id, replayed.execution)
        except Problem as problem:
            return shown.model_copy(update={"problem": problem.data})
        return shown.model_copy(update={"ended": found.ended, "before": found.before.status, "same": found.same, "differs": found.differs})
