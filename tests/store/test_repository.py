"""The base of the nouns: one workspace and no other, pages by key, and tables as the migrations made them."""
# The base is protected for the nouns to build on, and is tested here without one.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, DateTime, Integer, LargeBinary, MetaData, RowMapping, String, Table, Uuid, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import tenuto.store
from tenuto.core.errors import Malformed, NotFound
from tenuto.store.database import Database
from tenuto.store.door import Door
from tenuto.store.repository import Order, Page, Repository, metadata

_own = MetaData()
facts = Table(
    "settings_kv",
    _own,
    Column("workspace", Integer, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
people = Table(
    "members",
    _own,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)


class Facts(Repository[tuple[str, bytes]]):
    table, noun, key = facts, "fact", "key"

    def _read(self, row: RowMapping) -> tuple[str, bytes]:
        return row["key"], row["value"]


class People(Repository[UUID]):
    table, noun = people, "member"

    def _read(self, row: RowMapping) -> UUID:
        return row["id"]

    async def newest(self, *, limit: int, cursor: str | None = None) -> Page[UUID]:
        return await self._page(order=Order((people.c.created_at, people.c.id)), limit=limit, cursor=cursor)


@pytest.fixture
async def two(database: Database) -> Database:
    """A database with a second workspace."""
    await database.pool.execute("insert into workspaces (id, name) values (2, 'other')")
    for workspace in (1, 2):
        async with database.transaction(workspace) as tx:
            await Facts(tx).add({"key": "who", "value": f"workspace {workspace}".encode()})
    return database


async def test_reads_only_its_own_workspace(two: Database) -> None:
    async with two.transaction(2) as tx:
        assert await Facts(tx).get("who") == ("who", b"workspace 2")
        assert len(await Facts(tx)._rows()) == 1
        assert await Facts(tx)._count() == 1


async def test_writes_only_its_own_workspace(two: Database) -> None:
    async with two.transaction(2) as tx:
        assert await Facts(tx)._update({"value": b"changed"}) == 1
    async with two.transaction(1) as tx:
        assert await Facts(tx).get("who") == ("who", b"workspace 1")
        assert await Facts(tx)._delete() == 1
    assert await two.pool.fetch("select workspace, value from settings_kv") == [(2, b"changed")]


async def test_a_row_cannot_name_another_workspace(two: Database) -> None:
    async with two.transaction(2) as tx:
        await Facts(tx).add({"workspace": 1, "key": "smuggled", "value": b""})
        with pytest.raises(TypeError, match="stays in its workspace"):
            await Facts(tx)._update({"workspace": 1})
    assert await two.pool.fetchval("select workspace from settings_kv where key = 'smuggled'") == 2


async def test_a_join_is_confined_as_well(two: Database) -> None:
    for workspace in (1, 2):
        async with two.transaction(workspace) as tx:
            await People(tx).add({"id": UUID(int=workspace), "name": "who", "role": "owner"})
    async with two.transaction(2) as tx:
        rows = await Facts(tx)._rows(columns=[facts.c.key, people.c.id], join={people: people.c.name == facts.c.key})
    assert [tuple(row.values()) for row in rows] == [("who", UUID(int=2))]


async def test_a_table_that_is_not_joined_is_refused(two: Database) -> None:
    async with two.transaction(1) as tx:
        with pytest.raises(TypeError, match="not joined"):
            await Facts(tx)._rows(people.c.name == facts.c.key)


async def test_a_subquery_is_confined_or_refused(two: Database) -> None:
    async with two.transaction(1) as tx:
        await People(tx).add({"id": UUID(int=1), "name": "who", "role": "owner"})
    there = People.table.c.name == facts.c.key
    free = select(people.c.id).where(there).exists()
    for workspace, expected in ((1, 1), (2, 0)):
        async with two.transaction(workspace) as tx:
            assert await Facts(tx)._count(Facts(tx)._exists(people, there)) == expected
            for attempt in (Facts(tx)._count(free), Facts(tx)._delete(free), Facts(tx)._update({"value": b""}, free)):
                with pytest.raises(TypeError, match="use `_exists`"):
                    await attempt


async def test_what_is_not_there_is_a_sentence(database: Database) -> None:
    async with database.transaction(1) as tx:
        assert await Facts(tx).find("nothing") is None
        with pytest.raises(NotFound, match='There is no fact "nothing"'):
            await Facts(tx).get("nothing")


async def test_adding_twice(database: Database) -> None:
    async with database.transaction(1) as tx:
        assert await Facts(tx).add({"key": "a", "value": b"1"}, ignore_existing=True)
        assert not await Facts(tx).add({"key": "a", "value": b"2"}, ignore_existing=True)
        assert await Facts(tx).get("a") == ("a", b"1")
        await Facts(tx)._put({"key": "a", "value": b"3"})
        assert await Facts(tx).get("a") == ("a", b"3")
    with pytest.raises(IntegrityError):
        async with database.transaction(1) as tx:
            await Facts(tx).add({"key": "a", "value": b"4"})


async def test_pages_hold_every_row_once_and_in_order(two: Database) -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    async with two.transaction(1) as tx:
        for number in range(7):
            # Three rows share each moment, so that the second column decides.
            at = noon + timedelta(microseconds=number // 3)
            await People(tx).add({"id": UUID(int=number), "name": "n", "role": "r", "created_at": at})
    async with two.transaction(2) as tx:
        await People(tx).add({"id": UUID(int=99), "name": "n", "role": "r"})
    seen: list[UUID] = []
    cursor: str | None = None
    async with two.transaction(1) as tx:
        for expected in (3, 3, 1):
            page = await People(tx).newest(limit=3, cursor=cursor)
            assert len(page.items) == expected
            seen.extend(page.items)
            cursor = page.next
    assert cursor is None
    assert seen == [UUID(int=number) for number in reversed(range(7))]


async def test_a_full_last_page_says_that_it_is_the_last(database: Database) -> None:
    async with database.transaction(1) as tx:
        for number in range(3):
            await People(tx).add({"id": UUID(int=number), "name": "n", "role": "r"})
        assert (await People(tx).newest(limit=3)).next is None


@pytest.mark.parametrize("cursor", ["", "x", "é", "bnVsbA", "WzEsMl0", "WyIyMDMwLTAxLTAxVDEyOjAwOjAwIiwgIjAiXQ", "W10", "eyJhIjoxfQ"])
async def test_a_foreign_cursor_is_malformed(database: Database, cursor: str) -> None:
    async with database.transaction(1) as tx:
        with pytest.raises(Malformed):
            await People(tx).newest(limit=3, cursor=cursor)


async def test_every_declared_table_is_as_the_migrations_made_it(dsn: str) -> None:
    for module in pkgutil.iter_modules(tenuto.store.__path__):
        importlib.import_module(f"tenuto.store.{module.name}")
    differences = await _differences(dsn, metadata)
    assert differences == []


async def test_a_wrong_declaration_is_noticed(dsn: str) -> None:
    wrong = MetaData()
    Table(
        "settings_kv", wrong, Column("workspace", String, primary_key=True), Column("key", String, primary_key=True), Column("more", String)
    )
    kinds = {str(difference) for difference in await _differences(dsn, wrong)}
    assert any("modify_type" in kind for kind in kinds)
    assert any("add_column" in kind for kind in kinds)


async def _differences(dsn: str, declared: MetaData) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        # Defaults, indexes and keys are the migrations' alone; a table's declaration names what queries need.
        def ours(_: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
            return kind in {"table", "column"} and (compared is not None or not reflected)

        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        return list(compare_metadata(context, declared))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=Door(dsn).open, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()
