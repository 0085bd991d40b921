"""Runs of runs: what a run has of its own, listed and counted."""

from __future__ import annotations

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import NotFound
from tenuto.core.execution import Status
from tenuto.core.family import WhichChildren, every_child
from tenuto.services.executions.folds import summary
from tenuto.services.executions.views import ChildCounts, ChildRange, ChildRanges, ChildSummary
from tenuto.store.database import Database, Transaction
from tenuto.store.executions import Execution, Executions
from tenuto.store.kin.families import Families, Groups
from tenuto.store.repository import Page

_ranges = 200
_sizes = tuple(step * 10**power for power in range(8) for step in (1, 2, 5))


class ExecutionKin:
    """The children of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def children(
        self, principal: Principal, public_id: str, which: WhichChildren = every_child, *, limit: int = 50, cursor: str | None = None
    ) -> Page[ChildSummary]:
        """By node and item. Raises `NotFound`, and `Malformed` for a cursor that is none of ours."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            page = await Families(tx).of(run.id.id, which, limit=limit, cursor=cursor)
        return Page(tuple(_child(child) for child in page.items), page.next)

    async def ranges(self, principal: Principal, public_id: str, node: str) -> ChildRanges:
        """How the items of a node's last attempt stand, in at most 200 ranges of one size. Raises `NotFound`, also for a node without children."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            group = (await Groups(tx).of(run.id.id)).get(node)
            if group is None:
                raise NotFound(f'The node "{node}" of this execution has no runs of its own.')
            size = next(size for size in _sizes if group.total <= size * _ranges)
            shares = await Families(tx).spread(run.id.id, node, group.attempt, size)
        found: dict[int, dict[Status, int]] = {first: {} for first in range(0, group.total, size)}
        for first, status, count in shares:
            found.setdefault(first, {})[status] = count
        return ChildRanges(
            attempt=group.attempt,
            total=group.total,
            size=size,
            ranges=tuple(ChildRange(first=first, counts=counts) for first, counts in found.items()),
        )

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
