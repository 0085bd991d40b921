"""Runs as children of others: listed in the order of their items, counted by node, and removed with their parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, RowMapping, Table, Text, Uuid, literal_column, or_

from tenuto.core.execution import Status
from tenuto.core.family import WhichChildren, every_child
from tenuto.store.database import Transaction
from tenuto.store.executions import Execution, Executions, executions
from tenuto.store.repository import Order, Page, Repository, metadata

groups = Table(
    "child_groups",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("parent_id", Uuid, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("released", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("stopping", Boolean, nullable=False),
)

_in_order = Order((executions.c.scope, executions.c.item, executions.c.id), descending=False)
_at_once = 5_000
_begun = or_(executions.c.status != Status.pending.value, executions.c.waiting_for.is_not(None))
"""Not one of those that stand behind their siblings, or are about to begin; one that stands in the line of its workflow says so in `waiting_for`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the children of one attempt of a node stand."""

    attempt: int
    total: int
    released: int
    done: int
    failed: int
    cancelled: int


class Share(NamedTuple):
    """How many children of the range that begins with this item are in a state."""

    first: int
    status: Status
    number: int


class Families(Executions):
    """The rows of runs, seen from their parents."""

    async def of(self, parent: UUID, which: WhichChildren = every_child, *, limit: int = 50, cursor: str | None = None) -> Page[Execution]:
        """The children of a run by node and item. Raises `Malformed` for a cursor that is none of ours."""
        where, statuses = [executions.c.parent_id == parent], which.statuses
        where += [executions.c.scope == which.node] if which.node is not None else []
        where += [executions.c.attempt == which.attempt] if which.attempt is not None else []
        where += [executions.c.item >= which.first] if which.first else []
        where += [executions.c.status.in_(sorted(status.value for status in statuses))] if statuses else []
        return await self._page(*where, order=_in_order, limit=limit, cursor=cursor)

    async def spread(self, parent: UUID, node: str, attempt: int, size: int) -> Sequence[Share]:
        """How the children of a node stand, in ranges of `size` items."""
        where = executions.c.parent_id == parent, executions.c.scope == node, executions.c.attempt == attempt
        # Written into the statement: as parameters PostgreSQL could not see that what is selected is what it groups by.
        ranges = executions.c.item.op("/")(literal_column(str(size)))
        rows = await self._tally(*where, by={"range": ranges, "status": executions.c.status})
        return [Share(row["range"] * size, Status(row["status"]), row["count"]) for row in rows]

    async def parent_of(self, run: Execution) -> Execution | None:
        """The run that a child belongs to."""
        return await self._first(executions.c.id == run.parent_id) if run.parent_id is not None else None

    async def going_on(self, run: UUID) -> bool:
        """Whether anything goes on below a run without anybody; also where nothing is left there, and the run itself is about to."""
        level, asked = [run], False
        while level:
            rows = await self._rows(
                executions.c.parent_id.in_(level), executions.c.finished_at.is_(None), _begun,
                columns=[executions.c.id, executions.c.status, executions.c.waiting_for],
            )  # fmt: skip
            if any(_by_itself(row["status"], row["waiting_for"] or "") for row in rows):
                return True
            asked = asked or any(": children" not in (row["waiting_for"] or "") for row in rows)
            level = [cast("UUID", row["id"]) for row in rows]
        return not asked

    async def descend(self, runs: Sequence[UUID]) -> Sequence[UUID]:
        """Remove everything below these runs, whatever its state; which ones those were."""
        found: list[UUID] = []
        level = list(runs)
        while level:
            rows = [
                row
                for start in range(0, len(level), _at_once)
                for row in await self._rows(executions.c.parent_id.in_(level[start : start + _at_once]), columns=[executions.c.id])
            ]
            level = [cast("UUID", row["id"]) for row in rows]
            found += level
        for start in range(0, len(found), _at_once):
            await self._delete(executions.c.id.in_(found[start : start + _at_once]))
        return found


class Groups(Repository[Counts]):
    """How far the children of runs have come."""

    table, noun = groups, "group of children"
    key: ClassVar[str] = "scope"

    async def of(self, parent: UUID) -> Mapping[str, Counts]:
        """By node, the latest attempt."""
        rows = await self._rows(groups.c.parent_id == parent, order=Order((groups.c.scope, groups.c.attempt), descending=False))
        return {row["scope"]: self._read(row) for row in rows}

    async def erase(self, parents: Sequence[UUID]) -> None:
        """Forget the groups of runs that were removed."""
        await self._delete(groups.c.parent_id.in_(parents))

    def _read(self, row: RowMapping) -> Counts:
        return Counts(row["attempt"], row["total"], row["released"], row["done"], row["failed"], row["cancelled"])


def _by_itself(status: str, waiting_for: str) -> bool:
    return ": delay" in waiting_for if status == Status.waiting.value else status not in (Status.unknown.value, Status.paused.value)


async def removed_with(tx: Transaction, runs: Sequence[UUID]) -> Sequence[UUID]:
    """Remove the children of runs that were removed, at every level; all of them together."""
    everything = [*runs, *await Families(tx).descend(runs)] if runs else []
    for start in range(0, len(everything), _at_once):
        await Groups(tx).erase(everything[start : start + _at_once])
    return everything
