"""Connections put together: what finds and renews their tokens, and the use cases around them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tenuto.core.catalog import Catalog
from tenuto.services.connections import Connections
from tenuto.services.connections.adding import Adding
from tenuto.services.connections.apps import OAuthApps
from tenuto.services.connections.care import Care
from tenuto.services.connections.consents import Consents
from tenuto.services.connections.dependents import Dependents
from tenuto.services.connections.doubts import Doubts
from tenuto.services.connections.probes import Probes
from tenuto.services.delegation import Delegation, delegation
from tenuto.settings import Settings
from tenuto.store.database import Database
from tenuto.store.runs.journal import Journal
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.accounts import StoredAccounts
from tenuto.vault.oauth.apps import Apps
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.connected import ConnectedSecrets
from tenuto.vault.oauth.grants import Grants
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
    accounts: StoredAccounts
    consents: Consents
    renewal: Renewal
    client: OAuthClient
    adding: Adding
    doubts: Doubts
    door: VaultSender
    """Guarded, and without secrets."""

    def connections(self, journal: Journal) -> Connections:
        """The use cases; the journal remembers definitions."""
        return Connections(
            self.database,
            self.envelope,
            renewal=self.renewal,
            client=self.client,
            consents=self.consents,
            dependents=Dependents(self.database, journal, self.catalog),
            adding=self.adding,
            doubts=self.doubts,
        )

    def oauth_apps(self) -> OAuthApps:
        """What the workspace is to vendors."""
        return OAuthApps(self.database, self.envelope, self.catalog, self.renewal.grants.apps)

    def delegation(self, home: int) -> Delegation:
        """The other way around: what applications are allowed here."""
        return delegation(self.database, self.door, home=home)

    def care(self, journal: Journal) -> Care:
        """What keeps them alive."""
        return Care(self.database, self.renewal, Dependents(self.database, journal, self.catalog))


@asynccontextmanager
async def connecting(
    database: Database, envelope: Envelope, catalog: Catalog, settings: Settings, *, fixed: SettingSecrets, bases: Mapping[str, str]
) -> AsyncGenerator[Connecting]:
    """`fixed` are the secrets of the settings, which are there where no connection is; `bases` replaces base URLs by connector key.

    Tokens are asked for through a door of their own, which has no secrets to put in.
    """
    async with VaultSender(SettingSecrets({}), allow=settings.egress_allow) as door:
        client = OAuthClient(door)
        grants = Grants(catalog.connectors, apps=Apps(settings.environment, database, envelope), client=client, bases=bases)
        probes = Probes(lambda only: VaultSender(only, allow=settings.egress_allow), bases)
        adding = Adding(catalog, grants, probes)
        async with Renewal(database, envelope, grants) as renewal, Doubts(database, envelope, adding) as doubts:
            secrets = ConnectedSecrets(
                database, envelope, catalog.connectors, renewal=renewal, settings=fixed, doubt=doubts.raised
            )  # fmt: skip
            accounts = StoredAccounts(database, catalog.connectors, secrets)
            consents = Consents(database, envelope, catalog, grants=grants, client=client, probes=probes, origin=settings.origin)
            yield Connecting(database, envelope, catalog, secrets, accounts, consents, renewal, client, adding, doubts, door)
