"""Who owns which run: claims, parking, hand-over and take-over by row locks and the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from tenuto.core.events import format_version
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Claim, Fenced
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs import statements
from tenuto.store.runs.batch import Batch
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.identity import Identity, dead_after


class _Park(NamedTuple):
    claim: Claim
    until: datetime | None


class Claims:
    """The claims of one process. Satisfies the engine's `Claims`."""

    def __init__(self, database: Database, bell: Bell, identity: Identity) -> None:
        self._database = database
        self._bell = bell
        self._identity = identity
        self._parks: Batch[_Park, bool] = Batch(self._flush_parks)

    async def claim(self, limit: int) -> Sequence[Claim]:
        """Take at most `limit` ready runs, those that waited longest first."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.claim, limit, self._identity.process, [format_version], dead_after)
        return [_claim(row) for row in rows]

    async def park(self, claim: Claim, until: datetime | None) -> bool:
        """Let go of a run that waits; False if mail has come in the meantime. Raises `Fenced`."""
        return await self._parks.submit(_Park(claim, until))

    async def release(self, claims: Sequence[Claim]) -> None:
        """Hand runs over: they are ready for any process at once."""
        if claims:
            with reaching_database():
                await self._database.pool.execute(statements.release, *_ids(claims), [c.epoch for c in claims], self._identity.process)
            self._bell.ring("ready", "", here=False)

    async def seize(self, run: ExecutionId) -> Claim | None:
        """Take a run from whoever owns it; None if it has ended. Its owner is fenced from now on."""
        with reaching_database():
            row = await self._database.pool.fetchrow(statements.seize, run.workspace, run.id)
        return _claim(row) if row is not None else None

    async def take_over(self) -> int:
        """Make the runs of dead processes ready again; answers how many."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.take_over, dead_after)
            await self._database.pool.execute(statements.bury, dead_after)
            freed = len(rows)
            # A statement of its own: an owner that is not known now, and was not a moment ago, can not be about to become known.
            if strangers := await self._database.pool.fetch(statements.strangers):
                freed += len(await self._database.pool.fetch(statements.free, [row["owner"] for row in strangers]))
        return freed

    async def owned(self) -> Sequence[Claim]:
        """What this process owns by the database's account: more than it knows of, where the answer to a claim was lost."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.owned, self._identity.process)
        return [_claim(row) for row in rows]

    async def mailed(self) -> Sequence[ExecutionId]:
        """The runs of this process that have mail, in case a ring was lost."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.mail_of_process, self._identity.process)
        return [ExecutionId(row["workspace"], row["id"]) for row in rows]

    async def close(self) -> None:
        """Let the parks that wait be written."""
        await self._parks.close()

    async def _flush_parks(self, items: Sequence[_Park]) -> Sequence[bool | BaseException]:
        claims = [item.claim for item in items]
        with reaching_database():
            async with self._database.pool.acquire() as connection, connection.transaction():
                # Two statements: the second sees what was committed by whoever held the row before us.
                locked = await connection.fetch(statements.lock_owned, *_ids(claims), [c.epoch for c in claims], self._identity.process)
                owned = {(ExecutionId(row["workspace"], row["id"]), row["epoch"]) for row in locked}
                mine = [item for item in items if (item.claim.id, item.claim.epoch) in owned]
                rows = await connection.fetch(statements.park, *_ids([item.claim for item in mine]), [item.until for item in mine])
        parked = {ExecutionId(row["workspace"], row["id"]) for row in rows}
        return [item.claim.id in parked if (item.claim.id, item.claim.epoch) in owned else Fenced(str(item.claim.id.id)) for item in items]


def _ids(claims: Sequence[Claim]) -> tuple[list[int], list[UUID]]:
    return [claim.id.workspace for claim in claims], [claim.id.id for claim in claims]


def _claim(row: asyncpg.Record) -> Claim:
    return Claim(
        id=ExecutionId(row["workspace"], row["id"]),
        public_id=row["public_id"],
        epoch=row["epoch"],
        head=row["head"],
        version_hash=row["version_hash"],
        format=row["format"],
        placed=row["placed"],
    )
