"""Threat 19: nothing is allowed because it begins with, or holds, something that is allowed."""

from __future__ import annotations

import pytest
from tests.api.conftest import Api

from tenuto.core.access import Role


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/../api/keys",
        "/healthz/api/keys",
        "/healthz%2f..%2fapi/keys",
        "/api/auth/sign-in/../../keys",
        "/api/auth/sign-in;/api/keys",
        "//api/keys",
        "/API/KEYS",
        "/api/keys/",
        "/docs/../api/keys",
        "/metrics?/api/keys",
        "/api/keys?x=/healthz",
        "/api/keys#/healthz",
    ],
)
async def test_an_address_near_an_open_one_opens_nothing(path: str, api: Api) -> None:
    answer = await api.client().get(path)
    assert answer.status_code in {200, 307, 401, 404}
    assert '"keys"' not in answer.text
    if answer.status_code == 200:
        assert path.startswith("/metrics")


async def test_a_key_counts_whole(api: Api) -> None:
    key = api.keys["owner"]
    for near in (key[:-1], key + "x", key[:12], key.upper(), f"{key}\u00a0", f"{key},{key}", f'"{key}"', key[4:]):
        header = {b"Authorization": f"Bearer {near}".encode("latin-1")}
        assert (await api.client().get("/api/auth/me", headers=header)).status_code == 401, near
    assert (await api.client(key).get("/api/auth/me")).status_code == 200


async def test_a_session_is_ended_by_its_whole_id_only(api: Api) -> None:
    services = api.house.services
    owner = await services.keys.identify(api.keys["owner"])
    member = await services.members.add(owner, "Ada", Role.editor)
    cookie = (await services.sign_in.redeem((await services.sign_in.link(owner, member.id)).get_secret_value())).cookie.get_secret_value()
    browser = api.client(Cookie=f"tenuto={cookie}", Origin="http://127.0.0.1:8400")
    (session,) = (await browser.get("/api/auth/sessions")).json()["sessions"]
    for near in (session["id"][:-1], session["id"][:8], "%25", session["id"] + "0", session["id"].upper() + "x"):
        assert (await browser.delete(f"/api/auth/sessions/{near}")).status_code == 404
    assert (await browser.delete(f"/api/auth/sessions/{session['id']}")).status_code == 200
    assert (await browser.get("/api/auth/me")).status_code == 401


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8400",
        "xlocalhost",
        "127.0.0.1@evil.example",
        "",
        "[",
    ],
)
async def test_a_host_that_only_looks_like_ours_is_refused(host: str, api: Api) -> None:
    answer = await api.client(api.keys["owner"], Host=host).get("/api/auth/me")
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8400", "LOCALHOST", "[::1]:8400", "127.0.0.1:9"])
async def test_our_own_names_are_served(host: str, api: Api) -> None:
    assert (await api.client(api.keys["owner"], Host=host).get("/api/auth/me")).status_code == 200
