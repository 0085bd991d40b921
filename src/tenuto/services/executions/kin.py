"""Runs of runs: what a run has of its own, listed and counted."""

from __future__ import annotations

from collections.abc import Collection

from tenuto.core.access import Permission, Principal
from tenuto.core.execution import Status
from tenuto.services.executions.folds import summary
from tenuto.services.executions.views import ChildCounts, ChildSummary
from tenuto.store.database import Database, Transaction
from tenuto.store.executions import Execution, Executions
from tenuto.store.kin.families import Families, Groups
from tenuto.store.repository import Page


class ExecutionKin:
    """The children of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def children(
        self,
        principal: Principal,
        public_id: str,
        *,
        node: str | None = None,
        statuses: Collection[Status] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ChildSummary]:
        """By node and item. Raises `NotFound`, and `Malformed` for a cursor that is none of ours."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            page = await Families(tx).of(run.id.id, node=node, statuses=statuses, limit=limit, cursor=cursor)
        return Page(tuple(_child(child) for child in page.items), page.next)

    async def going_on(self, principal: Principal, public_id: str) -> bool:
        """Whether a run that waits for runs of its own will go on without anybody. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            return await Families(tx).going_on((await Executions(tx).get(public_id)).id.id)


async def counted(tx: Transaction, run: Execution) -> dict[str, ChildCounts]:
    """By node, how the children of a run stand."""
    return {
        node: ChildCounts(
            attempt=counts.attempt,
            total=counts.total,
            pending=counts.total - counts.released,
            running=counts.released - counts.done - counts.failed - counts.cancelled,
            completed=counts.done,
            failed=counts.failed,
            cancelled=counts.cancelled,
        )
        for node, counts in (await Groups(tx).of(run.id.id)).items()
    }


def _child(run: Execution) -> ChildSummary:
    return ChildSummary(**vars(summary(run)), node=run.scope or "", index=run.item or 0, attempt=run.attempt or 1)
