"""States of drafts that one can go back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias, cast

from pydantic import JsonValue
from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.values import JsonObject, decode, encode
from tenuto.core.workflow import max_definition
from tenuto.store.repository import Order, Repository, metadata
from tenuto.store.workflows import Author

kept_points = 50
"""Of each workflow; the oldest go."""

Reason: TypeAlias = Literal["work", "publish", "discard", "restore", "replace", "paste", "merge", "agent", "hand"]

restore_points = Table(
    "restore_points",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("by", Text),
    Column("by_id", Uuid),
    Column("reason", Text, nullable=False),
    Column("note", Text),
    Column("document", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePoint:
    """A draft as it was."""

    number: int
    revision: int
    at: datetime
    by: Author
    """Who was about to change it."""
    reason: Reason
    note: str | None
    document: JsonObject = field(default_factory=dict[str, JsonValue])
    """Empty in a list."""


class RestorePoints(Repository[RestorePoint]):
    """The restore points, by workflow and number."""

    table, noun, key = restore_points, "restore point", "number"

    async def of(self, workflow_id: str, *, limit: int = kept_points) -> Sequence[RestorePoint]:
        """A workflow's, newest first and without their documents."""
        columns = [column for column in restore_points.c if column.name != "document"]
        rows = await self._rows(restore_points.c.workflow_id == workflow_id, columns=columns, order=_newest, limit=limit)
        return [self._read(row) for row in rows]

    async def numbered(self, workflow_id: str, number: int) -> RestorePoint | None:
        """The one with this number."""
        return await self._first(restore_points.c.workflow_id == workflow_id, restore_points.c.number == number)

    async def append(self, workflow_id: str, point: RestorePoint) -> None:
        """Add one, and let go of the oldest. The workflow's row is locked by whoever does."""
        values = {"number": point.number, "revision": point.revision, "reason": point.reason, "note": point.note}
        document = encode(point.document, limit=2 * max_definition, what="The draft")
        await self.add({"workflow_id": workflow_id, "by": point.by.label, "by_id": point.by.id, "document": document, **values})
        c = restore_points.c
        await self._delete(c.workflow_id == workflow_id, c.number <= point.number - kept_points)

    async def forget(self, workflow_id: str) -> None:
        """Delete all of a workflow's."""
        await self._delete(restore_points.c.workflow_id == workflow_id)

    def _read(self, row: RowMapping) -> RestorePoint:
        names = ("number", "revision", "at", "reason", "note")
        listed = RestorePoint(**{name: row[name] for name in names}, by=Author(row["by"], row["by_id"]))
        return replace(listed, document=cast("JsonObject", decode(row["document"]))) if "document" in row else listed


_newest = Order((restore_points.c.number,))
