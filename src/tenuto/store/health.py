"""Whether the database can be used just now: its revision, and a write that is committed."""

from __future__ import annotations

from typing import NamedTuple

import asyncpg

from tenuto.core.errors import Unavailable
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.migrate import head


class Probe(NamedTuple):
    """What was found."""

    migrated: bool
    writable: bool


async def probe(database: Database) -> Probe:
    """Look, and write one row; never raises for a database that is away or reads only."""
    try:
        with reaching_database():
            migrated = await database.pool.fetchval("select version_num from alembic_version", timeout=5) == head()
            await database.pool.execute(_write, timeout=5)
    except (Unavailable, asyncpg.PostgresError, TimeoutError):
        return Probe(migrated=False, writable=False)
    return Probe(migrated, writable=True)


_write = """
insert into settings_kv (workspace, key, value) values (1, 'probed_at', convert_to(now()::text, 'UTF8'))
on conflict (workspace, key) do update set value = excluded.value
"""
