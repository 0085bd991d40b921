"""Connectors with every way to sign in, a vendor on loopback who knows right secrets from wrong ones, and the services that connect to it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import Field, JsonValue, SecretStr
from tests.vault.connecting import allow
from tests.vault.envelopes import envelope
from tests.vault.loopback import Loopback, Script, Seen, loopback, reply

from tenuto.core.account import AccountField, Discovery, Tenant
from tenuto.core.auth import ApiKey, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken, QueryKey
from tenuto.core.catalog import Catalog
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Connector, Params, Request, Result, Whoami
from tenuto.engine.actions.act import Actor, Errand
from tenuto.services.connections import Connections
from tenuto.services.connections.adding import Adding, Given
from tenuto.services.connections.consents import Consents
from tenuto.services.connections.dependents import Dependents
from tenuto.services.connections.doubts import Doubts
from tenuto.services.connections.probes import Probes
from tenuto.store.database import Database
from tenuto.vault.oauth.accounts import StoredAccounts
from tenuto.vault.oauth.apps import Apps
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.connected import ConnectedSecrets
from tenuto.vault.oauth.grants import Grants
from tenuto.vault.oauth.renewal import Renewal
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

right = "right-secret/0123456789+="
client = "client: of the account"
key = rsa.generate_private_key(65537, 2048)
pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()).decode()
public = RSAKey.import_key(
    key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


class Thing(Params):
    name: str = Field(default="bolt", description="Name.", examples=["bolt"])


class Looked(Result):
    who: str


def _whose(answer: Answer, _: Params) -> Whoami:
    found = answer.json
    return Whoami(account=str(found["who"]) if isinstance(found, dict) else "")


def _tenants(answer: Answer) -> list[Tenant]:
    found = answer.json
    assert isinstance(found, list)
    return [Tenant(str(each["name"]), {"cloud_id": str(each["id"])}) for each in found if isinstance(each, dict)]


site = AccountField(name="site", description="The name before .desk.example.", example="acme")
consent = OAuth2(authorize_url="https://{site}.desk.example/authorize", token_url="https://{site}.desk.example/token", pkce=False)
desk = Connector(
    key="desk",
    name="Desk",
    base_url="https://api.desk.example/ex/{cloud_id}",
    auth=consent,
    also=(
        Basic(base_url="https://{site}.desk.example/api", user_suffix="/token"),
        ApiKey(header="x-key", label="API token", base_url="https://{site}.desk.example/api"),
        QueryKey(parameter="key", base_url="https://{site}.desk.example/api"),
        ClientCredentials(
            token_url="https://{site}.desk.example/token", base_url_field="instance_url", base_url="https://desk.example/api"
        ),
        GitHubApp(token_url="https://api.desk.example/app/installations/{installation_id}/access_tokens"),
    ),
    fields=(site, replace(site, name="installation_id", example="7", pattern=r"[0-9]+")),
    discovery=Discovery(url="https://api.desk.example/sites", gives=("cloud_id",), read=_tenants),
    check=Request(result=Whoami, method="GET", path="/me", read=_whose),
    domains=("desk.example",),
)
bot = Connector(
    key="bot", name="Bot", base_url="https://api.bot.example/bot{token}", auth=PathToken(label="Bot token"),
    check=Request(result=Whoami, method="GET", path="/getMe", read=_whose),
)  # fmt: skip
feeds = Connector(
    key="feeds", name="Feeds", base_url="https://{host}/feeds", auth=NoAuth(), fields=(replace(site, name="host", example="feeds.acme.example", pattern=r"[a-z.]+"),)
)  # fmt: skip
open_to_all = Connector(key="open", name="Open", base_url="https://open.example")


for each in (desk, bot, feeds, open_to_all):

    @each.action(effect="read")
    def look(params: Thing) -> Request[Looked]:
        """Look who asks."""
        return Request(result=Looked, method="GET", path="/look/{name}")


catalog = Catalog(kinds={}, connectors={each.key: each for each in (desk, bot, feeds, open_to_all)}, providers={})


@dataclass
class Vendor:
    """Desk, Bot and their token servers; strict about every secret."""

    server: Loopback
    sites: list[dict[str, str]] = field(default_factory=lambda: [{"id": "c1", "name": "Acme"}])
    instance: str = "https://eu1.desk.example"
    lifetime: int | None = 3600
    tokens: list[str] = field(default_factory=list[str])
    dead: set[str] = field(default_factory=set[str])
    answer: Script | None = None
    """What token requests get instead."""

    def play(self, seen: Seen) -> Script:
        path, _, query = seen.target.partition("?")
        if path.endswith(("/token", "/access_tokens")):
            return self.answer or (self._installation(seen, path) if path.endswith("/access_tokens") else self._client(seen))
        who = self._who(seen, path, dict(parse_qsl(query)))
        if who is None:
            return reply(401, {"error": "who are you?"})
        if path.endswith("/sites"):
            return reply(200, self.sites, content_type="application/json")
        return reply(200, {"who": who}, content_type="application/json")

    def _who(self, seen: Seen, path: str, query: dict[str, str]) -> str | None:
        given = seen.headers.get("authorization", "")
        basic = base64.b64encode(f"ann@acme.example/token:{right}".encode()).decode()
        if given.removeprefix("Bearer ") in self.tokens and given.removeprefix("Bearer ") not in self.dead:
            return "token " + given[-1]
        if path.startswith("/bot"):
            return "bot" if path.startswith("/bot" + right.replace("/", "%2F") + "/") else None
        if path.startswith("/feeds"):
            return None if given else "anybody"
        right_one = given == "Basic " + basic or seen.headers.get("x-key") == right or query.get("key") == right
        return "ann" if right_one else None

    def _new(self) -> str:
        self.tokens.append(f"token-of-the-vendor-{len(self.tokens)}")
        return self.tokens[-1]

    def _client(self, seen: Seen) -> Script:
        given = dict(parse_qsl(seen.body.decode()))
        if given.get("grant_type") == "authorization_code":
            return reply(200, {"access_token": self._new(), "expires_in": 3600}, content_type="application/json")
        expected = base64.b64encode(
            b"client%3A+of+the+account:" + right.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D").encode()
        )
        if seen.headers.get("authorization") != "Basic " + expected.decode() or given != {"grant_type": "client_credentials"}:
            return reply(401, {"error": "invalid_client"}, content_type="application/json")
        body: dict[str, JsonValue] = {"access_token": self._new(), "token_type": "bearer", "instance_url": self.instance}
        return reply(200, body | ({"expires_in": self.lifetime} if self.lifetime else {}), content_type="application/json")

    def _installation(self, seen: Seen, path: str) -> Script:
        """As GitHub's REST reference has it (apps, "Create an installation access token for an app")."""
        try:
            claims = jwt.decode(seen.headers.get("authorization", "").removeprefix("Bearer "), public, algorithms=["RS256"]).claims
        except (ValueError, JoseError):
            return reply(401, {"message": "A JSON web token could not be decoded"})
        now = datetime.now(UTC).timestamp()
        if claims["iss"] != "4711" or claims["iat"] > now or not now < claims["exp"] <= now + 600:
            return reply(401, {"message": "Bad credentials"})
        if path != "/app/installations/7/access_tokens":
            return reply(404, {"message": "Not Found"})
        end = datetime.now(UTC) + timedelta(seconds=self.lifetime or 3600)
        body = {
            "token": self._new(),
            "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": {"issues": "write", "metadata": "read"},
        }
        return reply(201, body, content_type="application/json")


class Everywhere(dict[str, "Script | Callable[[Seen], Script]"]):
    """One function for all addresses."""

    play: Callable[[Seen], Script]

    def get(self, key: str, default: object = None) -> Any:
        return self.play


@dataclass(frozen=True)
class World:
    """Services, the vault of one process, and the vendor."""

    database: Database
    vendor: Vendor
    connections: Connections
    consents: Consents
    secrets: ConnectedSecrets
    accounts: StoredAccounts
    actor: Actor

    async def look(self, connector: str = "desk", connection: str | None = None, user: str | None = None) -> str:
        """Who a run is for the vendor."""
        ticket = Ticket(workspace=1, integration=connector, connection=connection, user_id=user)
        params = {"name": "bolt"}
        errand = Errand(connector=connector, action="look", params=params, ticket=ticket, key="k", now=datetime.now(UTC))
        found = await self.actor.perform(errand)
        assert isinstance(found, dict)
        return str(found["who"])

    async def rows(self) -> int:
        return int(await self.database.pool.fetchval("select count(*) from connections"))


class _NoDefinitions:
    async def definition(self, workspace: int, version_hash: str) -> Any:
        raise AssertionError("there are no workflows")


@asynccontextmanager
async def accounts_world(database: Database) -> AsyncGenerator[World]:
    async with loopback() as server, VaultSender(SettingSecrets({}), allow=allow) as door:
        vendor = Vendor(server)
        server.routes = Everywhere()
        server.routes.play = vendor.play
        bases = {"desk": server.url, "bot": server.url + "/bot{token}", "feeds": server.url + "/feeds", "open": server.url + "/feeds"}
        environment = {"TENUTO_DESK_OAUTH_SERVER": server.url, "TENUTO_DESK_CLIENT_ID": "ours"}
        box, oauth = envelope(database), OAuthClient(door)
        grants = Grants(catalog.connectors, apps=Apps(environment, database, box), client=oauth, bases=bases)
        probes = Probes(lambda only: VaultSender(only, allow=allow), bases)
        adding = Adding(catalog, grants, probes)
        async with Renewal(database, box, grants) as renewal, Doubts(database, box, adding) as doubts:
            none = SettingSecrets({})
            secrets = ConnectedSecrets(database, box, catalog.connectors, renewal=renewal, settings=none, doubt=doubts.raised)
            accounts = StoredAccounts(database, catalog.connectors, secrets)
            consents = Consents(database, box, catalog, grants=grants, client=oauth, probes=probes, origin="http://127.0.0.1:8400")
            connections = Connections(
                database, box, renewal=renewal, client=oauth, consents=consents,
                dependents=Dependents(database, _NoDefinitions(), catalog), adding=adding, doubts=doubts,
            )  # fmt: skip
            async with VaultSender(secrets, allow=allow) as sender:
                actor = Actor(catalog, sender, bases=bases, accounts=accounts)
                yield World(database, vendor, connections, consents, secrets, accounts, actor)


def given(like: Any, /, **more: Any) -> Given:
    """The right account for a way."""
    secret, user, fields = {
        "basic": (right, "ann@acme.example", {"site": "acme"}),
        "api_key": (right, "", {"site": "acme"}),
        "query_key": (right, "", {"site": "acme"}),
        "client_credentials": (right, client, {"site": "acme"}),
        "github_app": (pem, "4711", {"installation_id": "7"}),
    }[like]
    known: dict[str, Any] = {
        "integration": "desk", "name": "default", "secret": SecretStr(secret), "user": user, "fields": fields, "way": like, "shared_with": ("*",)
    }  # fmt: skip
    return Given(**(known | more))


__all__ = ["Script", "World", "accounts_world", "given", "json", "pem", "reply", "right"]
