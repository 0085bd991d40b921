"""How a connection is kept: who may see and change it, and how its row is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import uuid_utils.compat as uuids

from tenuto.core.access import Permission, Principal
from tenuto.core.connection import Connection, everybody
from tenuto.core.errors import Forbidden, Invalid, NotFound
from tenuto.core.ways import Kind
from tenuto.store.connections.rows import Connections as Rows
from tenuto.store.connections.rows import app_mark
from tenuto.store.database import Transaction
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.renewal import columns
from tenuto.vault.oauth.tokens import Granted

most_scopes = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A connection that is to be kept."""

    integration: str
    name: str
    user_id: str | None
    granted: Granted
    shared_with: Sequence[str] = ()
    way: Kind | None = None
    """How it is signed in to; None for the connector's first way."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


async def keep(tx: Transaction, envelope: Envelope, caller: Principal, kept: Kept) -> Connection:
    """Write it: a new row, or new tokens for the one of its name. Raises `Forbidden` where that is somebody else's, `Invalid`, and as `seal`."""
    rows = Rows(tx)
    checked(kept.integration, kept.name, kept.user_id)
    caller.user(kept.user_id)
    await envelope.ready(tx)  # before the row is locked, as whoever makes a first data key does
    signed_in: dict[str, object] = {"way": kept.way, "fields": dict(kept.fields), "base_url": None, "account": None}
    found = await rows.named(kept.integration, kept.user_id, kept.name, lock=True)
    if found is None:
        new = UUID(str(uuids.uuid7()))
        about: dict[str, object] = {"id": new, "integration": kept.integration, "name": kept.name, "user_id": kept.user_id}
        rest: dict[str, object] = {"made_by": caller.person, "shared_with": list(kept.shared_with), "scopes": []}
        await rows.make({**about, **rest, **signed_in, **await columns(envelope, tx, new, kept.granted)})
        return await rows.get(new)
    if not may_change(found, caller):
        raise Forbidden(f"There is a connection named {kept.name!r} that is somebody else's.", fix="Choose another name.")
    fresh = await columns(envelope, tx, found.id, kept.granted)
    await rows.put_tokens(found.id, {"refresh_expires_at": None, "scopes": [], **signed_in, **fresh})
    return await rows.get(found.id)


async def visible(rows: Rows, caller: Principal, id: UUID, *, lock: bool = False) -> Connection:
    """The one with this id, if the caller may see it. Raises `NotFound` for others too: that there is one is nobody else's business."""
    found = await rows.get(id, lock=lock)
    if found.integration.startswith(app_mark) or not (may_change(found, caller) or found.usable_by(str(caller.id))):
        raise NotFound(f'There is no connection "{id}".')
    return found


def may_change(connection: Connection, caller: Principal) -> bool:
    """Whether it is the caller's own, or the caller acts for others."""
    own = connection.user_id == str(caller.id) or connection.made_by == caller.person
    return own or caller.may(Permission.act_for_others)


def checked(integration: str, name: str, user_id: str | None) -> None:
    """Raise `Invalid` for what cannot name an integration, a connection or a user."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", integration):
        raise Invalid("An integration is named by 1 to 64 small letters, digits, - and _.", pointer="/integration")
    for pointer, text in (("/name", name), ("/user_id", user_id)):
        if text is not None and (not 1 <= len(text) <= 128 or not text.isprintable() or text == everybody):
            raise Invalid("A name has 1 to 128 printable characters, and is not *.", pointer=pointer)
