"""Data keys of the workspaces, each sealed by a master key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, func

from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Repository, metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("current", Boolean, nullable=False),
    Column("master", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


@dataclass(frozen=True, slots=True)
class DataKey:
    """One row; `master` is the name of the master key that sealed it."""

    id: str
    current: bool
    master: str
    sealed: bytes


class DataKeys(Repository[DataKey]):
    """The data keys of a workspace: one that seals, and former ones that are still needed."""

    table, noun = data_keys, "data key"

    async def sealing(self) -> DataKey | None:
        """The one that seals, which stays so until the transaction ends: nobody retires a key under a secret being sealed with it."""
        return await self._first(data_keys.c.current, lock="share")

    async def all(self) -> Sequence[DataKey]:
        """All of them, the oldest first."""
        rows = await self._rows(order=Order((data_keys.c.created_at, data_keys.c.id), descending=False))
        return [self._read(row) for row in rows]

    async def install(self, key: DataKey) -> bool:
        """Add one that seals, unless there is one."""
        return await self.add({"id": key.id, "current": True, "master": key.master, "sealed": key.sealed}, ignore_existing=True)

    async def retire(self) -> None:
        """Let the present one seal nothing more; waits for the transactions that seal with it."""
        await self._update({"current": False}, data_keys.c.current)

    async def reseal(self, before: DataKey, master: str, sealed: bytes) -> bool:
        """Put another sealing of the same key in the place of `before`; False if somebody else did."""
        changed = {"master": master, "sealed": sealed}
        return await self._update(changed, data_keys.c.id == before.id, data_keys.c.sealed == before.sealed) == 1

    async def destroy(self, id: str) -> None:
        """Delete a former one: what it sealed is unreadable from then on."""
        await self._delete(data_keys.c.id == id, ~data_keys.c.current)

    def _read(self, row: RowMapping) -> DataKey:
        return DataKey(str(row["id"]), bool(row["current"]), str(row["master"]), cast("bytes", row["sealed"]))


class DataKeyFinder:
    """Finds data keys outside of any use case: secrets are opened by whoever sends a request or takes a delivery in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, workspace: int, id: str) -> DataKey | None:
        """One by its id."""
        question = "select id, current, master, sealed from data_keys where workspace = $1 and id = $2"
        with reaching_database():
            row = await self._database.pool.fetchrow(question, workspace, id)
        return DataKey(row["id"], row["current"], row["master"], row["sealed"]) if row is not None else None

    async def workspaces(self) -> Sequence[int]:
        """Every workspace there is."""
        with reaching_database():
            rows = await self._database.pool.fetch("select id from workspaces order by id")
        return [row["id"] for row in rows]
