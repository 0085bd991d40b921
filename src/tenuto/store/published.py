"""What runs of a workflow start with: asked by every start, and by many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs.batch import Batch


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
