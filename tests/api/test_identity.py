"""Who is calling: keys, cookies, pages of other sites, and how soon a revocation counts."""

from __future__ import annotations

import httpx2
import pytest
from tests.api.conftest import Api, local, origin

from tenuto.core.access import Role
from tenuto.services.keys import Keys


async def signed_in(api: Api, role: Role = Role.owner) -> str:
    member = await api.house.services.members.add(local(), "Ada", role)
    link = await api.house.services.sign_in.link(local(), member.id)
    return (await api.house.services.sign_in.redeem(link.get_secret_value())).cookie.get_secret_value()


async def test_a_key_says_who_and_what_one_may_do(api: Api) -> None:
    found = (await api.as_role("viewer").get("/api/auth/me")).json()
    assert (found["kind"], found["name"], found["role"], found["workspace"]) == ("key", "viewer", "viewer", 1)
    assert "workflow:read" in found["permissions"]
    assert "workflow:write" not in found["permissions"]


async def test_a_key_is_shown_once_and_then_only_its_beginning(api: Api) -> None:
    client = api.as_role("owner")
    made = (await client.post("/api/keys", json={"name": "ci", "role": "operator"})).json()
    assert made["value"].startswith(made["key"]["prefix"])
    listed = await client.get("/api/keys")
    assert made["value"] not in listed.text
    assert listed.headers["cache-control"] == "no-store"
    renamed = await client.put(f"/api/keys/{made['key']['id']}", json={"name": "nightly"})
    assert renamed.json()["key"]["name"] == "nightly"


async def test_a_revoked_key_is_refused_at_once_here_and_soon_elsewhere(api: Api) -> None:
    client = api.as_role("owner")
    made = (await client.post("/api/keys", json={"name": "ci", "role": "viewer"})).json()
    elsewhere, later = Keys(api.house.database, remembered_for=60), Keys(api.house.database, remembered_for=0)
    for keys in (elsewhere, later):
        assert (await keys.identify(made["value"])).role is Role.viewer
    assert (await api.client(made["value"]).get("/api/auth/me")).status_code == 200
    await client.delete(f"/api/keys/{made['key']['id']}")
    assert (await api.client(made["value"]).get("/api/auth/me")).status_code == 401
    assert (await elsewhere.identify(made["value"])).name == "ci"  # remembered: no query was made
    with pytest.raises(Exception, match="not known"):
        await later.identify(made["value"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": origin}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"{origin}.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Origin": origin}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
    ],
)
async def test_a_cookie_changes_things_only_from_our_own_pages(headers: dict[str, str], status: int, api: Api) -> None:
    cookie = await signed_in(api)
    client = api.client(Cookie=f"tenuto={cookie}", **headers)
    answer = await client.post("/api/keys", json={"name": "x", "role": "viewer"})
    assert answer.status_code == (201 if status == 200 else status), answer.text


async def test_signing_out_ends_the_session(api: Api) -> None:
    cookie = await signed_in(api, Role.viewer)
    client = api.client(Cookie=f"tenuto={cookie}", Origin=origin)
    sessions = (await client.get("/api/auth/sessions")).json()["sessions"]
    assert [session["current"] for session in sessions] == [True]
    answer = await client.post("/api/auth/sign-out")
    assert 'tenuto=""' in answer.headers["set-cookie"]
    assert (await client.get("/api/auth/me")).status_code == 401


async def test_a_foreign_page_cannot_sign_a_browser_in(api: Api) -> None:
    answer = await api.client(Origin="https://evil.example").post("/api/auth/sign-in", json={"token": "tnl_x"})
    assert answer.status_code == 403


async def test_a_header_wins_over_a_cookie_and_is_not_mended_by_it(api: Api) -> None:
    cookie = await signed_in(api)
    client: httpx2.AsyncClient = api.client(Cookie=f"tenuto={cookie}", Authorization="Bearer wrong")
    assert (await client.get("/api/auth/me")).status_code == 401
