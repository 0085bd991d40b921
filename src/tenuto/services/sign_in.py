"""Signing in: one-time links become sessions, and who is calling with one."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from pydantic import SecretStr

from tenuto.core.access import Permission, Principal, Role
from tenuto.core.errors import Invalid, NotFound, Unauthenticated
from tenuto.core.members import Member, Session
from tenuto.services.recognition import Recognised, remembered_for
from tenuto.store.database import Database, Transaction
from tenuto.store.people.members import KeyRows, Link, LinkRows, MemberRows, Recognition, SessionRows
from tenuto.vault.crypto import hash_token, new_token

session_life = timedelta(days=30)
"""A session also ends after a week in which it was not used."""
first_link_life = timedelta(hours=24)
link_life = timedelta(hours=1)


class SignedIn(NamedTuple):
    """A new session: who it belongs to, and the cookie's value, which is stored nowhere."""

    member: Member
    cookie: SecretStr


class SignIn:
    """The use cases of links and sessions."""

    def __init__(self, database: Database, *, remembered_for: float = remembered_for) -> None:
        """`remembered_for` is how many seconds a recognised session is not asked for again."""
        self._database = database
        self._recognition = Recognition(database)
        self._recognised = Recognised("member", self._recognition.session, remembered_for=remembered_for)

    async def owned(self, workspace: int) -> bool:
        """Whether the workspace has an owner: a person or a key."""
        async with self._database.transaction(workspace) as tx:
            return await _owned(tx)

    async def first_link(self, workspace: int) -> SecretStr | None:
        """The token of a link that makes the owner; None if there is one. Each start makes one, as only its hash is stored."""
        async with self._database.transaction(workspace) as tx:
            if await _owned(tx):
                return None
            return await _link(tx, "owner", None, first_link_life)

    async def link(self, caller: Principal, member: UUID) -> SecretStr:
        """The token of a link that signs a member in once, within the hour. Raises `NotFound` and `Invalid`.

        It is for the terminal (`tenuto link`): no answer over HTTP ever holds one.
        """
        caller.require(Permission.member_manage)
        async with self._database.transaction(caller.workspace) as tx:
            found = await MemberRows(tx).get(member)
            if found.disabled_at is not None:
                raise Invalid(f"{found.name} is no member any more.")
            return await _link(tx, "member", member, link_life)

    async def redeem(self, token: str, name: str | None = None) -> SignedIn:
        """Use a link up and sign in; `name` is what the first owner is called.

        Raises `Unauthenticated`, the same for a link that is unknown, used, or too old.
        """
        digest = hash_token(token)
        known = await self._recognition.link(digest)
        if known is None:
            raise _no_good()
        workspace, purpose = known
        async with self._database.transaction(workspace) as tx:
            used = await LinkRows(tx).use(digest, purpose)
            if used is None:
                raise _no_good()
            member = await _first_owner(tx, name or "Owner") if used.purpose == "owner" else await _member(tx, used.member)
            cookie = new_token("tns")
            await SessionRows(tx).make(hash_token(cookie), member.id, session_life)
        return SignedIn(member, cookie)

    async def identify(self, cookie: str) -> Principal:
        """Who calls with this cookie. Raises `Unauthenticated`."""
        principal = await self._recognised.principal(cookie)
        if principal is None:
            raise Unauthenticated("This session has ended.", fix="Sign in again: make a link with `tenuto link`.")
        return principal

    async def sign_out(self, caller: Principal, cookie: str) -> None:
        """End the session of a cookie."""
        async with self._database.transaction(caller.workspace) as tx:
            await SessionRows(tx).end(hash_token(cookie))
        self._recognised.forget()

    async def sessions(self, caller: Principal, cookie: str | None = None) -> tuple[Session, ...]:
        """The caller's own sessions, newest first; the one of `cookie` is marked. A key has none."""
        if caller.kind != "member" or caller.id is None:
            return ()
        mine = hash_token(cookie) if cookie else b""
        async with self._database.transaction(caller.workspace) as tx:
            found = await SessionRows(tx).of(caller.id)
        return tuple(session.model_copy(update={"current": digest == mine}) for digest, session in found.items())

    async def end_session(self, caller: Principal, id: str) -> None:
        """End one of the caller's own sessions, here at once and in other processes within seconds. Raises `NotFound`."""
        found: dict[bytes, Session] = {}
        async with self._database.transaction(caller.workspace) as tx:
            if caller.kind == "member" and caller.id is not None:
                found = await SessionRows(tx).of(caller.id)
            digest = next((digest for digest, session in found.items() if session.id == id), None)
            if digest is None:
                raise NotFound("You have no such session.")
            await SessionRows(tx).end(digest)
        self._recognised.forget()

    def forget(self) -> None:
        """Ask the database again for every session: a member was changed."""
        self._recognised.forget()


async def _owned(tx: Transaction) -> bool:
    return bool(await MemberRows(tx).owners() or await KeyRows(tx).owners())


async def _link(tx: Transaction, purpose: str, member: UUID | None, life: timedelta) -> SecretStr:
    token = new_token("tnl")
    await LinkRows(tx).make(Link(hash_token(token), "owner" if purpose == "owner" else "member", member), life)
    return token


async def _first_owner(tx: Transaction, name: str) -> Member:
    """The owner that a first link makes. Links printed before there was an owner are worth nothing after."""
    if await _owned(tx):
        raise _no_good()
    new = uuids.uuid7()
    await MemberRows(tx).add({"id": new, "name": name, "role": Role.owner.value})
    return await MemberRows(tx).get(new)


async def _member(tx: Transaction, id: UUID | None) -> Member:
    found = await MemberRows(tx).find(id) if id else None
    if found is None or found.disabled_at is not None:
        raise _no_good()
    return found


def _no_good() -> Unauthenticated:
    return Unauthenticated("This link was used, is too old, or is none of ours.", fix="Make a new one with `tenuto link`.")
