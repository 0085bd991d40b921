"""A run's events as the messages of its stream."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from fastapi.sse import format_sse_event
from pydantic import JsonValue

from tenuto.core.blob import locate, plain
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeStarted,
    Recorded,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    event_data,
    node_of,
)
from tenuto.core.execution import ExecutionId
from tenuto.core.values import decode, encode
from tenuto.services.executions.keeping.values import link
from tenuto.services.executions.watch import ExecutionWatches, Watched

_widest = 1 << 30
_retry = 2_000
_kept, _longest_kept = 4_096, 4_096
_made: dict[tuple[ExecutionId, int], bytes] = {}
"""The latest messages: those who watch the same run get the same bytes. An event never changes, so none of these is ever wrong."""

_reading: dict[ExecutionId, asyncio.Task[dict[str, JsonValue]]] = {}
"""Results that are being read: whoever watches a run needs them at the moment of its end, and gets those of one look."""


def connected(run: Watched) -> bytes:
    """The first message of a stream."""
    told: dict[str, JsonValue] = {"type": "connected", "execution_id": run.public_id, "timestamp": _written(datetime.now(UTC))}
    return format_sse_event(data_str=_text(told), retry=_retry)


async def message(watches: ExecutionWatches, run: Watched, recorded: Recorded) -> bytes:
    """The message of an event, with its number in the log."""
    key = (run.id, recorded.seq)
    if (made := _made.get(key)) is None:
        results = await _results(watches, run) if isinstance(recorded.event, WorkflowCompleted) else None
        made = _made[key] = format_sse_event(data_str=_text(_payload(run, recorded, results)), id=str(recorded.seq))
        if len(made) > _longest_kept or len(_made) > _kept:
            del _made[key if len(made) > _longest_kept else next(iter(_made))]
    return made


async def _results(watches: ExecutionWatches, run: Watched) -> JsonValue:
    """The outputs are many and large; they are read once, at the end, also for a client that came late."""
    if (reading := _reading.get(run.id)) is None:
        reading = _reading[run.id] = asyncio.create_task(watches.results(run))
        reading.add_done_callback(lambda _: _reading.pop(run.id, None))
    # One of those who wait may hang up.
    return plain(cast("JsonValue", await asyncio.shield(reading)), link(run.public_id))


def whispered(event: Event) -> bytes:
    """The message of what is told and not recorded: it has no number."""
    return format_sse_event(data_str=_text(_told(event, datetime.now(UTC))))


def _payload(run: Watched, recorded: Recorded, results: JsonValue) -> dict[str, JsonValue]:
    event = recorded.event
    if isinstance(event, WorkflowCompleted):
        return _message(event.type, {"workflow_id": run.workflow_id, "results": results}, recorded.at)
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


def _message(kind: str, data: Mapping[str, JsonValue], at: datetime) -> dict[str, JsonValue]:
    return {"type": kind, "data": dict(data), "timestamp": _written(at)}


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _text(payload: Mapping[str, JsonValue]) -> str:
    return encode(payload, limit=_widest).decode()
