"""Deliveries of webhooks as they are looked up: who sent what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func, or_

from tenuto.core.errors import ProblemData
from tenuto.core.values import decode
from tenuto.store.executions import executions
from tenuto.store.repository import Order, Page, Repository, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("trigger_id", Uuid, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("event", Text),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("execution_id", Text),
    Column("error", LargeBinary),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("replay_of", Uuid),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

_newest = Order((deliveries.c.received_at, deliveries.c.id))
_failed = ("failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery and what was done with it; `status` is what its row says: of a run that was started, the run's row says more."""

    id: UUID
    trigger_id: UUID
    delivery: str
    """The sender's name of it."""
    event: str | None
    headers: dict[str, str]
    body: bytes
    verdict: str
    """`verified`, or why it was refused."""
    status: str
    """received, started, ignored, failed or refused."""
    execution_id: str | None
    error: ProblemData | None
    attempts: int
    replay_of: UUID | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilters:
    """Which deliveries are asked for."""

    trigger_id: UUID | None = None
    status: str | None = None
    search: str | None = None
    """The beginning of the sender's id, of the event's name, or of the run's id."""
    since: datetime | None = None
    until: datetime | None = None


class Deliveries(Repository[Delivery]):
    """The inbox of a workspace."""

    table, noun = deliveries, "delivery"

    async def page(self, filters: DeliveryFilters, *, limit: int = 50, cursor: str | None = None) -> Page[Delivery]:
        """Newest first. Raises `Malformed` for a cursor that is none of ours."""
        return await self._page(*self._conditions(filters), order=_newest, limit=limit, cursor=cursor)

    async def last(self, trigger_id: UUID) -> Delivery | None:
        """The newest of a trigger that was believed."""
        rows = await self._rows(deliveries.c.trigger_id == trigger_id, deliveries.c.status != "refused", order=_newest, limit=1)
        return self._read(rows[0]) if rows else None

    def _conditions(self, filters: DeliveryFilters) -> list[ColumnElement[bool]]:
        c, found = deliveries.c, list[ColumnElement[bool]]()
        if filters.trigger_id is not None:
            found.append(c.trigger_id == filters.trigger_id)
        if filters.status is not None:
            found.append(self._of_status(filters.status))
        if filters.search:
            begin = filters.search
            found.append(or_(*(column.startswith(begin, autoescape=True) for column in (c.delivery, c.event, c.execution_id))))
        if filters.since is not None:
            found.append(c.received_at >= filters.since)
        if filters.until is not None:
            found.append(c.received_at < filters.until)
        return found

    def _of_status(self, status: str) -> ColumnElement[bool]:
        c = deliveries.c
        match status:
            case "done":
                return (c.status == "started") & self._run(executions.c.status == "completed")
            case "failed":
                return or_(c.status == "failed", (c.status == "started") & self._run(executions.c.status.in_(_failed)))
            case "started":
                return (c.status == "started") & ~self._run(executions.c.status.in_(("completed", *_failed)))
            case _:
                return c.status == status

    def _run(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return self._exists(executions, executions.c.public_id == deliveries.c.execution_id, condition)

    def _read(self, row: RowMapping) -> Delivery:
        error = row["error"]
        names = (
            "id",
            "trigger_id",
            "delivery",
            "event",
            "body",
            "verdict",
            "status",
            "execution_id",
            "attempts",
            "replay_of",
            "received_at",
        )
        return Delivery(
            **{name: row[name] for name in names},
            headers=cast("dict[str, str]", decode(row["headers"])),
            error=ProblemData.model_validate(decode(error)) if error is not None else None,
        )
