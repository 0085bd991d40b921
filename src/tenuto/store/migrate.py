"""The schema, brought up to date at start: one process at a time, under a lock in the database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tenuto.core.errors import Misconfigured
from tenuto.store.door import Door, place, reaching_database

lock_key = 0x7E4070
"""The advisory lock's number; it must never change, as old and new programs meet at it."""

T = TypeVar("T")


def head() -> str:
    """The newest revision this program knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise Misconfigured("This installation of Tenuto holds no migrations.", fix="Install it again.")
    return found


async def current(dsn: str) -> str | None:
    """The revision of a database; None for an empty one. Raises `Misconfigured` or `Unavailable`."""
    return await _connected(dsn, _revision)


async def migrate(dsn: str) -> bool:
    """Bring a database up to date; True if anything changed.

    Safe for several processes at once: one works, the others wait for it. Everything happens in one transaction, so that a process
    that dies leaves the schema as it was. Raises `Misconfigured` for a database that a newer program has migrated, and `Unavailable`.
    """

    def upgrade(connection: Connection) -> bool:
        # Held by the connection, not by a transaction, so that a revision may commit in between (`create index concurrently`).
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": lock_key})
        connection.commit()
        before = _known(connection, dsn)
        connection.commit()
        if before == head():
            return False
        command.upgrade(_config(connection), "head")
        return True

    return await _connected(dsn, upgrade)


def _known(connection: Connection, dsn: str) -> str | None:
    revision = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise Misconfigured(
            f"The database at {place(dsn)} was migrated by a newer Tenuto (revision {revision}); this one knows {head()}.",
            fix="Upgrade Tenuto, or restore a backup from before the upgrade.",
        )
    return revision


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _connected(dsn: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=Door(dsn).open, poolclass=NullPool)
    with reaching_database():
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "tenuto:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
