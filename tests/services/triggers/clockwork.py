"""Schedulers on one database with a clock that a test moves; and workflows published with triggers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from tests.engine.rig import Rig, rig
from tests.vault.envelopes import envelope

from tenuto.core.access import Principal, Role
from tenuto.core.catalog import Catalog, discover
from tenuto.core.errors import Conflict
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.services.triggers.install import Installer, NewTrigger
from tenuto.services.triggers.launch import Launch
from tenuto.services.triggers.schedules import Schedules
from tenuto.services.versions import Versions
from tenuto.services.workflows import Workflows
from tenuto.store.database import Database
from tenuto.store.triggers.due import Due
from tenuto.vault.keys.envelope import Envelope

owner = Principal(1, "local", None, "local", Role.owner)
began = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """The time, as the test says."""

    at: datetime = began

    def __call__(self) -> datetime:
        return self.at

    def on(self, **more: float) -> datetime:
        self.at += timedelta(**more)
        return self.at


class NoneMissing:
    """Every credential is there."""

    async def missing(self, workspace: int, user_id: str | None, definition: WorkflowDefinition) -> Sequence[str]:
        return ()


@dataclass
class Clockwork:
    """One process's part in schedules."""

    rig: Rig
    clock: Clock
    launch: Launch
    schedules: Schedules
    dsn: str
    catalog: Catalog = field(default_factory=discover)

    @property
    def envelope(self) -> Envelope:
        return envelope(self.rig.database)

    @property
    def installer(self) -> Installer:
        return Installer(self.envelope, self.clock, "https://tenuto.example")

    async def publish(self, *triggers: dict[str, Any], id: str = "w", nodes: Sequence[Mapping[str, Any]] = ()) -> Sequence[NewTrigger]:
        workflows = Workflows(self.rig.database, self.catalog, self.installer)
        document: dict[str, Any] = {
            "id": id,
            "name": "Timed",
            "startNode": "a",
            "nodes": [*nodes] or [{"id": "a", "type": "transform", "config": {"value": "{{ input }}"}}],
            "triggers": [{"type": "schedule", **trigger} for trigger in triggers],
        }
        try:
            await workflows.create(owner, document)
        except Conflict:
            await workflows.change(owner, id, document)
        return (await Versions(self.rig.database, self.catalog, self.installer).publish(owner, id)).triggers

    async def rounds(self) -> None:
        """Go round until nothing is due."""
        while await self.schedules.fire():
            pass

    async def rows(self, question: str, *arguments: object) -> list[asyncpg.Record]:
        link = await asyncpg.connect(self.dsn)
        try:
            return await link.fetch(question, *arguments)
        finally:
            await link.close()

    async def slots(self) -> list[str]:
        """The slots that runs were begun for, in order."""
        found = await self.rows("select data from execution_events where type = 'workflow_started'")
        return sorted(json.loads(row["data"])["trigger_data"]["scheduled_at"] for row in found)

    async def row(self, id: UUID) -> asyncpg.Record:
        return (await self.rows("select * from triggers where id = $1", id))[0]


def launch_of(engine: Rig, clock: Callable[[], datetime], catalog: Catalog, sandbox: Sandbox | None = None) -> Launch:
    return Launch(engine.worker, engine.journal, NoneMissing(), sandbox or Sandbox(), catalog=catalog, now=clock, development=False)


@asynccontextmanager
async def clockwork(database: Database, dsn: str, clock: Clock | None = None) -> AsyncGenerator[Clockwork]:
    """A working engine with its schedules, which go round only when the test says so."""
    clock, sandbox = clock or Clock(), Sandbox()
    async with rig(database) as engine:
        launch = launch_of(engine, clock, discover(), sandbox)
        yield Clockwork(engine, clock, launch, Schedules(Due(database), launch, clock), dsn)
    await sandbox.close()
