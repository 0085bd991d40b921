"""Members, their one-time links and sessions, and API keys: one workspace's rows, found by the hash of what the caller holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func

from tenuto.core.access import Role
from tenuto.core.members import Key, Member, Session
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.repository import Order, Page, Repository, metadata

members = Table(
    "members",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled_at", DateTime(timezone=True)),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("workspace", Integer, nullable=False),
    Column("member", Uuid),
    Column("purpose", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("workspace", Integer, nullable=False),
    Column("member", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("member", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)


class MemberRows(Repository[Member]):
    """The people of a workspace."""

    table, noun = members, "member"

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Member]:
        """Newest first, those who left included."""
        return await self._page(order=Order((members.c.created_at, members.c.id)), limit=limit, cursor=cursor)

    async def owners(self, *, lock: bool = False) -> Sequence[UUID]:
        """Everybody who may sign in as an owner; with `lock`, in order, until the transaction ends."""
        order = Order((members.c.id,), descending=False)
        rows = await self._rows(members.c.role == Role.owner.value, members.c.disabled_at.is_(None), order=order, lock=lock)
        return [row["id"] for row in rows]

    async def change(self, id: UUID, **values: str | None) -> None:
        """Set name, email or role."""
        await self._update(values, members.c.id == id)

    async def disable(self, id: UUID) -> None:
        """Let the person in no more."""
        await self._update({"disabled_at": func.now()}, members.c.id == id, members.c.disabled_at.is_(None))

    def _read(self, row: RowMapping) -> Member:
        return Member.model_validate({name: row[name] for name in Member.model_fields})


class Link(NamedTuple):
    """A one-time link: `owner` makes the first owner, `member` signs in the one it names."""

    hash: bytes
    purpose: Literal["owner", "member"]
    member: UUID | None


class LinkRows(Repository[Link]):
    """One-time links that are good."""

    table, noun, key = sign_in_links, "link", "hash"

    async def make(self, link: Link, life: timedelta) -> None:
        """Store a link; those that ran out are removed on the way."""
        await self._delete(sign_in_links.c.expires_at < func.now())
        await self.add({**link._asdict(), "expires_at": func.now() + life})

    async def use(self, hash: bytes, purpose: str) -> Link | None:
        """Use a link up; None if it is used, ran out or never was. Using one link for the owner uses all of them up.

        They are locked in order, so that of two that are used at once one waits for the other and then finds itself used.
        """
        good = (sign_in_links.c.used_at.is_(None), sign_in_links.c.expires_at > func.now(), sign_in_links.c.purpose == purpose)
        which = () if purpose == "owner" else (sign_in_links.c.hash == hash,)
        rows = await self._rows(*good, *which, order=Order((sign_in_links.c.hash,), descending=False), lock=True)
        found = next((self._read(row) for row in rows if row["hash"] == hash), None)
        if found is not None:
            await self._update({"used_at": func.now()}, *good, *which)
        return found

    def _read(self, row: RowMapping) -> Link:
        return Link(row["hash"], row["purpose"], row["member"])


class SessionRows(Repository[Session]):
    """Browsers that are signed in."""

    table, noun, key = sessions, "session", "hash"

    async def make(self, hash: bytes, member: UUID, life: timedelta) -> None:
        """Sign in; sessions that ran out are removed on the way."""
        await self._delete(sessions.c.expires_at < func.now())
        await self.add({"hash": hash, "member": member, "expires_at": func.now() + life})

    async def of(self, member: UUID) -> dict[bytes, Session]:
        """A member's sessions by their hashes, newest first."""
        order = Order((sessions.c.created_at, sessions.c.hash))
        rows = await self._rows(sessions.c.member == member, sessions.c.expires_at > func.now(), order=order)
        return {row["hash"]: self._read(row) for row in rows}

    async def end(self, hash: bytes) -> None:
        """Sign out."""
        await self._delete(sessions.c.hash == hash)

    async def end_all(self, member: UUID) -> None:
        """Sign a member out everywhere."""
        await self._delete(sessions.c.member == member)

    def _read(self, row: RowMapping) -> Session:
        digest: bytes = row["hash"]
        return Session(id=digest.hex()[:32], created_at=row["created_at"], seen_at=row["seen_at"], expires_at=row["expires_at"])


class KeyRows(Repository[Key]):
    """API keys."""

    table, noun = api_keys, "API key"

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
        """Newest first, the revoked included."""
        return await self._page(order=Order((api_keys.c.created_at, api_keys.c.id)), limit=limit, cursor=cursor)

    async def rename(self, id: UUID, name: str) -> None:
        """Give it another name."""
        await self._update({"name": name}, api_keys.c.id == id)

    async def revoke(self, id: UUID) -> None:
        """End it; it stays listed."""
        await self._update({"revoked_at": func.now()}, api_keys.c.id == id, api_keys.c.revoked_at.is_(None))

    async def owners(self) -> int:
        """How many keys with the role of an owner are good."""
        return await self._count(api_keys.c.role == Role.owner.value, api_keys.c.revoked_at.is_(None))

    def _read(self, row: RowMapping) -> Key:
        return Key.model_validate({name: row[name] for name in Key.model_fields})


class Known(NamedTuple):
    """Whom a hash belongs to. The row says the workspace: nobody who calls can name one."""

    workspace: int
    id: UUID
    name: str
    role: Role
    behind: UUID | None = None
    """Of a key: the member who made it."""
    scopes: tuple[str, ...] | None = None
    """Of an application that acts for the member: what it was allowed."""


class Recognition:
    """Finds who holds a token, in whichever workspace: the one question that is asked before a workspace is known."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def key(self, hash: bytes) -> Known | None:
        """The API key with this hash, if it and whoever made it are still good."""
        return await self._one(_key, hash)

    async def session(self, hash: bytes) -> Known | None:
        """The member of the session with this hash, unless it ran out, was idle for a week, or the member was disabled."""
        return await self._one(_session, hash)

    async def link(self, hash: bytes) -> tuple[int, str] | None:
        """Workspace and purpose of the link with this hash, good or not."""
        with reaching_database():
            row = await self._database.pool.fetchrow("select workspace, purpose from sign_in_links where hash = $1", hash)
        return (row["workspace"], row["purpose"]) if row else None

    async def _one(self, statement: str, hash: bytes) -> Known | None:
        with reaching_database():
            row = await self._database.pool.fetchrow(statement, hash)
        return Known(row["workspace"], row["id"], row["name"], Role(row["role"]), row["behind"]) if row else None


_key = """
with found as (
    select k.workspace, k.id, k.name, k.role, k.member, k.last_used_at
    from api_keys k left join members m on m.workspace = k.workspace and m.id = k.member
    where k.hash = $1 and k.revoked_at is null and m.disabled_at is null
), used as (
    update api_keys k set last_used_at = now() from found f
    where k.workspace = f.workspace and k.id = f.id and (f.last_used_at is null or f.last_used_at < now() - interval '1 minute')
)
select workspace, id, name, role, member as behind from found
"""

_session = """
with found as (
    select s.workspace, s.hash, s.seen_at, m.id, m.name, m.role
    from sessions s join members m on m.workspace = s.workspace and m.id = s.member
    where s.hash = $1 and s.expires_at > now() and s.seen_at > now() - interval '7 days' and m.disabled_at is null
), seen as (
    update sessions s set seen_at = now() from found f
    where s.workspace = f.workspace and s.hash = f.hash and f.seen_at < now() - interval '10 minutes'
)
select workspace, id, name, role, null::uuid as behind from found
"""
