"""Connections that somebody should see to, of all workspaces: tokens that are about to end, and grants that are over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from tenuto.store.database import Database
from tenuto.store.door import reaching_database

earliest = 360
"""Seconds before its end from which a token is due; a tenth of its life, where that is shorter. A round earlier than requests renew it."""

_due = """
select workspace, id, integration, generation from connections
where refreshable and attention is null
    and expires_at < clock_timestamp() + make_interval(secs => least($3::float8, coalesce(lifetime, 3600) / 10.0))
    and not id = any($2::uuid[])
order by expires_at limit $1
"""

_broken = """
select workspace, id, integration, generation from connections where attention is not null order by updated_at desc limit $1
"""


class Due(NamedTuple):
    """One of them, by the generation of its tokens."""

    workspace: int
    id: UUID
    integration: str
    generation: int


class DueConnections:
    """Finds them, outside of any use case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ending(self, limit: int, but: Collection[UUID] = ()) -> Sequence[Due]:
        """Those whose access tokens end soon or have ended, and that can be renewed, but for some; the first to end first."""
        return await self._find(_due, limit, list(but), earliest)

    async def broken(self, limit: int) -> Sequence[Due]:
        """Those whose grants are over; the last to end first."""
        return await self._find(_broken, limit)

    async def _find(self, question: str, *given: object) -> Sequence[Due]:
        with reaching_database():
            rows = await self._database.pool.fetch(question, *given)
        return [Due(**dict(row)) for row in rows]
