"""Polling: an action is asked on an interval by one process at a time, and each new item starts one run."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias, cast
from uuid import uuid5

import structlog
from pydantic import JsonValue

from tenuto.core.errors import ExpressionFailed, Invalid, Problem, ProblemData, TimedOut, Unavailable, internal
from tenuto.core.trigger import PollTrigger
from tenuto.core.values import JsonObject
from tenuto.services.triggers.launch import Happened, Launch
from tenuto.store.triggers.due import Due, Polled
from tenuto.store.triggers.rows import InstalledTrigger

Ask: TypeAlias = Callable[[InstalledTrigger, PollTrigger, JsonObject], Awaitable[JsonValue]]
"""Perform a poll's action with these parameters, for the workspace of its trigger."""

_log = structlog.get_logger(__name__)
_lease = timedelta(minutes=5)
_patience = 240.0
"""Seconds a poll may take; less than the lease, so that nobody else has begun before this one gave up."""
_at_once = 8
_most_items = 1_000
_most_seen = 5_000
_longest_pause = timedelta(hours=1)


class _Seen(NamedTuple):
    """What polling remembers: how far it has come, and digests of the keys it knows, the newest last."""

    begun: bool
    mark: JsonValue
    keys: tuple[str, ...]


class _Found(NamedTuple):
    key: str
    item: JsonValue
    mark: JsonValue


class _Result(NamedTuple):
    seen: _Seen
    fired: int
    last: str | None
    note: str
    error: ProblemData | None = None


class Polls:
    """The polls of one process."""

    def __init__(self, due: Due, launch: Launch, ask: Ask, now: Callable[[], datetime]) -> None:
        """`now` is the database's clock."""
        self._due = due
        self._launch = launch
        self._ask = ask
        self._now = now

    async def poll(self) -> int:
        """Ask what is due to be asked; how many were."""
        now = self._now()
        rows = await self._due.take("poll", now, _lease, _at_once)
        await asyncio.gather(*(self._one(row, now + _lease) for row in rows))
        return len(rows)

    async def _one(self, row: InstalledTrigger, lease: datetime) -> None:
        spec, seen = row.spec, _read(row.watermark)
        if not isinstance(spec, PollTrigger):
            return
        try:
            async with asyncio.timeout(_patience):
                result = await self._asked(row, spec, seen)
        except Unavailable:
            return  # the lease ends, and it is asked again
        except TimeoutError:
            result = _Result(seen, 0, None, "", TimedOut(f"{spec.connector}.{spec.action} took more than {_patience:.0f} seconds.").data)
        except Problem as problem:
            result = _Result(seen, 0, None, "", problem.data)
        except Exception as error:
            _log.exception("poll.bug", trigger=str(row.id), error=type(error).__name__)
            result = _Result(seen, 0, None, "", internal(error))
        now = self._now()
        await self._due.polled(
            Polled(
                trigger=row,
                lease=lease,
                next_at=now + _pause(spec, row.failures, result.error),
                watermark={"begun": result.seen.begun, "mark": result.seen.mark, "seen": list(result.seen.keys)},
                fired=result.fired,
                last_execution=result.last,
                note=result.note or None,
                error=result.error,
            ),
            now,
        )

    async def _asked(self, row: InstalledTrigger, spec: PollTrigger, seen: _Seen) -> _Result:
        facts: dict[str, JsonValue] = {"watermark": seen.mark}
        params = await self._launch.evaluate(row, "params", cast("JsonValue", spec.params), Happened(None, facts))
        answer = await self._ask(row, spec, cast("JsonObject", params))
        items = await self._launch.evaluate(row, "items", spec.items, Happened(answer, facts))
        if not isinstance(items, list):
            raise Invalid(f"What {spec.items} gives is no list.", pointer=f"/triggers/{spec.id}/items", fix="Name the list in the answer.")
        found = [await self._read_item(row, spec, item, facts) for item in items]
        known = set(seen.keys)
        new = list({each.key: each for each in found if _digest(each.key) not in known}.values())
        if not seen.begun and not spec.backfill:
            note = f"The first poll found {len(found)} items and started nothing; from now on what is new starts runs."
            return _Result(_after(seen, [_digest(each.key) for each in found], found), 0, None, note)
        return await self._begun(row, new[:_most_items], seen, found, facts)

    async def _read_item(self, row: InstalledTrigger, spec: PollTrigger, item: JsonValue, facts: JsonObject) -> _Found:
        happened = Happened(item, facts)
        key = await self._launch.evaluate(row, "key", spec.key, happened)
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise Invalid(f"{spec.key} gives no text and no whole number for an item.", pointer=f"/triggers/{spec.id}/key")
        mark = await self._launch.evaluate(row, "watermark", spec.watermark, happened) if spec.watermark is not None else None
        return _Found(str(key), item, mark)

    async def _begun(
        self, row: InstalledTrigger, new: Sequence[_Found], seen: _Seen, found: Sequence[_Found], facts: JsonObject
    ) -> _Result:
        """Begin a run for each; an item whose run cannot begin stays new, and is tried again with the next poll."""
        done: list[str] = []
        error, last = None, None
        for each in new:
            run = str(uuid5(row.id, f"item:{each.key}"))
            try:
                await self._launch.start(row, run, Happened(each.item, {**facts, "key": each.key}))
            except Unavailable:
                raise
            except Problem as problem:
                error = problem.data
                continue
            done.append(_digest(each.key))
            last = run
        known = {*seen.keys, *done}
        listed = [digest for each in found if (digest := _digest(each.key)) in known]
        whole = len(done) == len(new) and len(new) < _most_items
        after = _after(seen, listed, found if whole else [])
        return _Result(after, len(done), last, f"The last poll found {len(found)} items, {len(done)} of them new.", error)


def _after(seen: _Seen, listed: Sequence[str], found: Sequence[_Found]) -> _Seen:
    """What is remembered then. The watermark goes on only past items whose runs have begun."""
    keys = tuple(dict.fromkeys([*(key for key in seen.keys if key not in set(listed)), *listed]))[-_most_seen:]
    mark = seen.mark
    for each in found:
        mark = _greater(mark, each.mark)
    return _Seen(True, mark, keys)


def _greater(one: JsonValue, other: JsonValue) -> JsonValue:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, str) and isinstance(other, str):
        return max(one, other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return max(one, other)
    raise ExpressionFailed("The watermark is a text for one item and a number for another.", fix="Give the same kind for each.")


def _read(watermark: JsonValue) -> _Seen:
    if not isinstance(watermark, dict):
        return _Seen(False, None, ())
    keys = watermark.get("seen")
    return _Seen(watermark.get("begun") is True, watermark.get("mark"), tuple(str(key) for key in keys) if isinstance(keys, list) else ())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _pause(spec: PollTrigger, failures: int, error: ProblemData | None) -> timedelta:
    """Until the next poll: the interval; after failures twice as long each time, up to an hour, or as long as the vendor asks."""
    if error is None:
        return spec.interval
    longer = min(spec.interval * 2 ** min(failures + 1, 12), max(spec.interval, _longest_pause))
    return max(longer, timedelta(seconds=error.retry_after or 0))
