"""Triggers of published workflows: one row each, which keeps its address, secret and state over new versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func
from sqlalchemy.exc import IntegrityError

from tenuto.core.errors import Conflict, ProblemData
from tenuto.core.trigger import Trigger
from tenuto.core.values import decode, encode
from tenuto.store.repository import Order, Page, Repository, metadata

triggers = Table(
    "triggers",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("workflow_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("spec", LargeBinary, nullable=False),
    Column("version_hash", Text, nullable=False),
    Column("installed", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("path", Text),
    Column("secret", Text),
    Column("slot_at", DateTime(timezone=True)),
    Column("next_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
    Column("watermark", LargeBinary),
    Column("last_at", DateTime(timezone=True)),
    Column("last_execution", Text),
    Column("note", Text),
    Column("error", LargeBinary),
    Column("failures", Integer, nullable=False),
    Column("fired", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("refused_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

trigger_secrets = Table(
    "trigger_secrets",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

_specs: TypeAdapter[Trigger] = TypeAdapter(Trigger)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledTrigger:
    """A trigger of a workflow's published version, and what became of it."""

    workspace: int
    id: UUID
    workflow_id: str
    spec: Trigger
    version_hash: str
    """The definition that its runs are pinned to."""
    installed: bool
    """False once a newer version leaves it out."""
    enabled: bool
    """The operator's switch, beside the definition's own."""
    path: str | None
    secret: str | None
    slot_at: datetime | None
    next_at: datetime | None
    """When it is due: a schedule's slot and its jitter, or the next poll."""
    watermark: JsonValue
    last_at: datetime | None
    last_execution: str | None
    note: str | None
    error: ProblemData | None
    failures: int
    """In a row."""
    fired: int
    skipped: int
    refused: int
    refused_at: datetime | None
    created_at: datetime

    @property
    def active(self) -> bool:
        """Whether it starts runs."""
        return self.installed and self.enabled and self.spec.enabled


class Triggers(Repository[InstalledTrigger]):
    """The triggers of a workspace."""

    table, noun = triggers, "trigger"

    async def page(
        self, *, workflow_id: str | None = None, type: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[InstalledTrigger]:
        """Those of published versions, newest first. Raises `Malformed` for a cursor that is none of ours."""
        where: list[ColumnElement[bool]] = [triggers.c.installed.is_(True)]
        if workflow_id is not None:
            where.append(triggers.c.workflow_id == workflow_id)
        if type is not None:
            where.append(triggers.c.type == type)
        return await self._page(*where, order=Order((triggers.c.created_at, triggers.c.id)), limit=limit, cursor=cursor)

    async def of_workflow(self, workflow_id: str) -> Sequence[InstalledTrigger]:
        """Every one of a workflow, those included that its published version leaves out."""
        rows = await self._rows(triggers.c.workflow_id == workflow_id)
        return [self._read(row) for row in rows]

    async def install(self, id: UUID, workflow_id: str, spec: Trigger, version_hash: str, values: Mapping[str, object]) -> None:
        """Insert one or give it its new definition. Raises `Conflict` where another trigger has the path."""
        body = encode(spec.model_dump(mode="json", exclude_defaults=True, exclude_none=True) | {"type": spec.type})
        row: dict[str, object] = {
            "id": id, "workflow_id": workflow_id, "key": spec.id, "type": spec.type, "spec": body, "version_hash": version_hash,
            "installed": True, **values,
        }  # fmt: skip
        try:
            if not await self.add({**row, "enabled": True, "failures": 0, **dict.fromkeys(_counts, 0)}, ignore_existing=True):
                if await self.find(id) is None:
                    raise _taken(values)
                del row["id"]
                await self.change(id, row)
        except IntegrityError:
            raise _taken(values) from None

    async def change(self, id: UUID, values: Mapping[str, object]) -> None:
        """Set columns of one."""
        await self._update({**values, "updated_at": func.now()}, triggers.c.id == id)

    async def leave_out(self, workflow_id: str, but: Sequence[UUID]) -> None:
        """Those that a new version does not have do nothing from now on."""
        gone = (triggers.c.workflow_id == workflow_id, triggers.c.id.not_in(but), triggers.c.installed)
        await self._update({"installed": False, "next_at": None, "updated_at": func.now()}, *gone)

    async def sharing(self, secret: str) -> int:
        """How many sign with a secret."""
        return await self._count(triggers.c.secret == secret, triggers.c.installed)

    async def remove(self, workflow_id: str) -> None:
        """Delete those of a workflow, with the secrets that are theirs alone."""
        rows = await self._rows(triggers.c.workflow_id == workflow_id, columns=[triggers.c.id])
        await self._delete(triggers.c.id.in_([row["id"] for row in rows]))

    def _read(self, row: RowMapping) -> InstalledTrigger:
        return read_trigger(row)


class TriggerSecrets(Repository[bytes]):
    """Sealed secrets by name, of which a trigger has one of its own or several share one."""

    table, noun, key = trigger_secrets, "secret", "name"

    async def keep(self, name: str, sealed: bytes) -> None:
        """Insert or replace one."""
        await self._put({"name": name, "sealed": sealed, "updated_at": func.now()})

    async def remove(self, names: Sequence[str]) -> None:
        """Delete some."""
        await self._delete(trigger_secrets.c.name.in_(names))

    def _read(self, row: RowMapping) -> bytes:
        return cast("bytes", row["sealed"])


def read_trigger(row: Mapping[str, object] | RowMapping) -> InstalledTrigger:
    """The trigger of a row, however it was fetched."""
    given = cast("dict[str, object]", {name: row[name] for name in _plain})
    error, watermark = cast("bytes | None", row["error"]), cast("bytes | None", row["watermark"])
    return InstalledTrigger(
        **given,  # pyright: ignore[reportArgumentType]  # columns of the names and types of the fields
        spec=_specs.validate_json(cast("bytes", row["spec"])),
        error=ProblemData.model_validate(decode(error)) if error is not None else None,
        watermark=decode(watermark) if watermark is not None else None,
    )


_counts = ("fired", "skipped", "refused")
_plain = (
    "workspace", "id", "workflow_id", "version_hash", "installed", "enabled", "path", "secret", "slot_at", "next_at", "last_at",
    "last_execution", "note", "failures", "fired", "skipped", "refused", "refused_at", "created_at",
)  # fmt: skip


def _taken(values: Mapping[str, object]) -> Conflict:
    return Conflict(
        f'The path "{values.get("path")}" is taken by another trigger.', fix="Choose another, or leave it out for a random one."
    )
