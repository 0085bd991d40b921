"""Webhooks on their way in: found by address, written in batches before they are answered, and found again after a crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from tenuto.core.errors import ProblemData
from tenuto.core.values import decode, encode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs.batch import Batch
from tenuto.store.triggers import statements
from tenuto.store.triggers.rows import InstalledTrigger, read_trigger

kept_refusals = 20
"""Refused deliveries that are kept of each trigger; the rest is only counted."""


class Hook(NamedTuple):
    """What an address leads to."""

    trigger: InstalledTrigger
    sealed: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A delivery that was believed, to be kept; `execution_id` is the run it starts, None for one that is ignored or failed."""

    workspace: int
    id: UUID
    trigger_id: UUID
    delivery: str
    event: str | None
    headers: dict[str, str]
    body: bytes
    status: str
    execution_id: str | None = None
    error: ProblemData | None = None
    replay_of: UUID | None = None


class Kept(NamedTuple):
    """What is kept of a delivery: of this one, or of the first of its name."""

    new: bool
    status: str
    execution_id: str | None


class Marked(NamedTuple):
    """What became of a delivery that was to start a run."""

    workspace: int
    id: UUID
    status: str
    error: ProblemData | None


class Left(NamedTuple):
    """A delivery whose run was not started by whoever took it in."""

    workspace: int
    id: UUID
    trigger_id: UUID
    delivery: str
    event: str | None
    headers: dict[str, str]
    body: bytes
    attempts: int
    replay_of: UUID | None


class Refused(NamedTuple):
    """Deliveries of one trigger that were refused: how many, and what is kept of the last ones (verdict, headers)."""

    workspace: int
    trigger_id: UUID
    total: int
    last: Sequence[tuple[str, dict[str, str]]]


class Hooks:
    """The statements of one process; each is one round trip for many deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arrivals: Batch[Arrival, Kept] = Batch(self._keep, weigh=lambda item: len(item.body))
        self._marks: Batch[Marked, None] = Batch(self._mark)

    async def find(self, path: str) -> Hook | None:
        """What an address leads to, whatever its workspace; None for none of ours, and for one that is switched off."""
        with reaching_database():
            row = await self._database.pool.fetchrow(statements.find, path)
        return Hook(read_trigger(dict(row)), row["sealed"]) if row is not None else None

    async def trigger(self, workspace: int, id: UUID) -> InstalledTrigger | None:
        """A trigger by its id."""
        with reaching_database():
            row = await self._database.pool.fetchrow("select * from triggers where workspace = $1 and id = $2", workspace, id)
        return read_trigger(dict(row)) if row is not None else None

    async def keep(self, arrival: Arrival) -> Kept:
        """Write a delivery durably, unless it is there. Raises `Unavailable`: it may be kept all the same, and comes again."""
        return await self._arrivals.submit(arrival)

    async def mark(self, marked: Marked) -> None:
        """Say what became of a delivery."""
        await self._marks.submit(marked)

    async def left(self, limit: int) -> Sequence[Left]:
        """Take deliveries whose run is overdue, of whatever workspace; each is due again later, should we not manage either."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.left, limit)
        names = ("workspace", "id", "trigger_id", "delivery", "event", "body", "attempts", "replay_of")
        return [Left(**{name: row[name] for name in names}, headers=_headers(row)) for row in rows]

    async def refuse(self, refused: Refused) -> None:
        """Count refused deliveries and keep the last ones, each in the place of the oldest."""
        if not refused.last:
            return
        verdicts, headers = zip(*((verdict, encode(given)) for verdict, given in refused.last), strict=True)
        given = (refused.workspace, refused.trigger_id, refused.total, list(verdicts), list(headers), kept_refusals)
        with reaching_database():
            await self._database.pool.execute(statements.refuse, *given)

    async def expire(self, age: timedelta, limit: int) -> int:
        """Delete old deliveries of whatever workspace, but none whose run is still to be started; how many."""
        with reaching_database():
            return int((await self._database.pool.execute(statements.expire, age, limit)).rpartition(" ")[2])

    async def close(self) -> None:
        """Write what waits."""
        await self._arrivals.close()
        await self._marks.close()

    async def _keep(self, items: Sequence[Arrival]) -> Sequence[Kept | BaseException]:
        with reaching_database():
            rows = await self._database.pool.fetch(statements.keep, *_columns(items))
        inserted = {(row["workspace"], row["id"]) for row in rows}
        # The same delivery twice in one batch is inserted once: the first of them was it.
        missing = [item for item in items if (item.workspace, item.id) not in inserted]
        repeated = len(items) - len(missing) > len(inserted)
        known = await self._known(items if repeated else missing) if missing or repeated else {}
        answers: list[Kept | BaseException] = []
        for item in items:
            name = (item.workspace, item.id)
            if name in inserted:
                inserted.discard(name)
                answers.append(Kept(True, item.status, item.execution_id))
            elif (row := known.get(name)) is not None:
                answers.append(Kept(False, row["status"], row["execution_id"]))
            else:
                answers.append(RuntimeError("a delivery was neither kept nor found"))
        return answers

    async def _known(self, items: Sequence[Arrival]) -> dict[tuple[int, UUID], asyncpg.Record]:
        with reaching_database():
            rows = await self._database.pool.fetch(statements.existing, [item.workspace for item in items], [item.id for item in items])
        return {(row["workspace"], row["id"]): row for row in rows}

    async def _mark(self, items: Sequence[Marked]) -> Sequence[BaseException | None]:
        errors = [_problem(item.error) for item in items]
        given = ([item.workspace for item in items], [item.id for item in items], [item.status for item in items], errors)
        with reaching_database():
            await self._database.pool.execute(statements.mark, *given)
        return [None] * len(items)


def _columns(items: Sequence[Arrival]) -> list[list[object]]:
    return [
        [item.workspace for item in items],
        [item.id for item in items],
        [item.trigger_id for item in items],
        [item.delivery for item in items],
        [item.event for item in items],
        [encode(item.headers) for item in items],
        [item.body for item in items],
        [item.status for item in items],
        [item.execution_id for item in items],
        [_problem(item.error) for item in items],
        [item.replay_of for item in items],
    ]


def _problem(error: ProblemData | None) -> bytes | None:
    return encode(error.model_dump(mode="json", exclude_none=True)) if error is not None else None


def _headers(row: asyncpg.Record) -> dict[str, str]:
    found = decode(row["headers"])
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
