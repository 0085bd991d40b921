"""Threat 16, OAuth connect: state bound to the browser that began, PKCE, exact redirect, mix-up, tokens that come again, tokens that leak."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from tests.api.conftest import client_of, local
from tests.api.consenting import World, world
from tests.security.test_canary import traces


@pytest.fixture
async def there(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with world(dsn, tmp_path) as made:
        yield made


async def test_the_state_is_good_once_in_the_browser_that_began(there: World) -> None:
    browser, _ = await there.person()
    other, _ = await there.person(name="Eve")
    back = str(await there.consent(browser, "github"))
    for stranger in (client_of(there.api.app), other):
        assert (await stranger.get(back)).status_code == 401
    back = str(await there.consent(browser, "github"))
    stolen = httpx2.URL(back).copy_set_param("state", "st1_" + "x" * 43)
    assert (await browser.get(str(stolen))).status_code == 401
    assert (await browser.get(back)).status_code == 303
    again = await browser.get(back)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (401, "unauthenticated")
    assert len((await browser.get("/api/connections")).json()["connections"]) == 1


async def test_a_state_that_a_stranger_brought_is_used_up(there: World) -> None:
    browser, _ = await there.person()
    back = str(await there.consent(browser, "github"))
    assert (await client_of(there.api.app).get(back)).status_code == 401
    assert (await browser.get(back)).status_code == 401
    assert [call for call in there.double.calls if call.endpoint == "token"] == []


async def test_an_answer_of_another_server_is_refused(there: World) -> None:
    browser, _ = await there.person()
    back = await there.consent(browser, "gmail")
    mixed = await browser.get(str(back.copy_set_param("iss", "https://evil.example")))
    assert (mixed.status_code, "another server" in mixed.json()["detail"]) == (401, True)


async def test_who_was_disabled_meanwhile_connects_nothing(there: World) -> None:
    browser, member = await there.person()
    back = str(await there.consent(browser, "github"))
    await there.api.house.services.members.disable(local(), member)
    assert (await browser.get(back)).status_code == 401


async def test_a_code_without_its_verifier_is_worth_nothing(there: World) -> None:
    """Who reads a code on its way (a log, a proxy) and brings it under a state of their own has another verifier."""
    ada, _ = await there.person()
    eve, _ = await there.person(name="Eve")
    stolen = (await there.consent(ada, "github")).params["code"]
    own = await there.consent(eve, "github")
    answer = await eve.get(str(own.copy_set_param("code", stolen)))
    assert answer.status_code == 502, answer.text
    assert (await eve.get("/api/connections")).json()["connections"] == []


async def test_another_sites_page_cannot_begin(there: World) -> None:
    """The session's cookie is Strict; a browser that sends none is nobody."""
    assert (await client_of(there.api.app).get("/api/oauth/github/authorize")).status_code == 401


async def test_the_answers_address_is_never_the_callers(there: World) -> None:
    ada, _ = await there.person()
    for name in ("redirect_uri", "return_to", "next"):
        back = await there.consent(ada, "github", **{name: "https://evil.example/"})
        assert str(back).startswith("http://127.0.0.1:8400/api/oauth/callback?")
        answer = await ada.get(str(back.copy_merge_params({name: "https://evil.example/"})))
        assert answer.headers["location"] == "/?connected=github"


async def test_tokens_are_in_no_log_no_answer_and_no_column(there: World, log: io.StringIO, dsn: str) -> None:
    ada, _ = await there.person()
    said: list[str] = []
    for integration in ("gmail", "slack", "github"):
        back = await there.consent(ada, integration)
        said.append((await ada.get(str(back))).text)
    owner = there.api.as_role("owner")
    listed = (await owner.get("/api/connections")).json()["connections"]
    for each in listed:
        said += [(await owner.post(f"/api/connections/{each['id']}/test")).text, (await owner.get(f"/api/connections/{each['id']}")).text]
    there.double.revoke(there.double.grants[0])
    said += [(await owner.post(f"/api/connections/{each['id']}/test")).text for each in listed]
    link = await asyncpg.connect(dsn)
    said += [str(await link.fetch(f"select * from {table}")) for table in ("connections", "oauth_flows", "executions", "blobs")]
    await link.close()
    said += [(await owner.delete(f"/api/connections/{each['id']}")).text for each in listed]
    everything = "\n".join([*said, log.getvalue()])
    secrets = [*there.double.access, *there.double.refresh, *there.double.codes]
    assert len(secrets) >= 9
    for secret in secrets:
        assert traces(everything, secret) == []
    assert traces(log.getvalue(), "secret of the double: 50% + more/0123456789") == []
