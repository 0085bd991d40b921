"""Connected accounts with their sealed tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    Uuid,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenuto.core.connection import Connection, everybody, health
from tenuto.core.ways import Kind
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Page, Repository, metadata

app_mark = "app:"
"""How the integration of a row begins that is no connection but an OAuth app (`store.connections.apps`)."""

connections = Table(
    "connections",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("user_id", Text),
    Column("made_by", Text, nullable=False),
    Column("shared_with", ARRAY(Text), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("lifetime", Integer),
    Column("expires_at", DateTime(timezone=True)),
    Column("refreshable", Boolean, nullable=False),
    Column("refresh_expires_at", DateTime(timezone=True)),
    Column("account", Text),
    Column("base_url", Text),
    Column("way", Text),
    Column("fields", JSONB, nullable=False, server_default="{}"),
    Column("attention", Text),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("refreshed_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A connection with its sealed tokens: what only the vault opens."""

    workspace: int
    id: UUID
    integration: str
    name: str
    user_id: str | None
    sealed: bytes
    scopes: tuple[str, ...]
    lifetime: int | None
    """Seconds that the access token was good for when it was given."""
    left: float | None
    """Seconds it is still good for, by the database's clock; None where nobody knows."""
    refreshable: bool
    base_url: str | None
    way: Kind | None
    """How it is signed in to; None where that was not asked: by the connector's first way."""
    fields: Mapping[str, str]
    """What stands in its addresses."""
    attention: str | None
    generation: int
    """One more with every change of the tokens."""


class Connections(Repository[Connection]):
    """The rows as they may be shown."""

    table, noun = connections, "connection"

    async def page(
        self, *, user: str | None = None, made_by: str | None = None, integration: str | None = None, limit: int, cursor: str | None = None
    ) -> Page[Connection]:
        """By integration and name. With `user` or `made_by`, those that such a person owns, made, or may use."""
        where = [~connections.c.integration.startswith(app_mark, autoescape=True)]
        if integration is not None:
            where.append(connections.c.integration == integration)
        if user is not None or made_by is not None:
            shared = connections.c.shared_with
            mine = [connections.c.user_id == user, literal(user) == shared.any_(), connections.c.made_by == made_by]
            where.append(or_(literal(everybody) == shared.any_(), *mine))
        order = Order((connections.c.integration, connections.c.name), descending=False)
        return await self._page(*where, order=order, limit=limit, cursor=cursor)

    async def named(self, integration: str, user_id: str | None, name: str, *, lock: bool = False) -> Connection | None:
        """The one of this name that is this user's, or with None the workspace's, if there is one."""
        owner = connections.c.user_id.is_not_distinct_from(user_id)
        return await self._first(connections.c.integration == integration, connections.c.name == name, owner, lock=lock)

    async def of_user(self, user: str) -> Sequence[Connection]:
        """All that a user owns."""
        order = Order((connections.c.integration, connections.c.name), descending=False)
        return [self._read(row) for row in await self._rows(connections.c.user_id == user, order=order)]

    async def change(self, id: UUID, values: Mapping[str, object]) -> None:
        """Change columns."""
        await self._update({**values, "updated_at": func.now()}, connections.c.id == id)

    async def put_tokens(self, id: UUID, values: Mapping[str, object]) -> None:
        """Replace the tokens; they are of the next generation, and whatever was wrong with the former ones is over.

        A span of time is meant from now on, by the database's clock.
        """
        fresh = {"generation": connections.c.generation + 1, "attention": None, "refreshed_at": func.now(), "updated_at": func.now()}
        await self._update({**_moments(values), **fresh}, connections.c.id == id)

    async def make(self, values: Mapping[str, object]) -> None:
        """Insert one. A span of time is meant from now on, by the database's clock."""
        await self.add(_moments(values))

    async def held(self, id: UUID, *, lock: bool = False) -> Held | None:
        """With its tokens; with `lock` nobody else renews them until the transaction ends."""
        rows = await self._rows(connections.c.id == id, limit=1, lock=lock)
        if not rows:
            return None
        left = await self._rows(connections.c.id == id, columns=(_left,))  # by the clock after the lock
        return _held({**rows[0], "left": left[0]["left"]})

    async def remove(self, id: UUID) -> bool:
        """Delete one; False if there is none."""
        return await self._delete(connections.c.id == id) == 1

    def _read(self, row: RowMapping) -> Connection:
        status, reason = health(
            datetime.now(UTC),
            expires_at=row["expires_at"],
            refresh_expires_at=row["refresh_expires_at"],
            renewable=row["refreshable"],
            attention=row["attention"],
        )
        given = {name: row[name] for name in Connection.model_fields if name in row}
        lists = {"shared_with": tuple(row["shared_with"]), "scopes": tuple(row["scopes"])}
        return Connection.model_validate({**given, **lists, "renewable": row["refreshable"], "status": status, "reason": reason})


def _moments(values: Mapping[str, object]) -> dict[str, object]:
    return {name: func.clock_timestamp() + value if isinstance(value, timedelta) else value for name, value in values.items()}


_left = cast("ColumnElement[object]", func.extract("epoch", connections.c.expires_at - func.clock_timestamp()).label("left"))


class Lookup:
    """Finds the connection of a request: one plain statement, as every request asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, workspace: int, integration: str, user_id: str | None, name: str | None) -> Held | None:
        """The named one, if it is the user's or shared with them; else the user's own; else the workspace's default."""
        with reaching_database():
            row: asyncpg.Record | None = await self._database.pool.fetchrow(_find, workspace, integration, user_id, name)
        return _held(dict(row)) if row is not None else None


_find = """
select *, extract(epoch from expires_at - clock_timestamp())::float8 as left from connections
where workspace = $1 and integration = $2
    and ('*' = any(shared_with) or user_id = $3::text or $3 = any(shared_with))
    and case when $4::text is not null then name = $4 else user_id = $3 or (name = 'default' and user_id is null) end
order by user_id is not distinct from $3 desc, name is not distinct from $3 desc, user_id is null desc, created_at, id
limit 1
"""


def _held(row: Mapping[str, Any]) -> Held:
    left = row["left"]
    given: dict[str, Any] = {name: row[name] for name in Held.__slots__}
    fields = row["fields"]
    given |= {"scopes": tuple(row["scopes"]), "left": None if left is None else float(left)}
    given["fields"] = json.loads(fields) if isinstance(fields, str) else fields  # the plain statement gets the text
    return Held(**given)
