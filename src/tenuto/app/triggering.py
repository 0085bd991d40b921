"""What starts runs by itself, put together: the door for webhooks, and the rounds of those processes that work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from pydantic import JsonValue

from tenuto.app.engine import Engine
from tenuto.core.catalog import Catalog
from tenuto.core.connection import Ticket
from tenuto.core.trigger import PollTrigger
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Errand
from tenuto.services.executions.needs import Credentials
from tenuto.services.triggers import Triggers
from tenuto.services.triggers.duties import Duties, kept_for
from tenuto.services.triggers.inbox import Inbox
from tenuto.services.triggers.install import Installer
from tenuto.services.triggers.launch import Launch
from tenuto.services.triggers.operations import TriggerOperations
from tenuto.services.triggers.polls import Polls
from tenuto.services.triggers.reception import Offer, Reception
from tenuto.services.triggers.refusals import Refusals
from tenuto.services.triggers.schedules import Schedules
from tenuto.store.runs.identity import new_id
from tenuto.store.triggers.due import Due
from tenuto.store.triggers.hooks import Hooks
from tenuto.store.triggers.rows import InstalledTrigger
from tenuto.vault.keys.envelope import Envelope

_expired_every = 60.0
_expired_at_once = 1_000


@asynccontextmanager
async def triggering(
    running: Engine,
    catalog: Catalog,
    credentials: Credentials,
    envelope: Envelope,
    installer: Installer,
    *,
    development: bool,
    working: bool,
    offer: Offer | None = None,
) -> AsyncGenerator[Triggers]:
    """The services, until the block ends; with `working` this process also does its share of what is due.

    `offer` tells runs that wait for an event of deliveries that came in.
    """
    database, now = running.database, running.now
    hooks = Hooks(database)
    refusals = Refusals(hooks)
    launch = Launch(running.worker, running.journal, credentials, running.parts.sandbox, catalog=catalog, now=now, development=development)
    reception = Reception(hooks, launch, envelope, refusals, offer)
    due = Due(database)
    duties = Duties([Schedules(due, launch, now).fire, reception.sweep])
    expiring = Duties([partial(hooks.expire, kept_for, _expired_at_once)], every=_expired_every)
    polling = Duties([Polls(due, launch, partial(_ask, running), now).poll])  # rounds of their own: vendors take their time
    operations = TriggerOperations(database, launch, envelope, address=installer.address, changed=reception.forget)
    rounds = [asyncio.create_task(each.run(), name="triggers") for each in (duties, polling, expiring) if working]
    try:
        yield Triggers(operations, reception, Inbox(database, reception), duties)
    finally:
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        await refusals.close()
        await hooks.close()


async def _ask(running: Engine, row: InstalledTrigger, spec: PollTrigger, params: JsonObject) -> JsonValue:
    """What an action answers to a poll, asked as the workspace."""
    ticket = Ticket(workspace=row.workspace, integration=spec.connector, connection=spec.connection)
    key = f"poll:{row.id}:{new_id()}"
    return await running.parts.actor.perform(
        Errand(connector=spec.connector, action=spec.action, params=params, ticket=ticket, key=key, now=running.now())
    )
