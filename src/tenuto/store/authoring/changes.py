"""What each revision of a draft changed, for those who edited an older one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.documents.operations import Operation
from tenuto.core.values import encode
from tenuto.core.workflow import max_definition
from tenuto.store.repository import Order, Repository, metadata
from tenuto.store.workflows import Author

kept_changes = 1_000
"""Revisions of each draft whose operations are kept; who edited an older one reads the whole draft."""

workflow_changes = Table(
    "workflow_changes",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("by", Text),
    Column("by_id", Uuid),
    Column("operations", LargeBinary, nullable=False),
)

_operations = TypeAdapter(tuple[Operation, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One change of a draft."""

    revision: int
    at: datetime
    by: Author
    operations: tuple[Operation, ...]


class Revisions(Repository[Revision]):
    """The changes of drafts, by workflow and revision."""

    table, noun, key = workflow_changes, "revision", "revision"

    async def append(self, workflow_id: str, revision: int, operations: Sequence[Operation], by: Author) -> None:
        """Add what this revision changed, and let go of what is too old."""
        body = encode([operation.model_dump() for operation in operations], limit=8 * max_definition, what="The change")
        await self.add({"workflow_id": workflow_id, "revision": revision, "operations": body, "by": by.label, "by_id": by.id})
        c = workflow_changes.c
        await self._delete(c.workflow_id == workflow_id, c.revision <= revision - kept_changes)

    async def since(self, workflow_id: str, revision: int) -> Sequence[Revision]:
        """The changes after a revision, oldest first."""
        c = workflow_changes.c
        order = Order((c.revision,), descending=False)
        rows = await self._rows(c.workflow_id == workflow_id, c.revision > revision, order=order, limit=kept_changes)
        return [self._read(row) for row in rows]

    async def forget(self, workflow_id: str) -> None:
        """Delete all of a workflow's."""
        await self._delete(workflow_changes.c.workflow_id == workflow_id)

    def _read(self, row: RowMapping) -> Revision:
        operations = _operations.validate_json(cast("bytes", row["operations"]))
        return Revision(revision=row["revision"], at=row["at"], by=Author(row["by"], row["by_id"]), operations=operations)
