"""A run as server-sent events: replayed after any of them, then live, with a heartbeat and a bounded life."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import structlog
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import JsonValue
from starlette.types import Receive, Scope, Send

from tenuto.core.blob import locate, plain
from tenuto.core.errors import Unavailable
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    NodeStarted,
    Recorded,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    event_data,
    node_of,
)
from tenuto.core.values import decode, encode
from tenuto.services.executions.keeping.values import link
from tenuto.services.executions.watch import ExecutionWatches, Watched, over

life = 900.0
"""Seconds after which a stream ends and the client comes back for the rest; a balancer can move it then."""
beat = 15.0
"""Seconds of silence after which a comment is sent, so that nobody between takes the connection for dead."""
_retry = 2_000
_widest = 1 << 30

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
    yield format_sse_event(data_str=_text(_connected(run)), retry=_retry)
    ends, spoke = clock() + life, clock()
    try:
        async with watches.follow(run, after) as watch:
            while not watch.closed and (left := ends - clock()) > 0:
                events, whispers = await watch.next(min(left, beat))
                for recorded in events:
                    yield format_sse_event(data_str=_text(await _payload(watches, run, recorded)), id=str(recorded.seq))
                    if over(run, recorded, events):
                        return
                for event in _still_news(whispers, events):
                    yield format_sse_event(data_str=_text(_told(event, datetime.now(UTC))))
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


def _connected(run: Watched) -> dict[str, JsonValue]:
    return {"type": "connected", "execution_id": run.public_id, "timestamp": _written(datetime.now(UTC))}


async def _payload(watches: ExecutionWatches, run: Watched, recorded: Recorded) -> dict[str, JsonValue]:
    event = recorded.event
    if isinstance(event, WorkflowCompleted):
        # The outputs are many and large; they are read once, at the end, also for a client that came late.
        results = cast("JsonValue", await watches.results(run))
        return _message(event.type, {"workflow_id": run.workflow_id, "results": plain(results, link(run.public_id))}, recorded.at)
    if isinstance(event, WorkflowFailed):
        return _message(event.type, {"workflow_id": run.workflow_id, "error": event.problem.detail}, recorded.at)
    if isinstance(event, WorkflowCancelled):
        error = f"cancelled by {event.by}" + (f": {event.reason}" if event.reason else "")
        return _message(event.type, {"workflow_id": run.workflow_id, "error": error}, recorded.at)
    return _told(event, recorded.at, link(run.public_id) if event.refs else "")


def _told(event: Event, at: datetime, values: str = "") -> dict[str, JsonValue]:
    """The six kept types with the fields that clients know; ours with all of theirs. `values` is where large ones are."""
    match event:
        case WorkflowStarted():
            data: dict[str, JsonValue] = {"workflow_id": event.workflow_id, "workflow_name": event.workflow_name, "message": event.message}
            data |= {"simulated": True} if event.simulated else {}
        case NodeStarted():
            data = _node(event.node, event.node_type, event.agent_name)
        case NodeCompleted():
            data = {
                **_node(event.node, event.node_type, event.agent_name),
                "result": plain(event.output, values) if event.refs else event.output,
            }
            data |= {"simulated": True} if event.simulated else {}
            data |= {"usage": event.usage.model_dump(mode="json", exclude_none=True)} if event.usage else {}
        case _:
            fields = cast("dict[str, JsonValue]", decode(event_data(event)))
            for steps in event.refs:
                locate(fields, steps, values)
            node = node_of(event)
            data = ({"node_id": node} if node is not None else {}) | {
                name: field for name, field in fields.items() if name not in ("v", "refs")
            }
    return _message(event.type, data, at)


def _node(node: str, node_type: str, agent_name: str | None) -> dict[str, JsonValue]:
    given: dict[str, JsonValue] = {"node_id": node, "node_type": node_type}
    return {**given, "agent_name": agent_name} if agent_name else given


def _still_news(whispers: Sequence[Event], events: Sequence[Recorded]) -> Sequence[Event]:
    """Without what was whispered about nodes that are done: their results have been sent whole."""
    done = {node_of(recorded.event) for recorded in events if isinstance(recorded.event, NodeCompleted | NodeFailed | NodeSkipped)}
    return [event for event in whispers if node_of(event) not in done]


def _message(kind: str, data: Mapping[str, JsonValue], at: datetime) -> dict[str, JsonValue]:
    return {"type": kind, "data": dict(data), "timestamp": _written(at)}


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _text(payload: Mapping[str, JsonValue]) -> str:
    return encode(payload, limit=_widest).decode()
