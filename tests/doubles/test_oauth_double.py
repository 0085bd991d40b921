"""The double of authorization servers keeps to its sources: a client that does not would be caught."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import httpx2
import pytest
from tests.doubles.oauth import OAuthDouble, client_id, client_secret, oauth_double
from tests.doubles.oauth_vendors import Vendor

back = "http://127.0.0.1:8400/api/oauth/callback"
verifier = "v" * 43
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@pytest.fixture
async def double() -> AsyncGenerator[OAuthDouble]:
    async with oauth_double(back) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=20) as client:
        yield client


async def consent(double: OAuthDouble, browser: httpx2.AsyncClient, vendor: str, **more: str) -> dict[str, str]:
    about = double.vendors[vendor]
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": back, "state": "s1", "scope": "a"}
    query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    if about.offline:
        query["scope"] = f"a{about.separator}{about.offline[1]}"
        query |= {about.offline[0]: about.offline[1]} if about.offline[0] != "scope" else {}
    answer = await browser.get(double.base(vendor) + about.authorize, params=query | more)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(back + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def ask(double: OAuthDouble, browser: httpx2.AsyncClient, vendor: str, **given: str) -> tuple[int, dict[str, Any]]:
    about = double.vendors[vendor]
    headers = {"accept": "application/json"}
    if about.client == "basic":
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        given = {"client_id": client_id, "client_secret": client_secret} | given
    url = double.base(vendor) + about.token
    sent = browser.post(url, json=given, headers=headers) if about.body == "json" else browser.post(url, data=given, headers=headers)
    answer = await sent
    return answer.status_code, answer.json()


def tokens(about: Vendor, answer: dict[str, Any]) -> dict[str, Any]:
    return answer[about.token_under] if about.token_under else answer


async def exchanged(double: OAuthDouble, browser: httpx2.AsyncClient, vendor: str) -> dict[str, Any]:
    code = (await consent(double, browser, vendor))["code"]
    status, answer = await ask(
        double, browser, vendor, grant_type="authorization_code", code=code, redirect_uri=back, code_verifier=verifier
    )
    assert status == 200, answer
    return tokens(double.vendors[vendor], answer)


async def test_every_vendor_gives_tokens_that_its_resource_takes(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    for vendor, about in double.vendors.items():
        got = await exchanged(double, browser, vendor)
        assert ("refresh_token" in got) == (about.refresh != "never"), vendor
        assert got.get("expires_in") == about.lifetime, vendor
        asked = await browser.get(double.base(vendor) + "/api/me", headers={"authorization": f"Bearer {got['access_token']}"})
        assert asked.status_code == 200, vendor
    assert (await browser.get(double.base("github") + "/api/me", headers={"authorization": "Bearer wrong"})).status_code == 401


async def test_a_refresh_token_that_rotated_and_comes_again_ends_the_grant(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    first = await exchanged(double, browser, "linear")
    _, second = await ask(double, browser, "linear", grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert double.alive(first["access_token"])
    status, refused = await ask(double, browser, "linear", grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (status, refused["error"], double.reuses["linear"]) == (400, "invalid_grant", 1)
    assert not double.alive(second["access_token"])
    status, _ = await ask(double, browser, "linear", grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert status == 400


async def test_where_it_does_not_rotate_it_stays_and_is_not_sent_again(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    first = await exchanged(double, browser, "gmail")
    for _ in range(2):
        status, again = await ask(double, browser, "gmail", grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert (status, "refresh_token" in again) == (200, False)
    assert double.reuses["gmail"] == 0


async def test_where_a_refresh_ends_the_old_token_it_is_refused_at_once(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    first = await exchanged(double, browser, "github")
    await ask(double, browser, "github", grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert not double.alive(first["access_token"])


async def test_refusals_look_as_the_vendor_lets_them_look(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    for vendor, status, error in (
        ("slack", 200, "invalid_refresh_token"),
        ("github", 200, "bad_refresh_token"),
        ("jira", 400, "invalid_grant"),
    ):
        got, answer = await ask(double, browser, vendor, grant_type="refresh_token", refresh_token="unknown")
        assert (got, answer["error"]) == (status, error)
    got, answer = await ask(double, browser, "jira", client_secret="wrong", grant_type="refresh_token", refresh_token="unknown")
    assert (got, answer["error"]) == (401, "invalid_client")
    assert (await ask(double, browser, "hubspot"))[1]["error"] == "invalid_request"
    assert (await ask(double, browser, "hubspot", grant_type="password"))[1]["error"] == "unsupported_grant_type"


async def test_a_code_is_good_once_for_its_redirect_and_its_verifier(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    for wrong in ({"redirect_uri": back + "/"}, {"code_verifier": "w" * 43}, {"code_verifier": ""}):
        code = (await consent(double, browser, "salesforce"))["code"]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier} | wrong
        assert (await ask(double, browser, "salesforce", **given))[0] == 400, wrong
    code = (await consent(double, browser, "salesforce"))["code"]
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    _, got = await ask(double, browser, "salesforce", **given)
    assert got["instance_url"] == double.base("salesforce")
    assert (await ask(double, browser, "salesforce", **given))[0] == 400
    assert not double.alive(got["access_token"])


async def test_only_a_registered_redirect_is_redirected_to(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    url = double.base("github") + double.vendors["github"].authorize
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": back}
    for wrong in ({"redirect_uri": back + "?x=1"}, {"redirect_uri": "http://evil.example/"}, {"client_id": "another"}):
        answer = await browser.get(url, params=query | wrong)
        assert (answer.status_code, "location" in answer.headers) == (400, False), wrong
    answer = await browser.get(url, params=query | {"code_challenge": verifier, "code_challenge_method": "plain"})
    assert "error=invalid_request" in answer.headers["location"]


async def test_a_person_may_refuse_and_a_scope_be_unknown(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    double.denials["gmail"] = 1
    refused = await consent(double, browser, "gmail")
    assert refused == {"state": "s1", "error": "access_denied", "iss": double.base("gmail")}
    assert "code" in await consent(double, browser, "gmail")
    double.change("gmail", scopes=("a",))
    assert (await consent(double, browser, "gmail", scope="a b"))["error"] == "invalid_scope"


async def test_a_refresh_token_is_given_only_to_who_asks_for_it(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    code = (await consent(double, browser, "jira", scope="a"))["code"]
    _, got = await ask(double, browser, "jira", grant_type="authorization_code", code=code, redirect_uri=back)
    assert "refresh_token" not in got


async def test_a_revoked_token_is_not_active(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    got = await exchanged(double, browser, "hubspot")
    about, auth = double.vendors["hubspot"], {"client_id": client_id, "client_secret": client_secret}

    async def active() -> bool:
        url = f"{double.base('hubspot')}{about.introspect}"
        return (await browser.post(url, data=auth | {"token": got["access_token"]})).json()["active"]

    assert await active()
    for token in ("unknown", got["refresh_token"]):
        assert (await browser.post(f"{double.base('hubspot')}{about.revoke}", data=auth | {"token": token})).status_code == 200
    assert not await active()


async def test_github_ends_a_grant_for_its_app_alone(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    token = double.consent("github", "repo")["access_token"]
    url = f"{double.base('github')}/applications/{client_id}/grant"
    ours, strangers = httpx2.BasicAuth(client_id, client_secret), httpx2.BasicAuth(client_id, "wrong")
    for auth, body, status in (
        (strangers, {"access_token": token}, 404),
        (ours, {"token": token}, 422),
        (ours, {"access_token": "x"}, 404),
        (ours, {"access_token": token}, 204),
        (ours, {"access_token": token}, 404),
    ):
        assert (await browser.request("DELETE", url, json=body, auth=auth)).status_code == status
    assert not double.alive(token)


async def test_zendesk_ends_the_token_that_asks(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    token = double.consent("zendesk", "read")["access_token"]
    url = f"{double.base('zendesk')}/api/v2/oauth/tokens/current.json"
    for bearer, status in (("x", 401), (token, 204), (token, 401)):
        assert (await browser.delete(url, headers={"authorization": f"Bearer {bearer}"})).status_code == status


async def test_faults_are_used_up_and_a_dropped_answer_has_been_carried_out(double: OAuthDouble, browser: httpx2.AsyncClient) -> None:
    given = {"grant_type": "refresh_token", "refresh_token": double.consent("jira", "a")["refresh_token"]}
    double.fail("jira", "token", "drop_before")
    with pytest.raises(httpx2.RemoteProtocolError):
        await ask(double, browser, "jira", **given)
    assert double.refreshes["jira"] == 0
    double.fail("jira", "token", "drop_after")
    with pytest.raises(httpx2.RemoteProtocolError):
        await ask(double, browser, "jira", **given)
    assert double.refreshes["jira"] == 1
    for kind in ("html", "truncated"):
        double.fail("jira", "token", kind)
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            await ask(double, browser, "jira", **given)
