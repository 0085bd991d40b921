"""Migrations: up to date from nothing, once for many processes, and never over a newer schema."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest

from tenuto.core.errors import Misconfigured, Unavailable
from tenuto.store.migrate import current, head, lock_key, migrate
from tenuto.store.server.embedded import Embedded


@pytest.fixture
async def empty(server: Embedded) -> AsyncGenerator[str]:
    """A database without any schema."""
    admin = await asyncpg.connect(server.cluster.dsn("postgres"))
    await admin.execute("create database empty_one")
    yield server.cluster.dsn("empty_one")
    await admin.execute("drop database empty_one with (force)")
    await admin.close()


async def test_from_nothing_to_the_newest_and_no_further(empty: str) -> None:
    assert await current(empty) is None
    assert await migrate(empty)
    assert await current(empty) == head()
    assert not await migrate(empty)


async def test_the_schema_is_that_of_the_design(dsn: str) -> None:
    link = await asyncpg.connect(dsn)
    try:
        assert [tuple(row) for row in await link.fetch("select id, name from workspaces")] == [(1, "default")]
        json = await link.fetch(
            "select table_name from information_schema.columns where table_schema = 'public' and data_type like 'json%' and column_name <> 'fields'"  # letters and digits alone: they are part of a host
        )
        assert json == []
        hot = "'executions', 'execution_events', 'mailbox', 'blobs'"
        assert await link.fetchval(f"select count(*) from pg_constraint where contype = 'f' and conrelid::regclass::text in ({hot})") == 0
        first = await link.fetch(
            """select i.indrelid::regclass::text from pg_index i
               join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
               where i.indisprimary and i.indrelid::regclass::text in
                     ('executions','execution_events','mailbox','blobs','definitions','workflows','workflow_versions','agents','connections',
                      'members','api_keys','settings_kv') and a.attname <> 'workspace'"""
        )
        assert first == []
    finally:
        await link.close()


async def test_many_processes_at_once(empty: str) -> None:
    program = "import asyncio, sys; from tenuto.store.migrate import migrate; print(asyncio.run(migrate(sys.argv[1])))"
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, empty, stdout=asyncio.subprocess.PIPE) for _ in range(4)
    ]
    said = [(await asyncio.wait_for(process.communicate(), 60))[0].decode().strip() for process in processes]
    assert sorted(said) == ["False", "False", "False", "True"]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]


async def test_waits_for_whoever_holds_the_lock(empty: str) -> None:
    other = await asyncpg.connect(empty)
    await other.execute("select pg_advisory_lock($1)", lock_key)
    waiting = asyncio.create_task(migrate(empty))
    watcher = await asyncpg.connect(empty)
    async with asyncio.timeout(30):
        while not await watcher.fetchval("select count(*) from pg_locks where locktype = 'advisory' and not granted"):
            await asyncio.sleep(0.01)
    assert await current(empty) is None
    await other.close()
    assert await asyncio.wait_for(waiting, 30)
    await watcher.close()


async def test_a_newer_database_is_refused_and_left_alone(dsn: str) -> None:
    link = await asyncpg.connect(dsn)
    await link.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(Misconfigured, match=r"migrated by a newer Tenuto \(revision 9999\); this one knows 0"):
        await migrate(dsn)
    assert await current(dsn) == "9999"
    await link.close()


async def test_a_failing_migration_leaves_nothing_behind(empty: str) -> None:
    link = await asyncpg.connect(empty)
    # The last table of the first revision is there already: everything before it must be undone.
    await link.execute("create table settings_kv (x int)")
    with pytest.raises(Exception, match="settings_kv"):
        await migrate(empty)
    assert await link.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 1
    await link.close()


async def test_no_server(short_folder: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await migrate(f"postgresql://tenuto@/tenuto?host={short_folder}/nobody")
