"""API keys: `/api/keys`."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from tenuto.api.fields import Ask, Cursor, Done, Limit, Line
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.access import Role
from tenuto.core.members import Key

router = Router("/api/keys", tag="Keys")


class KeyBody(Ask):
    """A key to be made."""

    name: Line
    role: Role


class KeyName(Ask):
    """A key's new name."""

    name: Line


class KeyAnswer(Done):
    """One key."""

    key: Key


class NewKeyAnswer(KeyAnswer):
    """A key that was just made."""

    value: str = Field(description="Shown this once; only its hash is kept.")


class KeysAnswer(Done):
    """A page of keys."""

    keys: tuple[Key, ...]
    next: str | None = None


@router.get("", permission=Permission.key_manage)
async def list_keys(caller: Caller, services: Provided, limit: Limit = 50, cursor: Cursor = None) -> KeysAnswer:
    """Every key, newest first, the revoked included."""
    page = await services.keys.list(caller, limit=limit, cursor=cursor)
    return KeysAnswer(keys=page.items, next=page.next)


@router.post("", permission=Permission.key_manage, status_code=201)
async def make_key(body: KeyBody, caller: Caller, services: Provided) -> NewKeyAnswer:
    """Make a key with a role."""
    made = await services.keys.make(caller, body.name, body.role)
    return NewKeyAnswer(key=made.key, value=made.value.get_secret_value())


@router.get("/{id}", permission=Permission.key_manage)
async def get_key(id: UUID, caller: Caller, services: Provided) -> KeyAnswer:
    """One key."""
    return KeyAnswer(key=await services.keys.get(caller, id))


@router.put("/{id}", permission=Permission.key_manage)
async def rename_key(id: UUID, body: KeyName, caller: Caller, services: Provided) -> KeyAnswer:
    """Give a key another name."""
    return KeyAnswer(key=await services.keys.rename(caller, id, body.name))


@router.delete("/{id}", permission=Permission.key_manage)
async def revoke_key(id: UUID, caller: Caller, services: Provided) -> KeyAnswer:
    """End a key: at once in this process, within seconds in others."""
    return KeyAnswer(key=await services.keys.revoke(caller, id))
