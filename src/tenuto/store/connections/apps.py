"""OAuth apps that an owner put here, the workspace's own accounts at vendors as a client: among the connections, and unusable as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import RowMapping, func

from tenuto.core.connection import default_name
from tenuto.store.connections.rows import app_mark, connections
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Repository


class AppRow(NamedTuple):
    """One of them, with its sealed id and secret."""

    id: UUID
    name: str
    """The app's name: `google`, `github`."""
    client_id: str
    sealed: bytes
    made_by: str
    updated_at: datetime


class AppRows(Repository[AppRow]):
    """The apps of a workspace. Nobody is let use their rows, and no integration has their name: no request ever finds one."""

    table, noun = connections, "OAuth app"

    async def all(self) -> Sequence[AppRow]:
        """All of them, by name."""
        ours = connections.c.integration.startswith(app_mark, autoescape=True)
        return [self._read(row) for row in await self._rows(ours, order=Order((connections.c.integration,), descending=False))]

    async def named(self, name: str, *, lock: bool = False) -> AppRow | None:
        """The one of this name, if there is one."""
        return await self._first(connections.c.integration == app_mark + name, lock=lock)

    async def make(self, id: UUID, name: str, *, client_id: str, sealed: bytes, key: str, made_by: str) -> None:
        """Insert one."""
        told = {"integration": app_mark + name, "name": default_name, "account": client_id, "made_by": made_by}
        await self.add({"id": id, **told, "sealed": sealed, "key_id": key, "shared_with": [], "scopes": [], "refreshable": False})

    async def change(self, id: UUID, *, client_id: str, sealed: bytes, key: str, made_by: str) -> None:
        """Put another id and secret in."""
        told = {"account": client_id, "made_by": made_by, "updated_at": func.now()}
        await self._update({**told, "sealed": sealed, "key_id": key}, connections.c.id == id)

    async def remove(self, name: str) -> bool:
        """Delete one; False if there is none."""
        return await self._delete(connections.c.integration == app_mark + name) == 1

    def _read(self, row: RowMapping) -> AppRow:
        name = str(row["integration"]).removeprefix(app_mark)
        return AppRow(row["id"], name, str(row["account"]), cast("bytes", row["sealed"]), str(row["made_by"]), row["updated_at"])


class AppFinder:
    """Finds an app for whoever asks a vendor for tokens, outside of any use case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, workspace: int, name: str) -> tuple[UUID, bytes] | None:
        """The id of its row and what is sealed there."""
        question = "select id, sealed from connections where workspace = $1 and integration = $2"
        with reaching_database():
            row = await self._database.pool.fetchrow(question, workspace, app_mark + name)
        return (row["id"], row["sealed"]) if row is not None else None
