"""Rows of workflows and their versions: revisions, tombstones, and one workspace only."""

from __future__ import annotations

from typing import Any

import pytest

from tenuto.core.errors import NotFound
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.workflows import Definitions, Versions, Workflows

document: dict[str, Any] = {"name": "W", "startNode": "a", "nodes": [{"id": "a", "type": "end"}]}
definition = WorkflowDefinition.model_validate(document)


async def publish(database: Database, id: str, number: int) -> None:
    async with database.transaction(1) as tx:
        await Definitions(tx).keep(definition)
        await Definitions(tx).keep(definition)
        await Versions(tx).append(id, number, definition.version_hash, None, None)
        await Workflows(tx).publish(id, definition.version_hash)


async def test_each_write_is_a_revision(database: Database) -> None:
    async with database.transaction(1) as tx:
        assert await Workflows(tx).create("w", document)
        assert not await Workflows(tx).create("w", document)
        await Workflows(tx).write("w", document | {"name": "Other"})
        found = await Workflows(tx).get("w")
    assert (found.revision, found.name, found.draft["name"]) == (2, "Other", "Other")


async def test_what_was_never_published_is_gone_and_the_rest_is_buried(database: Database) -> None:
    async with database.transaction(1) as tx:
        await Workflows(tx).create("draft", document)
        await Workflows(tx).create("live", document)
    await publish(database, "live", 1)
    async with database.transaction(1) as tx:
        await Workflows(tx).bury("draft")
        await Workflows(tx).bury("live")
        assert await Workflows(tx).find("draft") is None
        assert await Workflows(tx).present("live") is None
        assert (await Definitions(tx).get(definition.version_hash)).version_hash == definition.version_hash, "runs may be pinned to it"
        assert await Workflows(tx).count() == 0
        assert await Workflows(tx).create("live", document), "the id can be used again"
        again = await Workflows(tx).present("live")
        newest = await Versions(tx).newest("live")
    assert again is not None
    assert again.published_hash is None
    assert newest is not None
    assert newest.number == 1, "numbers go on"


async def test_the_published_number_is_the_newest_with_that_hash(database: Database) -> None:
    async with database.transaction(1) as tx:
        await Workflows(tx).create("w", document)
    await publish(database, "w", 1)
    await publish(database, "w", 2)
    async with database.transaction(1) as tx:
        assert await Versions(tx).numbers({"w": definition.version_hash, "v": "other"}) == {"w": 2}
        assert await Versions(tx).numbers({}) == {}
        assert [version.number for version in (await Versions(tx).page("w", limit=10)).items] == [2, 1]
        assert await Versions(tx).numbered("w", 3) is None


async def test_another_workspace_sees_nothing(database: Database) -> None:
    await database.pool.execute("insert into workspaces (id, name) values (2, 'other')")
    async with database.transaction(1) as tx:
        await Workflows(tx).create("w", document)
    await publish(database, "w", 1)
    async with database.transaction(2) as tx:
        assert await Workflows(tx).present("w") is None
        assert await Versions(tx).newest("w") is None
        with pytest.raises(NotFound):
            await Definitions(tx).get(definition.version_hash)
        await Workflows(tx).bury("w")
    async with database.transaction(1) as tx:
        assert await Workflows(tx).present("w") is not None
