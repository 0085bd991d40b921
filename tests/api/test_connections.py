"""Connections over HTTP: who sees, shares and ends them, how they are, and which workflows hang on them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api, served
from tests.api.consenting import World, world
from tests.vault.loopback import loopback, reply

from tenuto.core.access import Role

unknown = "0198c5a0-0000-7000-8000-000000000000"
slack_key: dict[str, Any] = {"integration": "slack", "name": "default", "secret": "xoxb-canary-0123456789", "shared": True}


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncGenerator[Api]:
    """A house of this test's own, and a Slack that knows any token."""
    async with loopback() as slack:
        slack.routes["/auth.test"] = reply(200, {"ok": True, "user": "bot", "team": "Acme"}, content_type="application/json")
        async with served(dsn, tmp_path, bases={"slack": slack.url}, TENUTO_EGRESS_ALLOW="127.0.0.1/32") as made:
            yield made


@pytest.fixture
async def there(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with world(dsn, tmp_path) as made:
        yield made


async def add(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/connections", json=slack_key | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["connection"]


async def publish(owner: httpx2.AsyncClient, id: str, **config: Any) -> None:
    node = {"id": "tell", "type": "integration", "config": {"integration": "slack", "action": "list_channels", "params": {}, **config}}
    answer = await owner.post("/api/workflows", json={"id": id, "name": id.title(), "startNode": "tell", "nodes": [node]})
    assert answer.status_code == 200, answer.text
    answer = await owner.post(f"/api/workflows/{id}/publish")
    assert answer.status_code == 200, answer.text


async def test_a_key_is_kept_and_never_shown(api: Api, owner: httpx2.AsyncClient, dsn: str) -> None:
    made = await add(owner)
    again = await add(owner, secret="xoxb-canary-another-one")
    assert again["id"] == made["id"]
    text = (await owner.get("/api/connections")).text + (await owner.get(f"/api/connections/{made['id']}")).text
    assert "canary" not in text
    link = await asyncpg.connect(dsn)
    stored = await link.fetch("select * from connections")
    await link.close()
    assert len(stored) == 1
    assert "canary" not in str(stored)


async def test_the_workflows_that_would_stop_are_named(owner: httpx2.AsyncClient) -> None:
    default, sales = await add(owner), await add(owner, name="sales")
    await publish(owner, "plain")
    await publish(owner, "selling", connection="sales")
    used = {each["name"]: [one["id"] for one in each["workflows"]] for each in (await owner.get("/api/connections")).json()["connections"]}
    assert used == {"default": ["plain"], "sales": ["selling"]}
    assert default["workflows"] == []
    one = (await owner.get(f"/api/connections/{sales['id']}")).json()["connection"]
    assert one["workflows"] == [{"id": "selling", "name": "Selling"}]


async def test_a_dead_refresh_token_is_said_with_the_workflows(there: World, dsn: str) -> None:
    browser, _ = await there.person()
    await there.connect(browser, "slack", shared="true", name="default")
    owner = there.api.as_role("owner")
    await publish(owner, "plain")
    there.double.revoke(there.double.grants[0])
    link = await asyncpg.connect(dsn)
    await link.execute("update connections set expires_at = now() - interval '1 second'")
    await link.close()
    call = await owner.post("/api/integrations/slack", json={"action": "list_channels", "params": {}})
    assert (call.status_code, call.json()["type"].rpartition("/")[2]) == (502, "auth-rejected"), call.text
    (found,) = (await owner.get("/api/connections")).json()["connections"]
    assert (found["status"], [each["id"] for each in found["workflows"]]) == ("needs_attention", ["plain"])
    assert "invalid_refresh_token" in found["reason"]
    await there.connect(browser, "slack", shared="true", name="default")
    (found,) = (await owner.get("/api/connections")).json()["connections"]
    assert (found["status"], found["reason"]) == ("valid", None)


async def test_what_expires_and_cannot_be_renewed_is_said_before(owner: httpx2.AsyncClient) -> None:
    body = {"user_id": "ada", "integration": "slack", "access_token": "xoxb-0123456789"}
    for seconds, status in ((86_400, "expiring"), (0, "needs_attention"), (86_400 * 30, "valid")):
        await owner.post("/api/oauth/tokens", json=body | {"expires_in": seconds})
        (found,) = (await owner.get("/api/connections")).json()["connections"]
        assert found["status"] == status, seconds
        assert ("expire" in (found["reason"] or "")) == (status != "valid")


async def test_what_is_shared_is_seen_and_only_its_owner_changes_it(there: World) -> None:
    ada, ada_id = await there.person()
    bob, bob_id = await there.person(name="Bob")
    await there.connect(ada, "github")
    (mine,) = (await ada.get("/api/connections")).json()["connections"]
    path = f"/api/connections/{mine['id']}"
    assert (await bob.get("/api/connections")).json()["connections"] == []
    for method, address, body in (
        ("GET", path, None),
        ("DELETE", path, None),
        ("PUT", f"{path}/sharing", {"users": ["*"]}),
        ("POST", f"{path}/test", None),
    ):
        answer = await bob.request(method, address, json=body, headers={"origin": "http://127.0.0.1:8400"})
        assert answer.status_code == 404, (method, answer.text)
    ours = {"origin": "http://127.0.0.1:8400"}
    shared = await ada.put(f"{path}/sharing", json={"users": [str(bob_id), str(bob_id)]}, headers=ours)
    assert shared.json()["connection"]["shared_with"] == [str(bob_id)]
    assert (await bob.get(path)).json()["connection"]["user_id"] == str(ada_id)
    assert (await bob.put(f"{path}/sharing", json={"users": ["*"]}, headers=ours)).status_code == 403
    assert (await bob.delete(path, headers=ours)).status_code == 403
    assert (await there.api.client(there.api.foreign).get(path)).status_code == 404
    assert (await ada.delete(path, headers=ours)).json()["success"] is True
    assert (await ada.get(path)).status_code == 404


async def test_the_end_is_told_to_the_vendor(there: World) -> None:
    browser, _ = await there.person()
    await there.connect(browser, "gmail")
    (mine,) = (await browser.get("/api/connections")).json()["connections"]
    ended = await there.api.as_role("owner").delete(f"/api/connections/{mine['id']}")
    assert (ended.json()["revoked"], there.double.grants[0].live) == (True, False)


async def test_a_vendor_that_is_not_there_does_not_keep_an_account_from_being_forgotten(there: World) -> None:
    browser, _ = await there.person()
    await there.connect(browser, "gmail")
    there.double.fail("gmail", "revoke", "html")
    (mine,) = (await browser.get("/api/connections")).json()["connections"]
    owner = there.api.as_role("owner")
    ended = await owner.delete(f"/api/connections/{mine['id']}")
    assert (ended.status_code, ended.json()["revoked"]) == (200, False)
    assert (await owner.get("/api/connections")).json()["connections"] == []


async def test_tokens_that_do_not_open_do_not_keep_an_account_from_being_forgotten(there: World, dsn: str) -> None:
    browser, _ = await there.person()
    await there.connect(browser, "gmail")
    link = await asyncpg.connect(dsn)
    await link.execute("update connections set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)")
    await link.close()
    (mine,) = (await browser.get("/api/connections")).json()["connections"]
    owner = there.api.as_role("owner")
    ended = await owner.delete(f"/api/connections/{mine['id']}")
    assert (ended.status_code, ended.json()["revoked"]) == (200, False)
    assert (await owner.get("/api/connections")).json()["connections"] == []


async def test_a_test_asks_the_vendor(there: World) -> None:
    browser, _ = await there.person()
    await there.connect(browser, "github")
    owner = there.api.as_role("owner")
    (mine,) = (await owner.get("/api/connections")).json()["connections"]
    path = f"/api/connections/{mine['id']}/test"
    assert (await owner.post(path)).json()["works"] is True
    assert there.double.refreshes["github"] == 1
    there.double.revoke(there.double.grants[0])
    dead = (await owner.post(path)).json()
    assert (dead["works"], dead["connection"]["status"]) == (False, "needs_attention")
    key = await add(owner, integration="something_of_ours")
    assert (await owner.post(f"/api/connections/{key['id']}/test")).json()["works"] is None


refused: list[tuple[dict[str, Any], int]] = [
    ({"name": "*"}, 422),
    ({"name": ""}, 422),
    ({"integration": "No Such!"}, 422),
    ({"secret": ""}, 422),
    ({"secret": "a\r\nx: y"}, 400),
    ({"secret": 5}, 422),
    ({"unknown": True}, 422),
    ({"user_id": "x" * 129}, 422),
    ({"integration": "gmail", "way": "api_key"}, 422),
    ({"way": "nonsense"}, 422),
    ({"fields": {"site": "acme"}}, 422),
    ({"fields": {"site": 5}}, 422),
    ({"fields": {f"f{number}": "x" for number in range(21)}}, 422),
    ({"integration": "unknown", "way": "api_key"}, 422),
]


@pytest.mark.parametrize(("wrong", "status"), refused)
async def test_what_cannot_be_kept_is_refused(owner: httpx2.AsyncClient, wrong: dict[str, Any], status: int) -> None:
    answer = await owner.post("/api/connections", json=slack_key | wrong)
    assert answer.status_code == status, answer.text
    assert "xoxb" not in answer.text


async def test_what_is_not_there_is_not_found(owner: httpx2.AsyncClient) -> None:
    assert UUID(unknown)
    for method, path in (("GET", unknown), ("DELETE", unknown), ("POST", f"{unknown}/test"), ("GET", "nonsense")):
        assert (await owner.request(method, f"/api/connections/{path}")).status_code == (422 if path == "nonsense" else 404)


async def test_an_editor_keeps_keys_and_a_viewer_does_not(api: Api) -> None:
    await add(api.as_role(Role.editor))
    assert (await api.as_role(Role.viewer).post("/api/connections", json=slack_key)).status_code == 403
    assert len((await api.as_role(Role.viewer).get("/api/connections")).json()["connections"]) == 1
    other = await api.client(api.foreign).get("/api/connections")
    assert other.json()["connections"] == []
