"""Where webhooks come in: `POST /api/hooks/{path}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field, JsonValue

from tenuto.api.bodies import input_limit
from tenuto.api.fields import Done
from tenuto.api.routing import Provided, Router, gate
from tenuto.core.access import Permission, Principal, Role
from tenuto.core.signature import Incoming
from tenuto.services.services import Services
from tenuto.services.triggers.reception import Taken

router = Router("/api/hooks", tag="Webhooks")

longest_answer = 25.0
"""Seconds that a sender is kept waiting for a run's end; most of them give up after 10 to 30."""


class HookAnswer(Done):
    """The delivery is kept."""

    delivery: str | None = Field(description="Its id here, for /api/deliveries.")
    execution_id: str | None = Field(description="The run it started.")
    status: str = Field(
        description="received (its run will start), started, ignored, failed; or the run's own, where its end was waited for."
    )
    output: JsonValue = Field(default=None, description="The outputs of the run's nodes, where its end was waited for.")


@router.post(
    "/{path:path}",
    permission=None,
    open_because="the signature over the body, or the address that nobody guesses, is the right",
    limit=input_limit,
    status_code=202,
    response_model=HookAnswer,
    response_model_exclude_none=True,
    also=(401, 413),
    responses={
        200: {
            "model": HookAnswer,
            "description": "It was here before: what the first one started. Or the run's end, where that is waited for.",
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {}}}, "description": "Whatever the sender sends."}},
)
async def take_delivery(
    path: Annotated[str, Path(max_length=200)], request: Request, services: Provided, response: Response
) -> HookAnswer | Response:
    """Take a webhook's delivery: verified over the raw body, written down, then answered. The same delivery twice starts one run."""
    taken = await services.triggers.reception.receive(path, await _incoming(request), request.client.host if request.client else "")
    if taken.challenge is not None:
        return Response(taken.challenge, media_type="text/plain")
    if not taken.new:
        response.status_code = 200
    if taken.wait is not None and taken.execution_id is not None:
        return await _answered(services, taken, taken.wait, taken.execution_id, response)
    return HookAnswer(delivery=taken.delivery, execution_id=taken.execution_id, status=taken.status)


async def _incoming(request: Request) -> Incoming:
    # A header that stands twice is no header we know the value of.
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = value if name not in headers else ""
    query = f"?{request.url.query}" if request.url.query else ""
    uri = f"{gate(request).origin}{request.url.path}{query}"
    return Incoming(headers, await request.body(), request.method, uri)


async def _answered(services: Services, taken: Taken, workspace: int, run: str, response: Response) -> HookAnswer:
    """The end of the run, which whoever signs the delivery may know; 202 if it takes too long."""
    reader = Principal(workspace, "trigger", None, "webhook", Role.viewer)
    reader.require(Permission.execution_read)
    found = await services.executions.watches.end(reader, run, longest_answer)
    if found.status in ("completed", "failed"):
        response.status_code = 200
    return HookAnswer(delivery=taken.delivery, execution_id=run, status=found.status, output=found.results)
