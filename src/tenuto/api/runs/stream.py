"""A run as server-sent events: replayed after any of them, then live, with a heartbeat and a bounded life."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

import structlog
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.types import Receive, Scope, Send

from tenuto.api.runs.messages import connected, message, whispered
from tenuto.core.errors import Unavailable
from tenuto.core.events import Event, NodeCompleted, NodeFailed, NodeSkipped, Recorded, node_of
from tenuto.services.executions.watch import ExecutionWatches, Watched, over

life = 900.0
"""Seconds after which a stream ends and the client comes back for the rest; a balancer can move it then."""
beat = 15.0
"""Seconds of silence after which a comment is sent, so that nobody between takes the connection for dead."""
_piece = 64 * 1024
"""Bytes after which a piece is sent, so that a long log is not held whole."""

_log = structlog.get_logger(__name__)


class LiveResponse(StreamingResponse):
    """Bytes of events as they come.

    FastAPI's own class is for endpoints that yield; there every watcher costs two tasks and two queues, and a run that is not found
    could not be answered with 404 any more.
    """

    media_type = "text/event-stream"

    def __init__(self, content: AsyncGenerator[bytes], headers: Mapping[str, str], ends: Callable[[], None]) -> None:
        """`ends` is called once nothing more is sent, whoever has ended it."""
        super().__init__(content, headers=headers)
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ends()


def position(last_event_id: str | None, after: str | None, head: int) -> int:
    """Where to go on: the header of a reconnecting client, else `?after=`; 0 for what names no event of this run.

    A refusal would stop an EventSource for good, and a replay is what a client with a wrong place needs.
    """
    text = last_event_id if last_event_id is not None else after or ""
    seq = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return seq if seq <= head else 0


async def stream(
    watches: ExecutionWatches,
    run: Watched,
    after: int,
    *,
    life: float = life,
    beat: float = beat,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[bytes]:
    """The bytes of a stream until the run's end, the end of its life, or the end of this process."""
    yield connected(run)
    ends, spoke = clock() + life, clock()
    try:
        async with watches.follow(run, after) as watch:
            while not watch.closed and (left := ends - clock()) > 0:
                events, whispers = await watch.next(min(left, beat))
                ended = bool(events) and over(run, events[-1], events)
                async for piece in _pieces(watches, run, events, () if ended else whispers):
                    yield piece
                if ended:
                    return
                if run.imported:
                    return
                if events or whispers:
                    spoke = clock()
                elif clock() - spoke >= beat:
                    spoke = clock()
                    yield KEEPALIVE_COMMENT
    except Unavailable as error:
        # The client comes back by itself, and misses nothing.
        _log.info("stream.interrupted", run=run.public_id, error=error.data.detail)


async def _pieces(watches: ExecutionWatches, run: Watched, events: Sequence[Recorded], whispers: Sequence[Event]) -> AsyncGenerator[bytes]:
    """What came together, sent together: a step has several events, and each piece costs a call of the system for each watcher."""
    held = bytearray()
    for recorded in events:
        held += await message(watches, run, recorded)
        if len(held) >= _piece:
            yield bytes(held)
            held.clear()
    for event in _still_news(whispers, events) if whispers else ():
        held += whispered(event)
    if held:
        yield bytes(held)


def _still_news(whispers: Sequence[Event], events: Sequence[Recorded]) -> Sequence[Event]:
    """Without what was whispered about nodes that are done: their results have been sent whole."""
    done = {node_of(recorded.event) for recorded in events if isinstance(recorded.event, NodeCompleted | NodeFailed | NodeSkipped)}
    return [event for event in whispers if node_of(event) not in done]
