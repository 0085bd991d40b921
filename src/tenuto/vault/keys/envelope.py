"""The envelope: a secret is sealed by its workspace's data key, and the data key by a master key."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from typing import NamedTuple

from pydantic import SecretStr

from tenuto.core.errors import Misconfigured, Unavailable
from tenuto.store.data_keys import DataKey, DataKeyFinder, DataKeys
from tenuto.store.database import Database, Transaction
from tenuto.vault.crypto import Keyring, Place, Sealed, key_bytes
from tenuto.vault.keys.master import Masters, Wrapped

trusted_for = 900.0
"""Seconds until the master is asked again whether it still opens a data key; while it cannot be reached, the known key is used on."""
asked_again = 30.0
"""Seconds until a master that could not be reached is asked again."""
_most_known = 4096


class _Known(NamedTuple):
    keyring: Keyring
    until: float


class Envelope:
    """Seals and opens stored secrets, as `Keyring` says, with a key of their workspace's own.

    Secrets that a master key sealed itself, as was done before there were data keys, are opened too; `seal` always writes the envelope.
    """

    def __init__(self, database: Database, masters: Masters, before: Keyring, *, trusted_for: float = trusted_for) -> None:
        """`before` opens what was sealed without an envelope."""
        self._finder = DataKeyFinder(database)
        self._masters = masters
        self._before = before
        self._trusted_for = trusted_for
        self._known: OrderedDict[tuple[int, str], _Known] = OrderedDict()
        self._asking: dict[tuple[int, str], asyncio.Lock] = {}

    def __repr__(self) -> str:
        return f"Envelope({len(self._known)} data keys known)"

    async def seal(self, tx: Transaction, secret: SecretStr, place: Place) -> Sealed:
        """Seal for a place, in the transaction that stores it: until it ends, the data key stays in force.

        The first secret of a workspace makes its data key. Raises `Misconfigured` and `Unavailable`.
        """
        if place.workspace != tx.workspace:
            raise ValueError("A secret is sealed in its own workspace.")
        return (await self._keyring(tx.workspace, await self._sealing(tx))).seal(secret, place)

    async def ready(self, tx: Transaction) -> None:
        """See that `seal` will work: for whoever is about to ask for a secret that must not be lost, or to lock a row before it seals. Raises as `seal`.

        Not within the transaction that waits for the answer: data keys could not be changed for as long.
        """
        await self._keyring(tx.workspace, await self._sealing(tx))

    async def open(self, sealed: Sealed, place: Place) -> SecretStr:
        """The secret again. Raises `Misconfigured` if its key is not here, it was changed, or it belongs to another place.

        Raises `Unavailable` while the master key cannot be asked.
        """
        if self._before.holds(sealed):
            return self._before.open(sealed, place)
        known = self._known.get((place.workspace, sealed.key))
        if known is None or known.until < time.monotonic():
            row = await self._finder.find(place.workspace, sealed.key)
            if row is None:
                return self._before.open(sealed, place)  # which says that the key is not there, and what to do
            return (await self._keyring(place.workspace, row)).open(sealed, place)
        return known.keyring.open(sealed, place)

    async def make(self, tx: Transaction) -> DataKey:
        """A new data key for the workspace, and in force if none is; the one that is."""
        key = os.urandom(key_bytes)
        keyring = Keyring([key])
        wrapped = await self._masters.wrap(key, _place(tx.workspace, keyring.current))
        made = DataKey(keyring.current, True, wrapped.master, wrapped.data)
        if await DataKeys(tx).install(made):
            self._keep((tx.workspace, made.id), keyring, self._trusted_for)
        found = await DataKeys(tx).sealing()
        if found is None:
            raise Unavailable("The data key of this workspace is being changed.")
        return found

    async def rewrap(self, workspace: int, row: DataKey, current: str) -> Wrapped | None:
        """The same data key, sealed by the master key of the name `current`; None if it is so already. Raises as `open`."""
        if row.master == current:
            return None
        place = _place(workspace, row.id)
        return await self._masters.wrap(await self._masters.unwrap(Wrapped(row.master, row.sealed), place), place)

    async def current_master(self) -> str:
        """The name of the master key that seals now."""
        return await self._masters.current()

    async def _sealing(self, tx: Transaction) -> DataKey:
        # A rotation that ends while we wait for its lock leaves us with the row it retired, which is no answer: the second look has the new one.
        return await DataKeys(tx).sealing() or await DataKeys(tx).sealing() or await self.make(tx)

    async def _keyring(self, workspace: int, row: DataKey) -> Keyring:
        """A data key, opened; by one of those who want it at the same time."""
        name = (workspace, row.id)
        async with self._asking.setdefault(name, asyncio.Lock()):
            known = self._known.get(name)
            if known is not None and known.until >= time.monotonic():
                return known.keyring
            try:
                keyring = Keyring([await self._masters.unwrap(Wrapped(row.master, row.sealed), _place(workspace, row.id))])
            except Misconfigured:
                self._known.pop(name, None)
                raise
            except Unavailable:
                if known is None:
                    raise
                self._keep(name, known.keyring, asked_again)
                return known.keyring
            if keyring.current != row.id:
                raise Misconfigured(f"The data key {row.id} is not the key of that id.", fix="Restore the table data_keys from a backup.")
            self._keep(name, keyring, self._trusted_for)
            return keyring

    def _keep(self, name: tuple[int, str], keyring: Keyring, seconds: float) -> None:
        self._known[name] = _Known(keyring, time.monotonic() + seconds)
        if len(self._known) > _most_known:
            gone, _ = self._known.popitem(last=False)
            self._asking.pop(gone, None)


def _place(workspace: int, id: str) -> Place:
    return Place(workspace, "data_keys", id)
