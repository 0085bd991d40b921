"""Threat 14, CSRF, CORS and cookies: another site's page can neither use a browser's session nor read an answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr
from tests.api.conftest import Api, client_of, fresh_database, local, origin, served
from tests.security.surface import Route, guarded, routes

from tenuto.core.access import Role
from tenuto.store.server.embedded import Embedded

unknown = "0198c5a0-0000-7000-8000-000000000000"
evil = "https://evil.example"
changing = [route for route in guarded if route.method not in {"GET", "HEAD", "OPTIONS"}]
foreign: list[dict[str, str]] = [
    {},
    {"Origin": evil},
    {"Origin": "null"},
    {"Origin": f"{origin}.evil.example"},
    {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
    {"Origin": origin, "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": evil, "Content-Type": "text/plain"},
    {"Origin": evil, "Content-Type": "application/x-www-form-urlencoded"},
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Api, str]]:
    """A house, and the cookie of an owner's browser."""
    folder: Path = tmp_path_factory.mktemp("csrf")
    async with fresh_database(server) as dsn, served(dsn, folder) as api:
        yield api, (await signed_in(api)).split(";")[0].partition("=")[2]


async def link(api: Api) -> SecretStr:
    member = await api.house.services.members.add(local(), "Ada", Role.owner)
    return await api.house.services.sign_in.link(local(), member.id)


async def signed_in(api: Api, **headers: str) -> str:
    """What the answer to a sign-in says of the cookie."""
    token = (await link(api)).get_secret_value()
    answer = await api.client(Origin=origin, **headers).post("/api/auth/sign-in", json={"token": token})
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"]


@pytest.mark.parametrize("route", changing, ids=lambda route: route.name)
async def test_another_sites_page_changes_nothing(route: Route, house: tuple[Api, str]) -> None:
    """Every route that changes something, with the owner's cookie, as every kind of foreign page would call it."""
    api, cookie = house
    for headers in foreign:
        answer = await api.client(Cookie=f"tenuto={cookie}").request(route.method, route.at(unknown), headers=headers, content=b"{not json")
        assert answer.status_code == 403, (route.name, headers, answer.text)
        assert "own pages" in answer.json()["error"]


async def test_our_own_page_is_let_through(house: tuple[Api, str]) -> None:
    """Else the walk above would pass in a house that refuses everybody."""
    api, cookie = house
    for headers in ({"Origin": origin}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": origin, "Sec-Fetch-Site": "same-origin"}):
        answer = await api.client(Cookie=f"tenuto={cookie}").post("/api/keys", headers=headers, json={"name": "x", "role": "viewer"})
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_no_other_way_of_naming_the_method_gets_by(method: str, house: tuple[Api, str]) -> None:
    """A form can only GET and POST; frameworks that let it name another method by a header or a field open every route to it."""
    api, cookie = house
    client = api.client(Cookie=f"tenuto={cookie}", X_HTTP_Method_Override=method, Origin=evil)
    before = (await api.as_role("owner").get("/api/keys")).json()
    answer = await client.get("/api/keys", params={"_method": method})
    assert answer.json() == before
    assert (await api.as_role("owner").get("/api/keys")).json() == before


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
async def test_no_answer_may_be_read_by_another_origin(route: Route, house: tuple[Api, str]) -> None:
    """Neither a preflight nor an answer allows an origin, least of all with credentials (CVE-2025-34291)."""
    api, cookie = house
    for asked in (evil, "null", f"{origin}.evil.example"):
        headers = {"Origin": asked, "Access-Control-Request-Method": route.method, "Access-Control-Request-Headers": "authorization"}
        preflight = await api.client(Cookie=f"tenuto={cookie}").options(route.at(unknown), headers=headers)
        answers = [preflight]
        if route.method == "GET":
            answers.append(await api.client(Cookie=f"tenuto={cookie}", Origin=asked).get(route.at(unknown)))
        for answer in answers:
            allowed = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
            # What clients of MCP have to read is the same for everybody, and never goes with a cookie.
            public = route.path.startswith("/.well-known/")
            assert allowed in ({}, {"access-control-allow-origin": "*"} if public else {}), (route.name, allowed)
            assert public or answer.headers["cross-origin-resource-policy"] == "same-origin"


def morsel(header: str) -> Any:
    [found] = SimpleCookie(header).values()
    return found


async def test_the_cookie_is_this_hosts_alone_and_no_scripts(house: tuple[Api, str]) -> None:
    cookie = morsel(await signed_in(house[0]))
    assert (cookie.key, cookie["path"], cookie["domain"]) == ("tenuto", "/", "")
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert 0 < int(cookie["max-age"]) <= 30 * 86_400


async def test_over_tls_browsers_hold_it_to_one_host(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_PUBLIC_URL="https://tenuto.example") as api:
        token = (await link(api)).get_secret_value()
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api.app), base_url="https://tenuto.example")
        async with client:
            headers = {"Origin": "https://tenuto.example"}
            answer = await client.post("/api/auth/sign-in", json={"token": token}, headers=headers)
            cookie = morsel(answer.headers["set-cookie"])
            assert (cookie.key, cookie["path"], cookie["domain"], cookie["secure"]) == ("__Host-tenuto", "/", "", True)
            assert cookie["samesite"].lower() == "strict"
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            out = await client.post("/api/auth/sign-out", headers=headers)
            gone = morsel(out.headers["set-cookie"])
            assert (gone.key, gone.value, gone["path"], gone["secure"]) == ("__Host-tenuto", "", "/", True)
            plain = {"Cookie": f"tenuto={cookie.value}"}
            assert (await client_of(api.app, **plain).get("/api/auth/me")).status_code in (400, 401), (
                "the name without the prefix is nobody's"
            )


async def test_another_site_can_neither_sign_a_browser_in_nor_out(house: tuple[Api, str]) -> None:
    """Signing somebody in as oneself makes them type their secrets into a stranger's house."""
    api, cookie = house
    token = (await link(api)).get_secret_value()
    for headers in foreign[1:]:
        answer = await api.client().post("/api/auth/sign-in", json={"token": token}, headers=headers)
        assert answer.status_code in (403, 400, 415, 422), (headers, answer.text)
        assert "set-cookie" not in answer.headers
        out = await api.client(Cookie=f"tenuto={cookie}").post("/api/auth/sign-out", headers=headers)
        assert (out.status_code, out.headers.get("set-cookie")) == (403, None)
    assert (await api.client(Cookie=f"tenuto={cookie}").get("/api/auth/me")).status_code == 200
    assert (await api.client(Origin=origin).post("/api/auth/sign-in", json={"token": token})).status_code == 200, "it was not used up"


async def test_a_session_is_new_at_each_sign_in(house: tuple[Api, str]) -> None:
    """A cookie that was there before, put there by somebody else, is never the one that becomes known (session fixation)."""
    api, _ = house
    planted = "tns_" + "planted" * 6
    first, second = [morsel(await signed_in(api, Cookie=f"tenuto={planted}")).value for _ in range(2)]
    assert len({first, second, planted}) == 3
    assert (await api.client(Cookie=f"tenuto={planted}").get("/api/auth/me")).status_code == 401


async def test_answers_to_a_session_are_kept_by_no_cache(house: tuple[Api, str]) -> None:
    api, cookie = house
    client = api.client(Cookie=f"tenuto={cookie}")
    for route in guarded:
        if route.method != "GET":
            continue
        answer = await client.get(route.at(unknown))
        kept = answer.headers["cache-control"]
        assert kept in {"no-store", "private, no-cache"}, (route.name, kept)
