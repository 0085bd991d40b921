"""Values that tests of a draft use instead of what its nodes would answer; nothing that runs reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, func

from tenuto.core.values import decode, encode
from tenuto.store.repository import Order, Repository, metadata

largest_pin = 1024 * 1024
most_pins = 500
"""Of one workflow."""

pins = Table(
    "pins",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("port", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("by", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A value of a node's port."""

    node: str
    port: str
    value: JsonValue
    source: str
    """The run it is from, `edited`, or `test`."""
    at: datetime
    by: str | None


class Pins(Repository[Pin]):
    """The pins, by workflow, node and port."""

    table, noun, key = pins, "pin", "node"

    async def of(self, workflow_id: str) -> Sequence[Pin]:
        """All of a workflow's, in the order of their nodes."""
        rows = await self._rows(pins.c.workflow_id == workflow_id, order=Order((pins.c.node, pins.c.port), descending=False))
        return [self._read(row) for row in rows]

    async def put(self, workflow_id: str, node: str, port: str, value: JsonValue, *, source: str, by: str) -> None:
        """Pin a value, instead of the one that was pinned."""
        body = encode(value, limit=largest_pin, what="The pinned value")
        names = {"workflow_id": workflow_id, "node": node, "port": port}
        await self._put({**names, "value": body, "source": source, "by": by, "at": func.now()})

    async def remove(self, workflow_id: str, node: str, port: str) -> bool:
        """Take one away; False if there is none."""
        c = pins.c
        return await self._delete(c.workflow_id == workflow_id, c.node == node, c.port == port) == 1

    async def forget(self, workflow_id: str) -> None:
        """Delete all of a workflow's."""
        await self._delete(pins.c.workflow_id == workflow_id)

    def _read(self, row: RowMapping) -> Pin:
        names = ("node", "port", "source", "at", "by")
        return Pin(**{name: row[name] for name in names}, value=decode(row["value"]))
