"""The database: transactions, the pool, the listener, and what happens when it is lost."""

from __future__ import annotations

from sqlalchemy import text

from tenuto.store.database import Database


async def test_a_transaction_commits_at_the_end_of_its_block(database: Database) -> None:
    async with database.transaction(1) as tx:
        await tx.session.execute(text("insert into settings_kv values (1, 'a', 'b')"))
    assert await database.pool.fetchval("select value from settings_kv") == b"b"
