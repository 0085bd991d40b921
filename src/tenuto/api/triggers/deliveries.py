"""The inbox of webhooks: `/api/deliveries`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from tenuto.api.fields import Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.triggers.views import DeliveryStatus, DeliveryView

router = Router("/api/deliveries", tag="Webhooks")


class DeliveryAnswer(Done):
    """A delivery."""

    delivery: DeliveryView


class DeliveriesAnswer(Done):
    """A page of deliveries, newest first."""

    deliveries: tuple[DeliveryView, ...]
    next: str | None = None


class ReplayAnswer(Done):
    """A delivery that was taken in once more."""

    delivery: UUID
    execution_id: str


@router.get("", permission=Permission.trigger_read)
async def list_deliveries(
    *,
    caller: Caller,
    services: Provided,
    trigger: UUID | None = None,
    status: DeliveryStatus | None = None,
    search: Annotated[
        str | None, Query(max_length=200, pattern="^[^\\x00]*$", description="The beginning of the sender's id, the event or the run's id.")
    ] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DeliveriesAnswer:
    """What came in, newest first, with the beginning of each body. Of those refused, the last twenty of each trigger are kept."""
    page = await services.triggers.inbox.list(
        caller, trigger_id=trigger, status=status, search=search, since=since, until=until, limit=limit, cursor=cursor
    )
    return DeliveriesAnswer(deliveries=page.items, next=page.next)


@router.get("/{id}", permission=Permission.trigger_read)
async def get_delivery(id: UUID, caller: Caller, services: Provided) -> DeliveryAnswer:
    """One delivery with its whole body."""
    return DeliveryAnswer(delivery=await services.triggers.inbox.get(caller, id))


@router.post("/{id}/replay", permission=Permission.trigger_operate, status_code=202)
async def replay_delivery(id: UUID, caller: Caller, services: Provided) -> ReplayAnswer:
    """Start another run of a delivery that is kept; it is marked as a replay."""
    made = await services.triggers.inbox.replay(caller, id)
    return ReplayAnswer(delivery=made.delivery, execution_id=made.execution_id)
