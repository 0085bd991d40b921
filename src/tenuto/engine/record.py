"""What a run writes: events taken in and queued, committed in their order, and the row that shows where the run stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from tenuto.core.errors import Problem, ProblemData
from tenuto.core.events import Event, NodeFailed, NodeWaiting, Recorded, WorkflowFailed, WorkflowResumed, event_data, node_of
from tenuto.core.execution import Status
from tenuto.core.outbox import Post
from tenuto.core.run import Claim, Projection
from tenuto.core.waits import Over, Wait, all_waits, changes, waiting_nodes
from tenuto.engine.children.posts import leaving_posts, posts_after
from tenuto.engine.course import Course
from tenuto.engine.decide import in_flight
from tenuto.engine.desk import Desk
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.steady import steady


class Record:
    """The writing side of one run; whatever is emitted is folded at once and committed in the order of its emission."""

    def __init__(self, desk: Desk, claim: Claim, course: Course) -> None:
        """`course` holds all that is committed up to the claim's head."""
        self.payloads = Payloads(desk.journal.blobs, claim.id, desk.values, desk.largest, desk.parts.addresses.concealed)
        self._desk = desk
        self._claim = claim
        self._course = course
        self._pending: list[tuple[Event, bytes]] = []
        self._consumed: list[str] = []
        self._posts: list[Post] = []
        self._head = claim.head
        self._last: asyncio.Future[datetime] | None = None
        self._shown = course.state.usage
        self._waiting = waiting_nodes(course.state)
        self._waits: dict[str, Wait | Over] = {}

    def emit(self, event: Event) -> None:
        """Take an event in and queue it. What cannot be stored fails its node (or its run), and nothing else."""
        try:
            event, data = self.payloads.part(event)
        except Problem as problem:
            event = _unstorable(event, problem)
            data = event_data(event)
        event, data = self._desk.parts.addresses.hidden(event, data)
        if event.type in leaving_posts:
            self._posts += posts_after(event, self._claim.id, self._course)
        seq = self._head + len(self._pending) + 1
        if self._waiting or isinstance(event, NodeWaiting):
            self._note_waits(event)
        self._course.take(Recorded(seq, self._desk.now(), event))
        if isinstance(event, WorkflowResumed) and event.reopens:
            self._waits.update(all_waits(self._course.state))
            self._waiting = waiting_nodes(self._course.state)
        self._pending.append((event, data))

    def emit_all(self, events: Sequence[Event]) -> None:
        """Take several in."""
        for event in events:
            self.emit(event)

    def consume(self, key: str) -> None:
        """Delete this mail with the next commit."""
        self._consumed.append(key)

    def first(self) -> tuple[Sequence[tuple[Event, bytes]], Sequence[Post]]:
        """What was emitted so far, for the insertion of a new run instead of a commit; and what is left to be done after it."""
        first, self._pending = self._pending, []
        posts, self._posts = self._posts, []
        self._head = len(first)
        return first, posts

    async def commit(self, *, always: bool = False) -> datetime | None:
        """Wait until everything that was emitted is committed, large values first; the time of the last commit, if there was one. Raises `Fenced`.

        `always`: write where the run stands even if nothing was emitted. For the run's own loop alone: when that is cancelled, nobody
        else waits for the commit. A node's step waits by `step`.
        """
        await self._keep()
        last = self._send(always=always)
        return await last if last is not None else None

    async def step(self) -> None:
        """The same for one node of several: that it is cancelled takes the commit from nobody else. Raises `Fenced`."""
        await self._keep()
        last = self._send(always=False)
        if last is not None:
            await asyncio.shield(last)

    async def _keep(self) -> None:
        """Write what was set aside. Between this and `_send` nobody else may emit: nothing is awaited there."""
        while self.payloads.unwritten:
            await self.payloads.flush()

    def _send(self, *, always: bool) -> asyncio.Future[datetime] | None:
        if self._pending or self._consumed or always:
            events, self._pending = self._pending, []
            consumed, self._consumed = self._consumed, []
            posts, self._posts = self._posts, []
            old, self._head = self._head, self._head + len(events)
            projection = self.projection()
            if self._waits:
                projection, self._waits = replace(projection, waits=self._waits), {}
            self._last = self._desk.journal.commit(self._claim, old, events, projection, consumed, posts=posts)
            # Where the run is dropped meanwhile, nobody asks any more how it went.
            self._last.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._last

    async def abandon(self, problem: ProblemData) -> None:
        """End the run where its log ends, because of a bug of ours or of what the database refused. Raises `Fenced`.

        Whatever had not been committed is forgotten: it may be what went wrong.
        """
        if self._last is not None:
            await asyncio.gather(self._last, return_exceptions=True)
        course = Course(self._course.graph)
        for recorded in await steady(lambda: self._desk.journal.read(self._claim.id)):
            course.take(recorded)
        if course.state.status.ended:
            return
        event = WorkflowFailed(
            problem=problem, in_flight=in_flight(course), undone=tuple(course.undoing.done), not_undone=course.undoing.left
        )
        error: JsonValue = problem.model_dump(mode="json", exclude_none=True)
        waits = changes(event, waiting_nodes(course.state), 0)
        projection = Projection(status=Status.failed, error=error, ended=True, waits=waits)
        posts = posts_after(event, self._claim.id, course)
        await self._desk.journal.commit(self._claim, course.state.head, [(event, event_data(event))], projection, posts=posts)

    def projection(self) -> Projection:
        """The columns of the run's row as they are now."""
        state = self._course.state
        usage = state.usage if state.usage is not self._shown else None
        self._shown = state.usage
        error = state.error
        if state.status is Status.cancelled:
            error = ProblemData(type="cancelled", status=409, detail=state.ended_by or "cancelled")
        return Projection(
            status=state.status,
            current_node=state.current,
            waiting_for="; ".join(state.waiting_for) or None,
            error=error.model_dump(mode="json", exclude_none=True) if error else None,
            ended=state.status.ended,
            usage=usage,
        )

    def _note_waits(self, event: Event) -> None:
        """What those who look for this run find, from the same commit on."""
        node = self._course.state.nodes.get(node_of(event) or "")
        found = changes(event, self._waiting, node.attempt if node else 0)
        self._waits.update(found)
        for name, change in found.items():
            (self._waiting.add if isinstance(change, Wait) else self._waiting.discard)(name)


def _unstorable(event: Event, problem: Problem) -> Event:
    node = node_of(event)
    if node is None:
        return WorkflowFailed(problem=problem.data)
    return NodeFailed(node=node, problem=problem.at(node=node).data)
