"""Renewing tokens: one request to the vendor for each expiry, whatever number of runs, workers and machines ask for it.

Refresh tokens that rotate are good for one use: of two who present the same one, the second ends the grant. So the row is locked while the
vendor is asked, who waits for the lock finds the new tokens, and they are committed before anybody uses them. Within a process all who
wait share one attempt, which goes on when they are cancelled: what the vendor answers is never dropped.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Self
from uuid import UUID

from tenuto.core.errors import AuthRejected, NotFound
from tenuto.store.connections.rows import Connections, Held
from tenuto.store.database import Database, Transaction
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.grants import Grants
from tenuto.vault.oauth.tokens import Granted, seal, unseal

at_once = 4
"""Renewals under way in a process; each holds one of the database's sessions."""


class Renewal:
    """Renews connections' tokens. One for a process."""

    def __init__(self, database: Database, envelope: Envelope, grants: Grants) -> None:
        self._database, self._envelope, self.grants = database, envelope, grants
        self._flights: dict[UUID, asyncio.Task[Held]] = {}
        self._room = asyncio.Semaphore(at_once)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let what is under way end: an answer that nobody writes down is a grant that is lost."""
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    async def renewed(self, held: Held) -> Held:
        """The connection with tokens of a later generation than these.

        Raises `AuthRejected` where the grant is over, which is then on the connection, and whatever else keeps the vendor from answering.
        """
        return await self._shared(held.workspace, held.id, held.generation)

    async def after_refusal(self, workspace: int, id: UUID, generation: int) -> Held | None:
        """The tokens to try instead of refused ones of a generation; None where there are no others."""
        async with self._database.transaction(workspace) as tx:
            held = await Connections(tx).held(id)
        if held is None or held.attention is not None:
            return None
        if held.generation > generation:
            return held
        return await self._shared(workspace, id, generation) if held.refreshable else None

    async def _shared(self, workspace: int, id: UUID, generation: int) -> Held:
        flight = self._flights.get(id)
        if flight is None:
            flight = asyncio.create_task(self._renew(workspace, id, generation))
            self._flights[id] = flight
            flight.add_done_callback(lambda done: self._landed(id, done))
        held = await asyncio.shield(flight)
        # Who joined a flight that began with older tokens than its own finds those that are its own, and asks for more.
        return held if held.generation > generation else await self._shared(workspace, id, generation)

    def _landed(self, id: UUID, flight: asyncio.Task[Held]) -> None:
        if self._flights.get(id) is flight:
            del self._flights[id]
        if not flight.cancelled():
            flight.exception()  # everybody who waited may be gone

    async def _renew(self, workspace: int, id: UUID, generation: int) -> Held:
        async with self._room:
            async with self._database.transaction(workspace) as tx:
                await self._envelope.ready(tx)  # else a refresh token would be spent for tokens that cannot be written down
            over: AuthRejected | None = None
            async with self._database.transaction(workspace) as tx:
                rows = Connections(tx)
                held = await _held(rows, id, lock=True)
                if held.generation > generation:
                    return held
                try:
                    await self._ask(tx, rows, held)
                except AuthRejected as rejected:
                    over = rejected
                    await rows.change(id, {"attention": rejected.data.detail})
            if over is not None:
                raise over
            return await self._again(workspace, id)

    async def _ask(self, tx: Transaction, rows: Connections, held: Held) -> None:
        """Ask the vendor, and write down what it gave. The transaction around it commits before anybody gets to see it."""
        if held.attention is not None:
            raise AuthRejected(held.attention, fix="Connect the account again.")
        tokens = await unseal(self._envelope, held.workspace, held.id, held.sealed)
        granted = await self.grants.renewed(held, tokens)
        await rows.put_tokens(held.id, await columns(self._envelope, tx, held.id, granted))

    async def _again(self, workspace: int, id: UUID) -> Held:
        async with self._database.transaction(workspace) as tx:
            return await _held(Connections(tx), id)


async def _held(rows: Connections, id: UUID, *, lock: bool = False) -> Held:
    held = await rows.held(id, lock=lock)
    if held is None:
        raise NotFound("The connection was deleted.")
    return held


async def columns(envelope: Envelope, tx: Transaction, id: UUID, granted: Granted) -> dict[str, object]:
    """What a connection's row holds of tokens; what the vendor does not say again stays as it was. Raises as `seal`."""
    refreshable = bool(granted.tokens.refresh.get_secret_value())
    sealed = await seal(envelope, tx, id, granted.tokens)
    found: dict[str, object] = {
        "sealed": sealed.data,
        "key_id": sealed.key,
        "refreshable": refreshable,
        "lifetime": granted.lifetime,
        "expires_at": _span(granted.lifetime),
    }
    if granted.refresh_lifetime is not None or not refreshable:
        found["refresh_expires_at"] = _span(granted.refresh_lifetime)
    told = {"account": granted.account, "base_url": granted.base_url}
    if granted.scopes is not None:
        found["scopes"] = list(granted.scopes)
    return found | {name: value for name, value in told.items() if value is not None}


def _span(seconds: int | None) -> timedelta | None:
    """From now on, which the store takes from the database's clock."""
    return timedelta(seconds=seconds) if seconds is not None else None
