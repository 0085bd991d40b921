"""Child runs: inserted held, let go as siblings end, counted, and ended with their parent; satisfies the engine's `Children`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import cast
from uuid import UUID

import asyncpg
from pydantic import JsonValue

from tenuto.core.blob import references
from tenuto.core.errors import Conflict, NotFound, ProblemData
from tenuto.core.events import WorkflowCancelled, WorkflowCompleted, WorkflowFailed, event_data, event_from, format_version
from tenuto.core.execution import ExecutionId
from tenuto.core.family import Brood, ChildResult, Group, Origin
from tenuto.core.outbox import Post
from tenuto.core.run import Fenced, Mail
from tenuto.core.spending import by_budget
from tenuto.core.usage import Usage, added, nothing
from tenuto.core.values import decode, encode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.keeping.blobs import Blobs
from tenuto.store.kin import family, held
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.outbox import Outbox, posts_in

_page = 500


class Children:
    """The children of all runs, as one process works on them. Each statement may be repeated after a crash."""

    def __init__(self, database: Database, bell: Bell, outbox: Outbox, tick: Callable[[], None] | None = None) -> None:
        self._database = database
        self._bell = bell
        self._outbox = outbox
        self._tick = tick or (lambda: None)
        self._blobs = Blobs(database, tick)
        outbox.perform_with("release_children", self._release)
        outbox.perform_with("child_ended", self._count)
        outbox.perform_with("children_ended", self._tell_parents)

    async def open(self, group: Group) -> None:
        """Have a group, or let it grow to its total. Raises `Fenced` where the parent is no longer ours, or has ended."""
        given = (group.workspace, group.parent, group.epoch, group.node, group.attempt, group.total, group.concurrency)
        with reaching_database():
            opened = await self._database.pool.fetchval(family.open_group, *given, group.stop_on_failure)
        self._tick()
        if opened is None:
            raise Fenced(str(group.parent))

    async def insert(self, group: Group, brood: Brood) -> None:
        """Insert children, held; those that are there already are left. Raises `Conflict` where a stranger has taken an id."""
        ids = [child for child, _, _ in brood.children]
        given = (group.workspace, group.parent, group.node, group.attempt, brood.workflow_id, brood.workflow_name, brood.version_hash)
        items, begins = [item for _, item, _ in brood.children], [data for _, _, data in brood.children]
        with reaching_database():
            pool = self._database.pool
            inserted = await pool.fetchval(family.insert_held, *given, brood.trigger, format_version, ids, items, begins)
            taken = () if inserted == len(ids) else await pool.fetch(family.strangers, group.workspace, group.parent, ids)
        self._tick()
        if taken:
            raise Conflict(f'Another execution has the id "{taken[0]["public_id"]}", which a child of this one needs.')

    async def origin(self, run: ExecutionId) -> Origin:
        """On whose behalf a run goes on. Raises `NotFound`."""
        with reaching_database():
            row = await self._database.pool.fetchrow(family.origin, *run)
        if row is None:
            raise NotFound("The execution is gone.")
        return Origin(row["public_id"], row["run_as"], row["priority"])

    async def finished(self, run: ExecutionId, node: str, first: int, last: int) -> Collection[int]:
        """Which of these items have been completed, by whichever attempt of the node."""
        with reaching_database():
            rows = await self._database.pool.fetch(family.finished, *run, node, first, last)
        return {row["item"] for row in rows}

    async def results(self, run: ExecutionId, node: str, first: int) -> Sequence[ChildResult]:
        """How the children of a node ended, in the order of their items, from `first` on; read by pages.

        What is large is copied to the parent's values and stays a reference, so that it costs no memory. Raises `Unavailable`.
        """
        found: list[ChildResult] = []
        while True:
            with reaching_database():
                rows = await self._database.pool.fetch(family.results, *run, node, first, _page)
            found.extend([await self._handed_up(run, row["id"], _result(row)) for row in rows])
            if len(rows) < _page:
                return found
            first = found[-1].index + 1

    async def used(self, run: ExecutionId, node: str, attempt: int) -> Usage:
        """What the children of one attempt of a node have used together, read by pages. Raises `Unavailable`."""
        total, last = nothing, -1
        while True:
            with reaching_database():
                rows = await self._database.pool.fetch(family.used, *run, node, attempt, last, _page)
            for row in rows:
                total = added(total, Usage.model_validate(decode(row["usage"])))
            if len(rows) < _page:
                return total
            last = rows[-1]["item"]

    async def _handed_up(self, parent: ExecutionId, child: UUID, result: ChildResult) -> ChildResult:
        if digests := {each.digest for _, each in references(result.output)}:
            await self._blobs.copy(ExecutionId(parent.workspace, child), parent, list(digests))
        return result

    async def stop(self, post: Post) -> None:
        """Release no further child of the nodes this post is about, and end those that never began."""
        given = (post.workspace, post.execution, *_about(post))
        event = WorkflowCancelled(by="its parent", reason="the run that started it no longer needs it")
        error = ProblemData(type="cancelled", status=409, detail=f"cancelled by {event.by}: {event.reason}")
        shown = encode(error.model_dump(mode="json", exclude_none=True))
        with reaching_database():
            await self._database.pool.execute(family.stop, *given)
            self._tick()
            rows = await self._database.pool.fetch(family.cancel_held, *given, event_data(event), shown)
        self._tick()
        self._outbox.accept(posts_in(rows))

    async def ask_to_end(self, post: Post) -> None:
        """Cancel those that have begun, by mail."""
        signal = encode({"by": "its parent", "reason": "the run that started it no longer needs it"})
        with reaching_database():
            rows = await self._database.pool.fetch(family.ask_to_end, post.workspace, post.execution, *_about(post), signal)
        self._tick()
        self._ring_mail(rows)

    async def living(self, post: Post) -> Sequence[ExecutionId]:
        """The children this post is about that have not ended."""
        with reaching_database():
            rows = await self._database.pool.fetch(family.living, post.workspace, post.execution, *_about(post))
        return [ExecutionId(post.workspace, row["id"]) for row in rows]

    async def tell_held(self, parent: ExecutionId, letter: Mail) -> None:
        """Leave a letter that pauses a run if a budget holds one of its own, or one that lets it go on if it holds none of them."""
        statement = held.pause if letter.kind == "pause" else held.resume
        given = (*parent, letter.key, letter.kind, encode(dict(letter.signal)), by_budget)
        with reaching_database():
            async with self._database.pool.acquire() as connection, connection.transaction():
                living = await connection.fetchrow(held.lock, *parent)
                rows = await connection.fetch(statement, *given) if living is not None else ()
        self._tick()
        self._ring_mail(rows)

    async def let_go_on(self, run: ExecutionId, root: str, letter: Mail) -> None:
        """Leave a letter for all but `run` that a budget holds in its family: those whose accounts are those of `root`, and its children."""
        given = (*run, letter.key, letter.kind, encode(dict(letter.signal)), by_budget, root)
        with reaching_database():
            rows = await self._database.pool.fetch(held.let_go_on, *given)
        self._tick()
        self._ring_mail(rows)

    async def _release(self, posts: Sequence[Post]) -> None:
        await self._follow(family.release, *_keys(posts, [post.execution for post in posts]))

    async def _count(self, posts: Sequence[Post]) -> None:
        parents = [UUID(str(post.data["parent"])) for post in posts]
        await self._follow(family.count, *_keys(posts, parents), [str(post.data["status"]) for post in posts])

    async def _follow(self, statement: str, *given: object) -> None:
        with reaching_database():
            rows = await self._database.pool.fetch(statement, *given)
        self._tick()
        if rows[0]["released"]:
            self._bell.ring("ready", "")
        self._outbox.accept(posts_in([row for row in rows if row["id"] is not None]))

    async def _tell_parents(self, posts: Sequence[Post]) -> None:
        workspaces, ids, parents = [post.workspace for post in posts], [post.id for post in posts], [post.execution for post in posts]
        keys = [f"children:{post.data['node']}:{post.data['attempt']}:{post.data['total']}" for post in posts]
        signals = [encode(dict(post.data)) for post in posts]
        with reaching_database():
            rows = await self._database.pool.fetch(family.tell_parents, workspaces, ids, parents, keys, signals)
        self._tick()
        self._ring_mail(rows)

    def _ring_mail(self, rows: Sequence[asyncpg.Record]) -> None:
        for row in rows:
            self._bell.ring("mail" if row["owner"] is not None else "ready", f"{row['workspace']}:{row['id']}")


def _keys(posts: Sequence[Post], parents: Sequence[UUID]) -> tuple[list[int], list[UUID], list[UUID], list[str], list[int]]:
    nodes, attempts = [str(post.data["node"]) for post in posts], [_number(post.data["attempt"]) for post in posts]
    return [post.workspace for post in posts], [post.id for post in posts], list(parents), nodes, attempts


def _about(post: Post) -> tuple[str | None, int | None]:
    """The node and attempt that a post is about; None means all."""
    node, attempt = post.data.get("node"), post.data.get("attempt")
    return None if node is None else str(node), None if attempt is None else _number(attempt)


def _number(value: JsonValue) -> int:
    return cast("int", value)


def _result(row: asyncpg.Record) -> ChildResult:
    if row["type"] is not None:
        match event_from(row["type"], None, row["data"]):
            case WorkflowCompleted(output=output):
                return ChildResult(row["item"], row["attempt"], output=output)
            case WorkflowFailed(problem=problem):
                return ChildResult(row["item"], row["attempt"], problem=problem)
            case WorkflowCancelled(by=by):
                return ChildResult(
                    row["item"], row["attempt"], problem=ProblemData(type="cancelled", status=409, detail=f"It was cancelled by {by}.")
                )
            case _:
                pass
    return ChildResult(row["item"], row["attempt"], problem=ProblemData(type="internal", status=500, detail="It has not ended."))
