"""What was spent where a budget is set, as it is looked up and changed by people; calls go by `runs/spending.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, RowMapping, Table, Text, Uuid, func

from tenuto.core.spending import Limits
from tenuto.store.repository import Repository, metadata

spending = Table(
    "spending",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("workflow_id", Text),
    Column("usd", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("limit_usd", BigInteger),
    Column("limit_tokens", BigInteger),
    Column("limit_calls", BigInteger),
    Column("lifted", Boolean, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


_holds = Table(
    "spending_holds",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("hold", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("execution_id", Uuid, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """One account; `usd` is in micro-USD."""

    period: str
    key: str
    usd: int
    tokens: int
    calls: int
    raised: Limits
    lifted: bool
    updated_at: datetime


class Spending(Repository[Spent]):
    """The rows of accounts."""

    table, noun = spending, "account"
    key: ClassVar[str] = "key"

    async def of_run(self, root: str) -> Spent | None:
        """The account of a run with all that belongs to it; None where nothing was spent of a budget."""
        return await self._first(spending.c.period == "run", spending.c.key == root, lock=True)

    async def of(self, rows: Sequence[str]) -> Sequence[Spent]:
        """Those of runs, days and months, by the keys of their rows."""
        found = await self._rows(spending.c.key.in_(rows))
        return [self._read(row) for row in found]

    async def allow(self, root: str, limits: Limits, *, lifted: bool) -> None:
        """Replace the limits of a run's account, or lift all budgets for it."""
        await self.add({"period": "run", "key": root}, ignore_existing=True)
        given = {"limit_usd": limits.usd, "limit_tokens": limits.tokens, "limit_calls": limits.calls}
        changed = {name: value for name, value in given.items() if value is not None}
        await self._update(
            {**changed, "updated_at": func.now()} | ({"lifted": True} if lifted else {}), spending.c.period == "run", spending.c.key == root
        )

    async def erase(self, runs: Sequence[UUID]) -> None:
        """Forget the accounts of runs that were deleted; what they spent of a day or a month stays spent."""
        await self._delete(spending.c.period == "run", spending.c.key.in_([str(run) for run in runs]))

    def _read(self, row: RowMapping) -> Spent:
        return Spent(
            period=row["period"],
            key=row["key"],
            usd=row["usd"],
            tokens=row["tokens"],
            calls=row["calls"],
            raised=Limits(row["limit_usd"], row["limit_tokens"], row["limit_calls"]),
            lifted=row["lifted"],
            updated_at=row["updated_at"],
        )


class Holds(Repository[str]):
    """What calls of runs hold."""

    table, noun, key = _holds, "reservation", "hold"

    async def erase(self, runs: Sequence[UUID]) -> None:
        """Forget what deleted runs held of their own accounts; of a day or a month it counts as spent when somebody asks."""
        await self._delete(_holds.c.period == "run", _holds.c.execution_id.in_(runs))

    def _read(self, row: RowMapping) -> str:
        return row["hold"]
