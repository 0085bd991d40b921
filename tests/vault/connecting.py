"""What tests of connections work with: connectors whose OAuth servers are the double's, kept tokens, and one vault for each process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
from pydantic import SecretStr
from tests.doubles.oauth import OAuthDouble, client_id, client_secret
from tests.vault.envelopes import envelope

from tenuto.core.access import Principal, Role
from tenuto.core.auth import ApiKey, OAuth2
from tenuto.core.connection import Connection, Ticket
from tenuto.core.connector import Answer, Connector, Outbound
from tenuto.services.connections.keeping import Kept, keep
from tenuto.store.database import Database
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.apps import Apps
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.connected import ConnectedSecrets
from tenuto.vault.oauth.grants import Grants
from tenuto.vault.oauth.renewal import Renewal
from tenuto.vault.oauth.tokens import Granted, Tokens
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

owner = Principal(1, "local", None, "local", Role.owner)
allow = ("127.0.0.0/8",)

auths: Mapping[str, OAuth2] = {
    "gmail": OAuth2(authorize_url="https://g.example/o/oauth2/v2/auth", token_url="https://g.example/token"),
    "slack": OAuth2(authorize_url="https://s.example/oauth/v2/authorize", token_url="https://s.example/api/oauth.v2.access", pkce=False),
    "github": OAuth2(
        authorize_url="https://h.example/login/oauth/authorize", token_url="https://h.example/login/oauth/access_token", rotation="always"
    ),
    "salesforce": OAuth2(
        authorize_url="https://f.example/services/oauth2/authorize",
        token_url="https://f.example/services/oauth2/token",
        revoke_url="https://f.example/services/oauth2/revoke",
        introspect_url="https://f.example/services/oauth2/introspect",
        base_url_field="instance_url",
        rotation="always",
    ),
    "jira": OAuth2(authorize_url="https://j.example/authorize", token_url="https://j.example/oauth/token", body="json", rotation="always"),
    "notion": OAuth2(
        authorize_url="https://n.example/v1/oauth/authorize", token_url="https://n.example/v1/oauth/token", client="basic", body="json"
    ),
    "hubspot": OAuth2(authorize_url="https://b.example/oauth/authorize", token_url="https://b.example/oauth/2026-03/token"),
    "zendesk": OAuth2(authorize_url="https://z.example/oauth/authorizations/new", token_url="https://z.example/oauth/tokens", body="json"),
    "linear": OAuth2(authorize_url="https://l.example/oauth/authorize", token_url="https://l.example/oauth/token", scope_separator=","),
}
"""The facts of each vendor as a connector states them."""


def connectors() -> dict[str, Connector]:
    found = {key: Connector(key=key, name=key.title(), base_url=f"https://{key}.example", auth=auth) for key, auth in auths.items()}
    return found | {"keyed": Connector(key="keyed", name="Keyed", base_url="https://keyed.example", auth=ApiKey(header="x-key"))}


def environment(double: OAuthDouble, secret: str = client_secret) -> dict[str, str]:
    """The operator's apps, at the double."""
    found: dict[str, str] = {}
    for vendor in auths:
        app = f"TENUTO_{vendor.upper()}"
        found |= {f"{app}_CLIENT_ID": client_id, f"{app}_CLIENT_SECRET": secret, f"{app}_OAUTH_SERVER": double.base(vendor)}
    return found


@dataclass(frozen=True)
class Vault:
    """The vault of one process."""

    double: OAuthDouble
    database: Database
    renewal: Renewal
    secrets: ConnectedSecrets
    sender: VaultSender

    async def token(self, vendor: str, user: str | None = "ada", name: str | None = None) -> str:
        """What would be sent."""
        found = await self.secrets.find(1, vendor, user, name)
        assert found is not None
        return found.secret.get_secret_value()

    async def ask(self, vendor: str, path: str = "/api/me") -> Answer:
        """A request to the vendor's API through the door."""
        url = self.double.base(vendor) + path
        ticket = Ticket(workspace=1, user_id="ada", integration=vendor, hosts=(url.split("/")[2],))
        return await self.sender.send(Outbound(method="GET", url=url), ticket)


@asynccontextmanager
async def vault(
    double: OAuthDouble, database: Database, *, secret: str = client_secret, box: Envelope | None = None
) -> AsyncGenerator[Vault]:
    known, box = connectors(), box or envelope(database)
    async with VaultSender(SettingSecrets({}), allow=allow) as door:
        grants = Grants(known, apps=Apps(environment(double, secret), database, box), client=OAuthClient(door))
        async with Renewal(database, box, grants) as renewal:
            secrets = ConnectedSecrets(database, box, known, renewal=renewal, settings=SettingSecrets({}))
            async with VaultSender(secrets, allow=allow) as sender:
                yield Vault(double, database, renewal, secrets, sender)


async def connect(
    double: OAuthDouble, database: Database, vendor: str, *, left: float | None = None, user: str | None = "ada",
    name: str | None = None, shared: tuple[str, ...] = (),
) -> Connection:  # fmt: skip
    """Keep tokens that a person consented to; `left` are the seconds that the access token is said to be good for."""
    given = double.consent(vendor, "a")
    tokens = Tokens(access=SecretStr(given["access_token"]), refresh=SecretStr(given.get("refresh_token", "")))
    granted = Granted(tokens=tokens, lifetime=given.get("expires_in"), scopes=("a",))
    async with database.transaction(1) as tx:
        kept = Kept(integration=vendor, name=name or user or "default", user_id=user, granted=granted, shared_with=shared)
        made = await keep(tx, envelope(database), owner, kept)
    if left is not None:
        await expire(database, made.id, left)
    return made


async def expire(database: Database, id: UUID, left: float = -1) -> None:
    await database.pool.execute("update connections set expires_at = clock_timestamp() + $2 where id = $1", id, timedelta(seconds=left))


async def row(database: Database, id: UUID) -> asyncpg.Record:
    found = await database.pool.fetchrow("select * from connections where id = $1", id)
    assert found is not None
    return found
