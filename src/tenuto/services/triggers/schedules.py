"""Schedules: what is due is fired by whichever process sees it first, and each slot once, however many see it.

A slot's run has an id made of the trigger and the slot, so that firing twice is firing once. A slot that is less than a minute late is
on time. Later ones were missed (nothing ran): they are made up for within `catch_up`, and older ones are left out and said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TypedDict
from uuid import uuid5

import structlog

from tenuto.core.errors import Problem, ProblemData, Unavailable, internal
from tenuto.core.schedule import next_slot, slots
from tenuto.core.trigger import ScheduleTrigger
from tenuto.services.triggers.install import jitter
from tenuto.services.triggers.launch import Happened, Launch
from tenuto.store.triggers.due import Due, Fired
from tenuto.store.triggers.rows import InstalledTrigger

_log = structlog.get_logger(__name__)
on_time = timedelta(minutes=1)
longest_queued = timedelta(days=1)
"""A slot that waits for the run before it is given up after this, or after `catch_up` where that is longer."""
_lease = timedelta(seconds=30)
_asked_again = timedelta(seconds=2)
_at_once = 200
_slots_at_once = 500
_most_counted = 10_000


class _Times(TypedDict):
    cron: str | None
    every: timedelta | None
    timezone: str


class Schedules:
    """The clockwork of one process."""

    def __init__(self, due: Due, launch: Launch, now: Callable[[], datetime]) -> None:
        """`now` is the database's clock."""
        self._due = due
        self._launch = launch
        self._now = now

    async def fire(self) -> int:
        """Fire what is due; how many schedules were looked at."""
        now = self._now()
        rows = await self._due.take("schedule", now, _lease, _at_once)
        if not rows:
            return 0
        before = [(row.workspace, row.last_execution) for row in rows if row.last_execution is not None and _exclusive(row)]
        busy = await self._due.unfinished(before)
        done = await asyncio.gather(*(self._safely(row, now, busy=(row.workspace, row.last_execution or "") in busy) for row in rows))
        await self._due.put_on([fired for fired in done if fired is not None], now)
        return len(rows)

    async def _safely(self, row: InstalledTrigger, now: datetime, *, busy: bool) -> Fired | None:
        """A schedule that trips over a bug of ours is put on with the error said, and keeps no other from its slot."""
        try:
            return await self._one(row, now, busy=busy)
        except Exception as error:
            _log.exception("schedule.bug", trigger=str(row.id), error=type(error).__name__)
            spec = row.spec
            following = next_slot(now, **_times(spec)) if isinstance(spec, ScheduleTrigger) else None
            return self._put_on(row, following, error=internal(error))

    async def _one(self, row: InstalledTrigger, now: datetime, *, busy: bool) -> Fired | None:
        """None where the database went away: the lease ends, and the slot is fired then."""
        spec = row.spec
        if not isinstance(spec, ScheduleTrigger) or row.slot_at is None:
            return None
        before = _oldest(spec, row, now) - timedelta(microseconds=1)
        late = list(islice(_between(spec, row.slot_at, before), _most_counted))
        first = next_slot(before, **_times(spec)) if late else row.slot_at
        due = [] if first is None else list(islice(_between(spec, first, now - jitter_of(row)), _slots_at_once + 1))
        note = _left_out(late) if late else None
        if spec.missed == "last" and len(due) > 1:
            late, due = [*late, *due[:-1]], due[-1:]
            note = f"{len(late)} missed slots were left out; the last one was made up for."
        if busy and due:
            return self._waits(row, spec, due, late, now)
        if spec.overlap != "allow":
            due, rest = due[:1], due[1:2]
        else:
            due, rest = due[:_slots_at_once], due[_slots_at_once:]
        return await self._begun(row, due, rest, now, spec=spec, skipped=len(late), note=note)

    def _waits(self, row: InstalledTrigger, spec: ScheduleTrigger, due: list[datetime], late: list[datetime], now: datetime) -> Fired:
        if spec.overlap == "queue":
            note = f"The slot {_text(due[0])} waits for the run {row.last_execution}."
            return Fired(trigger=row, slot_at=due[0], next_at=now + _asked_again, skipped=len(late), note=note)
        note = f"The slot {_text(due[-1])} was left out: the run {row.last_execution} still goes on."
        return self._put_on(row, next_slot(due[-1], **_times(spec)), skipped=len(late) + len(due), note=note)

    async def _begun(
        self,
        row: InstalledTrigger,
        due: list[datetime],
        rest: list[datetime],
        now: datetime,
        *,
        spec: ScheduleTrigger,
        skipped: int,
        note: str | None,
    ) -> Fired | None:
        begun, error, last = 0, None, None
        for slot in due:
            try:
                last = await self._start(row, slot, now)
            except Unavailable:
                return None
            except Problem as problem:
                error = problem.data
                continue
            begun += 1
        from_here = due[-1] if due else now - jitter_of(row)
        following = rest[0] if rest else next_slot(from_here, **_times(spec))
        return self._put_on(
            row, following, fired=begun, skipped=skipped, note=note, error=error, last_execution=last, last_at=now if due else None
        )

    async def _start(self, row: InstalledTrigger, slot: datetime, now: datetime) -> str:
        run = slot_run(row, slot)
        late = max(0.0, (now - slot).total_seconds())
        facts = {"scheduled_at": _text(slot), "late_seconds": round(late, 3)}
        await self._launch.start(row, run, Happened({"scheduled_at": _text(slot)}, facts))
        return run

    def _put_on(
        self,
        row: InstalledTrigger,
        slot: datetime | None,
        *,
        fired: int = 0,
        skipped: int = 0,
        note: str | None = None,
        error: ProblemData | None = None,
        last_execution: str | None = None,
        last_at: datetime | None = None,
    ) -> Fired:
        return Fired(
            trigger=row,
            slot_at=slot,
            next_at=slot + jitter_of(row) if slot is not None else None,
            fired=fired,
            skipped=skipped,
            note=note,
            error=error,
            last_execution=last_execution,
            last_at=last_at,
        )


def slot_run(row: InstalledTrigger, slot: datetime) -> str:
    """The public id of a slot's run."""
    return str(uuid5(row.id, f"slot:{_text(slot)}"))


def jitter_of(row: InstalledTrigger) -> timedelta:
    """How late this schedule starts, the same for each of its slots."""
    return jitter(row.spec, row.id) if isinstance(row.spec, ScheduleTrigger) else timedelta(0)


def _oldest(spec: ScheduleTrigger, row: InstalledTrigger, now: datetime) -> datetime:
    """The time of the oldest slot that is still fired."""
    patience = max(spec.catch_up, longest_queued) if spec.overlap == "queue" else spec.catch_up
    return now - jitter_of(row) - max(patience, on_time)


def _between(spec: ScheduleTrigger, first: datetime, until: datetime) -> Iterator[datetime]:
    """The slot `first` and those after it, up to a time."""
    if first <= until:
        yield first
        yield from takewhile(lambda slot: slot <= until, slots(first, **_times(spec)))


def _times(spec: ScheduleTrigger) -> _Times:
    return {"cron": spec.cron, "every": spec.every, "timezone": spec.timezone}


def _exclusive(row: InstalledTrigger) -> bool:
    return isinstance(row.spec, ScheduleTrigger) and row.spec.overlap != "allow"


def _left_out(late: list[datetime]) -> str:
    if len(late) == 1:
        return f"The slot {_text(late[0])} was missed and left out: it is older than catch_up."
    return f"{len(late):,} missed slots from {_text(late[0])} to {_text(late[-1])} were left out: they are older than catch_up."


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
