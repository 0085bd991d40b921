"""Where secrets are stored sealed: every table with a column `sealed`, so that they can be sealed again when a key changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast
from uuid import UUID

from sqlalchemy import Column, ColumnElement, LargeBinary, RowMapping, Table, func

from tenuto.store.connections.flows import oauth_flows
from tenuto.store.connections.rows import connections
from tenuto.store.repository import Order, Repository
from tenuto.store.triggers.rows import trigger_secrets


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A stored secret: `row` is the key of its row."""

    row: str | UUID | bytes
    sealed: bytes

    @property
    def name(self) -> str:
        """The `row` of its `Place`."""
        return self.row.hex() if isinstance(self.row, bytes) else str(self.row)


class SealedRows(Repository[SealedRow]):
    """The secrets of one table in a workspace; the table's name is that of their `Place`."""

    table: ClassVar[Table]
    noun = "secret"

    async def under(self, key: str, *, after: SealedRow | None = None, limit: int) -> Sequence[SealedRow]:
        """Some that this key (an id in hex) did not seal, in the order of their rows and locked; those somebody else is changing are waited for."""
        where = [self._others(key)] if after is None else [self._others(key), self._row > after.row]
        order = Order((self._row,), descending=False)
        return [self._read(row) for row in await self._rows(*where, order=order, limit=limit, lock=True)]

    async def count(self, key: str) -> int:
        """How many this key did not seal."""
        return await self._count(self._others(key))

    async def sealed_by(self, key: str) -> int:
        """How many this key sealed."""
        return await self._count(_key_of(self.table) == bytes.fromhex(key))

    async def put(self, row: SealedRow, sealed: bytes, key: str) -> None:
        """Put another sealing, by this key, of the same secret in its place."""
        await self._update(self._values(sealed, key), self._row == row.row, self.table.c.sealed == row.sealed)

    @property
    def _row(self) -> Column[str]:
        return cast("Column[str]", self.table.c[self.key])

    def _others(self, key: str) -> ColumnElement[bool]:
        return _key_of(self.table) != bytes.fromhex(key)

    def _values(self, sealed: bytes, key: str) -> Mapping[str, object]:
        return {"sealed": sealed}

    def _read(self, row: RowMapping) -> SealedRow:
        return SealedRow(row[self.key], cast("bytes", row["sealed"]))


class SealedTriggerSecrets(SealedRows):
    """What senders of webhooks sign with."""

    table, key = trigger_secrets, "name"


class SealedConnections(SealedRows):
    """Tokens and keys of connected accounts."""

    table = connections

    def _values(self, sealed: bytes, key: str) -> Mapping[str, object]:
        return {"sealed": sealed, "key_id": key}


class SealedConsents(SealedRows):
    """Verifiers of consents under way: a rotation must not end them."""

    table, key = oauth_flows, "hash"


sealed_tables: tuple[type[SealedRows], ...] = (SealedTriggerSecrets, SealedConnections, SealedConsents)
"""All there are, but for the data keys themselves; a test holds them against the migrated database."""


def _key_of(table: Table) -> ColumnElement[bytes]:
    """The id in a sealed secret: eight bytes after its version (`vault.crypto.Sealed`)."""
    return func.substr(table.c.sealed, 2, 8, type_=LargeBinary)
