"""The outbox: what commits leave to be done, performed at once by whoever committed, or a little later by anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias, cast
from uuid import UUID

import asyncpg
import structlog

from tenuto.core.errors import Unavailable
from tenuto.core.outbox import Post, PostKind
from tenuto.core.values import JsonObject, decode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs.batch import Batch

_log = structlog.get_logger(__name__)
_at_once = 500

Perform: TypeAlias = Callable[[Sequence[Post]], Awaitable[None]]
"""Performs posts of one kind and deletes them (with the work, or by `Outbox.done` after it). May meet posts that are done already."""

_left = """
select workspace, id, execution_id, kind, data from outbox where created_at < now() - interval '2 seconds' order by created_at limit $1
"""
"""Posts of every workspace: a process serves them all. No locks: performing twice is the same as once."""

_done = "delete from outbox o using unnest($1::int[], $2::uuid[]) as x(workspace, id) where o.workspace = x.workspace and o.id = x.id"


class Outbox:
    """Performs the posts of one process; and, in `sweep`, those that a dead one left."""

    def __init__(self, database: Database, tick: Callable[[], None] | None = None) -> None:
        self._database = database
        self._tick = tick or (lambda: None)
        self._batches: dict[str, Batch[Post, None]] = {}
        self._under_way: set[UUID] = set()
        self._closed = False

    def perform_with(self, kind: PostKind, perform: Perform) -> None:
        """Have posts of a kind performed by this, many at a time."""

        async def flush(posts: Sequence[Post]) -> Sequence[BaseException | None]:
            await perform(posts)
            return [None] * len(posts)

        self._batches[kind] = Batch(flush)

    def accept(self, posts: Sequence[Post]) -> None:
        """Perform what was just committed, soon. What fails is left to the next sweep."""
        for post in posts if not self._closed else ():
            if (batch := self._batches.get(post.kind)) is not None and post.id not in self._under_way:
                self._under_way.add(post.id)
                batch.submit(post).add_done_callback(partial(self._over, post))

    async def sweep(self) -> None:
        """Perform what was left more than two seconds ago: its process is dead, or the database was away. Raises `Unavailable`."""
        with reaching_database():
            rows = await self._database.pool.fetch(_left, _at_once)
        self.accept(posts_in(rows))

    async def done(self, posts: Sequence[Post]) -> None:
        """Delete posts that have been performed."""
        with reaching_database():
            await self._database.pool.execute(_done, [post.workspace for post in posts], [post.id for post in posts])
        self._tick()

    async def close(self) -> None:
        """Let what is under way come to its end; what comes after is left to others."""
        self._closed = True
        for batch in self._batches.values():
            await batch.close()

    def _over(self, post: Post, performed: asyncio.Future[None]) -> None:
        self._under_way.discard(post.id)
        if performed.cancelled() or (error := performed.exception()) is None:
            return
        if not isinstance(error, Unavailable):
            _log.error("post.failed", kind=post.kind, run=str(post.execution), exc_info=error)


def posts_in(rows: Sequence[asyncpg.Record]) -> Sequence[Post]:
    """The posts in rows of the outbox."""
    return [
        Post(row["workspace"], row["id"], row["execution_id"], cast("PostKind", row["kind"]), cast("JsonObject", decode(row["data"])))
        for row in rows
    ]
