"""Workflows: their drafts with a revision each, and their published versions, which never change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.values import JsonObject, decode, encode
from tenuto.core.workflow import WorkflowDefinition, max_definition
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Page, Repository, metadata
from tenuto.store.runs.batch import Batch

workflows = Table(
    "workflows",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("draft_revision", Integer, nullable=False),
    Column("published_hash", Text),
    Column("enabled", Boolean, nullable=False),
    Column("settings", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("deleted_at", DateTime(timezone=True)),
)

workflow_versions = Table(
    "workflow_versions",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("published_by", Uuid),
    Column("note", Text),
)

definitions = Table(
    "definitions",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow as it is being written."""

    id: str
    name: str
    draft: JsonObject
    """A document of today's shape; its parts may still be wrong."""
    revision: int
    """One more with every change of the draft."""
    published_hash: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version: the number under which a workflow's definition is pinned."""

    number: int
    hash: str
    published_at: datetime
    published_by: UUID | None
    note: str | None


class Published(NamedTuple):
    """What a start has to know of a workflow."""

    name: str
    hash: str | None
    """Of the version that runs start with; None while nothing was published."""


class PublishedVersions:
    """What workflows' runs start with. Every start asks for it, so those who ask at the same time share one plain statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: Batch[tuple[int, str], Published | None] = Batch(self._look)

    async def of(self, workspace: int, id: str) -> Published | None:
        """What a workflow's runs start with; None for one that is not there. Raises `Unavailable`."""
        return await self._asked.submit((workspace, id))

    async def _look(self, asked: Sequence[tuple[int, str]]) -> Sequence[Published | None]:
        wanted = list(dict.fromkeys(asked))
        with reaching_database():
            rows = await self._database.pool.fetch(_published, *zip(*wanted, strict=True))
        found = {(row["workspace"], row["id"]): Published(row["name"], row["published_hash"]) for row in rows}
        return [found.get(each) for each in asked]


_published = """
select w.workspace, w.id, w.name, w.published_hash
from workflows w join unnest($1::int[], $2::text[]) as x(workspace, id) on w.workspace = x.workspace and w.id = x.id
where w.deleted_at is null
"""


class Workflows(Repository[Workflow]):
    """The drafts. A deleted workflow stays as a row while versions hang on it, and is not found."""

    table, noun = workflows, "workflow"

    async def present(self, id: str, *, lock: bool = False) -> Workflow | None:
        """The one with this id, unless it was deleted."""
        found = await self.find(id, lock=lock)
        return found if found and found.deleted_at is None else None

    async def page(self, *, limit: int, cursor: str | None = None) -> Page[Workflow]:
        """Those that were changed last come first. Raises `Malformed` for a cursor that is none of ours."""
        order = Order((workflows.c.updated_at, workflows.c.id))
        return await self._page(workflows.c.deleted_at.is_(None), order=order, limit=limit, cursor=cursor)

    async def published(self, *, limit: int, cursor: str | None = None) -> Page[Workflow]:
        """Those that runs can be started of, in the order of their ids. Raises `Malformed` for a cursor that is none of ours."""
        there = (workflows.c.deleted_at.is_(None), workflows.c.published_hash.is_not(None))
        return await self._page(*there, order=Order((workflows.c.id,), descending=False), limit=limit, cursor=cursor)

    async def count(self) -> int:
        """How many there are."""
        return await self._count(workflows.c.deleted_at.is_(None))

    async def create(self, id: str, document: JsonObject) -> bool:
        """Insert a draft; False if the id is taken. One that was deleted is there again, with its version numbers going on."""
        if await self.add({"id": id, "draft_revision": 1, "enabled": True, **_columns(document)}, ignore_existing=True):
            return True
        fresh = {"created_at": func.now(), "deleted_at": None, "published_hash": None}
        return await self._write(id, document, fresh, deleted=True) == 1

    async def write(self, id: str, document: JsonObject) -> None:
        """Replace the draft, which gets the next revision."""
        await self._write(id, document, {}, deleted=False)

    async def publish(self, id: str, version_hash: str | None) -> None:
        """Say which version is the published one."""
        await self._update({"published_hash": version_hash}, workflows.c.id == id)

    async def bury(self, id: str) -> None:
        """Delete the row, or mark it where versions hang on it."""
        hanging = self._exists(workflow_versions, workflow_versions.c.workflow_id == workflows.c.id)
        await self._update({"deleted_at": func.now(), "published_hash": None}, workflows.c.id == id, hanging)
        await self._delete(workflows.c.id == id, ~hanging)

    async def _write(self, id: str, document: JsonObject, more: Mapping[str, object], *, deleted: bool) -> int:
        values = {**_columns(document), "draft_revision": workflows.c.draft_revision + 1, "updated_at": func.now(), **more}
        gone = workflows.c.deleted_at.is_not(None) if deleted else workflows.c.deleted_at.is_(None)
        return await self._update(values, workflows.c.id == id, gone)

    def _read(self, row: RowMapping) -> Workflow:
        return Workflow(
            id=row["id"],
            name=row["name"],
            draft=cast("JsonObject", decode(row["draft"])),
            revision=row["draft_revision"],
            published_hash=row["published_hash"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            deleted_at=row["deleted_at"],
        )


class Versions(Repository[Version]):
    """The published versions of every workflow, by workflow and number."""

    table, noun, key = workflow_versions, "version", "number"

    async def page(self, workflow_id: str, *, limit: int, cursor: str | None = None) -> Page[Version]:
        """Newest first. Raises `Malformed` for a cursor that is none of ours."""
        mine = workflow_versions.c.workflow_id == workflow_id
        return await self._page(mine, order=Order((workflow_versions.c.number,)), limit=limit, cursor=cursor)

    async def newest(self, workflow_id: str) -> Version | None:
        """The last one that was published."""
        mine = workflow_versions.c.workflow_id == workflow_id
        rows = await self._rows(mine, order=Order((workflow_versions.c.number,)), limit=1)
        return self._read(rows[0]) if rows else None

    async def numbered(self, workflow_id: str, number: int) -> Version | None:
        """The one with this number."""
        return await self._first(workflow_versions.c.workflow_id == workflow_id, workflow_versions.c.number == number)

    async def numbers(self, hashes: dict[str, str]) -> dict[str, int]:
        """The newest version number of each workflow, given the hash of its published definition."""
        if not hashes:
            return {}
        c = workflow_versions.c
        columns = [c.workflow_id, c.number, c.hash]
        rows = await self._rows(c.workflow_id.in_(list(hashes)), c.hash.in_(list(hashes.values())), columns=columns)
        found: dict[str, int] = {}
        for row in rows:
            if hashes[row["workflow_id"]] == row["hash"]:
                found[row["workflow_id"]] = max(row["number"], found.get(row["workflow_id"], 0))
        return found

    async def append(self, workflow_id: str, number: int, version_hash: str, by: UUID | None, note: str | None) -> None:
        """Add one. The workflow's row is locked by whoever does: numbers have no gap."""
        await self.add({"workflow_id": workflow_id, "number": number, "hash": version_hash, "published_by": by, "note": note})

    def _read(self, row: RowMapping) -> Version:
        names = ("number", "hash", "published_at", "published_by", "note")
        return Version(**{name: row[name] for name in names})


class Definitions(Repository[WorkflowDefinition]):
    """Whole definitions by the hash of their content. None is ever deleted here: runs may be pinned to it."""

    table, noun, key = definitions, "workflow version", "hash"

    async def keep(self, definition: WorkflowDefinition) -> None:
        """Store a definition, unless it is there."""
        body = json.dumps(definition.document, ensure_ascii=False).encode()
        await self.add({"hash": definition.version_hash, "body": body}, ignore_existing=True)

    def _read(self, row: RowMapping) -> WorkflowDefinition:
        return WorkflowDefinition.model_validate_json(row["body"])


def _columns(document: JsonObject) -> dict[str, JsonValue | bytes]:
    return {
        "name": document["name"],
        "description": str(document.get("description", "")),
        "draft": encode(document, limit=2 * max_definition, what="The definition"),
    }
