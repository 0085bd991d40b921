"""What machines ask: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

from typing import cast

from fastapi import Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from tenuto.api.fields import Done
from tenuto.api.routing import Provided, Router

router = Router(tag="Health")

_because = "a load balancer asks before anybody signs in"


class Ready(BaseModel):
    """What of this process is ready."""

    success: bool
    migrated: bool
    writable: bool
    claiming: bool


@router.get("/healthz", permission=None, open_because=_because)
async def alive() -> Done:
    """This process answers."""
    return Done()


@router.get("/readyz", permission=None, open_because=_because, responses={503: {"model": Ready, "description": "Not ready"}})
async def ready(response: Response, services: Provided) -> Ready:
    """The database is migrated and can be written to, and this process claims runs."""
    found = await services.health.ready()
    response.status_code = 200 if found.ready else 503
    return Ready(success=found.ready, migrated=found.migrated, writable=found.writable, claiming=found.claiming)


@router.get(
    "/metrics",
    permission=None,
    open_because="Prometheus scrapes it; it holds counts and no content",
    response_class=Response,
    responses={200: {"description": "Prometheus text format", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Counts and times since the start of this process."""
    registry = cast("CollectorRegistry", request.app.state.registry)
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
