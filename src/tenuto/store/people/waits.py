"""What runs wait for, as rows that the commits of their logs write: the inbox of approvals and its history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Integer, RowMapping, Table, Text, Uuid, and_, func, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY

from tenuto.core.execution import ExecutionId
from tenuto.store.repository import Order, Page, Repository, metadata

waits = Table(
    "waits",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("execution_id", Uuid, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event", Text),
    Column("title", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("approvers", ARRAY(Text), nullable=False),
    Column("barred", ARRAY(Text), nullable=False),
    Column("answered", ARRAY(Text), nullable=False),
    Column("required", Integer, nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("public_id", Text(collation="C"), nullable=False),
    Column("workflow_id", Text),
    Column("workflow_name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("over_at", DateTime(timezone=True)),
    Column("outcome", Text),
)

_newest = Order((waits.c.created_at, waits.c.execution_id, waits.c.node))
_last_decided = Order((waits.c.over_at, waits.c.execution_id, waits.c.node))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An approval as its row tells it; what was shown and answered is in the log."""

    run: ExecutionId
    node: str
    public_id: str
    attempt: int
    title: str
    digest: str
    approvers: tuple[str, ...]
    barred: tuple[str, ...]
    answered: tuple[str, ...]
    required: int
    until: datetime | None
    workflow_id: str | None
    workflow_name: str
    created_at: datetime
    over_at: datetime | None
    outcome: str | None

    def open_to(self, names: Collection[str]) -> bool:
        """Whether somebody with these names may (still) decide."""
        asked = not self.approvers or not set(self.approvers).isdisjoint(names)
        return self.over_at is None and asked and set(names).isdisjoint(self.barred)


class Questions(Repository[Question]):
    """The approvals of a workspace, open and decided."""

    table, noun = waits, "approval"
    key: ClassVar[str] = "node"

    async def page(
        self,
        *,
        decided: bool,
        names: Collection[str] | None = None,
        search: str | None = None,
        workflow_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Question]:
        """Newest first, decided ones by when that was. With `names` only those that one who has them may decide, or has decided."""
        c = waits.c
        found = [c.kind == "approval", c.over_at.is_not(None) if decided else c.over_at.is_(None)]
        if names is not None:
            found.append(_among(c.answered, names) if decided else _open_to(names))
        if workflow_id is not None:
            found.append(c.workflow_id == workflow_id)
        if search:
            found.append(_search(search))
        return await self._page(*found, order=_last_decided if decided else _newest, limit=limit, cursor=cursor)

    async def named(self, id: str) -> Sequence[Question]:
        """Those of the id `execution/node`. Both may hold slashes, so that more than one may be meant."""
        cuts = [at for at, letter in enumerate(id) if letter == "/"]
        parts = [and_(waits.c.public_id == id[:at], waits.c.node == id[at + 1 :]) for at in cuts]
        rows = await self._rows(waits.c.kind == "approval", or_(*parts)) if parts else ()
        return [self._read(row) for row in rows]

    async def erase(self, runs: Sequence[UUID]) -> None:
        """Delete what belonged to runs that were removed."""
        await self._delete(waits.c.execution_id.in_(runs))

    def _read(self, row: RowMapping) -> Question:
        return Question(
            run=ExecutionId(self.workspace, row["execution_id"]),
            node=row["node"],
            public_id=row["public_id"],
            attempt=row["attempt"],
            title=row["title"],
            digest=row["digest"],
            approvers=tuple(row["approvers"]),
            barred=tuple(row["barred"]),
            answered=tuple(row["answered"]),
            required=row["required"],
            until=row["until"],
            workflow_id=row["workflow_id"],
            workflow_name=row["workflow_name"],
            created_at=row["created_at"],
            over_at=row["over_at"],
            outcome=row["outcome"],
        )


def _open_to(names: Collection[str]) -> ColumnElement[bool]:
    c = waits.c
    asked = or_(c.approvers == literal([], ARRAY(Text)), _among(c.approvers, names))
    return and_(asked, ~_among(c.barred, names))


def _among(column: Column[Sequence[str]], names: Collection[str]) -> ColumnElement[bool]:
    return column.bool_op("&&")(literal(list(names), ARRAY(Text)))


def _search(text: str) -> ColumnElement[bool]:
    """The text somewhere in the title or the workflow's name, or at the beginning of the run's id."""
    c, wanted = waits.c, func.lower(literal(text, Text))
    inside = [func.strpos(func.lower(column), wanted) > 0 for column in (c.title, c.workflow_name)]
    return or_(*inside, func.starts_with(c.public_id, literal(text, Text)))
