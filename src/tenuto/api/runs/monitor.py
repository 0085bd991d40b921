"""Watching a run live: `/api/workflows/monitor`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Said
from tenuto.api.problems import refusal_schema
from tenuto.api.routing import Caller, Permission, Provided, Router, gate
from tenuto.api.runs.stream import LiveResponse, position, stream
from tenuto.core.errors import Malformed

router = Router("/api/workflows/monitor", tag="Executions")

_message: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "data": {"type": "string", "contentMediaType": "application/json", "description": "`{type, data, timestamp}`; first `connected`."},
        "id": {"type": "string", "description": "The event's number in the log; what is transient has none."},
        "retry": {"type": "integer"},
    },
    "required": ["data"],
}
_unbuffered = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class UpdateBody(BaseModel):
    """Something to tell those who watch."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution_id: str
    type: str = Field(min_length=1, max_length=200)
    data: JsonValue = None


@router.get(
    "",
    permission=Permission.execution_read,
    response_class=Response,
    responses={
        200: {
            "description": "One message after the other, until the run ends.",
            "content": {LiveResponse.media_type: {"itemSchema": _message}},
        },
        204: {"description": "The run has ended and everything was sent: do not come back."},
        400: {
            "description": "Bad Request",
            "content": {"text/plain": {"schema": {"type": "string"}}, "application/json": {"schema": refusal_schema}},
        },
    },
)
async def watch(
    request: Request,
    caller: Caller,
    services: Provided,
    *,
    execution_id: str | None = None,
    after: str | None = None,
    last_event_id: Annotated[str | None, Header(description="The last event that was seen; wins over `after`.")] = None,
) -> Response:
    """Every event of a run as server-sent events: those that have happened, then those that happen."""
    if not execution_id:
        return PlainTextResponse("execution_id is required", status_code=400)
    watches = services.executions.watches
    run = await watches.find(caller, execution_id)
    begin = position(last_event_id, after, run.head)
    if last_event_id is not None and begin == run.head and run.over:
        # An EventSource comes back whenever a stream ends; this alone tells it to stop.
        return Response(status_code=204)
    ends = gate(request).limits.hold_stream(caller)
    return LiveResponse(stream(watches, run, begin), _unbuffered, ends)


@router.post("", permission=Permission.execution_operate)
async def tell(body: UpdateBody, caller: Caller, services: Provided) -> Said:
    """Tell those who watch a run something; it becomes part of its log as `node_progress`."""
    await services.executions.operations.report(caller, body.execution_id, {"type": body.type, "data": body.data})
    return Said(message="Update broadcasted")


@router.delete("", permission=Permission.execution_operate)
async def close(caller: Caller, services: Provided, execution_id: str | None = None) -> Said:
    """Close the streams of a run; nothing is erased, and who still watches comes back by itself."""
    if not execution_id:
        raise Malformed("This needs an execution_id.", fix="Add ?execution_id=.")
    closed = await services.executions.watches.close(caller, execution_id)
    return Said(message=f"{closed} streams closed")
