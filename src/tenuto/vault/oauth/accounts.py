"""Accounts of connections, as far as they say where requests go."""

from __future__ import annotations

from collections.abc import Mapping

from tenuto.core.account import Account
from tenuto.core.connector import Connector
from tenuto.core.ways import kind_of
from tenuto.store.connections.rows import Lookup
from tenuto.store.database import Database
from tenuto.vault.tokens import Secrets, Ticket, missing


class StoredAccounts:
    """Satisfies `engine.ports.ConnectedAccounts`: the account of the very connection whose secret `ConnectedSecrets` finds."""

    def __init__(self, database: Database, connectors: Mapping[str, Connector], secrets: Secrets) -> None:
        self._lookup, self._connectors, self._secrets = Lookup(database), connectors, secrets

    async def account(self, ticket: Ticket) -> Account:
        """As the port."""
        integration = ticket.integration or ""
        held = await self._lookup.find(ticket.workspace, integration, ticket.user_id, ticket.connection)
        connector = self._connectors.get(integration)
        if held is None or connector is None:
            raise missing(self._secrets, integration, ticket.connection)
        way = held.way or kind_of(connector.auth)
        return Account(id=held.id, name=held.name, way=way, fields=held.fields, base_url=held.base_url)
