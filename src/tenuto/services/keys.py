"""API keys: made, listed, renamed and revoked by those who manage them; and who is calling with one."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from pydantic import SecretStr

from tenuto.core.access import Permission, Principal, Role
from tenuto.core.errors import Misconfigured, Unauthenticated
from tenuto.core.members import Key
from tenuto.services.recognition import Recognised, remembered_for
from tenuto.store.database import Database
from tenuto.store.people.members import KeyRows, MemberRows, Recognition
from tenuto.store.repository import Page
from tenuto.vault.crypto import hash_token, new_token

shortest_bootstrap = 32
_shown = 12


class NewKey(NamedTuple):
    """A key that was just made, with the value that is shown once and stored nowhere."""

    key: Key
    value: SecretStr


class Keys:
    """The use cases of API keys."""

    def __init__(self, database: Database, *, remembered_for: float = remembered_for) -> None:
        """`remembered_for` is how many seconds a recognised key is not asked for again."""
        self._database = database
        self._recognised = Recognised("key", Recognition(database).key, remembered_for=remembered_for)

    async def identify(self, value: str) -> Principal:
        """Who calls with this key. Raises `Unauthenticated`, whether it is unknown or revoked."""
        principal = await self._recognised.principal(value)
        if principal is None:
            raise Unauthenticated("This API key is not known here, or was revoked.", fix="Use a key from /api/keys of this installation.")
        return principal

    async def make(self, caller: Principal, name: str, role: Role) -> NewKey:
        """A new key with a role; whoever manages keys is an owner and may give any."""
        caller.require(Permission.key_manage)
        value = new_token("tnt")
        async with self._database.transaction(caller.workspace) as tx:
            rows = KeyRows(tx)
            new = await _add(rows, name, role, value, caller.id if caller.kind == "member" else None)
            return NewKey(await rows.get(new), value)

    async def list(self, caller: Principal, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
        """The keys of the workspace, newest first."""
        caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            return await KeyRows(tx).list(limit=limit, cursor=cursor)

    async def get(self, caller: Principal, id: UUID) -> Key:
        """One key. Raises `NotFound`."""
        caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            return await KeyRows(tx).get(id)

    async def rename(self, caller: Principal, id: UUID, name: str) -> Key:
        """Give a key another name; its role and value never change. Raises `NotFound`."""
        caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            await KeyRows(tx).rename(id, name)
            found = await KeyRows(tx).get(id)
        self._recognised.forget()
        return found

    async def revoke(self, caller: Principal, id: UUID) -> Key:
        """End a key: here at once, in other processes within seconds. Raises `NotFound`."""
        caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            await KeyRows(tx).get(id, lock=True)
            await KeyRows(tx).revoke(id)
            found = await KeyRows(tx).get(id)
        self._recognised.forget()
        return found

    async def bootstrap(self, value: SecretStr, workspace: int) -> bool:
        """Make an owner's key of a given value while there is no owner; False if there is one. Raises `Misconfigured` for a short one."""
        if len(value.get_secret_value()) < shortest_bootstrap:
            raise Misconfigured(
                f"TENUTO_BOOTSTRAP_KEY has fewer than {shortest_bootstrap} characters.", fix="Make one with: openssl rand -hex 32"
            )
        async with self._database.transaction(workspace) as tx:
            if await KeyRows(tx).owners() or await MemberRows(tx).owners():
                return False
            await _add(KeyRows(tx), "bootstrap", Role.owner, value, None)
        return True

    def forget(self) -> None:
        """Ask the database again for every key: a member whose keys end was changed."""
        self._recognised.forget()


async def _add(rows: KeyRows, name: str, role: Role, value: SecretStr, member: UUID | None) -> UUID:
    new = uuids.uuid7()
    text = value.get_secret_value()
    shown = text[:_shown] if text.startswith("tnt_") else "own"
    await rows.add({"id": new, "hash": hash_token(value), "name": name, "prefix": shown, "role": role.value, "member": member})
    return new
