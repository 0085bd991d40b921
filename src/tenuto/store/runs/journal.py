"""The log: fenced, group-committed appends and batched starts; satisfies the engine's `Journal`."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import stamina

from tenuto.core.errors import NotFound, Unavailable
from tenuto.core.events import Event, NodeProgress, Recorded, event_from
from tenuto.core.execution import ExecutionId
from tenuto.core.outbox import Post
from tenuto.core.run import Claim, Fenced, Projection, Start, Started
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.keeping.blobs import Blobs
from tenuto.store.people import waiting
from tenuto.store.runs import posting, statements
from tenuto.store.runs.batch import Batch
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.identity import dead_after
from tenuto.store.runs.parameters import Append, Insert, append_parameters, merged, post_parameters, start_parameters, wait_parameters

_page = 5_000
_kept_definitions = 512
T = TypeVar("T")


class Journal:
    """Writes for the runs that one process owns, and reads for everybody."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        process: Callable[[], UUID],
        tick: Callable[[], None] | None = None,
        *,
        posted: Callable[[Sequence[Post]], None] = lambda _: None,
    ) -> None:
        """`process` tells who we are at the moment; `tick` is called after every commit: the crash tests stop the process there.

        `posted` hears what commits have left to be done.
        """
        self._database = database
        self._feed = feed
        self._process = process
        self._tick = tick or (lambda: None)
        self._posted = posted
        self.blobs = Blobs(database, tick)
        """Values that are too large for the log."""
        self._definitions: OrderedDict[tuple[int, str], WorkflowDefinition] = OrderedDict()
        self._stored: set[tuple[int, str]] = set()
        self._appends: Batch[Append, datetime] = Batch(self._flush_appends, weigh=lambda item: sum(len(data) for _, data in item.events))
        self._starts: Batch[Insert, Started] = Batch(self._flush_starts, weigh=lambda item: sum(len(data) for _, data in item.events))
        self._closed = False

    async def start(self, start: Start) -> Started:
        """Insert a run with its first events; nobody can watch it before."""
        await self._define(start.id.workspace, start.definition)
        return await self._starts.submit(Insert(start, start.events))

    async def define(self, workspace: int, definition: WorkflowDefinition) -> None:
        """Keep a definition that runs are pinned to."""
        await self._define(workspace, definition)

    def commit(
        self,
        claim: Claim,
        head: int,
        events: Sequence[tuple[Event, bytes]],
        projection: Projection,
        consumed: Sequence[str] = (),
        *,
        posts: Sequence[Post] = (),
    ) -> asyncio.Future[datetime]:
        """Commit events, encoded by `event_data`, after `head`, delete the mail they consumed, and leave posts.

        Resolves with the time of the commit, or with `Fenced`. Appends of one run are committed in the order of the calls.
        """
        return self._appends.submit(Append(claim, head, events, projection, consumed, posts))

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
            retention = definition.settings.retention
            await self._steady(lambda: self._database.pool.execute(statements.define, *key, body, retention))
            self._stored.add(key)
        self._keep(key, definition)

    def _keep(self, key: tuple[int, str], definition: WorkflowDefinition) -> None:
        self._definitions[key] = definition
        if len(self._definitions) > _kept_definitions:
            self._definitions.popitem(last=False)

    async def _flush_appends(self, items: Sequence[Append]) -> Sequence[datetime | BaseException]:
        rows, apart = merged(items)
        done = await self._append(rows)
        by_themselves: dict[int, datetime | BaseException] = {}
        for item in apart:
            try:
                [by_themselves[id(item)]] = await self._flush_appends([item])
            except Exception as error:  # the others are committed: no flush of all may be repeated
                by_themselves[id(item)] = error
        return [by_themselves.get(id(item)) or done.get(item.claim.id) or Fenced(str(item.claim.id.id)) for item in items]

    async def _append(self, rows: Mapping[ExecutionId, Append]) -> Mapping[ExecutionId, datetime]:
        done: dict[ExecutionId, datetime] = {}
        todo = list(rows.values())

        async def attempt() -> None:
            statement, given = _appending(todo)
            for row in await self._database.pool.fetch(statement, *given):
                done[ExecutionId(row["workspace"], row["id"])] = row["at"]

        broken = False

        async def after_break() -> None:
            # The statement may have been committed although its answer was lost: the heads tell.
            nonlocal broken
            broken = True
            ids = [item.claim.id for item in todo]
            rows = await self._database.pool.fetch(statements.heads, [i.workspace for i in ids], [i.id for i in ids])
            found = {ExecutionId(row["workspace"], row["id"]): row for row in rows}
            for item in list(todo):
                row = found.get(item.claim.id)
                if row is not None and item.new > item.old and (row["head"], row["epoch"]) == (item.new, item.claim.epoch):
                    done[item.claim.id] = row["at"]
                    todo.remove(item)

        await self._steady(attempt, after_break)
        if broken and len(done) < len(rows):
            # The server may have gone on with the first statement while ours waited behind it: that is no fence.
            await self._steady(after_break)
        self._tick()
        for run, item in rows.items():
            if (at := done.get(run)) is not None and item.events and self._feed.wanted(run):
                self._feed.publish(run, [Recorded(item.old + i, at, event) for i, (event, _) in enumerate(item.events, 1)])
            if item.posts and run in done:
                self._posted(item.posts)
        return done

    async def _flush_starts(self, items: Sequence[Insert]) -> Sequence[Started | BaseException]:
        posts = [post for item in items for post in item.start.posts]
        statement, more = (posting.start, post_parameters(posts)) if posts else (statements.start, ())
        given = [*start_parameters(items, self._process()), dead_after, *more]
        rows = await self._steady(lambda: self._database.pool.fetch(statement, *given))
        inserted = {ExecutionId(row["workspace"], row["id"]): row for row in rows}
        answers: list[Started | BaseException] = []
        missing = [item.start for item in items if item.start.id not in inserted]
        there = await self._existing(missing) if missing else {}
        for item in items:
            start = item.start
            if (row := inserted.get(start.id)) is not None:
                answers.append(Started(start.id, True, row["at"], row["owned"]))
                if start.posts:
                    self._posted(start.posts)
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
        try:
            with reaching_database():
                return await attempt()  # without the machinery of waiting, which costs more than the statement
        except Unavailable:
            if self._closed:
                raise
        async for again in stamina.retry_context(on=self._waits, attempts=None, timeout=None, wait_initial=0.05, wait_max=1.0):
            with again, reaching_database():
                if after_break is not None:
                    await after_break()
                return await attempt()
        raise AssertionError("unreachable: there is no last attempt")

    def _waits(self, error: Exception) -> bool:
        return isinstance(error, Unavailable) and not self._closed


def _appending(items: Sequence[Append]) -> tuple[str, list[object]]:
    """The statement for these, and its parameters: batches pay only for what there is in them."""
    given = append_parameters(items)
    waits, posts = any(item.projection.waits for item in items), [post for item in items for post in item.posts]
    if waits:
        given += wait_parameters(items)
    if posts:
        given += post_parameters(posts)
        return (posting.append_waits if waits else posting.append), given
    return (waiting.append if waits else statements.append), given
