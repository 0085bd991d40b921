"""What starts runs by itself: `/api/triggers`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, JsonValue

from tenuto.api.bodies import input_limit
from tenuto.api.fields import Ask, Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.triggers.views import TriggerView

router = Router("/api/triggers", tag="Triggers")


class SwitchBody(Ask):
    """Whether it fires."""

    enabled: bool


class FireBody(Ask):
    """An event to try a trigger with."""

    event: JsonValue = Field(default=None, description="What expressions see as `event`.")


class SecretBody(Ask):
    """Another secret."""

    secret: str | None = Field(default=None, max_length=512, description="The vendor's own; a random one if it is not given.")
    overlap: timedelta = Field(default=timedelta(days=1), description="How long the former one is good beside it (ISO 8601).")


class TriggerAnswer(Done):
    """A trigger."""

    trigger: TriggerView


class TriggersAnswer(Done):
    """A page of triggers."""

    triggers: tuple[TriggerView, ...]
    next: str | None = None


class FiredAnswer(Done):
    """A run that was begun."""

    execution_id: str


class SecretAnswer(Done):
    """A new secret."""

    secret: str = Field(description="Shown this once; it is kept sealed.")
    name: str
    shared_by: int = Field(description="How many triggers are signed with it.")
    former_until: datetime = Field(description="Until then the former one is good as well.")


@router.get("", permission=Permission.trigger_read)
async def list_triggers(
    *,
    caller: Caller,
    services: Provided,
    workflow_id: Annotated[str | None, Query(max_length=128, pattern="^[^\\x00]*$")] = None,
    type: Literal["webhook", "schedule", "poll"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TriggersAnswer:
    """The triggers of published workflows with their state, newest first."""
    page = await services.triggers.operations.list(caller, workflow_id=workflow_id, type=type, limit=limit, cursor=cursor)
    return TriggersAnswer(triggers=page.items, next=page.next)


@router.get("/{id}", permission=Permission.trigger_read)
async def get_trigger(id: UUID, caller: Caller, services: Provided) -> TriggerAnswer:
    """One trigger: its next five times, its last run, and in words whether it is late or failing."""
    return TriggerAnswer(trigger=await services.triggers.operations.get(caller, id))


@router.patch("/{id}", permission=Permission.trigger_operate)
async def switch_trigger(id: UUID, body: SwitchBody, caller: Caller, services: Provided) -> TriggerAnswer:
    """Switch a trigger on or off, at once in this process and within a second in others."""
    return TriggerAnswer(trigger=await services.triggers.operations.switch(caller, id, enabled=body.enabled))


@router.post("/{id}/fire", permission=Permission.trigger_operate, status_code=202, limit=input_limit, also=(401,))
async def fire_trigger(id: UUID, caller: Caller, services: Provided, body: FireBody | None = None) -> FiredAnswer:
    """Start a run as if the trigger had fired with this event."""
    return FiredAnswer(execution_id=await services.triggers.operations.fire(caller, id, body.event if body else None))


@router.post("/{id}/secret", permission=Permission.trigger_manage)
async def rotate_secret(id: UUID, caller: Caller, services: Provided, body: SecretBody | None = None) -> SecretAnswer:
    """Give a webhook another secret; the former one stays good for a while."""
    asked = body or SecretBody()
    made = await services.triggers.operations.rotate(caller, id, secret=asked.secret, overlap=asked.overlap)
    return SecretAnswer(secret=made.secret, name=made.name, shared_by=made.shared_by, former_until=made.former_until)
