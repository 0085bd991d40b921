"""The log: fenced, group-committed appends and batched starts; satisfies the engine's `Journal`."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import stamina
from pydantic import JsonValue

from tenuto.core.errors import NotFound, Unavailable
from tenuto.core.events import Event, NodeProgress, Recorded, event_from, format_version, node_of
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Claim, Fenced, Projection, Start, Started
from tenuto.core.values import encode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store import statements
from tenuto.store.batch import Batch
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.feed import Feed
from tenuto.store.identity import dead_after

_page = 5_000
_kept_definitions = 512
T = TypeVar("T")


class _Append(NamedTuple):
    claim: Claim
    old: int
    events: Sequence[tuple[Event, bytes]]
    projection: Projection
    consumed: Sequence[str]

    @property
    def new(self) -> int:
        return self.old + len(self.events)


class _Insert(NamedTuple):
    start: Start
    events: Sequence[tuple[Event, bytes]]


class Journal:
    """Writes for the runs that one process owns, and reads for everybody."""

    def __init__(self, database: Database, feed: Feed, process: Callable[[], UUID], tick: Callable[[], None] | None = None) -> None:
        """`process` tells who we are at the moment; `tick` is called after every commit: the crash tests stop the process there."""
        self._database = database
        self._feed = feed
        self._process = process
        self._tick = tick or (lambda: None)
        self._definitions: OrderedDict[tuple[int, str], WorkflowDefinition] = OrderedDict()
        self._stored: set[tuple[int, str]] = set()
        self._appends: Batch[_Append, datetime] = Batch(self._flush_appends, weigh=lambda item: sum(len(data) for _, data in item.events))
        self._starts: Batch[_Insert, Started] = Batch(self._flush_starts, weigh=lambda item: sum(len(data) for _, data in item.events))
        self._closed = False

    async def start(self, start: Start) -> Started:
        """Insert a run with its first events; nobody can watch it before."""
        await self._define(start.id.workspace, start.definition)
        return await self._starts.submit(_Insert(start, start.events))

    def commit(
        self, claim: Claim, head: int, events: Sequence[tuple[Event, bytes]], projection: Projection, consumed: Sequence[str] = ()
    ) -> asyncio.Future[datetime]:
        """Commit events, encoded by `event_data`, after `head`, and delete the mail they consumed.

        Resolves with the time of the commit, or with `Fenced`. Appends of one run are committed in the order of the calls.
        """
        return self._appends.submit(_Append(claim, head, events, projection, consumed))

    async def read(self, run: ExecutionId, after: int = 0) -> Sequence[Recorded]:
        """The log after a sequence number, in order, whole. Raises `Unavailable`."""
        found: list[Recorded] = []
        while True:
            with reaching_database():
                rows = await self._database.pool.fetch(statements.read, run.workspace, run.id, after, _page)
            found.extend(Recorded(row["seq"], row["at"], event_from(row["type"], row["node"], row["data"])) for row in rows)
            if len(rows) < _page:
                return found
            after = found[-1].seq

    async def definition(self, workspace: int, version_hash: str) -> WorkflowDefinition:
        """The pinned definition. Raises `NotFound` and `Unavailable`."""
        key = (workspace, version_hash)
        if (known := self._definitions.get(key)) is not None:
            self._definitions.move_to_end(key)
            return known
        with reaching_database():
            body = await self._database.pool.fetchval(statements.definition, workspace, version_hash)
        if body is None:
            raise NotFound(f"There is no workflow version {version_hash[:12]} in this workspace.")
        definition = WorkflowDefinition.model_validate_json(body)
        self._keep(key, definition)
        return definition

    def whisper(self, run: ExecutionId, event: Event) -> None:
        """Tell those who watch without recording it."""
        if isinstance(event, NodeProgress):
            self._feed.whisper(run, event)

    async def close(self) -> None:
        """Flush what waits."""
        self._closed = True
        await self._starts.close()
        await self._appends.close()

    async def _define(self, workspace: int, definition: WorkflowDefinition) -> None:
        key = (workspace, definition.version_hash)
        if key not in self._stored:
            body = json.dumps(definition.document, ensure_ascii=False).encode()
            await self._steady(lambda: self._database.pool.execute(statements.define, *key, body))
            self._stored.add(key)
        self._keep(key, definition)

    def _keep(self, key: tuple[int, str], definition: WorkflowDefinition) -> None:
        self._definitions[key] = definition
        if len(self._definitions) > _kept_definitions:
            self._definitions.popitem(last=False)

    async def _flush_appends(self, items: Sequence[_Append]) -> Sequence[datetime | BaseException]:
        merged = _merged(items)
        done: dict[ExecutionId, datetime] = {}
        todo = list(merged.values())

        async def attempt() -> None:
            for row in await self._database.pool.fetch(statements.append, *_append_arrays(todo)):
                done[ExecutionId(row["workspace"], row["id"])] = row["at"]

        async def after_break() -> None:
            # The statement may have been committed although its answer was lost: the heads tell.
            ids = [item.claim.id for item in todo]
            rows = await self._database.pool.fetch(statements.heads, [i.workspace for i in ids], [i.id for i in ids])
            found = {ExecutionId(row["workspace"], row["id"]): row for row in rows}
            for item in list(todo):
                row = found.get(item.claim.id)
                if row is not None and item.new > item.old and (row["head"], row["epoch"]) == (item.new, item.claim.epoch):
                    done[item.claim.id] = row["at"]
                    todo.remove(item)

        await self._steady(attempt, after_break)
        self._tick()
        for run, item in merged.items():
            if (at := done.get(run)) is not None and item.events:
                self._feed.publish(run, [Recorded(item.old + i, at, event) for i, (event, _) in enumerate(item.events, 1)])
        return [done.get(item.claim.id) or Fenced(str(item.claim.id.id)) for item in items]

    async def _flush_starts(self, items: Sequence[_Insert]) -> Sequence[Started | BaseException]:
        arrays = _start_arrays(items, self._process())
        rows = await self._steady(lambda: self._database.pool.fetch(statements.start, *arrays))
        inserted = {ExecutionId(row["workspace"], row["id"]): row for row in rows}
        answers: list[Started | BaseException] = []
        missing = [item.start for item in items if item.start.id not in inserted]
        there = await self._existing(missing) if missing else {}
        for item in items:
            start = item.start
            if (row := inserted.get(start.id)) is not None:
                answers.append(Started(start.id, True, row["at"], row["owned"]))
            elif (found := there.get((start.id.workspace, start.public_id))) is not None:
                # An insert whose answer was lost is found under our own id.
                answers.append(found._replace(new=found.id == start.id, owned=found.owned and found.id == start.id))
            else:
                answers.append(RuntimeError("a run was neither inserted nor found"))
        self._tick()
        return answers

    async def _existing(self, starts: Sequence[Start]) -> dict[tuple[int, str], Started]:
        arrays = [s.id.workspace for s in starts], [s.public_id for s in starts]
        rows = await self._steady(lambda: self._database.pool.fetch(statements.existing, *arrays))
        return {
            (r["workspace"], r["public_id"]): Started(ExecutionId(r["workspace"], r["id"]), False, r["at"], r["owner"] == self._process())
            for r in rows
        }

    async def _steady(self, attempt: Callable[[], Awaitable[T]], after_break: Callable[[], Awaitable[None]] | None = None) -> T:
        """Try until the database answers. What was in hand when it went away is not lost: it is committed when it is back."""
        async for again in stamina.retry_context(on=self._waits, attempts=None, timeout=None, wait_initial=0.05, wait_max=1.0):
            with again, reaching_database():
                if again.num > 1 and after_break is not None:
                    await after_break()
                return await attempt()
        raise AssertionError("unreachable: there is no last attempt")

    def _waits(self, error: Exception) -> bool:
        return isinstance(error, Unavailable) and not self._closed


def _merged(items: Sequence[_Append]) -> dict[ExecutionId, _Append]:
    """One row per run: two chained appends of a run in one statement would see the same old head."""
    merged: dict[ExecutionId, _Append] = {}
    for item in items:
        before = merged.get(item.claim.id)
        if before is not None:
            item = item._replace(old=before.old, events=[*before.events, *item.events], consumed=[*before.consumed, *item.consumed])  # noqa: PLW2901 - the merged item takes its place
        merged[item.claim.id] = item
    return merged


def _append_arrays(items: Sequence[_Append]) -> list[list[object]]:
    heads: list[list[object]] = [[] for _ in range(10)]
    events: list[list[object]] = [[] for _ in range(6)]
    mail: list[list[object]] = [[] for _ in range(3)]
    for item in items:
        run, p = item.claim.id, item.projection
        error = _error(p.error)
        _row(
            heads,
            run.workspace,
            run.id,
            item.old,
            item.new,
            item.claim.epoch,
            p.status.value,
            p.current_node,
            p.waiting_for,
            error,
            p.ended,
        )
        _event_rows(events, run, item.old, item.events)
        for key in item.consumed:
            _row(mail, run.workspace, run.id, key)
    return [*heads, *events, *mail]


def _start_arrays(items: Sequence[_Insert], process: UUID) -> list[object]:
    rows: list[list[object]] = [[] for _ in range(21)]
    events: list[list[object]] = [[] for _ in range(6)]
    for start, encoded in items:
        p, run = start.projection, start.id
        _row(
            rows,run.workspace,run.id, start.public_id, start.workflow_id, start.definition.name, start.definition.version_hash,
            p.status.value, len(encoded), format_version, start.simulated, start.run_as, start.user_id, start.session_id, start.priority,
            start.trigger, "\x1f".join(start.keys) or None, p.current_node, p.waiting_for, _error(p.error), start.owned, p.ended,
        )  # fmt: skip
        _event_rows(events, run, 0, encoded)
    return [*rows, process, *events, dead_after]


def _event_rows(columns: list[list[object]], run: ExecutionId, head: int, events: Sequence[tuple[Event, bytes]]) -> None:
    for seq, (event, data) in enumerate(events, head + 1):
        _row(columns, run.workspace, run.id, seq, event.type, node_of(event), data)


def _row(columns: list[list[object]], *values: object) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)


def _error(error: JsonValue) -> bytes | None:
    return None if error is None else encode(error)
