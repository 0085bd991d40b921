"""Threat 15, account flows: links are good once and for a while, stand in no answer, tell nobody who exists, and are guessed slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api, local, origin
from tests.security.surface import guarded
from tests.security.test_canary import dump, traces

from tenuto.core.access import Role

unknown = "0198c5a0-0000-7000-8000-000000000000"


@pytest.fixture
async def browser(api: Api) -> AsyncGenerator[httpx2.AsyncClient]:
    async with api.client(Origin=origin) as client:
        yield client


async def member(api: Api, role: Role = Role.editor) -> UUID:
    return (await api.house.services.members.add(local(), "Ada", role, f"ada-{role.value}@example.com")).id


async def link(api: Api, id: UUID) -> str:
    return (await api.house.services.sign_in.link(local(), id)).get_secret_value()


async def redeem(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/api/auth/sign-in", json={"token": token})


async def test_of_many_who_use_a_link_at_once_one_is_let_in(api: Api, browser: httpx2.AsyncClient) -> None:
    token = await link(api, await member(api))
    answers = await asyncio.gather(*(redeem(browser, token) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 11
    assert sum("set-cookie" in answer.headers for answer in answers) == 1


async def test_nobody_learns_from_a_refusal_what_there_is(api: Api, browser: httpx2.AsyncClient, dsn: str) -> None:
    """Unknown, used, too old, of a member who left, of the wrong form: one answer, to the byte."""
    used, old, left = [await link(api, await member(api, role)) for role in (Role.editor, Role.operator, Role.viewer)]
    assert (await redeem(browser, used)).status_code == 200
    kept = await asyncpg.connect(dsn)
    try:
        gone = await kept.fetchval("select id from members where email = 'ada-viewer@example.com'")
        assert (await api.as_role("owner").delete(f"/api/members/{gone}")).status_code == 200
        operator = await kept.fetchval("select id from members where email = 'ada-operator@example.com'")
        await kept.execute("update sign_in_links set expires_at = now() - interval '1 second' where member = $1", operator)
    finally:
        await kept.close()
    answers = [await redeem(browser, token) for token in (used, old, left, "tnl_unknown", "x", f"{old}x", old[:-1], "é", "tns_" + old[4:])]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


async def test_who_left_is_out_at_once_and_their_links_with_them(api: Api, browser: httpx2.AsyncClient) -> None:
    leaver = await member(api)
    token = await link(api, leaver)
    cookie = (await redeem(browser, token)).cookies["tenuto"]
    second = await link(api, leaver)
    there = api.client(Cookie=f"tenuto={cookie}")
    assert (await there.get("/api/auth/me")).status_code == 200
    await api.as_role("owner").delete(f"/api/members/{leaver}")
    assert (await there.get("/api/auth/me")).status_code == 401
    assert (await redeem(browser, second)).status_code == 401
    with pytest.raises(Exception, match="no member"):
        await link(api, leaver)


async def test_no_answer_holds_what_lets_somebody_in(api: Api, browser: httpx2.AsyncClient, dsn: str) -> None:
    """Every route that reads, as the owner, after links, sessions and keys were made: none has one, and neither has the database."""
    owner = api.as_role("owner")
    added = await owner.post("/api/members", json={"name": "Grace", "email": "grace@example.com", "role": "viewer"})
    assert "tnl_" not in added.text
    token = await link(api, await member(api))
    waiting = await link(api, UUID(added.json()["member"]["id"]))
    cookie = (await redeem(browser, token)).cookies["tenuto"]
    key = (await owner.post("/api/keys", json={"name": "ci", "role": "viewer"})).json()["value"]
    heard = added.text
    for route in guarded:
        if route.method != "GET" or "monitor" in route.path:
            continue
        for client in (owner, api.client(Cookie=f"tenuto={cookie}")):
            answer = await client.get(route.at(unknown))
            heard += answer.text + str(answer.headers)
    assert "Grace" in heard, "else this looks at nothing"
    for secret in (token, waiting, cookie, key):
        assert len(secret) > 30
        assert traces(heard + await dump(dsn), secret) == []


async def test_a_link_is_for_who_it_was_made_for(api: Api, browser: httpx2.AsyncClient) -> None:
    """What comes beside the token, a name, a role, another's id, changes nobody."""
    token = await link(api, await member(api, Role.viewer))
    refused = await browser.post("/api/auth/sign-in", json={"token": token, "role": "owner"})
    assert refused.status_code == 422
    answer = await browser.post("/api/auth/sign-in", json={"token": token, "name": "Somebody else"})
    assert (answer.json()["role"], answer.json()["name"]) == ("viewer", "Ada")


async def test_a_link_is_no_session_and_a_session_no_link(api: Api, browser: httpx2.AsyncClient) -> None:
    token = await link(api, await member(api))
    for headers in ({"Cookie": f"tenuto={token}"}, {"Authorization": f"Bearer {token}"}):
        assert (await api.client(**headers).get("/api/auth/me")).status_code == 401
    cookie = (await redeem(browser, token)).cookies["tenuto"]
    assert (await api.client(Authorization=f"Bearer {cookie}").get("/api/auth/me")).status_code == 401
    assert (await redeem(browser, cookie)).status_code == 401


async def test_nobody_is_let_in_by_looking(api: Api) -> None:
    """A link that a mail scanner follows is used up where GET uses it; ours stands behind the `#`, and only POST does anything."""
    token = await link(api, await member(api))
    client = api.client(Accept="text/html")
    for path in (f"/sign-in?token={token}", f"/sign-in/{token}", f"/api/auth/sign-in?token={token}"):
        answer = await client.get(path)
        assert "set-cookie" not in answer.headers
        assert token not in answer.text
    assert (await redeem(api.client(Origin=origin), token)).status_code == 200


async def test_guessing_is_slow_and_a_right_guess_among_wrong_ones_no_faster(api: Api) -> None:
    token = await link(api, await member(api))
    client = api.client(Origin=origin)
    answers = [await redeem(client, f"tnl_{n:043d}") for n in range(40)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429] * 10
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await redeem(client, token)).status_code == 429
    assert (await api.as_role("owner").get("/api/auth/me")).status_code == 200, "and nothing else is closed"
