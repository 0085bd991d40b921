"""How many runs of a workflow go on at once: the others stand in its lane, and are let in when one has ended.

A run has its place from the moment it is let in until it has ended, whatever it waits for and whichever process drives it: a place is a
row that has not ended, so that no process can lose one by dying, and no two together can give out one too many.

Whoever locks lanes does so in their order, and before any run; runs are locked in the order of their ids, like everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from tenuto.core.execution import ExecutionId
from tenuto.core.lanes import Standing
from tenuto.core.run import Fenced
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.limits import circles
from tenuto.store.runs import statements
from tenuto.store.runs.batch import Batch
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.identity import Identity

_log = structlog.get_logger(__name__)

_open = """
insert into lanes as l (workspace, lane, most, since)
select * from unnest($1::int[], $2::text[], $3::int[], $4::timestamptz[]) as x(workspace, lane, most, since)
order by x.workspace, x.lane
on conflict (workspace, lane) do update set most = excluded.most, since = excluded.since where l.since <= excluded.since
"""
"""The lanes stay locked until the runs stand in them: nobody takes an empty one away meanwhile."""

_stand = """
with recursive x as (
    select * from unnest($1::int[], $2::uuid[], $3::text[], $4::int[], $5::timestamptz[]) as x(workspace, id, lane, most, until)
), above as (
    select x.workspace, x.id, x.lane, e.parent_id as parent from x
        join executions e on e.workspace = x.workspace and e.id = x.id where e.parent_id is not null
    union all
    select a.workspace, a.id, a.lane, p.parent_id from above a
        join executions p on p.workspace = a.workspace and p.id = a.parent where p.parent_id is not null
), sharing as (
    select distinct a.workspace, a.id from above a
        join executions p on p.workspace = a.workspace and p.id = a.parent and p.lane = a.lane and p.finished_at is null
), told as (
    select x.*, s.id is not null as shares, exists (
        select 1 from mailbox m where m.workspace = x.workspace and m.execution_id = x.id and m.kind = 'cancel') as ends
    from x left join sharing s on s.workspace = x.workspace and s.id = x.id
)
update executions e set
    lane = coalesce(e.lane, case when t.shares then t.lane || ' within' else t.lane end),
    queued_at = case when e.lane is not null then e.queued_at when not t.shares then least(coalesce(e.ready_at, now()), now()) end,
    ready_at = case
        when t.ends or t.shares or (e.lane is not null and e.queued_at is null) then now()
        else coalesce(t.until, 'infinity') end,
    waiting_for = case when t.shares then e.waiting_for else 'the concurrency limit of ' || t.most end,
    status = case when t.shares then e.status else 'pending' end,
    owner = null
from told t where e.workspace = t.workspace and e.id = t.id
returning e.ready_at <= now() as ready
"""
"""A statement of its own after the rows are locked: it sees the mail of whoever locked them before.

A run within another one of the same lane shares that one's place: it would wait for ever for a place that is held until it ends.
"""

_lock = "select most from lanes where workspace = $1 and lane = $2 for update"

_admit = """
with going as (
    select count(*)::int as n from executions where workspace = $1 and lane = $2 and queued_at is null and finished_at is null
), next as (
    select workspace, id from executions where workspace = $1 and lane = $2 and queued_at is not null and finished_at is null
    order by queued_at, id limit greatest(0, $3 - (select n from going))
), locked as (
    select e.workspace, e.id from executions e join next n on e.workspace = n.workspace and e.id = n.id
    where e.queued_at is not null and e.finished_at is null
    order by e.workspace, e.id for no key update of e
)
update executions e set queued_at = null, ready_at = e.queued_at, waiting_for = null
from locked l where e.workspace = l.workspace and e.id = l.id
returning e.id
"""
"""Whoever is let in is as old, to those who claim, as its place in the lane."""

_close = """
delete from lanes l where l.workspace = $1 and l.lane = $2
    and not exists (select 1 from executions e where e.workspace = l.workspace and e.lane = l.lane and e.finished_at is null)
"""

_moving = """
select l.workspace, l.lane from lanes l
where not exists (select 1 from executions e where e.workspace = l.workspace and e.lane = l.lane and e.finished_at is null)
    or exists (select 1 from executions e
        where e.workspace = l.workspace and e.lane = l.lane and e.queued_at is not null and e.finished_at is null)
    and l.most > (select count(*) from executions e
        where e.workspace = l.workspace and e.lane = l.lane and e.queued_at is null and e.finished_at is null)
"""
"""Lanes in which somebody stands although there is room, and those that nobody needs any more."""

_share = """
update executions e set lane = e.lane || ' within', queued_at = null, ready_at = e.queued_at, waiting_for = null
where e.workspace = $1 and e.id = $2 and e.queued_at is not null and e.finished_at is null
returning e.id
"""
"""Lets somebody in beyond the limit: it shares the place of whoever waits for it."""


class Lanes:
    """Puts runs in line and lets them in; satisfies the engine's `Lanes`. Opens transactions of its own: a lock comes before what it guards."""

    def __init__(self, database: Database, bell: Bell, identity: Identity, tick: Callable[[], None] | None = None) -> None:
        """`tick` is called after every commit: the crash tests stop the process there."""
        self._tick = tick or (lambda: None)
        self._database = database
        self._bell = bell
        self._identity = identity
        self._stands: Batch[Standing, bool] = Batch(self._flush)

    async def stand(self, standing: Standing) -> None:
        """Let go of a run until it is let in, which may be at once. Raises `Fenced` and `Unavailable`."""
        await self._stands.submit(standing)

    async def admit(self, workspace: int, lane: str) -> int:
        """Let in whoever may; answers how many. Raises `Unavailable`."""
        with reaching_database():
            async with self._database.pool.acquire() as link, link.transaction():
                most = await link.fetchval(_lock, workspace, lane)
                rows = [] if most is None else await link.fetch(_admit, workspace, lane, most)
                if not rows:
                    await link.execute(_close, workspace, lane)
        self._tick()
        if rows:
            self._bell.ring("ready", "")
        return len(rows)

    async def sweep(self) -> None:
        """Let in whom somebody should have let in who is dead, or did not know of it. Raises `Unavailable`."""
        with reaching_database():
            lanes = await self._database.pool.fetch(_moving)
        for row in lanes:
            await self.admit(row["workspace"], row["lane"])
        await self._open_circle()

    async def close(self) -> None:
        """Let those be put in line who are about to be."""
        await self._stands.close()

    async def _open_circle(self) -> None:
        """One at a time: what follows may open the others."""
        with reaching_database():
            rows = await self._database.pool.fetch(circles.still)
            if (found := circles.caught([circles.Row(*row) for row in rows])) is None:
                return
            shared = await self._database.pool.fetch(_share, found.workspace, found.id)
        self._tick()
        if shared:
            _log.info(
                "lanes.circle",
                lane=found.lane,
                meaning="runs of workflows with limits wait for each other; one was let in beyond its limit",
            )
            self._bell.ring("ready", "")

    async def _flush(self, items: Sequence[Standing]) -> Sequence[bool | BaseException]:
        with reaching_database():
            async with self._database.pool.acquire() as link, link.transaction():
                lanes = _youngest(items)
                await link.execute(_open, *zip(*((*key, one.most, one.since) for key, one in lanes.items()), strict=True))
                ids = [item.claim.id.workspace for item in items], [item.claim.id.id for item in items]
                locked = await link.fetch(statements.lock_owned, *ids, [item.claim.epoch for item in items], self._identity.process)
                owned = {(ExecutionId(row["workspace"], row["id"]), row["epoch"]) for row in locked}
                mine = [item for item in items if (item.claim.id, item.claim.epoch) in owned]
                runs = [item.claim.id for item in mine]
                given = [item.lane for item in mine], [item.most for item in mine], [item.until for item in mine]
                stood = await link.fetch(_stand, [run.workspace for run in runs], [run.id for run in runs], *given)
        self._tick()
        if any(row["ready"] for row in stood):
            self._bell.ring("ready", "")
        for workspace, lane in lanes:
            await self.admit(workspace, lane)
        return [(item.claim.id, item.claim.epoch) in owned or Fenced(str(item.claim.id.id)) for item in items]


def _youngest(items: Sequence[Standing]) -> dict[tuple[int, str], Standing]:
    """One run for each lane: the one whose limit holds."""
    return {(item.claim.id.workspace, item.lane): item for item in sorted(items, key=lambda item: item.since)}
