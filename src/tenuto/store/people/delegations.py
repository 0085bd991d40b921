"""Applications that registered, what members allowed them, and the tokens of that: found by the hash of what the application holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.access import Role
from tenuto.core.delegation import Application, Grant
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.people.members import Known
from tenuto.store.repository import Order, Page, Repository, metadata

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("renewable", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("used_at", DateTime(timezone=True)),
)

oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("member", Uuid, nullable=False),
    Column("client", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("renewable", Boolean, nullable=False),
    Column("code", LargeBinary, nullable=False, unique=True),
    Column("code_expires_at", DateTime(timezone=True), nullable=False),
    Column("code_used_at", DateTime(timezone=True)),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_because", Text),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("workspace", Integer, nullable=False),
    Column("grant_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

_forgotten = timedelta(days=1)


class ClientRows(Repository[Application]):
    """Applications that registered themselves."""

    table, noun = oauth_clients, "application"

    async def register(self, made: Application) -> None:
        """Keep one; those that nobody allowed anything within a day are removed on the way."""
        await self._delete(oauth_clients.c.used_at.is_(None), oauth_clients.c.created_at < func.now() - _forgotten)
        await self.add({**made.model_dump(), "redirect_uris": list(made.redirect_uris)})

    async def waiting(self) -> int:
        """How many of the last day nobody has allowed anything yet."""
        return await self._count(oauth_clients.c.used_at.is_(None), oauth_clients.c.created_at > func.now() - _forgotten)

    async def used(self, id: str) -> None:
        """Somebody has allowed it something: it stays."""
        await self._update({"used_at": func.now()}, oauth_clients.c.id == id)

    def _read(self, row: RowMapping) -> Application:
        return Application.model_validate(
            {name: row[name] for name in Application.model_fields} | {"redirect_uris": tuple(row["redirect_uris"])}
        )


class Given(NamedTuple):
    """A grant, with what its code was bound to."""

    grant: Grant
    renewable: bool
    redirect_uri: str
    challenge: str
    resource: str


class GrantRows(Repository[Given]):
    """What members allowed."""

    table, noun = oauth_grants, "grant"

    async def begin(self, given: Given, code: bytes, life: timedelta) -> None:
        """Keep one that begins as a code; codes that nobody exchanged are removed on the way."""
        await self._delete(oauth_grants.c.code_used_at.is_(None), oauth_grants.c.code_expires_at < func.now() - _forgotten)
        grant = given.grant
        about: dict[str, object] = {"id": grant.id, "member": grant.member, "client": grant.client, "name": grant.name}
        bound = {"redirect_uri": given.redirect_uri, "challenge": given.challenge, "resource": given.resource}
        until = {"code": code, "code_expires_at": func.now() + life}
        await self.add({**about, **bound, **until, "scopes": list(grant.scopes), "renewable": given.renewable})

    async def of_code(self, code: bytes) -> Given | None:
        """The grant that began with this code, locked."""
        return await self._first(oauth_grants.c.code == code, lock=True)

    async def fresh(self, id: UUID) -> bool:
        """Whether its code has neither been used nor run out."""
        good = (oauth_grants.c.code_used_at.is_(None), oauth_grants.c.code_expires_at > func.now(), oauth_grants.c.ended_at.is_(None))
        return bool(await self._count(oauth_grants.c.id == id, *good))

    async def exchanged(self, id: UUID) -> None:
        """Its code is used up."""
        await self._update({"code_used_at": func.now()}, oauth_grants.c.id == id)

    async def end(self, id: UUID, because: str) -> None:
        """End it with all its tokens; it stays listed."""
        await self._update({"ended_at": func.now(), "ended_because": because}, oauth_grants.c.id == id, oauth_grants.c.ended_at.is_(None))

    async def list(self, *, member: UUID | None, limit: int = 50, cursor: str | None = None) -> Page[Given]:
        """Newest first, the ended included; of one member or of all."""
        whose = () if member is None else (oauth_grants.c.member == member,)
        order = Order((oauth_grants.c.created_at, oauth_grants.c.id))
        return await self._page(*whose, oauth_grants.c.code_used_at.is_not(None), order=order, limit=limit, cursor=cursor)

    def _read(self, row: RowMapping) -> Given:
        fields = {name: row[name] for name in Grant.model_fields} | {"scopes": tuple(row["scopes"])}
        return Given(Grant.model_validate(fields), row["renewable"], row["redirect_uri"], row["challenge"], row["resource"])


class Held(NamedTuple):
    """A token that an application holds, as far as it is known."""

    grant: UUID
    kind: Literal["access", "refresh"]
    used: bool
    """Of a refresh token: whether others were given for it."""


class TokenRows(Repository[Held]):
    """Tokens of grants."""

    table, noun, key = oauth_tokens, "token", "hash"

    async def add_all(self, grant: UUID, tokens: Sequence[tuple[bytes, str, timedelta]]) -> None:
        """Keep hashes of tokens, each with its kind and life; those that ran out are removed on the way."""
        await self._delete(oauth_tokens.c.expires_at < func.now())
        for digest, kind, life in tokens:
            await self.add({"hash": digest, "grant_id": grant, "kind": kind, "expires_at": func.now() + life})

    async def good(self, hash: bytes, *, lock: bool = False) -> Held | None:
        """The token with this hash, used or not, unless it ran out."""
        return await self._first(oauth_tokens.c.hash == hash, oauth_tokens.c.expires_at > func.now(), lock=lock)

    async def use(self, hash: bytes) -> None:
        """Others are given for it now."""
        await self._update({"used_at": func.now()}, oauth_tokens.c.hash == hash)

    def _read(self, row: RowMapping) -> Held:
        return Held(row["grant_id"], row["kind"], row["used_at"] is not None)


class DelegationRecognition:
    """Finds whose a token or code is, in whichever workspace: the questions that are asked before a workspace is known."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def access(self, hash: bytes) -> Known | None:
        """The member for whom the holder of this access token acts, while the grant, the token and the member are good."""
        with reaching_database():
            row = await self._database.pool.fetchrow(_access, hash)
        return Known(row["workspace"], row["id"], row["name"], Role(row["role"]), None, tuple(row["scopes"])) if row else None

    async def code(self, hash: bytes) -> int | None:
        """The workspace of a code, good or not."""
        with reaching_database():
            return await self._database.pool.fetchval("select workspace from oauth_grants where code = $1", hash)

    async def token(self, hash: bytes) -> int | None:
        """The workspace of a token, good or not."""
        with reaching_database():
            return await self._database.pool.fetchval("select workspace from oauth_tokens where hash = $1", hash)


_access = """
with found as (
    select g.workspace, g.id as grant_id, g.used_at, g.scopes, m.id, m.name, m.role
    from oauth_tokens t
        join oauth_grants g on g.workspace = t.workspace and g.id = t.grant_id
        join members m on m.workspace = g.workspace and m.id = g.member
    where t.hash = $1 and t.kind = 'access' and t.expires_at > now() and g.ended_at is null and m.disabled_at is null
), seen as (
    update oauth_grants g set used_at = now() from found f
    where g.workspace = f.workspace and g.id = f.grant_id and (f.used_at is null or f.used_at < now() - interval '1 minute')
)
select workspace, id, name, role, scopes from found
"""
