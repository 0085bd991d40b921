"""Members of a workspace: who is in it, as what, and who is in it no more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import uuid_utils.compat as uuids

from tenuto.core.access import Permission, Principal, Role
from tenuto.core.errors import Conflict
from tenuto.core.members import Member
from tenuto.store.database import Database
from tenuto.store.people.members import MemberRows, SessionRows
from tenuto.store.repository import Page


class Members:
    """The use cases of members."""

    def __init__(self, database: Database, *, changed: Callable[[], None]) -> None:
        """`changed` is called when what somebody may do has changed: those who remember have to ask again."""
        self._database = database
        self._changed = changed

    async def list(self, caller: Principal, *, limit: int = 50, cursor: str | None = None) -> Page[Member]:
        """Everybody, newest first, those who left included."""
        caller.require(Permission.member_manage)
        async with self._database.transaction(caller.workspace) as tx:
            return await MemberRows(tx).list(limit=limit, cursor=cursor)

    async def get(self, caller: Principal, id: UUID) -> Member:
        """One member. Raises `NotFound`."""
        caller.require(Permission.member_manage)
        async with self._database.transaction(caller.workspace) as tx:
            return await MemberRows(tx).get(id)

    async def add(self, caller: Principal, name: str, role: Role, email: str | None = None) -> Member:
        """A new member, who signs in with a link from the terminal. Raises `Conflict` if the address belongs to one already."""
        caller.require(Permission.member_manage)
        new = uuids.uuid7()
        async with self._database.transaction(caller.workspace) as tx:
            rows = MemberRows(tx)
            # A concurrent twin is kept out by the index, in silence; then it is not ours that is found.
            if not await rows.add({"id": new, "name": name, "email": email, "role": role.value}, ignore_existing=True):
                raise Conflict(f"{email} belongs to a member already.")
            return await rows.get(new)

    async def change(self, caller: Principal, id: UUID, *, name: str | None = None, role: Role | None = None) -> Member:
        """Another name or role. Raises `NotFound`, and `Conflict` if no owner would be left."""
        caller.require(Permission.member_manage)
        async with self._database.transaction(caller.workspace) as tx:
            rows = MemberRows(tx)
            if role is not None and role is not Role.owner:
                await _keep_an_owner(rows, id)
            found = await rows.get(id, lock=True)
            await rows.change(id, name=name or found.name, role=(role or found.role).value)
            found = await rows.get(id)
        self._changed()
        return found

    async def disable(self, caller: Principal, id: UUID) -> Member:
        """Sign a member out everywhere and let nobody in as them, with their keys neither.

        Raises `NotFound`, and `Conflict` if no owner would be left.
        """
        caller.require(Permission.member_manage)
        async with self._database.transaction(caller.workspace) as tx:
            rows = MemberRows(tx)
            await _keep_an_owner(rows, id)
            await rows.get(id, lock=True)
            await rows.disable(id)
            await SessionRows(tx).end_all(id)
            found = await rows.get(id)
        self._changed()
        return found


async def _keep_an_owner(rows: MemberRows, id: UUID) -> None:
    """Every owner is locked in order, so that two of them cannot remove each other at once."""
    if list(await rows.owners(lock=True)) == [id]:
        raise Conflict("This is the only owner of the workspace.", fix="Make somebody else an owner first.")
