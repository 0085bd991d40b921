"""The inbox of deliveries: searched, read, and replayed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict
from tenuto.core.execution import Status
from tenuto.services.triggers.reception import Reception
from tenuto.services.triggers.views import DeliveryStatus, DeliveryView, delivery_view
from tenuto.store.database import Database, Transaction
from tenuto.store.executions import Executions
from tenuto.store.repository import Page
from tenuto.store.runs.identity import new_id
from tenuto.store.triggers.deliveries import Deliveries, Delivery, DeliveryFilters
from tenuto.store.triggers.hooks import Arrival
from tenuto.store.triggers.rows import Triggers


class Replayed(NamedTuple):
    """A delivery that was taken in once more."""

    delivery: UUID
    execution_id: str


class Inbox:
    """The use cases of deliveries that are kept."""

    def __init__(self, database: Database, reception: Reception) -> None:
        self._database = database
        self._reception = reception

    async def list(
        self,
        caller: Principal,
        *,
        trigger_id: UUID | None = None,
        status: DeliveryStatus | None = None,
        search: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[DeliveryView]:
        """Newest first, each with the beginning of its body. `search` is how the sender's id, the event or the run's id begins."""
        caller.require(Permission.trigger_read)
        filters = DeliveryFilters(trigger_id=trigger_id, status=status, search=search, since=since, until=until)
        async with self._database.transaction(caller.workspace) as tx:
            page = await Deliveries(tx).page(filters, limit=limit, cursor=cursor)
            runs = await _runs(tx, page.items)
        return Page(tuple(delivery_view(item, runs, whole=False) for item in page.items), page.next)

    async def get(self, caller: Principal, id: UUID) -> DeliveryView:
        """One delivery, whole. Raises `NotFound`."""
        caller.require(Permission.trigger_read)
        async with self._database.transaction(caller.workspace) as tx:
            found = await Deliveries(tx).get(id)
            return delivery_view(found, await _runs(tx, [found]), whole=True)

    async def replay(self, caller: Principal, id: UUID) -> Replayed:
        """Begin a new run of a kept delivery, by the version that is published now; its filter is not asked.

        Raises `NotFound`, and `Conflict` for one that was refused or whose trigger is gone.
        """
        caller.require(Permission.trigger_operate)
        async with self._database.transaction(caller.workspace) as tx:
            found = await Deliveries(tx).get(id)
            trigger = await Triggers(tx).find(found.trigger_id)
        if found.status == "refused":
            raise Conflict("This delivery was refused: nobody knows who sent it, and its body was not kept.", fix="Have it sent again.")
        if trigger is None or not trigger.installed:
            raise Conflict("The trigger of this delivery is gone.", fix="Publish a version of the workflow that has it.")
        fresh = new_id()
        arrival = Arrival(
            workspace=caller.workspace,
            id=fresh,
            trigger_id=trigger.id,
            delivery=found.delivery,
            event=found.event,
            headers=found.headers,
            body=found.body,
            status="received",
            execution_id=str(fresh),
            replay_of=found.id,
        )
        await self._reception.replay(trigger, found.id, arrival)
        return Replayed(fresh, str(fresh))


async def _runs(tx: Transaction, items: tuple[Delivery, ...] | list[Delivery]) -> dict[str, Status]:
    return await Executions(tx).statuses([item.execution_id for item in items if item.execution_id and item.status == "started"])
