"""The database: transactions, the pool, the listener, and what happens when it is lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from tenuto.core.errors import Misconfigured, Problem, Unavailable
from tenuto.store.database import Database
from tenuto.store.door import place, reaching_database
from tenuto.store.server.embedded import Embedded

_cut_all = "select pid, pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


async def test_a_transaction_commits_at_the_end_of_its_block(database: Database) -> None:
    async with database.transaction(1) as tx:
        assert tx.workspace == 1
        await tx.session.execute(text("insert into settings_kv values (1, 'a', 'b')"))
        assert await database.pool.fetchval("select count(*) from settings_kv") == 0
    assert await database.pool.fetchval("select value from settings_kv") == b"b"


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction(1) as tx:
            await tx.session.execute(text("insert into settings_kv values (1, 'a', 'b')"))
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await database.pool.fetchval("select count(*) from settings_kv") == 0


async def test_a_connection_cut_within_a_transaction_is_unavailable(database: Database, dsn: str) -> None:
    async def work() -> None:
        async with database.transaction(1) as tx:
            await tx.session.execute(text("select 1"))
            await _cut(dsn)
            await tx.session.execute(text("select 1"))

    with pytest.raises(Unavailable, match="went away") as caught:
        await work()
    assert caught.value.data.retryable


async def test_connections_cut_while_idle_are_replaced_unseen(database: Database, dsn: str) -> None:
    for _ in range(2):
        async with database.transaction(1) as tx:
            assert await tx.session.scalar(text("select 1")) == 1
        assert await database.pool.fetchval("select 1") == 1
        await _cut(dsn)
        await asyncio.sleep(0.05)


async def test_the_pool_says_unavailable_too(database: Database, dsn: str) -> None:
    async with database.pool.acquire() as link:
        await _cut(dsn)
        with pytest.raises(Unavailable), reaching_database():
            await link.fetchval("select 1")


async def test_other_errors_keep_their_own_name(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError), reaching_database():
        await database.pool.fetchval("select 1 from nowhere")


async def test_a_listener_hears_and_hears_again_after_a_cut(database: Database, dsn: str) -> None:
    heard: list[str | None] = []
    stop = await database.listen("bells", heard.append)
    assert heard == [None]
    await database.pool.execute("select pg_notify('bells', 'one')")
    await _until(lambda: heard == [None, "one"])
    await _cut(dsn)
    await _until(lambda: heard == [None, "one", None])
    await database.pool.execute("select pg_notify('bells', 'two')")
    await _until(lambda: heard == [None, "one", None, "two"])
    await stop()
    await database.pool.execute("select pg_notify('bells', 'three')")
    other: list[str | None] = []
    await database.listen("others", other.append)
    await database.pool.execute("select pg_notify('others', 'last')")
    await _until(lambda: other == [None, "last"])
    assert heard == [None, "one", None, "two"]


async def test_all_channels_share_one_connection(database: Database) -> None:
    # No autovacuum, which comes and goes as it likes.
    clients = "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
    before = await database.pool.fetchval(clients)
    for channel in ("a", "b", "c"):
        await database.listen(channel, lambda _: None)
    after = await database.pool.fetchval(clients)
    assert after == before + 1


async def test_a_database_that_was_closed_leaves_no_connection(dsn: str, server: Embedded) -> None:
    database = await Database.open(dsn)
    await database.listen("a", lambda _: None)
    async with database.transaction(1) as tx:
        await tx.session.execute(text("select 1"))
    await database.close()
    admin = await asyncpg.connect(server.cluster.dsn("postgres"))
    name = urlsplit(dsn).path[1:]
    async with asyncio.timeout(20):
        while await admin.fetchval("select count(*) from pg_stat_activity where datname = $1", name):
            await asyncio.sleep(0.02)
    await admin.close()


async def test_whoever_revives_is_asked_once_and_the_connection_tried_again(server: Embedded, short_folder: Path) -> None:
    calls: list[int] = []

    async def revive() -> None:
        calls.append(1)

    with pytest.raises(Unavailable):
        await Database.open(f"postgresql://tenuto@/tenuto?host={short_folder}/nobody", revive=revive)
    assert calls == [1]


@pytest.mark.parametrize(
    ("dsn", "sentence"),
    [
        ("mysql://u:canary@h/d", "DATABASE_URL does not name a PostgreSQL database: it begins with 'mysql'"),
        ("canary", "DATABASE_URL is not a URL"),
        ("", "DATABASE_URL is not a URL"),
        ("postgresql://u:canary@h:port/d", "DATABASE_URL cannot be used"),
        ("postgresql://u:canary@[::1/d", "DATABASE_URL cannot be used"),
        ("postgresql://u:canary@h/d?sslmode=perhaps", "`sslmode` parameter must be one of"),
        ("postgresql://u:canary@h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem", r"cannot be read: sslrootcert=/nowhere/ca.pem"),
        ("postgresql://u:canary@h/d?x", "DATABASE_URL cannot be used"),
    ],
)
async def test_a_wrong_url_is_a_sentence(dsn: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence) as caught:
        await Database.open(dsn)
    assert "canary" not in caught.value.data.model_dump_json()


async def test_a_file_that_is_no_certificate(short_folder: Path) -> None:
    (short_folder / "ca.pem").write_text("nothing")
    with pytest.raises(Misconfigured, match="certificate file that DATABASE_URL names cannot be used"):
        await Database.open(f"postgresql://u:canary@h/d?sslmode=verify-full&sslrootcert={short_folder}/ca.pem")


async def test_a_wrong_database_name_names_the_setting(server: Embedded) -> None:
    with pytest.raises(Misconfigured, match=r'database "nothing" does not exist') as caught:
        await Database.open(server.cluster.dsn("nothing"))
    assert "DATABASE_URL" in str(caught.value.data.fix)


async def test_a_server_that_is_not_there_is_unavailable_without_its_password(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match=f"database at localhost:{unused_tcp_port}/d cannot be reached") as caught:
        await Database.open(f"postgresql://u:canary@localhost:{unused_tcp_port}/d")
    assert not isinstance(caught.value, Misconfigured)
    assert "canary" not in caught.value.data.model_dump_json()


async def test_the_spelling_of_sqlalchemy_is_understood(dsn: str) -> None:
    database = await Database.open(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    assert await database.pool.fetchval("select 1") == 1
    await database.close()


async def test_tls_is_really_asked_for(unused_tcp_port: int) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readexactly(8))
        writer.write(b"N")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "localhost", unused_tcp_port):
        with pytest.raises(Problem, match="SSL"):
            await Database.open(f"postgresql://u@localhost:{unused_tcp_port}/d?sslmode=require")
    # The SSLRequest message of the protocol: its length and its number.
    assert asked[0] == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://u:secret@db.example:6543/app?sslmode=require", "db.example:6543/app"),
        ("postgresql://tenuto@/tenuto?host=/run/x", "/run/x/tenuto"),
        ("postgresql://u:secret@h:port/d", "the address given"),
    ],
)
def test_what_may_be_shown_of_a_url(dsn: str, shown: str) -> None:
    assert place(dsn) == shown


async def _cut(dsn: str) -> None:
    """End all other connections; the processes behind them are gone then."""
    link = await asyncpg.connect(dsn)
    for row in await link.fetch(_cut_all):
        await _until(lambda pid=row["pid"]: not _lives(pid))
    await link.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another account's
    return True


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)
