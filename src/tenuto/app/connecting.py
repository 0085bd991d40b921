"""Connections put together: what finds and renews their tokens, and the use cases around them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tenuto.core.catalog import Catalog
from tenuto.services.connections import Connections
from tenuto.services.connections.care import Care
from tenuto.services.connections.consents import Consents
from tenuto.services.connections.dependents import Dependents
from tenuto.settings import Settings
from tenuto.store.database import Database
from tenuto.store.runs.journal import Journal
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.apps import Apps
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.connected import ConnectedSecrets
from tenuto.vault.oauth.renewal import Renewal
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets


@dataclass(frozen=True, slots=True)
class Connecting:
    """The parts, until the block that gave them ends."""

    database: Database
    envelope: Envelope
    catalog: Catalog
    secrets: ConnectedSecrets
    consents: Consents
    renewal: Renewal
    client: OAuthClient

    def connections(self, journal: Journal) -> Connections:
        """The use cases; the journal remembers definitions."""
        dependents = Dependents(self.database, journal, self.catalog)
        return Connections(
            self.database, self.envelope, renewal=self.renewal, client=self.client, consents=self.consents, dependents=dependents
        )

    def care(self, journal: Journal) -> Care:
        """What keeps them alive."""
        return Care(self.database, self.renewal, Dependents(self.database, journal, self.catalog))


@asynccontextmanager
async def connecting(
    database: Database, envelope: Envelope, catalog: Catalog, settings: Settings, fixed: SettingSecrets
) -> AsyncGenerator[Connecting]:
    """`fixed` are the secrets of the settings, which are there where no connection is.

    Tokens are asked for through a door of their own, which has no secrets to put in.
    """
    async with VaultSender(SettingSecrets({}), allow=settings.egress_allow) as door:
        apps, client = Apps(settings.environment), OAuthClient(door)
        async with Renewal(database, envelope, catalog.connectors, apps=apps, client=client) as renewal:
            secrets = ConnectedSecrets(database, envelope, catalog.connectors, renewal=renewal, settings=fixed)
            consents = Consents(database, envelope, catalog, apps=apps, client=client, origin=settings.origin)
            yield Connecting(database, envelope, catalog, secrets, consents, renewal, client)
