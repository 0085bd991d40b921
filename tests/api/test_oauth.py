"""Connecting by consent, and the kept routes for tokens, over HTTP against the double of the vendors' servers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from tests.api.conftest import Api
from tests.api.consenting import World, world

from tenuto.core.access import Role

token: dict[str, Any] = {"user_id": "ada", "integration": "slack", "access_token": "xoxb-canary-0123456789"}


@pytest.fixture
async def there(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with world(dsn, tmp_path) as made:
        yield made


@pytest.mark.parametrize("integration", ["gmail", "slack", "github"])
async def test_who_consents_is_connected(there: World, integration: str) -> None:
    browser, member = await there.person()
    answer = await there.connect(browser, integration)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/?connected={integration}")
    (found,) = (await browser.get("/api/connections")).json()["connections"]
    assert (found["integration"], found["user_id"], found["status"], found["renewable"]) == (integration, str(member), "valid", True)
    assert set(found["scopes"]) == set(there.api.house.catalog.connectors[integration].auth.scopes)  # type: ignore[union-attr]
    exchange = next(call for call in there.double.calls if call.endpoint == "token")
    assert (b"code_verifier" in exchange.body) == (integration != "slack")
    kept = (await browser.get("/api/oauth/tokens", params={"user_id": str(member), "integration": integration})).json()["token"]
    assert (kept["has_access_token"], kept["has_refresh_token"]) == (True, True)


async def test_what_a_person_refuses_is_said(there: World) -> None:
    browser, _ = await there.person()
    there.double.denials["github"] = 1
    answer = await there.connect(browser, "github")
    assert (answer.status_code, "access_denied" in answer.text) == (502, True)
    assert (await browser.get("/api/connections")).json()["connections"] == []


@pytest.mark.parametrize("fault", ["html", "truncated", "server_error", "drop_before"])
async def test_a_server_that_answers_nonsense_connects_nothing(there: World, fault: Any) -> None:
    browser, _ = await there.person()
    there.double.fail("github", "token", fault, times=9)
    answer = await there.connect(browser, "github")
    assert answer.status_code in {422, 502}, answer.text
    assert (await browser.get("/api/connections")).json()["connections"] == []


async def test_the_redirect_is_exact_and_what_is_asked_for_is_known(there: World) -> None:
    browser, _ = await there.person()
    answer = await browser.get("/api/oauth/gmail/authorize", headers={"accept": "application/json"})
    query = parse_qs(urlsplit(str(answer.json()["url"])).query)
    assert query["redirect_uri"] == ["http://127.0.0.1:8400/api/oauth/callback"]
    assert (query["code_challenge_method"], query["access_type"], query["response_type"]) == (["S256"], ["offline"], ["code"])
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    for path, status in (
        ("gmail/authorize?scope=everything", 422),
        ("nope/authorize", 404),
        ("gmail/authorize?user_id=somebody", 403),
        ("gmail/authorize?name=%2A", 422),
        ("callback", 400),
        ("callback?state=1", 401),
        ("callback?state=st99_" + "x" * 43, 401),
    ):
        assert (await browser.get(f"/api/oauth/{path}")).status_code == status, path


async def test_a_key_cannot_consent_and_a_viewer_may_not(there: World) -> None:
    assert (await there.api.as_role("owner").get("/api/oauth/gmail/authorize")).status_code == 403
    viewer, _ = await there.person(Role.viewer)
    assert (await viewer.get("/api/oauth/gmail/authorize")).status_code == 403


async def test_without_an_app_it_is_said_what_to_set(api: Api) -> None:
    here = World(api, None)  # type: ignore[arg-type]
    browser, _ = await here.person()
    answer = await browser.get("/api/oauth/github/authorize")
    assert (answer.status_code, "TENUTO_GITHUB_CLIENT_ID" in answer.json()["fix"]) == (503, True)


async def test_the_kept_routes_keep_tokens_and_never_show_them(api: Api, dsn: str) -> None:
    owner = api.as_role("owner")
    query = {"user_id": "ada", "integration": "slack"}
    assert (await owner.head("/api/oauth/tokens", params=query)).status_code == 404
    kept = await owner.post(
        "/api/oauth/tokens", json=token | {"refresh_token": "xoxe-canary-1", "expires_in": 3600, "scope": "a,b", "x": 1}
    )
    assert (kept.status_code, kept.json()) == (200, {"success": True, "message": "Token stored successfully", "integration": "slack"})
    one = (await owner.get("/api/oauth/tokens", params=query)).json()
    assert {"integration": "slack", "scope": "a b", "has_access_token": True, "has_refresh_token": True}.items() <= one["token"].items()
    assert one["token"]["expires_at"] > 1_700_000_000_000
    every = (await owner.get("/api/oauth/tokens", params={"user_id": "ada"})).json()
    assert (every["total"], every["tokens"]) == (1, [one["token"]])
    assert (await owner.head("/api/oauth/tokens", params=query)).status_code == 200
    listed = await owner.get("/api/connections")
    assert "canary" not in str(every) + listed.text
    link = await asyncpg.connect(dsn)
    assert b"canary" not in (await link.fetchval("select sealed from connections"))
    await link.close()
    assert (await owner.delete("/api/oauth/tokens", params=query)).json()["success"] is True
    assert (await owner.delete("/api/oauth/tokens", params=query)).status_code == 404
    assert (await owner.get("/api/oauth/tokens", params=query)).status_code == 404


wrong: list[tuple[str, dict[str, Any], int]] = [
    ("POST", {"json": {}}, 400),
    ("POST", {"json": token | {"access_token": ""}}, 400),
    ("POST", {"json": token | {"access_token": "a b"}}, 400),
    ("POST", {"json": token | {"expires_in": "soon"}}, 422),
    ("POST", {"json": token | {"integration": "../x"}}, 422),
    ("POST", {"json": token | {"user_id": "*"}}, 422),
    ("GET", {}, 400),
    ("HEAD", {"params": {"user_id": "ada"}}, 400),
    ("DELETE", {"params": {"user_id": "ada"}}, 400),
]


@pytest.mark.parametrize(("method", "given", "status"), wrong)
async def test_what_is_no_token_is_refused(api: Api, method: str, given: dict[str, Any], status: int) -> None:
    answer = await api.as_role("owner").request(method, "/api/oauth/tokens", **given)
    assert answer.status_code == status, answer.text


async def test_a_token_of_somebody_else_is_nobodys_business(api: Api) -> None:
    await api.as_role("owner").post("/api/oauth/tokens", json=token)
    query = {"user_id": "ada", "integration": "slack"}
    for role in ("editor", "operator", "viewer"):
        client = api.as_role(role)
        assert (await client.get("/api/oauth/tokens", params=query)).status_code == 403
        assert (await client.post("/api/oauth/tokens", json=token)).status_code == 403
        assert (await client.get("/api/connections")).json()["connections"] == []
    assert (await api.client(api.foreign).get("/api/oauth/tokens", params=query)).status_code == 404
