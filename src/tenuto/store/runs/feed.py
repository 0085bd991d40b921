"""Live events: what was committed here at once, what was committed elsewhere as soon as the bell rings; never n+1 before n."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import structlog

from tenuto.core.errors import Unavailable
from tenuto.core.events import Event, Recorded, event_data, event_from, node_of
from tenuto.core.execution import ExecutionId
from tenuto.store.runs.bell import Bell

_log = structlog.get_logger(__name__)
_look = 2.0
_queue = 10_000


class Read(Protocol):
    """Reads the log after a sequence number."""

    async def __call__(self, run: ExecutionId, after: int = 0) -> Sequence[Recorded]: ...


class Watch:
    """One watcher of one run: recorded events in order without a gap, and whispers as they come."""

    def __init__(self, run: ExecutionId, after: int, read: Read) -> None:
        self._run = run
        self._read = read
        self._seen = after
        self._ready: list[Recorded] = []
        self._whispers: list[Event] = []
        self._woken = asyncio.Event()
        self._behind = True
        self._heard_of = 0
        self._until = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self.closed = False

    def publish(self, events: Sequence[Recorded]) -> None:
        """Take committed events in; a gap is filled from the log."""
        for recorded in events:
            if recorded.seq == self._seen + 1 and not self._behind and len(self._ready) < _queue:
                self._ready.append(recorded)
                self._seen = recorded.seq
            elif recorded.seq > self._seen:
                self._behind = True
                self._heard_of = recorded.seq
        self._woken.set()

    def head(self, head: int) -> None:
        """Hear that the log has grown elsewhere."""
        if head > self._seen:
            self._behind = True
            self._heard_of = head
            self._woken.set()

    def whisper(self, event: Event) -> None:
        """Take a transient event in; it is dropped when the watcher is slow."""
        if len(self._whispers) < _queue:
            self._whispers.append(event)
            self._woken.set()

    def close(self) -> None:
        """End the watch."""
        self.closed = True
        self._woken.set()

    async def next(self, wait: float) -> tuple[Sequence[Recorded], Sequence[Event]]:
        """What has come: recorded events and whispers; both empty after `wait` seconds of silence."""
        if not (self._behind or self._ready or self._whispers or self.closed):
            await self._wake_within(wait)
        self._woken.clear()
        whispers, self._whispers = self._whispers, []
        if self._behind:
            # Whatever is published while the log is read makes us read once more: it may or may not be in what is read.
            ready, self._ready = self._ready, []
            self._heard_of = 0
            rows = await self._read(self._run, self._seen)
            if rows:
                self._seen = rows[-1].seq
            self._behind = self._heard_of > self._seen
            return [*ready, *rows], whispers
        ready, self._ready = self._ready, []
        return ready, whispers

    async def _wake_within(self, wait: float) -> None:
        """Until something comes, at most so many seconds. One alarm serves wait after wait: a timer for each is what many watchers cost."""
        loop = asyncio.get_running_loop()
        self._until = loop.time() + wait
        if self._alarm is None or self._alarm.when() > self._until:
            self._set_alarm(loop)
        await self._woken.wait()

    def _set_alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        self.hush()
        self._alarm = loop.call_at(self._until, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._alarm = None
        if loop.time() < self._until:
            self._set_alarm(loop)
        else:
            self._woken.set()

    def hush(self) -> None:
        """No alarm any more: nobody waits."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class Feed:
    """Every watcher of this process."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self._watches: dict[ExecutionId, set[Watch]] = {}
        bell.hear("events", self._heard)
        bell.hear("whisper", self._whispered)
        bell.on_reconnect(self._missed)

    def wanted(self, run: ExecutionId) -> bool:
        """Whether anybody, here or elsewhere, could want to hear of a run."""
        return run in self._watches or self.bell.others

    def publish(self, run: ExecutionId, events: Sequence[Recorded]) -> None:
        """Events were committed by this process."""
        for watch in self._watches.get(run, ()):
            watch.publish(events)
        self.bell.ring("events", f"{run.workspace}:{run.id}:{events[-1].seq}", here=False)

    def whisper(self, run: ExecutionId, event: Event) -> None:
        """Something transient to tell; other processes hear it where it is small enough."""
        for watch in self._watches.get(run, ()):
            watch.whisper(event)
        if self.bell.others:
            node = json.dumps(node_of(event))
            self.bell.ring("whisper", f"{run.workspace}:{run.id}:{node}\t{event_data(event).decode()}", here=False)

    @asynccontextmanager
    async def watch(self, run: ExecutionId, after: int, read: Read) -> AsyncGenerator[Watch]:
        """Watch a run from just after a sequence number."""
        watch = Watch(run, after, read)
        self._watches.setdefault(run, set()).add(watch)
        try:
            yield watch
        finally:
            watch.hush()
            rest = self._watches.get(run, set())
            rest.discard(watch)
            if not rest:
                self._watches.pop(run, None)

    def close(self, run: ExecutionId) -> int:
        """End the watches of a run here; answers how many."""
        watches = list(self._watches.get(run, ()))
        for watch in watches:
            watch.close()
        return len(watches)

    @property
    def watched(self) -> list[ExecutionId]:
        """The runs that somebody watches here."""
        return list(self._watches)

    def heads(self, heads: Sequence[tuple[ExecutionId, int]]) -> None:
        """The heads of watched runs, read every two seconds in case a ring was lost."""
        for run, head in heads:
            for watch in self._watches.get(run, ()):
                watch.head(head)

    async def keep_up(self, read_heads: Callable[[Sequence[ExecutionId]], Awaitable[Sequence[tuple[ExecutionId, int]]]]) -> None:
        """Look every two seconds how far the watched runs have come, until cancelled: what makes a lost ring a short delay."""
        while True:
            await asyncio.sleep(_look)
            try:
                if watched := self.watched:
                    self.heads(await read_heads(watched))
            except Unavailable as error:
                _log.info("feed.cannot_look", error=error.data.detail)

    def close_all(self) -> None:
        """End every watch here, because the process stops; the watchers come back to another one."""
        for run in self.watched:
            self.close(run)

    def _heard(self, body: str) -> None:
        workspace, run, head = body.split(":")
        self.heads([(ExecutionId(int(workspace), UUID(run)), int(head))])

    def _whispered(self, body: str) -> None:
        workspace, run, data = body.split(":", 2)
        watched = ExecutionId(int(workspace), UUID(run))
        if watched in self._watches:
            node, _, fields = data.partition("\t")
            event = event_from("node_progress", json.loads(node), fields.encode())
            for watch in self._watches[watched]:
                watch.whisper(event)

    def _missed(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.head(2**31)
