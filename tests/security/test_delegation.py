"""Threats 7, 9, 14 and 16 where applications act for members: codes, tokens, redirects, consent by another page, frames, registrations."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from tests.mcp.allowing import address, allowed, back, exchanged, person, registered, renewed, request
from tests.mcp.conftest import Place, place
from tests.security.surface import guarded
from tests.security.test_canary import traces

from tenuto.core.access import Role
from tenuto.core.delegation import registrable, sends_to

__all__ = ["place"]


@pytest_asyncio.fixture(loop_scope="session")
async def http(place: Place) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=place.url, trust_env=False, timeout=60) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def browser(place: Place) -> AsyncGenerator[httpx2.AsyncClient]:
    async with person(place) as made:
        yield made


async def asks(place: Place, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        return (await http.post(f"{place.url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)).status_code


bad_redirects = [
    "http://evil.example/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://user@app.example/callback",
    "https://app.example/callback#fragment",
    "https://*.app.example/callback",
    "//app.example/callback",
    "/callback",
    "https:///callback",
    "https://app.example/\r\nSet-Cookie: a=b",
    "https://app.example/call back",
    "https://app.example:99999/callback",
    "https://app.example\\@evil.example/",
    "http://127.0.0.1.evil.example/callback",
    "",
    "x" * 3000,
]


@pytest.mark.parametrize("uri", bad_redirects)
async def test_nobody_registers_an_address_that_a_browser_must_not_be_sent_to(uri: str, http: httpx2.AsyncClient) -> None:
    assert not registrable(uri)
    answer = await http.post("/oauth/register", json={"redirect_uris": [uri]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri", ["https://app.example/cb", "http://localhost:1/cb", "http://[::1]/cb", "cursor://a.b/cb", "com.example.app:/cb"]
)
def test_what_applications_really_use_is_taken(uri: str) -> None:
    assert registrable(uri)


@pytest.mark.parametrize(
    "asked",
    [
        "http://127.0.0.1:1/callback/../other", "http://127.0.0.1:1/callback?x=1", "http://127.0.0.1:1/callback/", "http://localhost:1/callback",
        "https://127.0.0.1:53682/callback", "http://127.0.0.1:1/callback#x", "http://a@127.0.0.1:1/callback", "http://127.0.0.1:x/callback",
    ],
)  # fmt: skip
def test_only_the_port_of_this_machine_may_differ(asked: str) -> None:
    assert not sends_to([back], asked)
    assert sends_to([back], back.replace("53682", "1"))
    assert not sends_to(["https://app.example:1/cb"], "https://app.example:2/cb")


async def test_an_unregistered_address_is_never_gone_to_whatever_is_said(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    client = await registered(http)
    for asked in (
        request(place, client, redirect_uri="https://evil.example/"),
        request(place, "app_" + "x" * 43),
        request(place, "nonsense"),
    ):
        page = await http.get(address(asked), follow_redirects=False)
        assert page.status_code == 200, "the page is the same for everybody"
        assert "location" not in page.headers
        assert "evil" not in page.text
        for answer in (
            await browser.get("/api/grants/asked", params=asked),
            await browser.post("/api/grants", json={"request": asked, "decision": "refuse"}),
            await browser.post("/api/grants", json={"request": asked, "decision": "allow", "scopes": ["runs:read"]}),
        ):
            assert answer.status_code == 400, answer.text
            assert "url" not in answer.json()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
async def test_a_wrong_request_gets_no_code_and_the_application_is_told_once_the_person_says_so(
    wrong: dict[str, str | None], code: str, place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    asked = request(place, await registered(http), **wrong)
    sought = (await browser.get("/api/grants/asked", params=asked)).json()
    assert sought["refused"]
    tried = await browser.post("/api/grants", json={"request": asked, "decision": "allow", "scopes": ["runs:read"]})
    assert tried.status_code in (400, 422)
    told = await browser.post("/api/grants", json={"request": asked, "decision": "refuse"})
    assert httpx2.URL(told.json()["url"]).params["error"] == code
    assert "code" not in httpx2.URL(told.json()["url"]).params


async def test_consent_is_given_by_a_person_from_our_own_page_alone(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    body = {"request": request(place, await registered(http)), "decision": "allow", "scopes": ["runs:read"]}
    cookie = browser.headers["cookie"]
    for headers in (
        {"Cookie": cookie, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Cookie": cookie, "Origin": "null"},
        {"Cookie": cookie, "Sec-Fetch-Site": "same-site"},
        {"Cookie": cookie},
        {"Authorization": f"Bearer {place.api.keys['owner']}"},
    ):
        answer = await http.post("/api/grants", json=body, headers=headers)
        assert answer.status_code == 403, (headers, answer.text)
    assert (await http.post("/api/grants", json=body)).status_code == 401
    for scopes in ([], ["runs:read", "everything"], ["owner"]):
        assert (await browser.post("/api/grants", json=body | {"scopes": scopes})).status_code == 422


async def test_the_page_cannot_be_framed_and_loads_nothing_of_others(http: httpx2.AsyncClient) -> None:
    for path in ("/oauth/authorize?client_id=x", "/oauth/consent.js", "/oauth/consent.css"):
        answer = await http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_code_is_good_once_for_who_asked_and_coming_again_ends_everything(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    client, stranger = await registered(http), await registered(http)
    came = await allowed(browser, request(place, client))
    tokens = (await exchanged(http, client, came["code"])).json()
    assert await asks(place, tokens["access_token"]) == 200
    again = await exchanged(http, client, came["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await asks(place, tokens["access_token"]) == 401
    assert (await renewed(http, client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    for who, other in ((stranger, {}), (client, {"code_verifier": "w" * 64}), (client, {"redirect_uri": "http://127.0.0.1:1/other"})):
        came = await allowed(browser, request(place, client))
        assert (await exchanged(http, who, came["code"], **other)).json()["error"] == "invalid_grant"
        assert (await exchanged(http, client, came["code"])).json()["error"] == "invalid_grant", "whoever tried has used it up"
    came = await allowed(browser, request(place, client))
    wrong = await exchanged(http, client, came["code"], resource="https://elsewhere.example/mcp")
    assert wrong.json()["error"] == "invalid_target"


async def test_of_many_who_bring_a_code_or_a_refresh_token_at_once_one_is_answered(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    client = await registered(http)
    came = await allowed(browser, request(place, client))
    answers = await asyncio.gather(*(exchanged(http, client, came["code"]) for _ in range(8)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    tokens = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
    answers = await asyncio.gather(*(renewed(http, client, tokens["refresh_token"]) for _ in range(8)))
    [good] = [answer.json() for answer in answers if answer.status_code == 200]
    assert await asks(place, good["access_token"]) == 401, "the others were taken for thieves"


async def test_a_refresh_token_that_comes_again_ends_the_grant(place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient) -> None:
    client, stranger = await registered(http), await registered(http)
    first = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
    assert (await renewed(http, stranger, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await renewed(http, client, first["access_token"])).json()["error"] == "invalid_grant"
    assert (await renewed(http, client, first["refresh_token"], scope="runs:read everything")).json()["error"] == "invalid_scope"
    second = (await renewed(http, client, first["refresh_token"])).json()
    assert await asks(place, second["access_token"]) == 200
    assert (await renewed(http, client, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert await asks(place, second["access_token"]) == 401
    assert (await renewed(http, client, second["refresh_token"])).json()["error"] == "invalid_grant"
    ended = (await browser.get("/api/grants")).json()["grants"][0]
    assert "came twice" in ended["ended_because"]


async def test_what_an_application_holds_opens_nothing_but_mcp(place: Place, http: httpx2.AsyncClient) -> None:
    async with person(place, Role.owner) as browser:
        client = await registered(http)
        tokens = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
    assert await asks(place, tokens["access_token"]) == 200
    assert await asks(place, tokens["refresh_token"]) == 401
    for route in guarded:
        if route.path != "/mcp":
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            answer = await http.request(route.method, route.at("x"), headers=headers, content=b"{not json")
            assert answer.status_code == 401, route.name


async def test_what_has_run_out_is_good_no_more(place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient) -> None:
    client = await registered(http)
    tokens = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
    late = (await allowed(browser, request(place, client)))["code"]
    pool = place.api.house.database.pool
    await pool.execute("update oauth_tokens set expires_at = now() - interval '1 second'")
    await pool.execute("update oauth_grants set code_expires_at = now() - interval '1 second' where code_used_at is null")
    assert await asks(place, tokens["access_token"]) == 401
    assert (await renewed(http, client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await exchanged(http, client, late)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "metadata",
    [
        {}, {"redirect_uris": []}, {"redirect_uris": "https://a.example/"}, {"redirect_uris": [5]}, {"redirect_uris": ["https://a.example/"] * 11},
        {"redirect_uris": ["https://a.example/"], "grant_types": ["implicit"]},
        {"redirect_uris": ["https://a.example/"], "grant_types": "authorization_code"},
        {"redirect_uris": ["https://a.example/"], "response_types": ["token"]},
    ],
)  # fmt: skip
async def test_a_registration_that_cannot_be_served_is_refused(metadata: dict[str, object], http: httpx2.AsyncClient) -> None:
    answer = await http.post("/oauth/register", json=metadata)
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert answer.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


@pytest.mark.parametrize("name", ["\u202egnp.exe", "<b>x</b>\n", "", "x" * 101, 5, None])
async def test_a_name_that_would_mislead_is_not_shown(
    name: object, place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    client = await registered(http, client_name=name)
    shown = (await browser.get("/api/grants/asked", params=request(place, client))).json()["name"]
    assert shown in ("An application without a name", "<b>x</b>")
    assert "innerHTML" not in (await http.get("/oauth/consent.js")).text


@pytest.mark.parametrize(
    "given", [{}, {"grant_type": "password"}, {"grant_type": "authorization_code"}, {"grant_type": "refresh_token", "client_id": "x"}]
)
async def test_a_token_request_that_is_none_says_what_is_missing(given: dict[str, str], http: httpx2.AsyncClient) -> None:
    answer = await http.post("/oauth/token", data=given)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("unsupported_grant_type", "invalid_request")
    nul = await exchanged(http, "a\0b", "c\0d", code_verifier="\ud7ff" * 50)
    assert nul.json()["error"] == "invalid_grant"


async def test_nothing_secret_is_stored_or_logged(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient, log: io.StringIO
) -> None:
    client = await registered(http)
    code = (await allowed(browser, request(place, client)))["code"]
    tokens = (await exchanged(http, client, code)).json()
    assert await asks(place, tokens["access_token"]) == 200
    await exchanged(http, client, code)
    written = log.getvalue()
    pool = place.api.house.database.pool
    for table in ("oauth_clients", "oauth_grants", "oauth_tokens"):
        written += "".join(str(dict(row)) for row in await pool.fetch(f"select * from {table}"))
    answers = (await browser.get("/api/grants")).text + (await place.api.as_role("owner").get("/api/grants?everybody=true")).text
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert traces(f"x{secret}x", secret)
        assert traces(written + answers, secret) == []


async def test_who_fills_up_the_list_of_applications_keeps_nobody_who_is_used_from_working(
    place: Place, http: httpx2.AsyncClient, browser: httpx2.AsyncClient
) -> None:
    client = await registered(http)
    tokens = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
    pool: asyncpg.Pool[asyncpg.Record] = place.api.house.database.pool
    await pool.execute(
        "insert into oauth_clients (workspace, id, name, redirect_uris, renewable)"
        " select 1, 'app_' || n, 'x', '{https://a.example/}', true from generate_series(1, 5000) n"
    )
    assert (await http.post("/oauth/register", json={"redirect_uris": [back]})).status_code == 429
    assert (await renewed(http, client, tokens["refresh_token"])).status_code == 200
    await pool.execute("update oauth_clients set created_at = now() - interval '2 days' where id ~ '^app_[0-9]+$'")
    await pool.execute("delete from oauth_clients where id = 'app_1'")
    assert (await http.post("/oauth/register", json={"redirect_uris": [back]})).status_code == 201
    assert await pool.fetchval("select count(*) from oauth_clients where id ~ '^app_[0-9]+$'") == 0
