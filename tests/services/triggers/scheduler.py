"""A scheduler of its own process for the test of ten thousand schedules: it goes round by a clock that is a row in the database."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from tests.engine.rig import rig
from tests.services.triggers.clockwork import Clock, launch_of

from tenuto.core.catalog import discover
from tenuto.services.triggers.schedules import Schedules
from tenuto.store.database import Database
from tenuto.store.triggers.due import Due

ended = datetime(9999, 1, 1, tzinfo=UTC)


async def main(dsn: str) -> None:
    """Read the clock, go round until nothing is due, say so, and again, until the clock says that it is over."""
    database = await Database.open(dsn)
    clock = Clock()
    async with rig(database, slots=0) as engine:
        schedules = Schedules(Due(database), launch_of(engine, clock, discover()), clock)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            clock.at = await database.pool.fetchval("select at from test_clock")
            if clock.at >= ended:
                break
            if not await schedules.fire():
                await asyncio.sleep(0.02)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
