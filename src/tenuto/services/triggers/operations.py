"""Triggers looked at and operated: listed with their state, switched, fired by hand, given another secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, Invalid
from tenuto.core.trigger import WebhookTrigger
from tenuto.services.triggers.install import first_due
from tenuto.services.triggers.launch import Happened, Launch
from tenuto.services.triggers.secrets import Signing, checked_secret, new_secret, opened_secrets, rotated, sealed_secrets
from tenuto.services.triggers.views import TriggerView, trigger_view
from tenuto.store.database import Database, Transaction
from tenuto.store.repository import Page
from tenuto.store.runs.identity import new_id
from tenuto.store.triggers.deliveries import Deliveries, Delivery
from tenuto.store.triggers.rows import InstalledTrigger, Triggers, TriggerSecrets
from tenuto.vault.keys.envelope import Envelope

longest_overlap = timedelta(days=30)


class Rotated(NamedTuple):
    """A trigger's new secret, shown this once."""

    name: str
    secret: str
    former_until: datetime
    shared_by: int
    """How many triggers sign with it."""


class TriggerOperations:
    """The use cases of those who see to triggers."""

    def __init__(
        self, database: Database, launch: Launch, envelope: Envelope, *, address: Callable[[str], str], changed: Callable[[], None]
    ) -> None:
        """`address` is the URL of a webhook's path; `changed` is told when what was remembered of triggers is no longer so."""
        self._database = database
        self._launch = launch
        self._envelope = envelope
        self._address = address
        self._changed = changed

    async def list(
        self, caller: Principal, *, workflow_id: str | None = None, type: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[TriggerView]:
        """The triggers of published workflows, newest first."""
        caller.require(Permission.trigger_read)
        async with self._database.transaction(caller.workspace) as tx:
            page = await Triggers(tx).page(workflow_id=workflow_id, type=type, limit=limit, cursor=cursor)
            return Page(await self._shown(tx, caller, page.items), page.next)

    async def get(self, caller: Principal, id: UUID) -> TriggerView:
        """One trigger. Raises `NotFound`."""
        caller.require(Permission.trigger_read)
        async with self._database.transaction(caller.workspace) as tx:
            return (await self._shown(tx, caller, [await Triggers(tx).get(id)]))[0]

    async def switch(self, caller: Principal, id: UUID, *, enabled: bool) -> TriggerView:
        """Switch one on or off; slots that pass while it is off are not made up for. Raises `NotFound`."""
        caller.require(Permission.trigger_operate)
        async with self._database.transaction(caller.workspace) as tx:
            rows = Triggers(tx)
            row = await rows.get(id, lock=True)
            if row.enabled != enabled:
                values: dict[str, object] = {"enabled": enabled, "slot_at": None, "next_at": None, "failures": 0}
                if not isinstance(row.spec, WebhookTrigger) and row.installed:
                    values |= first_due(row.id, row.spec, replace(row, enabled=enabled, next_at=None), self._launch.now())
                await rows.change(id, values)
            shown = (await self._shown(tx, caller, [await rows.get(id)]))[0]
        self._changed()
        return shown

    async def fire(self, caller: Principal, id: UUID, event: JsonValue = None) -> str:
        """Begin a run as if the trigger had fired with this event, its filter aside; the run's id. Raises `NotFound` and `Conflict`."""
        caller.require(Permission.trigger_operate)
        async with self._database.transaction(caller.workspace) as tx:
            row = await Triggers(tx).get(id)
        if not row.installed:
            raise Conflict("The published version does not have this trigger any more.", fix="Publish a version that has it.")
        run, now = str(new_id()), self._launch.now().isoformat().replace("+00:00", "Z")
        if event is None and not isinstance(row.spec, WebhookTrigger):
            event = {"scheduled_at": now}
        facts: dict[str, JsonValue] = {"fired_by": caller.label, "scheduled_at": now}
        await self._launch.start(row, run, Happened(event, facts))
        return run

    async def rotate(self, caller: Principal, id: UUID, *, secret: str | None = None, overlap: timedelta = timedelta(days=1)) -> Rotated:
        """Give a webhook another secret: the vendor's own, or a random one. The former is good for `overlap` more.

        Raises `NotFound`, `Conflict` for a trigger that is not signed, and `Invalid`.
        """
        caller.require(Permission.trigger_manage)
        if not timedelta(0) <= overlap <= longest_overlap:
            raise Invalid("Two secrets are good beside each other for at most 30 days.", pointer="/overlap")
        value = new_secret() if secret is None else checked_secret(secret)
        now = self._launch.now()
        async with self._database.transaction(caller.workspace) as tx:
            row = await Triggers(tx).get(id)
            if (name := row.secret) is None:
                raise Conflict("This trigger has no secret.", fix="Only webhooks that are signed have one.")
            rows = TriggerSecrets(tx)
            await self._envelope.ready(tx)  # before any row is locked: of two who make the first data key, one waits for the other
            sealed = await rows.find(name, lock=True)
            before: Sequence[Signing] = await opened_secrets(self._envelope, tx.workspace, name, sealed) if sealed is not None else ()
            await rows.keep(name, await sealed_secrets(self._envelope, tx, name, rotated(before, value, now, overlap)))
            shared = await Triggers(tx).sharing(name)
        self._changed()
        return Rotated(name, value, now + overlap, shared)

    async def _shown(self, tx: Transaction, caller: Principal, rows: Sequence[InstalledTrigger]) -> tuple[TriggerView, ...]:
        now, inbox = self._launch.now(), Deliveries(tx)
        found: list[TriggerView] = []
        for row in rows:
            last: Delivery | None = await inbox.last(row.id) if row.path else None
            found.append(trigger_view(row, now, self._address(row.path) if row.path and _may_see(caller, row) else None, last))
        return tuple(found)


def _may_see(caller: Principal, row: InstalledTrigger) -> bool:
    """An address that is a secret starts runs, so only those who may do that are told."""
    secret = isinstance(row.spec, WebhookTrigger) and row.spec.scheme == "path"
    return not secret or caller.may(Permission.trigger_operate)
