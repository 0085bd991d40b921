"""Lanes that wait for each other in a circle: a run of one workflow waits for one of another that is limited too, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

still = """
with recursive wanted as (
    select distinct workspace, lane from executions where queued_at is not null and finished_at is null and parent_id is not null
), holding as (
    select e.workspace, e.lane as held, e.id, e.owner is not null or e.ready_at < 'infinity' as active
    from executions e join wanted w on e.workspace = w.workspace and e.lane = w.lane
    where e.queued_at is null and e.finished_at is null
), quiet as (
    select workspace, held from holding group by workspace, held having not bool_or(coalesce(active, false))
), below as (
    select h.workspace, h.held, h.id, null::uuid as parent, h.held as lane, null::timestamptz as queued_at, false as active
    from holding h join quiet q on q.workspace = h.workspace and q.held = h.held
    union all
    select b.workspace, b.held, c.id, c.parent_id, c.lane, c.queued_at, c.owner is not null or coalesce(c.ready_at < 'infinity', false)
    from below b join executions c on c.workspace = b.workspace and c.parent_id = b.id
    where c.finished_at is null and (c.status <> 'pending' or c.owner is not null or c.ready_at is not null)
)
select * from below
"""
"""Whoever has a place in a lane in which children stand, with all below it, where nobody who has a place there is about to do anything.

Children that were never let go by their parent are left out: they wait for their siblings.
"""


class Row(NamedTuple):
    """A run at or below one that has a place in the lane `held`."""

    workspace: int
    held: str
    id: UUID
    parent: UUID | None
    lane: str | None
    queued_at: datetime | None
    active: bool


def caught(rows: Sequence[Row]) -> Row | None:
    """The run, of those that stand in line, that is to be let in beyond the limit so that a circle opens; None where there is no circle.

    Lanes are caught if everything that anybody with a place there still waits for stands in lanes that are caught.
    """
    above = {(row.held, row.parent) for row in rows}
    leaves = [row for row in rows if (row.held, row.id) not in above]
    lanes = {(row.workspace, row.held) for row in rows}
    while free := {(row.workspace, row.held) for row in leaves if not _stands_in(row, lanes)} & lanes:
        lanes -= free
    standing = [row for row in leaves if (row.workspace, row.held) in lanes]
    return min(standing, key=lambda row: (row.queued_at, row.id), default=None)


def _stands_in(row: Row, lanes: set[tuple[int, str]]) -> bool:
    return row.queued_at is not None and (row.workspace, row.lane or "") in lanes
