"""Triggers put in place with a published version, and taken away with it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pydantic import Field

from tenuto.core.schedule import next_slot
from tenuto.core.trigger import PollTrigger, ScheduleTrigger, Trigger, WebhookTrigger
from tenuto.core.values import Frozen
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.triggers.secrets import Signing, new_secret, sealed_secrets
from tenuto.store.database import Transaction
from tenuto.store.triggers.rows import InstalledTrigger, Triggers, TriggerSecrets
from tenuto.vault.keys.envelope import Envelope

namespace = UUID("5f0c2f6e-2f60-4b41-9c0e-6f6f3d3b6a11")
"""Of the ids of triggers; those of their deliveries and slots are made under the trigger's own."""


class NewTrigger(Frozen):
    """A trigger as it was put in place by publishing."""

    id: UUID
    key: str = Field(description="Its id in the definition.")
    type: str
    url: str | None = Field(default=None, description="Where deliveries are sent to.")
    secret: str | None = Field(default=None, description="What they are signed with; shown this once, only where it was made just now.")
    next_at: datetime | None = None


class Installer:
    """Puts triggers in place, in the transaction that publishes."""

    def __init__(self, envelope: Envelope, now: Callable[[], datetime], origin: str) -> None:
        """`now` is the database's clock; `origin` is where senders reach us."""
        self._envelope = envelope
        self._now = now
        self._origin = origin

    async def install(self, tx: Transaction, workflow_id: str, definition: WorkflowDefinition) -> tuple[NewTrigger, ...]:
        """Have exactly the definition's triggers at work; what is known of them under their ids stays. Raises `Conflict` for a path taken."""
        rows = Triggers(tx)
        there = {row.id: row for row in await rows.of_workflow(workflow_id)} if definition.triggers or workflow_id else {}
        if not there and not definition.triggers:
            return ()
        placed = [await self._place(tx, workflow_id, spec, definition.version_hash, there) for spec in definition.triggers]
        await rows.leave_out(workflow_id, [one.id for one in placed])
        return tuple(placed)

    async def remove(self, tx: Transaction, workflow_id: str) -> None:
        """Take a deleted workflow's triggers away, with the secrets that were theirs alone."""
        rows = Triggers(tx)
        own = [name for row in await rows.of_workflow(workflow_id) if (name := row.secret) == own_secret(row.id)]
        await rows.remove(workflow_id)
        await TriggerSecrets(tx).remove([name for name in own if name])

    def address(self, path: str) -> str:
        """The URL of a webhook's path."""
        return f"{self._origin}/api/hooks/{path}"

    async def _place(
        self, tx: Transaction, workflow_id: str, spec: Trigger, version_hash: str, there: dict[UUID, InstalledTrigger]
    ) -> NewTrigger:
        own = trigger_id(tx.workspace, workflow_id, spec.id)
        before = there.get(own)
        path, secret, made = None, None, None
        values: dict[str, object] = {"path": None, "secret": None, "slot_at": None, "next_at": None}
        match spec:
            case WebhookTrigger():
                path = _path(spec, before)
                secret = None if spec.scheme == "path" else spec.secret or own_secret(own)
                made = await self._secret(tx, secret) if secret else None
                values |= {"path": path, "secret": secret}
            case ScheduleTrigger() | PollTrigger():
                values |= first_due(own, spec, before, self._now())
        await Triggers(tx).install(own, workflow_id, spec, version_hash, values)
        due = values["next_at"]
        url = self.address(path) if path else None
        return NewTrigger(id=own, key=spec.id, type=spec.type, url=url, secret=made, next_at=due if isinstance(due, datetime) else None)

    async def _secret(self, tx: Transaction, name: str) -> str | None:
        """A new secret where there is none of this name."""
        if await TriggerSecrets(tx).find(name) is not None:
            return None
        made = new_secret()
        await TriggerSecrets(tx).keep(name, await sealed_secrets(self._envelope, tx, name, [Signing(made, None)]))
        return made


def trigger_id(workspace: int, workflow_id: str, key: str) -> UUID:
    """The id of a trigger: the same in every version of its workflow."""
    return uuid5(namespace, f"{workspace}\0{workflow_id}\0{key}")


def own_secret(id: UUID) -> str:
    """The name of the secret that only this trigger uses."""
    return f"trigger:{id}"


def first_due(id: UUID, spec: ScheduleTrigger | PollTrigger, before: InstalledTrigger | None, now: datetime) -> dict[str, object]:
    """When one is due after it was published or switched on: as before where its times did not change, else from now on."""
    switched_off = not spec.enabled or (before is not None and not before.enabled)
    if switched_off:
        return {"slot_at": None, "next_at": None}
    if isinstance(spec, PollTrigger):
        return {"next_at": before.next_at if before and before.next_at else now}
    if before and before.next_at and isinstance(before.spec, ScheduleTrigger) and _times(before.spec) == _times(spec):
        return {"slot_at": before.slot_at, "next_at": before.next_at}
    slot = next_slot(now, cron=spec.cron, every=spec.every, timezone=spec.timezone)
    return {"slot_at": slot, "next_at": slot + jitter(spec, id) if slot else None}


def jitter(spec: ScheduleTrigger, id: UUID) -> timedelta:
    """How late a schedule starts: the share of its `jitter` that its id says, in whole seconds."""
    return timedelta(seconds=int(spec.jitter.total_seconds() * (id.int % 1_000_003) / 1_000_003))


def _times(spec: ScheduleTrigger) -> tuple[object, ...]:
    return spec.cron, spec.every, spec.timezone, spec.jitter


def _path(spec: WebhookTrigger, before: InstalledTrigger | None) -> str:
    """The chosen path, or the random one that it has already, or a new one of 192 random bits."""
    if spec.path is not None:
        return spec.path
    if before is not None and before.path is not None and isinstance(before.spec, WebhookTrigger) and before.spec.path is None:
        return before.path
    return secrets.token_urlsafe(24)
