"""Secrets of connections: found for each request, renewed before they expire, once for all who ask at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias
from uuid import UUID

from pydantic import SecretStr

from tenuto.core.answer import Answer, refusal
from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, OAuth2
from tenuto.core.connecting import way_kept
from tenuto.core.connector import Connector
from tenuto.core.errors import AuthRejected, Problem
from tenuto.store.connections.rows import Held, Lookup
from tenuto.store.database import Database
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.renewal import Renewal
from tenuto.vault.oauth.tokens import unseal
from tenuto.vault.tokens import Credential, SettingSecrets, Ticket

Doubt: TypeAlias = Callable[[tuple[int, UUID, int], str], None]
"""Told of a connection (workspace, id and generation of its tokens) and of the refusal, in words."""

earliest = 300.0
"""Seconds before its end from which a token is renewed; a tenth of its life, where that is shorter."""
bearer = ApiKey(prefix="Bearer ")
"""How a secret is sent of an integration that is not installed."""


class ConnectedSecrets:
    """Satisfies `Secrets`: what the settings give, which agent providers use, else a connection of the workspace."""

    def __init__(
        self,
        database: Database,
        envelope: Envelope,
        connectors: Mapping[str, Connector],
        *,
        renewal: Renewal,
        settings: SettingSecrets,
        doubt: Doubt | None = None,
    ) -> None:
        """`doubt` is told of secrets that a vendor refused."""
        self._lookup = Lookup(database)
        self._envelope, self._connectors, self._renewal, self._settings = envelope, connectors, renewal, settings
        self._doubt = doubt

    async def find(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> Credential | None:
        """The secret of the connection, good for this request.

        Raises `AuthRejected` for a connection that needs attention, and what a renewal raises where there is no token left to use.
        """
        fixed = await self._settings.find(workspace, integration, user_id, connection)
        if fixed is not None:
            return fixed
        held = await self._lookup.find(workspace, integration, user_id, connection)
        if held is None:
            return None
        if held.left is None or held.left > _early(held):
            _refuse_broken(held)
            return await self._credential(held)
        if not held.refreshable:
            _refuse_broken(held)
            return await self._still(held)
        try:
            return await self._credential(await self._renewal.renewed(held))
        except Problem as problem:
            if isinstance(problem, AuthRejected) or held.left <= 0:
                raise
            return await self._credential(held)  # it is good for a while, and the next request tries again

    async def has(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> bool:
        """Whether there is a connection, in whatever state, or a setting."""
        if await self._settings.has(workspace, integration, user_id, connection):
            return True
        return await self._lookup.find(workspace, integration, user_id, connection) is not None

    async def renewed(self, refused: Credential) -> Credential | None:
        """The present token, where a former one was refused; a renewed one, where it is the present that was refused."""
        if refused.origin is None or not isinstance(refused.auth, OAuth2 | ClientCredentials | GitHubApp):
            return None
        held = await self._renewal.after_refusal(*refused.origin)
        return await self._credential(held) if held is not None else None

    def answered(self, integration: str, credential: Credential, answer: Answer) -> None:
        """Have a secret doubted where the vendor says, by its own rules, that it is not good; 403 says what a good one may not do."""
        if self._doubt is None or credential.origin is None or answer.status == 403:
            return
        connector = self._connectors.get(integration)
        name, rules = (connector.name, connector.errors) if connector is not None else (integration, ())
        problem = refusal(name, rules, answer)
        if isinstance(problem, AuthRejected):
            self._doubt(credential.origin, problem.data.detail)

    def account(self, ticket: Ticket) -> str:
        """Whose rate limits a request counts against."""
        return self._settings.account(ticket)

    def remedy(self, integration: str, connection: str | None) -> str:
        """What a person has to do so that `find` finds one."""
        return self._settings.remedy(integration, connection)

    async def _still(self, held: Held) -> Credential:
        if held.left is not None and held.left <= 0:
            raise AuthRejected(
                f"The token of the connection {held.name} for {held.integration} has expired, and there is no refresh token.",
                fix=f"Connect the account for {held.integration} again.",
            )
        return await self._credential(held)

    async def _credential(self, held: Held) -> Credential:
        tokens = await unseal(self._envelope, held.workspace, held.id, held.sealed)
        auth = self._way(held)
        user = tokens.user if isinstance(auth, Basic) else ""
        return Credential(
            auth=auth, secret=SecretStr(tokens.access.get_secret_value()), user=user, origin=(held.workspace, held.id, held.generation)
        )

    def _way(self, held: Held) -> Auth:
        connector = self._connectors.get(held.integration)
        if connector is None:
            return bearer
        way = way_kept(connector, held.way)
        if way is None:
            raise AuthRejected(
                f"The connection {held.name} for {connector.key} is signed in to in a way that {connector.name} no longer has.",
                fix="Connect the account again.",
            )
        return way


def _early(held: Held) -> float:
    return min(earliest, held.lifetime / 10) if held.lifetime is not None else earliest


def _refuse_broken(held: Held) -> None:
    if held.attention is not None:
        raise AuthRejected(
            f"The connection {held.name} for {held.integration} needs attention: {held.attention}",
            fix=f"Connect the account for {held.integration} again.",
        )
