"""Consents under way: begun in one browser, and used up when that one comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from tenuto.store.repository import Repository, metadata

_at_once = 100

oauth_flows = Table(
    "oauth_flows",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("integration", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("user_id", Text),
    Column("member", Uuid),
    Column("made_by", Text, nullable=False),
    Column("shared_with", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("fields", JSONB, nullable=False, server_default="{}"),
    Column("tenant", Text),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)


class Flow(NamedTuple):
    """A consent under way."""

    hash: bytes
    browser: bytes
    """Hash of what the browser that began it holds."""
    integration: str
    name: str
    user_id: str | None
    member: UUID | None
    made_by: str
    shared_with: Sequence[str]
    scopes: Sequence[str]
    sealed: bytes
    """The verifier of PKCE."""
    fields: Mapping[str, str] = MappingProxyType({})
    """What was said of the account."""
    tenant: str | None = None
    """Which of those for whom the consent may speak is meant."""


class Flows(Repository[Flow]):
    """Consents under way."""

    table, noun, key = oauth_flows, "consent", "hash"

    async def begin(self, flow: Flow, life: timedelta) -> None:
        """Store one; some that ran out are removed on the way, but for those that a rotation of keys has in hand."""
        over = await self._rows(oauth_flows.c.expires_at < func.now(), limit=_at_once, lock=True, free=True)
        await self._delete(oauth_flows.c.hash.in_([row["hash"] for row in over]))
        await self.add({**flow._asdict(), "fields": dict(flow.fields), "expires_at": func.now() + life})

    async def use(self, hash: bytes) -> Flow | None:
        """Use one up; None if it was used, ran out or never was. Of two who bring the same state, one gets it."""
        rows = await self._rows(oauth_flows.c.hash == hash, oauth_flows.c.expires_at > func.now(), lock=True)
        if not rows or not await self._delete(oauth_flows.c.hash == hash):
            return None
        return self._read(rows[0])

    def _read(self, row: RowMapping) -> Flow:
        return Flow(**{name: row[name] for name in Flow._fields})
