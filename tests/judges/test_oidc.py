"""What a certified authorization server (npm oidc-provider) says of our client: PKCE, single-use refresh tokens, revocation, introspection."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from tests.api.conftest import origin, served
from tests.api.consenting import World
from tests.doubles.oauth import oauth_double
from tests.judges.oidc import Judge, callback, judge

from tenuto.core.auth import OAuth2
from tenuto.core.errors import AuthRejected, Misconfigured
from tenuto.vault.oauth.apps import App
from tenuto.vault.oauth.client import OAuthClient, Server, authorize_url, new_verifier
from tenuto.vault.oauth.tokens import Granted
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

google = {"authorization": "/o/oauth2/v2/auth"}


@pytest.fixture(params=["body", "basic"])
def there(request: pytest.FixtureRequest) -> Generator[tuple[Judge, Server]]:
    method = "client_secret_basic" if request.param == "basic" else "client_secret_post"
    with judge(method=method) as found:
        auth = OAuth2(
            authorize_url=f"{found.url}/auth",
            token_url=f"{found.url}/token",
            revoke_url=f"{found.url}/revoke",
            introspect_url=f"{found.url}/introspect",
            client=request.param,
            rotation="always",
            issuer=found.url,
        )
        yield found, Server("Judge", auth, App(client_id=found.client, client_secret=SecretStr(found.secret)))


@pytest.fixture
async def client() -> AsyncGenerator[OAuthClient]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as door:
        yield OAuthClient(door)


async def consented(found: Judge, server: Server, client: OAuthClient) -> Granted:
    verifier = new_verifier()
    back = await found.allow(authorize_url(server, redirect=callback, state="s", verifier=verifier, scopes=("read", "write")))
    assert back.params["iss"] == found.url
    return await client.exchange(server, 1, code=back.params["code"], redirect=callback, verifier=verifier)


async def test_a_code_becomes_tokens_and_they_rotate(there: tuple[Judge, Server], client: OAuthClient) -> None:
    found, server = there
    granted = await consented(found, server, client)
    assert (granted.lifetime, set(granted.scopes or ())) == (3600, {"read", "write"})
    seen = {granted.tokens.refresh.get_secret_value()}
    for _ in range(3):
        granted = await client.refresh(server, 1, granted.tokens)
        assert await client.active(server, 1, granted.tokens) is True
        seen.add(granted.tokens.refresh.get_secret_value())
    assert len(seen) == 4
    assert (await found.told())["refused"] == []


async def test_a_refresh_token_that_comes_twice_ends_the_grant(there: tuple[Judge, Server], client: OAuthClient) -> None:
    found, server = there
    first = (await consented(found, server, client)).tokens
    second = (await client.refresh(server, 1, first)).tokens
    with pytest.raises(AuthRejected, match="invalid_grant"):
        await client.refresh(server, 1, first)
    with pytest.raises(AuthRejected, match="invalid_grant"):
        await client.refresh(server, 1, second)
    assert await client.active(server, 1, second) is False


async def test_what_is_revoked_is_over(there: tuple[Judge, Server], client: OAuthClient) -> None:
    found, server = there
    tokens = (await consented(found, server, client)).tokens
    assert await client.active(server, 1, tokens) is True
    assert await client.revoke(server, 1, tokens) is True
    assert await client.active(server, 1, tokens) is False
    with pytest.raises(AuthRejected):
        await client.refresh(server, 1, tokens)


async def test_another_verifier_and_another_secret_are_refused(there: tuple[Judge, Server], client: OAuthClient) -> None:
    found, server = there
    back = await found.allow(authorize_url(server, redirect=callback, state="s", verifier=new_verifier(), scopes=("read",)))
    with pytest.raises(AuthRejected):
        await client.exchange(server, 1, code=back.params["code"], redirect=callback, verifier=new_verifier())
    wrong = server._replace(app=App(client_id=found.client, client_secret=SecretStr("wrong")))
    with pytest.raises(Misconfigured, match="invalid_client"):
        await consented(found, wrong, client)


async def test_a_person_connects_and_disconnects(dsn: str, tmp_path: Path) -> None:
    """The whole way through the house, with Google's facts: what it asks for, and that the vendor hears of the end."""
    scopes = ["https://www.googleapis.com/auth/gmail.send", "https://www.googleapis.com/auth/gmail.readonly"]
    with judge(routes=google, scopes=scopes) as found:
        given = {
            "TENUTO_GOOGLE_CLIENT_ID": found.client,
            "TENUTO_GOOGLE_CLIENT_SECRET": found.secret,
            "TENUTO_GOOGLE_OAUTH_SERVER": found.url,
        }
        async with oauth_double(callback) as double, served(dsn, tmp_path, **given) as api:
            browser, _ = await World(api, double).person()
            browser.headers["origin"] = origin
            url = (await browser.get("/api/oauth/gmail/authorize")).headers["location"]
            assert parse_qs(urlsplit(url).query)["redirect_uri"] == [callback]
            back = await found.allow(url)
            assert (await browser.get(str(back))).status_code < 400
            (made,) = (await browser.get("/api/connections")).json()["connections"]
            assert (made["status"], made["renewable"], set(made["scopes"])) == ("valid", True, set(scopes))
            await found.tell("deny")
            refused = await browser.get(
                str(await found.allow((await browser.get("/api/oauth/gmail/authorize?name=x")).headers["location"]))
            )
            assert (refused.status_code, "access_denied" in refused.text) == (502, True)
            tested = await browser.post(f"/api/connections/{made['id']}/test")
            assert tested.json().get("works") is True, tested.text
            assert (await found.told())["refreshes"] == 1
            ended = await browser.delete(f"/api/connections/{made['id']}")
            assert (ended.status_code, ended.json()["revoked"]) == (200, True)
            assert (await found.told())["ended"] == 1
