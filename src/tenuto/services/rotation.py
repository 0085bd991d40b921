"""Keys changed while everything goes on: data keys sealed by another master key, secrets sealed by another data key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Misconfigured
from tenuto.store.data_keys import DataKeyFinder, DataKeys
from tenuto.store.database import Database, Transaction
from tenuto.store.sealed import SealedRow, SealedRows, sealed_tables
from tenuto.vault.crypto import Place, Sealed
from tenuto.vault.keys.envelope import Envelope

no_key = ""
"""In the place of a key's id where a workspace has no data key yet."""
grace = 5.0
"""Seconds between the last secret sealed again and the end of the former key: whoever has just read a secret may still ask for its key."""
_at_once = 50
"""Secrets that one transaction seals again: who wants to change one of them waits for as long as that takes."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A secret or data key that could not be opened, and so was left as it was."""

    workspace: int
    table: str
    row: str
    problem: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far it has come."""

    master: str
    """The name of the master key that seals now."""
    total: int = 0
    """Secrets and data keys that there were to be sealed again."""
    data_keys: int = 0
    """Data keys sealed again by the present master key."""
    made: int = 0
    """New data keys."""
    secrets: int = 0
    """Secrets sealed again by the present data key of their workspace."""
    destroyed: int = 0
    """Former data keys that nothing needed any more."""
    unreadable: tuple[Unreadable, ...] = ()


Tell = Callable[[Rotation], None]


class KeyRotation:
    """Goes through all workspaces. What is done is done with each transaction: after a kill, the next one goes on with what is left.

    Several may run at once, and servers go on sealing and opening all the while.
    """

    def __init__(self, database: Database, envelope: Envelope, *, grace: float = grace) -> None:
        self._grace = grace
        self._database = database
        self._envelope = envelope
        self._finder = DataKeyFinder(database)

    async def rotate(self, principal: Principal, *, data_keys: bool = False, tell: Tell = lambda _: None) -> Rotation:
        """Seal what another than the present key sealed; with `data_keys` have new data keys made first. `tell` hears each step.

        A workspace in which an earlier change of its data key was cut short is brought to its end instead of being given another one.
        What cannot be opened is left as it was, and its key is kept. Raises `Forbidden`, `Misconfigured` and `Unavailable`.
        """
        principal.require(Permission.key_manage)
        round_ = _Round(Rotation(await self._envelope.current_master()), tell)
        workspaces = await self._finder.workspaces()
        for workspace in workspaces:
            if data_keys:
                await self._renew(workspace, round_)
            round_.add(total=await self._left(workspace, round_.so_far.master))
        for workspace in workspaces:
            await self._masters(workspace, round_)
            await self._secrets(workspace, round_)
            await self._clear(workspace, round_)
        return round_.so_far

    async def _renew(self, workspace: int, round_: _Round) -> None:
        async with self._database.transaction(workspace) as tx:
            keys = DataKeys(tx)
            there = await keys.all()
            if [key for key in there if not key.current]:
                return
            await keys.retire()
            await self._envelope.make(tx)
        round_.add(made=1)

    async def _left(self, workspace: int, master: str) -> int:
        async with self._database.transaction(workspace) as tx:
            keys = await DataKeys(tx).all()
            current = next((key.id for key in keys if key.current), no_key)
            wrapped = sum(key.master != master for key in keys)
            return wrapped + sum([await table(tx).count(current) for table in sealed_tables])

    async def _masters(self, workspace: int, round_: _Round) -> None:
        async with self._database.transaction(workspace) as tx:
            rows = await DataKeys(tx).all()
        for row in rows:
            try:
                wrapped = await self._envelope.rewrap(workspace, row, round_.so_far.master)
            except Misconfigured as problem:
                round_.leave(Unreadable(workspace, "data_keys", row.id, problem.data.detail))
                continue
            if wrapped is not None:
                async with self._database.transaction(workspace) as tx:
                    done = await DataKeys(tx).reseal(row, wrapped.master, wrapped.data)
                round_.add(data_keys=int(done))

    async def _secrets(self, workspace: int, round_: _Round) -> None:
        for table in sealed_tables:
            last: SealedRow | None = None
            while True:
                async with self._database.transaction(workspace) as tx:
                    found, left = await self._seal_some(table(tx), tx, last)
                if not found:
                    break
                last = found[-1]
                for each in left:
                    round_.leave(each)
                round_.add(secrets=len(found) - len(left))

    async def _seal_some(
        self, rows: SealedRows, tx: Transaction, after: SealedRow | None
    ) -> tuple[Sequence[SealedRow], Sequence[Unreadable]]:
        """Seal some secrets again: those that were looked at, and what was left of them as it was."""
        current = await _current(tx)
        if current == no_key and await rows.count(no_key):
            await self._envelope.ready(tx)  # before any row is locked: who makes the first data key may go on to lock one of these
            current = await _current(tx)
        found = await rows.under(current, after=after, limit=_at_once)
        left: list[Unreadable] = []
        for row in found:
            place = Place(tx.workspace, rows.table.name, row.name)
            try:
                secret = await self._envelope.open(Sealed(row.sealed), place)
            except Misconfigured as problem:
                left.append(Unreadable(place.workspace, place.table, place.row, problem.data.detail))
                continue
            sealed = await self._envelope.seal(tx, secret, place)
            await rows.put(row, sealed.data, sealed.key)
        return found, left

    async def _clear(self, workspace: int, round_: _Round) -> None:
        """Delete former data keys that nothing needs. Nobody seals with them any more: to retire one waits for whoever did."""
        async with self._database.transaction(workspace) as tx:
            former = [key for key in await DataKeys(tx).all() if not key.current]
        if not former:
            return
        await asyncio.sleep(self._grace)
        async with self._database.transaction(workspace) as tx:
            unneeded = [key.id for key in former if not sum([await table(tx).sealed_by(key.id) for table in sealed_tables])]
            for key_id in unneeded:
                await DataKeys(tx).destroy(key_id)
        round_.add(destroyed=len(unneeded))


async def _current(tx: Transaction) -> str:
    return next((key.id for key in await DataKeys(tx).all() if key.current), no_key)


class _Round:
    """What is added up on the way, and told."""

    def __init__(self, so_far: Rotation, tell: Tell) -> None:
        self.so_far = so_far
        self._tell = tell

    def add(self, *, total: int = 0, data_keys: int = 0, made: int = 0, secrets: int = 0, destroyed: int = 0) -> None:
        now = self.so_far
        self.so_far = replace(
            now,
            total=now.total + total,
            data_keys=now.data_keys + data_keys,
            made=now.made + made,
            secrets=now.secrets + secrets,
            destroyed=now.destroyed + destroyed,
        )
        self._tell(self.so_far)

    def leave(self, one: Unreadable) -> None:
        self.so_far = replace(self.so_far, unreadable=(*self.so_far.unreadable, one))
        self._tell(self.so_far)
