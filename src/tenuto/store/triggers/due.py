"""What is due by the clock: schedules and polls are taken under a lease, by whoever comes first, and put on after they were seen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog
from pydantic import JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.values import encode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.triggers.rows import InstalledTrigger, read_trigger

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What became of the slots of a schedule that were due."""

    trigger: InstalledTrigger
    slot_at: datetime | None
    """The next slot, and when it is due; None where there is none any more."""
    next_at: datetime | None
    fired: int = 0
    skipped: int = 0
    last_at: datetime | None = None
    last_execution: str | None = None
    note: str | None = None
    error: ProblemData | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What became of a poll."""

    trigger: InstalledTrigger
    lease: datetime
    next_at: datetime
    watermark: JsonValue
    fired: int = 0
    last_execution: str | None = None
    note: str | None = None
    error: ProblemData | None = None


class Due:
    """The statements of one process. Every time is handed in: it is the database's clock as the engine knows it, or a test's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, type: str, now: datetime, lease: timedelta, limit: int) -> Sequence[InstalledTrigger]:
        """Take what is due, of whatever workspace; nobody else takes it until the lease ends or it is put on."""
        with reaching_database():
            rows = await self._database.pool.fetch(_take, type, now, now + lease, limit)
        return [found for row in rows if (found := _readable(row)) is not None]

    async def unfinished(self, runs: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
        """Those of these runs (workspace, public id) that have not ended."""
        if not runs:
            return set()
        with reaching_database():
            rows = await self._database.pool.fetch(_unfinished, [run[0] for run in runs], [run[1] for run in runs])
        return {(row["workspace"], row["public_id"]) for row in rows}

    async def put_on(self, items: Sequence[Fired], now: datetime) -> int:
        """Write what became of schedules; how many still stood at the slot they were taken at. The others were put on by somebody else."""
        if not items:
            return 0
        columns = [
            [item.trigger.workspace for item in items],
            [item.trigger.id for item in items],
            [item.trigger.slot_at for item in items],
            [item.slot_at for item in items],
            [item.next_at for item in items],
            [item.fired for item in items],
            [item.skipped for item in items],
            [item.last_at for item in items],
            [item.last_execution for item in items],
            [item.note for item in items],
            [_problem(item.error) for item in items],
        ]
        with reaching_database():
            return len(await self._database.pool.fetch(_put_on, *columns, now))

    async def polled(self, item: Polled, now: datetime) -> bool:
        """Write what became of a poll; False if its lease was over and somebody else has taken it."""
        row = item.trigger
        given = (row.workspace, row.id, item.lease, item.next_at, encode(item.watermark), item.fired, item.last_execution, item.note)
        with reaching_database():
            return await self._database.pool.fetchval(_polled, *given, _problem(item.error), now) is not None


def _readable(row: asyncpg.Record) -> InstalledTrigger | None:
    """None for a definition that this program cannot read (another one may): it is due again when its lease ends."""
    try:
        return read_trigger(dict(row))
    except ValueError:
        _log.exception("trigger.unreadable", trigger=str(row["id"]))
        return None


def _problem(error: ProblemData | None) -> bytes | None:
    return encode(error.model_dump(mode="json", exclude_none=True)) if error is not None else None


_take = """
with due as (
    select workspace, id from triggers
    where next_at <= $2 and type = $1 and installed and enabled and (leased_until is null or leased_until <= $2)
    order by next_at limit $4 for no key update skip locked
)
update triggers t set leased_until = $3 from due where t.workspace = due.workspace and t.id = due.id
returning t.*
"""

_unfinished = """
select e.workspace, e.public_id
from executions e join unnest($1::int[], $2::text[]) as x(workspace, public_id) on e.workspace = x.workspace and e.public_id = x.public_id
where e.finished_at is null and not e.imported
"""

_put_on = """
with x as (
    select * from unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int[], $7::int[],
        $8::timestamptz[], $9::text[], $10::text[], $11::bytea[])
        as x(workspace, id, was, slot_at, next_at, fired, skipped, last_at, last_execution, note, error)
), locked as materialized (
    select t.workspace, t.id from triggers t join x on t.workspace = x.workspace and t.id = x.id
    order by t.workspace, t.id for no key update of t
)
update triggers t set
    slot_at = x.slot_at, next_at = x.next_at, leased_until = null, fired = t.fired + x.fired, skipped = t.skipped + x.skipped,
    last_at = coalesce(x.last_at, t.last_at), last_execution = coalesce(x.last_execution, t.last_execution), note = x.note,
    error = case when x.error is null and x.fired = 0 then t.error else x.error end,
    failures = case when x.error is not null then t.failures + 1 when x.fired > 0 then 0 else t.failures end,
    updated_at = $12
from x join locked l on l.workspace = x.workspace and l.id = x.id
where t.workspace = x.workspace and t.id = x.id and t.slot_at = x.was and t.next_at is not null
returning t.id
"""
"""Only from the slot at which it was taken: whoever comes second, or after a new version with other times, changes nothing."""

_polled = """
update triggers set
    next_at = $4, leased_until = null, watermark = $5, fired = fired + $6, last_execution = coalesce($7, last_execution), note = $8,
    error = $9, failures = case when $9::bytea is null then 0 else failures + 1 end, last_at = $10, updated_at = $10
where workspace = $1 and id = $2 and leased_until = $3 and next_at is not null
returning id
"""
