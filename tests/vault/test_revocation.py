"""A grant is ended at its vendor, in each vendor's own way, with the facts that its connector states."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from pydantic import SecretStr
from tests.doubles.oauth import OAuthDouble, client_id, client_secret, oauth_double

from tenuto.core.auth import OAuth2
from tenuto.core.catalog import discover
from tenuto.core.connecting import consent_of, fields_asked
from tenuto.vault.oauth.apps import App
from tenuto.vault.oauth.client import OAuthClient, Server
from tenuto.vault.oauth.grants import consent_server
from tenuto.vault.oauth.tokens import Tokens
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

catalog = discover()
ending = ["gmail", "slack", "github", "salesforce", "notion", "hubspot", "zendesk", "linear"]


@pytest.fixture
async def double() -> AsyncGenerator[OAuthDouble]:
    async with oauth_double() as made:
        yield made


@pytest.fixture
async def client() -> AsyncGenerator[OAuthClient]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as door:
        yield OAuthClient(door)


def server_of(vendor: str, double: OAuthDouble, secret: str = client_secret) -> Server:
    connector = catalog.connectors[vendor]
    way = consent_of(connector)
    assert isinstance(way, OAuth2)
    app = App(client_id=client_id, client_secret=SecretStr(secret), server=double.base(vendor))
    return consent_server(connector, way, app, {field.name: field.example for field in fields_asked(connector, way)})


def consented(vendor: str, double: OAuthDouble) -> Tokens:
    given = double.consent(vendor, "a")
    return Tokens(access=SecretStr(given["access_token"]), refresh=SecretStr(given.get("refresh_token", "")))


@pytest.mark.parametrize("vendor", [vendor for vendor in ending if vendor in catalog.connectors])
async def test_a_grant_is_ended_in_the_vendors_own_way(vendor: str, double: OAuthDouble, client: OAuthClient) -> None:
    tokens, other = consented(vendor, double), consented(vendor, double)
    assert await client.revoke(server_of(vendor, double), 1, tokens) is True
    assert not double.alive(tokens.access.get_secret_value())
    assert double.alive(other.access.get_secret_value())
    (call,) = [call for call in double.calls if call.endpoint == "revoke"]
    assert call.query == {}, "no token in a URL"


@pytest.mark.parametrize(
    ("vendor", "fault"), [("github", "html"), ("zendesk", "server_error"), ("slack", "drop_before"), ("gmail", "truncated")]
)
async def test_a_vendor_that_does_not_say_so_has_not_ended_it(vendor: str, fault: str, double: OAuthDouble, client: OAuthClient) -> None:
    double.fail(vendor, "revoke", fault, times=2)  # type: ignore[arg-type]
    done = await client.revoke(server_of(vendor, double), 1, consented(vendor, double))
    assert done is False


async def test_github_with_another_secret_ends_nothing(double: OAuthDouble, client: OAuthClient) -> None:
    tokens = consented("github", double)
    assert await client.revoke(server_of("github", double, "wrong"), 1, tokens) is False
    assert double.alive(tokens.access.get_secret_value())


async def test_a_vendor_without_a_way_is_not_asked(double: OAuthDouble, client: OAuthClient) -> None:
    server = server_of("gmail", double)
    assert await client.revoke(server._replace(auth=OAuth2(authorize_url="", token_url="")), 1, consented("gmail", double)) is False
    assert double.calls == []
