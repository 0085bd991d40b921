"""Connections: accounts that people connected, who may use them, how they are, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from tenuto.core.access import Permission, Principal
from tenuto.core.connection import Connection, everybody
from tenuto.core.errors import AuthRejected, Forbidden, Invalid, NotFound, Unavailable
from tenuto.services.connections.adding import Adding, Given
from tenuto.services.connections.consents import Consents
from tenuto.services.connections.dependents import Dependents, Workflow
from tenuto.services.connections.doubts import Doubts
from tenuto.services.connections.keeping import Kept, checked, keep, may_change, visible
from tenuto.store.connections.rows import Connections as Rows
from tenuto.store.connections.rows import Held
from tenuto.store.database import Database
from tenuto.store.repository import Page
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.renewal import Renewal
from tenuto.vault.oauth.tokens import Tokens, unseal

__all__ = ["Connections", "Shown", "Workflow"]

most_sharers = 100


class Shown(NamedTuple):
    """A connection, and the workflows that would stop without it."""

    connection: Connection
    workflows: Sequence[Workflow]


class Tested(NamedTuple):
    """What a vendor says of a connection now."""

    connection: Connection
    works: bool | None
    """None where the vendor has no way to be asked."""


class Connections:
    """The use cases of connections."""

    def __init__(
        self,
        database: Database,
        envelope: Envelope,
        *,
        renewal: Renewal,
        client: OAuthClient,
        consents: Consents,
        dependents: Dependents,
        adding: Adding,
        doubts: Doubts,
    ) -> None:
        self._database, self._envelope = database, envelope
        self._renewal, self._client, self._dependents, self._adding = renewal, client, dependents, adding
        self._doubts = doubts
        self.consents = consents

    async def list(
        self, caller: Principal, *, integration: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[Page[Connection], Sequence[Shown]]:
        """A page of those the caller may see, each with the workflows that hang on it."""
        caller.require(Permission.connection_read)
        user, made_by = (None, None) if caller.may(Permission.act_for_others) else (str(caller.id), caller.person)
        async with self._database.transaction(caller.workspace) as tx:
            page = await Rows(tx).page(user=user, made_by=made_by, integration=integration, limit=limit, cursor=cursor)
        using = await self._dependents.of(caller.workspace, page.items)
        return page, [Shown(each, using[each.id]) for each in page.items]

    async def get(self, caller: Principal, id: UUID) -> Shown:
        """One, with the workflows that hang on it. Raises `NotFound`, also for one that is not the caller's to see."""
        caller.require(Permission.connection_read)
        async with self._database.transaction(caller.workspace) as tx:
            found = await visible(Rows(tx), caller, id)
        return Shown(found, (await self._dependents.of(caller.workspace, [found]))[id])

    async def put(self, caller: Principal, kept: Kept) -> Connection:
        """Keep what is given as it is; one of the same name gets it in place of its own. Raises `Forbidden`."""
        caller.require(Permission.connection_write)
        if kept.way is None:
            kept = replace(kept, way=self._adding.token_way(kept.integration))
        async with self._database.transaction(caller.workspace) as tx:
            return await keep(tx, self._envelope, caller, kept)

    async def connect(self, caller: Principal, given: Given) -> Connection:
        """Try a key, a password, or what tokens can be had for, and keep it if the vendor accepts it; else nothing is kept.

        Raises `Forbidden`, `Malformed`, `Invalid` for what is wrong or refused, and `Outgoing` where the vendor does not answer.
        """
        caller.require(Permission.connection_write)
        checked(given.integration, given.name, given.user_id)
        caller.user(given.user_id)
        return await self.put(caller, await self._adding.tried(caller.workspace, given))

    def tried(self, connection: Connection) -> bool:
        """Whether what was given for it was tried before it was kept."""
        return self._adding.tries(connection.integration, connection.way)

    async def share(self, caller: Principal, id: UUID, users: Sequence[str]) -> Connection:
        """Say who may use it beside its owner; `*` is everybody. Raises `NotFound`, `Forbidden` and `Invalid`."""
        caller.require(Permission.connection_write)
        if len(users) > most_sharers:
            raise Invalid(f"A connection is shared with at most {most_sharers} users.", pointer="/users", fix=f"Share it with {everybody}.")
        async with self._database.transaction(caller.workspace) as tx:
            rows = Rows(tx)
            _require_change(await visible(rows, caller, id, lock=True), caller)
            await rows.change(id, {"shared_with": sorted(set(users))})
            return await rows.get(id)

    async def delete(self, caller: Principal, id: UUID) -> bool:
        """Forget it, and ask the vendor to end it: whether that was done there. Raises `NotFound` and `Forbidden`."""
        caller.require(Permission.connection_write)
        async with self._database.transaction(caller.workspace) as tx:
            rows = Rows(tx)
            _require_change(await visible(rows, caller, id, lock=True), caller)
            held = await rows.held(id)
            await rows.remove(id)
        return await self._revoked(held) if held is not None else False

    async def test(self, caller: Principal, id: UUID) -> Tested:
        """Ask the vendor whether it works: by introspection where there is one, by a renewal, or by a question. Raises `NotFound`, `Forbidden`, `Outgoing`."""
        caller.require(Permission.connection_write)
        async with self._database.transaction(caller.workspace) as tx:
            found = await visible(Rows(tx), caller, id)
            _require_change(found, caller)
            held = await Rows(tx).held(id)
        works = await self._works(held) if held is not None else None
        return Tested((await self.get(caller, id)).connection, works)

    async def tokens(self, caller: Principal, user_id: str, integration: str | None) -> Sequence[Connection]:
        """A user's own, as `/api/oauth/tokens` lists them. Raises `Forbidden` for somebody else's."""
        caller.require(Permission.connection_read)
        caller.user(user_id)
        async with self._database.transaction(caller.workspace) as tx:
            found = await Rows(tx).of_user(user_id)
        own = [each for each in found if each.name == user_id] + [each for each in found if each.name != user_id]
        first = {each.integration: each for each in reversed(own)}
        return [each for key, each in sorted(first.items()) if integration is None or key == integration]

    async def delete_tokens(self, caller: Principal, user_id: str, integration: str) -> None:
        """End the connection that `tokens` shows. Raises `NotFound` and `Forbidden`."""
        found = await self.tokens(caller, user_id, integration)
        if not found:
            raise NotFound(f"There is no token of {user_id!r} for {integration!r}.")
        await self.delete(caller, found[0].id)

    async def _works(self, held: Held) -> bool | None:
        server = await self._renewal.grants.server(held)
        introspected = server is not None and server.auth.introspect_url is not None
        if not held.refreshable and not introspected:
            return await self._doubts.asked(held)
        if held.attention is not None:
            return False
        if server is not None and introspected:
            return await self._client.active(server, held.workspace, await self._opened(held))
        try:
            await self._renewal.renewed(held)
        except AuthRejected:
            return False
        return True

    async def _revoked(self, held: Held) -> bool:
        server = await self._renewal.grants.server(held)
        if server is None:
            return False
        try:
            tokens = await self._opened(held)
        except Unavailable:  # it is forgotten here, whatever became of the key
            return False
        return await self._client.revoke(server, held.workspace, tokens)

    async def _opened(self, held: Held) -> Tokens:
        return await unseal(self._envelope, held.workspace, held.id, held.sealed)


def _require_change(connection: Connection, caller: Principal) -> None:
    if not may_change(connection, caller):
        raise Forbidden("This connection is somebody else's.", fix="Ask its owner, or an owner of the workspace.")
