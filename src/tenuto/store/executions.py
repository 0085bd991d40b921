"""Runs as they are looked up: their rows, listed, searched, imported and deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    Uuid,
    and_,
    func,
    literal,
    literal_column,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tenuto.core.errors import ProblemData
from tenuto.core.events import format_version
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.usage import Usage
from tenuto.core.values import decode, encode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Page, Repository, metadata
from tenuto.store.runs import statements

executions = Table(
    "executions",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("public_id", Text(collation="C"), nullable=False),
    Column("workflow_id", Text),
    Column("workflow_name", Text, nullable=False),
    Column("version_hash", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("scope", Text),
    Column("item", Integer),
    Column("attempt", Integer),
    Column("status", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("format", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("user_id", Text),
    Column("session_id", Text),
    Column("priority", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("keys", ARRAY(Text), nullable=False),
    Column("waiting_for", Text),
    Column("usage", LargeBinary),
    Column("error", LargeBinary),
    Column("current_node", Text),
    Column("imported", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
)

_newest = Order((executions.c.created_at, executions.c.id))
_beyond = "\U0010ffff"
"""Greater than whatever follows a prefix, in the byte order of the indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run as its row tells it; everything else is in its log."""

    id: ExecutionId
    public_id: str
    workflow_id: str | None
    workflow_name: str
    version_hash: str
    """Empty for an imported record, which has no definition."""
    status: Status
    head: int
    simulated: bool
    imported: bool
    user_id: str | None
    session_id: str | None
    priority: int
    trigger: str
    keys: tuple[str, ...]
    waiting_for: str | None
    current_node: str | None
    error: ProblemData | None
    usage: Usage | None = None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    parent_id: UUID | None = None
    """Of a child: its parent; with the node and attempt it belongs to, and its place."""
    scope: str | None = None
    attempt: int | None = None
    item: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.imported or self.status.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which runs are asked for; what is left empty does not matter."""

    statuses: Collection[Status] = ()
    workflow_id: str | None = None
    trigger: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    parent: UUID | None = None
    """The children of this run; without it runs that are nobody's child."""
    search: str | None = None
    """The beginning of the run's id or of its workflow's name, or a whole key, or words of keys; in any case of letters."""
    simulated: bool | None = None


class Executions(Repository[Execution]):
    """The rows of runs. Starting and going on are the journal's business."""

    table, noun = executions, "execution"
    key: ClassVar[str] = "public_id"

    async def page(self, filters: Filters, *, limit: int = 50, cursor: str | None = None) -> Page[Execution]:
        """Newest first. Raises `Malformed` for a cursor that is none of ours."""
        return await self._page(*_conditions(filters), order=_newest, limit=limit, cursor=cursor)

    async def by_id(self, id: UUID) -> Execution | None:
        """The run with this internal id, if it is here."""
        return await self._first(executions.c.id == id)

    async def ended(self, workflow_id: str, limit: int) -> Sequence[Execution]:
        """Some runs of a workflow that are over (imported records always are), newest first."""
        rows = await self._rows(
            executions.c.workflow_id == workflow_id, executions.c.parent_id.is_(None), _over(), order=_newest, limit=limit
        )
        return [self._read(row) for row in rows]

    async def unfinished(self, workflow_id: str) -> int:
        """How many runs of a workflow have not ended."""
        return await self._count(executions.c.workflow_id == workflow_id, executions.c.parent_id.is_(None), ~_over())

    async def statuses(self, public_ids: Sequence[str]) -> dict[str, Status]:
        """The statuses of those of these runs that are there."""
        c = executions.c
        rows = await self._rows(c.public_id.in_(public_ids), columns=[c.public_id, c.status])
        return {row["public_id"]: Status(row["status"]) for row in rows}

    async def simulated(self, runs: Sequence[UUID]) -> Collection[UUID]:
        """Those of these runs in which nothing really happens outside."""
        rows = await self._rows(executions.c.id.in_(runs), executions.c.simulated, columns=[executions.c.id])
        return {row["id"] for row in rows}

    async def record(self, run: Execution) -> bool:
        """Insert an imported record, which nobody ever claims; False if its public id is taken."""
        error = run.error.model_dump(mode="json", exclude_none=True) if run.error else None
        row = {
            "id": run.id.id,
            "public_id": run.public_id,
            "workflow_id": run.workflow_id,
            "workflow_name": run.workflow_name,
            "version_hash": run.version_hash,
            "status": run.status.value,
            "head": run.head,
            "format": format_version,
            "trigger": run.trigger,
            "current_node": run.current_node,
            "error": encode(error) if error is not None else None,
            "imported": True,
            "created_at": run.created_at,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        }
        return await self.add(row, ignore_existing=True)

    async def remove(self, ids: Sequence[UUID], *, free: bool = False) -> Sequence[UUID]:
        """Delete those of these runs that are over; which ones those were. Their logs are erased by `erase`.

        `free` passes over those that somebody else has in hand.
        """
        rows = await self._rows(executions.c.id.in_(ids), _over(), columns=[executions.c.id], lock=True, free=free)
        over = [cast("UUID", row["id"]) for row in rows]
        await self._delete(executions.c.id.in_(over))
        return over

    def _read(self, row: RowMapping) -> Execution:
        return Execution(
            id=ExecutionId(self.workspace, row["id"]),
            public_id=row["public_id"],
            workflow_id=row["workflow_id"],
            workflow_name=row["workflow_name"],
            version_hash=row["version_hash"],
            status=Status(row["status"]),
            head=row["head"],
            simulated=row["simulated"],
            imported=row["imported"],
            user_id=row["user_id"],
            session_id=row["session_id"],
            priority=row["priority"],
            trigger=row["trigger"],
            keys=tuple(row["keys"]),
            waiting_for=row["waiting_for"],
            current_node=row["current_node"],
            error=ProblemData.model_validate(decode(row["error"])) if row["error"] is not None else None,
            usage=Usage.model_validate(decode(row["usage"])) if row["usage"] is not None else None,
            created_at=row["created_at"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            parent_id=row["parent_id"],
            scope=row["scope"],
            attempt=row["attempt"],
            item=row["item"],
        )


async def heads(database: Database, watched: Sequence[ExecutionId]) -> Sequence[tuple[ExecutionId, int]]:
    """How far the logs of these runs have come, whatever their workspaces. Raises `Unavailable`."""
    with reaching_database():
        rows = await database.pool.fetch(statements.heads, [run.workspace for run in watched], [run.id for run in watched])
    return [(ExecutionId(row["workspace"], row["id"]), row["head"]) for row in rows]


def _over() -> ColumnElement[bool]:
    return or_(executions.c.finished_at.is_not(None), executions.c.imported)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    c, found = executions.c, list[ColumnElement[bool]]()
    found.append(c.parent_id == filters.parent if filters.parent is not None else c.parent_id.is_(None))
    if filters.statuses:
        found.append(c.status.in_(sorted(status.value for status in filters.statuses)))
    if filters.workflow_id is not None:
        found.append(c.workflow_id == filters.workflow_id)
    if filters.trigger is not None:
        found.append(c.trigger == filters.trigger)
        if filters.trigger != "api":
            # Written out, so that the partial index of everything else is seen to hold them all.
            found.append(c.trigger != literal_column("'api'"))
    if filters.since is not None:
        found.append(c.created_at >= filters.since)
    if filters.until is not None:
        found.append(c.created_at < filters.until)
    if filters.simulated is not None:
        found.append(c.simulated if filters.simulated else ~c.simulated)
    if filters.search:
        found.append(_search(filters.search))
    return found


def _words(text: str) -> list[str]:
    """A whole key is found by itself, and by its words where they are several: the same splitting as `words_of_keys` of the database."""
    # To the database spaces and cases outside ASCII are letters like others.
    words = [word for word in re.split(r"[\s\-_/:.,;#@|=]+", text, flags=re.ASCII) if word]
    return [re.sub("[A-Z]+", lambda found: found[0].lower(), word)[:200] for word in words] or [text]


def _search(text: str) -> ColumnElement[bool]:
    """Three conditions with an index each: ranges instead of `like`, which a prepared statement cannot look up in an index."""
    c = executions.c
    name, begin = func.lower(c.workflow_name).collate("C"), func.lower(literal(text, Text))
    return or_(
        and_(c.public_id >= text, c.public_id < text + _beyond),
        and_(name >= begin, name < begin + literal(_beyond, Text)),
        literal_column("executions.key_words", ARRAY(Text)).bool_op("@>")(literal(_words(text), ARRAY(Text))),
    )
