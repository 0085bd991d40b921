"""OAuth apps over HTTP: an owner puts one into the vault, accounts are connected with it, and nobody reads its secret back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import local, served
from tests.api.consenting import World, callback
from tests.doubles.oauth import client_id, client_secret, oauth_double

given = {"client_id": client_id, "client_secret": client_secret}


@pytest.fixture
async def there(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    """The operator says where GitHub's server is, and sets no app."""
    async with oauth_double(callback) as double:
        settings = {"TENUTO_GITHUB_OAUTH_SERVER": double.base("github"), "TENUTO_SLACK_CLIENT_ID": "the-operators"}
        async with served(dsn, tmp_path, **settings) as api:
            yield World(api, double)


async def named(owner: httpx2.AsyncClient, name: str) -> dict[str, Any]:
    listed = (await owner.get("/api/oauth/apps")).json()["apps"]
    return next(each for each in listed if each["name"] == name)


async def test_an_owner_stores_an_app_and_people_connect_with_it(there: World, dsn: str) -> None:
    owner = there.api.as_role("owner")
    browser, _ = await there.person()
    missing = await browser.get("/api/oauth/github/authorize")
    assert (missing.status_code, "tenuto apps set github" in missing.json()["fix"]) == (503, True), missing.text
    assert (await named(owner, "github"))["source"] is None
    answer = await owner.put("/api/oauth/apps/github", json=given)
    assert answer.status_code == 200, answer.text
    assert answer.json()["redirect"] == callback
    app = answer.json()["app"]
    assert (app["client_id"], app["source"], app["integrations"]) == (client_id, "stored", ["github"])
    assert (await there.connect(browser, "github")).status_code == 303
    (made,) = (await browser.get("/api/connections")).json()["connections"]
    assert (await owner.post(f"/api/connections/{made['id']}/test")).json()["works"] is True
    said = answer.text + (await owner.get("/api/oauth/apps")).text + (await owner.get("/api/connections")).text
    assert client_secret not in said
    link = await asyncpg.connect(dsn)
    try:
        assert client_secret not in str(await link.fetch("select * from connections"))
        app_row = await link.fetchval("select id from connections where integration = 'app:github'")
    finally:
        await link.close()
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("PUT", "/sharing")):
        body = {"users": ["*"]} if path == "/sharing" else None
        assert (await owner.request(method, f"/api/connections/{app_row}{path}", json=body)).status_code == 404, "an app is no connection"


async def test_what_is_stored_goes_before_the_environment_until_it_is_deleted(there: World) -> None:
    owner = there.api.as_role("owner")
    assert (await named(owner, "slack"))["source"] == "environment"
    assert (await owner.put("/api/oauth/apps/slack", json={"client_id": "ours"})).status_code == 200
    assert [(await named(owner, "slack"))[field] for field in ("client_id", "source")] == ["ours", "stored"]
    assert (await owner.put("/api/oauth/apps/slack", json={"client_id": "newer", "client_secret": "x"})).status_code == 200
    assert (await named(owner, "slack"))["client_id"] == "newer"
    assert (await owner.delete("/api/oauth/apps/slack")).status_code == 200
    assert [(await named(owner, "slack"))[field] for field in ("client_id", "source")] == ["the-operators", "environment"]
    assert (await owner.delete("/api/oauth/apps/slack")).status_code == 404


async def test_connectors_of_one_vendor_share_an_app(there: World) -> None:
    app = await named(there.api.as_role("owner"), "google")
    assert "gmail" in app["integrations"]
    assert app["variables"] == ["TENUTO_GOOGLE_CLIENT_ID", "TENUTO_GOOGLE_CLIENT_SECRET"]


async def test_an_app_outlives_a_change_of_keys(there: World) -> None:
    owner = there.api.as_role("owner")
    await owner.put("/api/oauth/apps/github", json=given)
    done = await there.api.house.services.rotation.rotate(local(), data_keys=True)
    assert (done.secrets, done.unreadable) == (1, ())
    browser, _ = await there.person()
    assert (await there.connect(browser, "github")).status_code == 303


async def test_only_an_owner_does_and_only_in_their_own_workspace(there: World) -> None:
    for role in ("editor", "operator", "viewer"):
        client = there.api.as_role(role)
        for answer in (await client.get("/api/oauth/apps"), await client.put("/api/oauth/apps/github", json=given)):
            assert answer.status_code == 403, (role, answer.text)
    assert (await there.api.client(there.api.foreign).put("/api/oauth/apps/github", json=given)).status_code == 200
    assert (await named(there.api.as_role("owner"), "github"))["source"] is None
    assert (await there.api.as_role("owner").delete("/api/oauth/apps/github")).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nope", given, 404),
        ("gmail", given, 404),  # its app is called google
        ("github", {}, 422),
        ("github", {"client_id": ""}, 422),
        ("github", {"client_id": "two words"}, 422),
        ("github", {"client_id": "x" * 501}, 422),
        ("github", {"client_id": "x", "client_secret": "a\nb"}, 422),
        ("github", {"client_id": "x", "client_secret": "y" * 4097}, 422),
        ("github", {"client_id": "x", "server": "https://evil.example"}, 422),
        ("github", [], 422),
    ],
)
async def test_what_is_no_app_is_refused(there: World, name: str, body: Any, status: int) -> None:
    answer = await there.api.as_role("owner").put(f"/api/oauth/apps/{name}", json=body)
    assert (answer.status_code, answer.json()["success"]) == (status, False), answer.text
