"""Workflows: their drafts with a revision each, and their published versions, which never change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.values import JsonObject, decode, encode
from tenuto.core.workflow import WorkflowDefinition, max_definition
from tenuto.store.repository import Order, Page, Repository, metadata

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
    Column("draft_by", Text),
    Column("draft_by_id", Uuid),
    Column("base_version", Integer),
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
    Column("layout", LargeBinary),
)

definitions = Table(
    "definitions",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class Author(NamedTuple):
    """Who changed something: the label at that time (`member:Ana`), and the id of a member or a key."""

    label: str | None = None
    id: UUID | None = None


nobody = Author()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow as it is being written."""

    id: str
    name: str
    draft: JsonObject
    """A document of today's shape with its `layout`; its parts may still be wrong."""
    revision: int
    """One more with every change of the draft."""
    published_hash: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    by: Author
    """Who changed the draft last."""
    base_version: int | None
    """The version that the draft was published as, or taken back to, last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version: the number under which a workflow's definition is pinned."""

    number: int
    hash: str
    published_at: datetime
    published_by: UUID | None
    note: str | None
    layout: JsonObject | None = None


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

    async def create(self, id: str, document: JsonObject, by: Author = nobody) -> bool:
        """Insert a draft; False if the id is taken. One that was deleted is there again, with its version numbers going on."""
        if await self.add({"id": id, "draft_revision": 1, "enabled": True, **_columns(document, by)}, ignore_existing=True):
            return True
        fresh = {"created_at": func.now(), "deleted_at": None, "published_hash": None, "base_version": None}
        return await self._write(id, _columns(document, by) | fresh, deleted=True) == 1

    async def write(self, id: str, document: JsonObject, by: Author = nobody) -> None:
        """Replace the draft, which gets the next revision."""
        await self._write(id, _columns(document, by), deleted=False)

    async def publish(self, id: str, version_hash: str) -> None:
        """Say which version is the published one."""
        await self._update({"published_hash": version_hash}, workflows.c.id == id)

    async def base(self, id: str, number: int) -> None:
        """Say which version the draft is the same as, or was begun with."""
        await self._update({"base_version": number}, workflows.c.id == id)

    async def bury(self, id: str) -> None:
        """Delete the row, or mark it where versions hang on it."""
        hanging = self._exists(workflow_versions, workflow_versions.c.workflow_id == workflows.c.id)
        await self._update({"deleted_at": func.now(), "published_hash": None}, workflows.c.id == id, hanging)
        await self._delete(workflows.c.id == id, ~hanging)

    async def _write(self, id: str, values: Mapping[str, object], *, deleted: bool) -> int:
        values = {**values, "draft_revision": workflows.c.draft_revision + 1, "updated_at": func.now()}
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
            by=Author(row["draft_by"], row["draft_by_id"]),
            base_version=row["base_version"],
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

    async def append(
        self, workflow_id: str, number: int, version_hash: str, by: UUID | None, note: str | None, *, layout: JsonObject | None = None
    ) -> None:
        """Add one. The workflow's row is locked by whoever does: numbers have no gap."""
        values = {"number": number, "hash": version_hash, "published_by": by, "note": note, "layout": drawing(layout)}
        await self.add({"workflow_id": workflow_id, **values})

    def _read(self, row: RowMapping) -> Version:
        names = ("number", "hash", "published_at", "published_by", "note")
        layout = cast("JsonObject", decode(row["layout"])) if row["layout"] is not None else None
        return Version(**{name: row[name] for name in names}, layout=layout)


class Definitions(Repository[WorkflowDefinition]):
    """Whole definitions by the hash of their content. None is ever deleted here: runs may be pinned to it."""

    table, noun, key = definitions, "workflow version", "hash"

    async def keep(self, definition: WorkflowDefinition) -> None:
        """Store a definition, unless it is there."""
        body = json.dumps(definition.document, ensure_ascii=False).encode()
        await self.add({"hash": definition.version_hash, "body": body}, ignore_existing=True)

    def _read(self, row: RowMapping) -> WorkflowDefinition:
        return WorkflowDefinition.model_validate_json(row["body"])


def _columns(document: JsonObject, by: Author) -> dict[str, object]:
    return {
        "name": document["name"],
        "description": str(document.get("description", "")),
        "draft": encode(document, limit=2 * max_definition, what="The definition"),
        "draft_by": by.label,
        "draft_by_id": by.id,
    }


def drawing(layout: JsonObject | None) -> bytes | None:
    """A layout as it is stored; none and an empty one are the same."""
    return encode(layout, what="The layout") if layout else None
