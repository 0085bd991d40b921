"""Triggers and deliveries as they are shown: their state in words, and never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.execution import Status
from tenuto.core.schedule import slots
from tenuto.core.trigger import ScheduleTrigger
from tenuto.core.values import Frozen
from tenuto.store.triggers.deliveries import Delivery
from tenuto.store.triggers.rows import InstalledTrigger

late_after = timedelta(seconds=60)
_preview = 2000
_shown_slots = 5

State: TypeAlias = Literal["ok", "late", "failing", "off"]
DeliveryStatus: TypeAlias = Literal["received", "started", "done", "failed", "ignored", "refused"]


class TriggerView(Frozen):
    """A trigger of a published workflow."""

    id: UUID
    workflow_id: str
    key: str = Field(description="Its id in the definition.")
    type: str
    enabled: bool = Field(description="The operator's switch; false stops it without a new version.")
    state: State
    says: str = Field(description="The state in words.")
    url: str | None = Field(description="Where deliveries are sent to; null for who may not start runs, where the address is the secret.")
    next: tuple[datetime, ...] = Field(description="The next times it fires, or is asked.")
    last_at: datetime | None
    last_execution: str | None
    error: ProblemData | None = Field(description="What went wrong the last time.")
    fired: int
    skipped: int = Field(description="Slots that were left out.")
    refused: int = Field(description="Deliveries that were not believed.")
    watermark: JsonValue = Field(default=None, description="How far polling has come.")
    definition: dict[str, JsonValue]


class DeliveryView(Frozen):
    """A delivery of a webhook."""

    id: UUID
    trigger_id: UUID
    delivery: str = Field(description="The sender's name of it.")
    event: str | None
    status: DeliveryStatus = Field(description="Of the delivery, and then of its run.")
    verdict: str = Field(description="`verified`, or why it was refused.")
    execution_id: str | None
    error: ProblemData | None
    attempts: int
    replay_of: UUID | None
    received_at: datetime
    headers: dict[str, str] = Field(description="Those that carry no secret.")
    size: int = Field(description="Bytes of its body.")
    body: str = Field(description="Its beginning in a list; all of it by its id.")


def trigger_view(row: InstalledTrigger, now: datetime, url: str | None, last: Delivery | None) -> TriggerView:
    """A trigger as it is answered; `last` is its newest delivery, where it has some."""
    state, says = _state(row, now, last)
    return TriggerView(
        id=row.id,
        workflow_id=row.workflow_id,
        key=row.spec.id,
        type=row.spec.type,
        enabled=row.enabled,
        state=state,
        says=says,
        url=url,
        next=_next(row),
        last_at=last.received_at if last else row.last_at,
        last_execution=last.execution_id if last else row.last_execution,
        error=last.error if last else row.error,
        fired=row.fired,
        skipped=row.skipped,
        refused=row.refused,
        watermark=row.watermark,
        definition=row.spec.model_dump(mode="json", exclude_defaults=True, exclude_none=True),
    )


def delivery_view(row: Delivery, runs: Mapping[str, Status], *, whole: bool) -> DeliveryView:
    """A delivery as it is answered; `runs` are the statuses of those runs that are there."""
    text = row.body.decode(errors="replace")
    return DeliveryView(
        id=row.id,
        trigger_id=row.trigger_id,
        delivery=row.delivery,
        event=row.event,
        status=_status(row, runs.get(row.execution_id or "")),
        verdict=row.verdict,
        execution_id=row.execution_id if row.status in {"received", "started"} else None,
        error=row.error,
        attempts=row.attempts,
        replay_of=row.replay_of,
        received_at=row.received_at,
        headers=row.headers,
        size=len(row.body),
        body=text if whole else text[:_preview],
    )


def _status(row: Delivery, run: Status | None) -> DeliveryStatus:
    if row.status == "started" and run is not None and run.ended:
        return "done" if run is Status.completed else "failed"
    for known in ("received", "started", "failed", "ignored", "refused"):
        if row.status == known:
            return known
    raise ValueError(row.status)


def _next(row: InstalledTrigger) -> tuple[datetime, ...]:
    if row.next_at is None or not row.active:
        return ()
    spec = row.spec
    if not isinstance(spec, ScheduleTrigger) or row.slot_at is None:
        return (row.next_at,)
    later = slots(row.slot_at, cron=spec.cron, every=spec.every, timezone=spec.timezone)
    return (row.slot_at, *islice(later, _shown_slots - 1))


def _state(row: InstalledTrigger, now: datetime, last: Delivery | None) -> tuple[State, str]:
    error = last.error if last else row.error
    if not row.active:
        return "off", "It is switched off." if row.installed else "The published version does not have it."
    if row.next_at is not None and now - row.next_at > late_after:
        return "late", f"It was due {_ago(now - row.next_at)} ago and nobody has fired it: is a server or worker running?"
    if row.failures and row.error is not None:
        times = "The last time" if row.failures == 1 else f"The last {row.failures} times"
        return "failing", f"{times} it failed: {row.error.detail}"
    if last is not None and error is not None:
        return "failing", f"The last delivery failed: {error.detail}"
    return "ok", row.note or ("It waits for its next time." if row.next_at else "It waits for deliveries.")


def _ago(gone: timedelta) -> str:
    seconds = int(gone.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"
