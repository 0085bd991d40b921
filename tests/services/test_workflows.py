"""Drafts and versions under contention, and that every method asks for its permission."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.vault.envelopes import envelope

from tenuto.core.access import Principal, Role
from tenuto.core.catalog import discover
from tenuto.core.errors import Conflict, Forbidden, NotFound
from tenuto.services.executions.sources import StoredDefinitions
from tenuto.services.triggers.install import Installer
from tenuto.services.versions import Versions
from tenuto.services.workflows import Workflows
from tenuto.store.database import Database
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.identity import Identity
from tenuto.store.runs.journal import Journal

owner = Principal(1, "local", None, "local", Role.owner)
viewer = Principal(1, "key", None, "v", Role.viewer)
document: dict[str, Any] = {"id": "w", "name": "W", "startNode": "a", "nodes": [{"id": "a", "type": "end", "config": {"output": 1}}]}
catalog = discover()


def installer(database: Database) -> Installer:
    return Installer(envelope(database), lambda: datetime.now(UTC), "https://tenuto.example")


@pytest.fixture
def workflows(database: Database) -> Workflows:
    return Workflows(database, catalog, installer(database))


@pytest.fixture
def versions(database: Database) -> Versions:
    return Versions(database, catalog, installer(database))


async def test_of_many_who_change_one_revision_one_wins(workflows: Workflows) -> None:
    await workflows.create(owner, document)
    changes = [workflows.change(owner, "w", {"name": f"N{n}"}, revision=1) for n in range(6)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 5 + ["Drafted"]
    assert (await workflows.get(owner, "w")).revision == 2


async def test_of_many_who_create_one_id_one_wins(workflows: Workflows) -> None:
    results = await asyncio.gather(*(workflows.create(owner, document) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 4


async def test_versions_published_at_once_have_numbers_without_a_gap(workflows: Workflows, versions: Versions) -> None:
    await workflows.create(owner, document)

    async def change_and_publish(number: int) -> None:
        await workflows.change(owner, "w", {"name": f"N{number}"})
        await versions.publish(owner, "w")

    await asyncio.gather(*(change_and_publish(number) for number in range(6)))
    numbers = [version.number for version in (await versions.list(owner, "w")).items]
    assert numbers == list(range(len(numbers), 0, -1))


async def test_what_runs_are_pinned_to_stays_after_deletion(database: Database, workflows: Workflows, versions: Versions) -> None:
    identity = Identity()
    journal = Journal(database, Feed(Bell(database, identity.process)), lambda: identity.process)
    stored = StoredDefinitions(database, journal)
    await workflows.create(owner, document)
    with pytest.raises(Conflict):
        await stored.pinned(1, "w", None)
    published = await versions.publish(owner, "w")
    assert (await stored.pinned(1, "w", None)).version_hash == published.hash
    assert (await stored.pinned(1, "w", 1)).version_hash == published.hash
    await workflows.delete(owner, "w")
    with pytest.raises(NotFound):
        await stored.pinned(1, "w", None)
    assert (await journal.definition(1, published.hash)).name == "W"
    await journal.close()


async def test_every_method_asks_for_its_permission(workflows: Workflows, versions: Versions) -> None:
    await workflows.create(owner, document)
    nobody_may = [
        workflows.create(viewer, document), workflows.change(viewer, "w", {}), workflows.delete(viewer, "w"),
        workflows.import_text(viewer, "{}"), versions.publish(viewer, "w"), versions.rollback(viewer, "w", 1),
    ]  # fmt: skip
    for call in nobody_may:
        with pytest.raises(Forbidden):
            await call
    assert (await workflows.list(viewer)).total == 1
