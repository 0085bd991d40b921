"""The accounts of runs and workflows with a budget: reserved before a call, settled after it; satisfies the engine's `Accounts`.

Nothing here is touched by a run without a budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

from tenuto.core.execution import ExecutionId
from tenuto.core.spending import Account, Balance, Hold, Limits, Refused, amount, spoken, verdict
from tenuto.core.usage import Usage
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs import spending_statements as statements
from tenuto.store.runs.identity import Identity, dead_after

Link: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Accounts:
    """The accounts as one process uses them."""

    def __init__(self, database: Database, identity: Identity) -> None:
        """`identity` tells who we are at the moment: what dead processes hold is taken for spent."""
        self._database = database
        self._identity = identity

    async def reserve(
        self, run: ExecutionId, root: str, accounts: Sequence[tuple[Account, str]], key: str, hold: Hold, *, always: bool = False
    ) -> Literal["go", "wait"] | Refused:
        """Hold what a call will use on every account, each given with the key of its row, or on none of them; `always` on all of them.

        `root` is the run that everything belongs to, for which somebody may have lifted all budgets.
        The same `key` again is the same call: after a crash nothing is held twice. Raises `Unavailable`.
        """
        with reaching_database():
            async with self._database.pool.acquire() as connection, connection.transaction():
                rows = _Rows(connection, run.workspace, root, accounts)
                await rows.lock()
                if await connection.fetchval(statements.adopt, run.workspace, key, self._identity.process):
                    return "go"
                found = await rows.verdict(hold)
                if found != "go" and not always and await rows.clear(dead_after):
                    found = await rows.verdict(hold)
                if always or found == "go":
                    await rows.hold(run.id, key, self._identity.process, hold)
                    return "go"
                return found

    async def settle(self, run: ExecutionId, key: str, usage: Usage) -> None:
        """Replace what a call held by what it used. What was settled before is not counted again. Raises `Unavailable`."""
        with reaching_database():
            await self._database.pool.execute(statements.settle, run.workspace, key, *spoken(usage))

    async def release(self, run: ExecutionId, key: str) -> None:
        """Hold nothing any more for a call that was not made; nothing changes if another process makes it by now. Raises `Unavailable`."""
        with reaching_database():
            await self._database.pool.execute(statements.release, run.workspace, key, self._identity.process)

    async def refuses(self, workspace: int, root: str, accounts: Sequence[tuple[Account, str]]) -> bool:
        """Whether every further call would be refused as it stands now. Raises `Unavailable`."""
        with reaching_database():
            async with self._database.pool.acquire() as connection:
                return isinstance(await _Rows(connection, workspace, root, accounts).verdict(Hold()), Refused)


class _Rows:
    """The rows of some accounts, in one transaction."""

    def __init__(self, connection: Link, workspace: int, root: str, accounts: Sequence[tuple[Account, str]]) -> None:
        self._connection = connection
        self._workspace = workspace
        self._root = root
        self._accounts = accounts
        self._keys = [account.period for account, _ in accounts], [row for _, row in accounts]

    async def lock(self) -> None:
        """Make the rows that are not there, and lock all of them, in the order in which everybody does."""
        workflows = [None if account.period == "run" else account.key for account, _ in self._accounts]
        await self._connection.execute(statements.open_accounts, self._workspace, *self._keys, workflows)
        await self._connection.fetch(statements.lock_accounts, self._workspace, *self._keys)

    async def verdict(self, hold: Hold) -> Literal["go", "wait"] | Refused:
        """Of all accounts together: a refusal of one is one of all."""
        rows = await self._connection.fetch(statements.balances, self._workspace, *self._keys)
        self._balances = {(row["period"], row["key"]): _balance(row) for row in rows}
        # Who only looks has opened none: of a day that has just begun there may be no row yet.
        found = [verdict(account, self._balances.get((account.period, row), Balance()), hold) for account, row in self._accounts]
        refused = next((each for each in found if isinstance(each, Refused)), None)
        if refused is None and "wait" not in found:
            return "go"
        lifted = await self._connection.fetchval(statements.lifted, self._workspace, self._root)
        return "go" if lifted else refused or "wait"

    async def clear(self, dead: timedelta) -> bool:
        """Take for spent what is held for calls that nobody makes any more; whether there was something."""
        return bool(await self._connection.fetch(statements.clear, self._workspace, *self._keys, dead))

    async def hold(self, run: UUID, key: str, process: UUID, hold: Hold) -> None:
        """Hold it on every account."""
        for account, row in self._accounts:
            held = amount(self._balances[account.period, row], hold)
            await self._connection.execute(
                statements.hold, self._workspace, account.period, row, key, run, process, held.usd, held.tokens, int(hold.turn)
            )


def _balance(row: asyncpg.Record) -> Balance:
    return Balance(
        usd=row["usd"],
        tokens=row["tokens"],
        calls=row["calls"],
        turns=row["turns"],
        largest_usd=row["largest_usd"],
        largest_tokens=row["largest_tokens"],
        held_usd=row["held_usd"],
        held_tokens=row["held_tokens"],
        held_calls=row["held_calls"],
        held_turns=row["held_turns"],
        raised=Limits(row["limit_usd"], row["limit_tokens"], row["limit_calls"]),
    )
