"""Starting a run: `POST /api/workflow/execute`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.faults import Fault
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.views import KeptExecution

router = Router("/api/workflow", tag="Executions")

_wait = re.compile(r"(?:^|[,;])\s*wait\s*=\s*(\d{1,6})\s*(?:$|[,;])", re.IGNORECASE)


class ExecuteBody(BaseModel):
    """What is to be run. Fields that are not known are passed over, as older clients expect."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    workflow: JsonValue = Field(default=None, description="A whole definition; or else `workflow_id`.")
    workflow_id: str | None = Field(default=None, description="A stored workflow.")
    version: int | None = Field(default=None, ge=1, description="Of the stored workflow; the newest published one by default.")
    message: str | None = None
    input: JsonValue = Field(default=None, description="Any JSON; `message` is added to it where it is an object.")
    user_id: str | None = Field(default=None, description="Whose connections are used.")
    session_id: str | None = None
    execution_id: str | None = Field(default=None, description="The client's own id of the run, 1 to 128 characters.")
    simulate: bool | None = Field(default=None, description="Whether nothing real happens outside.")
    faults: tuple[Fault, ...] = Field(default=(), max_length=50, description="What a simulation lets go wrong.")


class ExecuteAnswer(Done):
    """The run, which can be watched from its first event."""

    execution: KeptExecution
    timestamp: datetime


@router.post(
    "/execute",
    permission=Permission.execution_start,
    status_code=202,
    response_model_exclude_none=True,
    also=(401,),
    responses={200: {"model": ExecuteAnswer, "description": "It ended within the time waited."}},
)
async def execute(
    *,
    body: ExecuteBody,
    caller: Caller,
    services: Provided,
    response: Response,
    wait: Annotated[float, Query(ge=0, description="Seconds to wait for the end.")] = 0,
    prefer: Annotated[str | None, Header(description="`wait=30`, the same (RFC 7240).")] = None,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="The same again answers with the same run.")
    ] = None,
) -> ExecuteAnswer:
    """Start a run and answer at once; or wait for its end, where that is asked for."""
    executions = services.executions
    wanted = Wanted(**body.model_dump(exclude={"faults"}), faults=body.faults, idempotency_key=idempotency_key)
    begun = await executions.starts.start(caller, wanted)
    response.headers["Location"] = f"/api/executions/{quote(begun.id, safe='')}"
    seconds = _seconds(prefer) or wait
    if seconds:
        response.headers["Preference-Applied"] = f"wait={seconds:g}"
    if begun.new and not seconds:
        execution = KeptExecution(
            id=begun.id, workflow_id=begun.workflow_id or "", status="pending", started=begun.at, simulated=begun.simulated
        )
    elif begun.new:
        execution = await executions.watches.end_of(caller, begun, seconds)
    else:
        execution = await executions.watches.end(caller, begun.id, seconds)
    if execution.status in ("completed", "failed"):
        response.status_code = 200
    return ExecuteAnswer(execution=execution, timestamp=datetime.now(UTC))


def _seconds(prefer: str | None) -> float:
    found = _wait.search(prefer or "")
    return float(found[1]) if found else 0
