"""Accounts that are connected by a key, a password, a client or an app: tried with the vendor, kept only if it accepts them, and used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from tests.services.accounts_world import Script, World, accounts_world, given, pem, reply, right
from tests.vault.connecting import owner

from tenuto.core.access import Principal, Role
from tenuto.core.account import Account
from tenuto.core.connection import Ticket
from tenuto.core.errors import (
    AuthRejected,
    ConnectionMissing,
    Forbidden,
    Invalid,
    InvalidOutput,
    Malformed,
    Problem,
    RateLimited,
    Unreachable,
    VendorFailed,
)
from tenuto.services.connections.adding import Given
from tenuto.services.connections.consents import Asked
from tenuto.services.connections.keeping import Kept
from tenuto.services.members import Members
from tenuto.store.database import Database
from tenuto.vault.oauth.tokens import Granted, Tokens
from tenuto.vault.tokens import Credential, credential_for

ways = ["basic", "api_key", "query_key", "client_credentials", "github_app"]
bought = ["client_credentials", "github_app"]


@pytest.fixture
async def world(database: Database) -> AsyncGenerator[World]:
    async with accounts_world(database) as made:
        yield made


@pytest.mark.parametrize("way", ways)
async def test_what_the_vendor_accepts_is_kept_and_used(way: str, world: World) -> None:
    made = await world.connections.connect(owner, given(way))
    assert (made.way, made.status, made.renewable) == (way, "valid", way in bought)
    fields = {"installation_id": "7", "cloud_id": "c1"} if way == "github_app" else {"site": "acme"}
    assert dict(made.fields) == fields
    assert made.account == {"github_app": "Acme", "client_credentials": None}.get(way, "ann")
    assert await world.look() == ("token 0" if way in bought else "ann")
    assert await world.connections.connect(owner, given(way, name="other")) != made
    assert world.vendor.server.seen[-1].headers["host"] == world.vendor.server.host
    assert (await world.connections.test(owner, made.id)).works is True
    stored = str([dict(row) for row in await world.database.pool.fetch("select * from connections")])
    assert [secret for secret in (right, *pem.splitlines()[1:3], *world.vendor.tokens) if secret in stored] == []


@pytest.mark.parametrize("way", ways)
async def test_what_it_refuses_is_said_and_nothing_is_kept(way: str, world: World) -> None:
    other = rsa.generate_private_key(65537, 2048)
    wrong = other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    bad = SecretStr(wrong if way == "github_app" else "wrong-secret-0123456789")
    with pytest.raises(Invalid, match="Desk does not accept this account") as refused:
        await world.connections.connect(owner, given(way, secret=bad))
    assert (refused.value.data.pointer, bool(refused.value.data.fix)) == ("/secret", True)
    assert bad.get_secret_value() not in refused.value.data.model_dump_json()
    assert await world.rows() == 0
    with pytest.raises(ConnectionMissing):
        await world.look()


async def test_a_wrong_one_does_not_take_the_place_of_the_right_one(world: World) -> None:
    made = await world.connections.connect(owner, given("api_key"))
    with pytest.raises(Invalid):
        await world.connections.connect(owner, given("api_key", secret=SecretStr("wrong-secret")))
    assert await world.look() == "ann"
    again = await world.connections.connect(owner, given("client_credentials"))
    assert (again.id, again.way, again.account) == (made.id, "client_credentials", None)
    assert again.base_url == "https://eu1.desk.example"
    back = await world.connections.connect(owner, given("basic"))
    assert (back.id, back.base_url, back.renewable, back.expires_at) == (made.id, None, False, None)


async def test_the_token_of_a_path_and_an_account_of_fields_alone(world: World) -> None:
    await world.connections.connect(owner, Given(integration="bot", name="default", secret=SecretStr(right), shared_with=("*",)))
    assert await world.look("bot") == "bot"
    with pytest.raises(Invalid, match="Bot does not accept"):
        await world.connections.connect(owner, Given(integration="bot", name="x", secret=SecretStr("110201543:wrong")))
    host = Given(integration="feeds", name="default", secret=SecretStr(""), fields={"host": "feeds.acme.example"}, shared_with=("*",))
    assert (await world.connections.connect(owner, host)).way == "none"
    assert (await world.look("feeds"), await world.look("open")) == ("anybody", "anybody")


broken: list[tuple[str, dict[str, Any], type[Problem], str]] = [
    ("api_key", {"fields": {}}, Invalid, "/fields/site"),
    ("api_key", {"fields": {"site": "acme", "more": "x"}}, Invalid, "/fields/more"),
    ("api_key", {"fields": {"site": "evil.example/"}}, Invalid, "/fields/site"),
    ("api_key", {"fields": {"site": "a.b"}}, Invalid, "/fields/site"),
    ("api_key", {"fields": {"cloud_id": "c1", "site": "acme"}}, Invalid, "/fields/cloud_id"),
    ("github_app", {"fields": {"installation_id": "7/../8"}}, Invalid, "/fields/installation_id"),
    ("api_key", {"way": "path_token"}, Invalid, "/way"),
    ("api_key", {"way": "none"}, Invalid, "/way"),
    ("api_key", {"secret": SecretStr("")}, Invalid, "/secret"),
    ("api_key", {"secret": SecretStr("a\r\nb: c")}, Malformed, "/secret"),
    ("query_key", {"secret": SecretStr("a\nb")}, Malformed, "/secret"),
    ("basic", {"user": ""}, Invalid, "/user"),
    ("basic", {"user": "a:b"}, Invalid, "/user"),
    ("client_credentials", {"user": ""}, Invalid, "/user"),
    ("github_app", {"user": "a\nb"}, Invalid, "/user"),
    ("github_app", {"secret": SecretStr("no key")}, Invalid, "/secret"),
    ("github_app", {"secret": SecretStr(pem[:200])}, Invalid, "/secret"),
    ("github_app", {"fields": {"installation_id": "8"}}, Invalid, "/secret"),
    ("api_key", {"integration": "unknown", "way": None}, Invalid, "/integration"),
    ("api_key", {"integration": "open", "way": None, "fields": {}}, Invalid, "/integration"),
    ("api_key", {"integration": "feeds", "way": None, "fields": {"host": "a.example"}}, Invalid, "/secret"),
]


@pytest.mark.parametrize(("way", "change", "kind", "pointer"), broken)
async def test_what_cannot_be_an_account_is_said_with_its_place(
    way: str, change: dict[str, Any], kind: type[Problem], pointer: str, world: World
) -> None:
    with pytest.raises(kind) as caught:
        await world.connections.connect(owner, given(way, **change))
    assert caught.value.data.pointer == pointer
    assert right not in caught.value.data.model_dump_json()
    assert await world.rows() == 0


failing: list[tuple[Script, type[Problem]]] = [
    (reply(503, b"<html>down</html>", content_type="text/html"), VendorFailed),
    (reply(200, b"<html>hello</html>", content_type="text/html"), InvalidOutput),
    (reply(200, b'{"access_token": "a', content_type="application/json"), InvalidOutput),
    (reply(200, {"access_token": "a b", "token": "a\nb"}, content_type="application/json"), InvalidOutput),
    (reply(429, {"error": "slow down"}, retry_after="7"), RateLimited),
]


@pytest.mark.parametrize(("answer", "kind"), failing)
@pytest.mark.parametrize("way", bought)
async def test_a_token_server_that_fails_is_not_the_secrets_fault(way: str, answer: Script, kind: type[Problem], world: World) -> None:
    world.vendor.answer = answer
    with pytest.raises(kind):
        await world.connections.connect(owner, given(way))
    assert await world.rows() == 0


async def test_a_suspended_installation_and_a_used_up_limit_are_told_apart(world: World) -> None:
    world.vendor.answer = reply(403, {"message": "This installation has been suspended"})
    with pytest.raises(Invalid, match="suspended"):
        await world.connections.connect(owner, given("github_app"))
    world.vendor.answer = reply(403, {"message": "rate limit"}, x_ratelimit_remaining="0", retry_after="9")
    with pytest.raises(RateLimited) as limited:
        await world.connections.connect(owner, given("github_app"))
    assert limited.value.data.retry_after == 9


@pytest.mark.parametrize("way", bought)
async def test_a_token_is_bought_once_for_all_who_ask_and_again_before_it_ends(way: str, world: World) -> None:
    made = await world.connections.connect(owner, given(way))
    assert await asyncio.gather(*(world.look() for _ in range(5))) == ["token 0"] * 5
    await world.database.pool.execute("update connections set expires_at = clock_timestamp() + $1", timedelta(seconds=2))
    assert await asyncio.gather(*(world.look() for _ in range(20))) == ["token 1"] * 20
    world.vendor.dead.add(world.vendor.tokens[1])
    assert await asyncio.gather(*(world.look() for _ in range(20))) == ["token 2"] * 20, "one that is refused is bought again"
    assert len(world.vendor.tokens) == 3
    found = await world.secrets.find(1, "desk", None, None)
    assert found is not None
    assert found.secret.get_secret_value() == world.vendor.tokens[2], "what buys tokens never goes to an API"
    assert (await world.connections.get(owner, made.id)).connection.status == "valid"


@pytest.mark.parametrize("way", bought)
async def test_what_buys_no_more_tokens_needs_attention(way: str, world: World) -> None:
    made = await world.connections.connect(owner, given(way))
    world.vendor.answer = reply(401, {"error": "invalid_client"}, content_type="application/json")
    await world.database.pool.execute("update connections set expires_at = clock_timestamp() - interval '1 second'")
    with pytest.raises(AuthRejected):
        await world.look()
    shown = (await world.connections.get(owner, made.id)).connection
    assert (shown.status, "accept" in (shown.reason or "") or "private key" in (shown.reason or "")) == ("needs_attention", True)
    assert (await world.connections.test(owner, made.id)).works is False


async def test_a_client_whose_vendor_names_no_lifetime_is_asked_when_it_is_refused(world: World) -> None:
    world.vendor.lifetime = None
    await world.connections.connect(owner, given("client_credentials"))
    world.vendor.dead.add(world.vendor.tokens[0])
    assert await world.look() == "token 1"


async def test_an_address_that_comes_with_a_token_is_one_of_the_vendors(database: Database, world: World) -> None:
    made = await world.connections.connect(owner, given("client_credentials"))
    account = await world.accounts.account(Ticket(workspace=1, integration="desk"))
    assert account == Account(
        id=made.id, name="default", way="client_credentials", fields={"site": "acme"}, base_url="https://eu1.desk.example"
    )


async def test_for_whom_an_account_speaks_is_asked_of_the_vendor(world: World) -> None:
    world.vendor.sites = [{"id": "c1", "name": "Acme"}, {"id": "c2", "name": "Zeta"}]
    with pytest.raises(Invalid, match="several") as several:
        await world.connections.connect(owner, given("github_app"))
    assert (several.value.data.pointer, several.value.data.fix) == ("/tenant", "Say as tenant which is meant: Acme, Zeta.")
    for tenant in ("Zeta", "c2"):
        made = await world.connections.connect(owner, given("github_app", tenant=tenant))
        assert (made.fields["cloud_id"], made.account) == ("c2", "Zeta")
    with pytest.raises(Invalid, match="does not speak for 'Beta'"):
        await world.connections.connect(owner, given("github_app", tenant="Beta"))
    world.vendor.sites = []
    with pytest.raises(Invalid, match="nobody"):
        await world.connections.connect(owner, given("github_app", name="other"))


async def test_who_consents_says_what_stands_in_the_addresses_first(world: World) -> None:
    member = await Members(world.database, changed=lambda: None).add(owner, "Ada", Role.editor)
    ada = Principal(1, "member", member.id, "Ada", Role.editor)
    browser = SecretStr("b" * 43)
    for fields, pointer in (
        ({}, "/fields/site"),
        ({"site": "a/b"}, "/fields/site"),
        ({"site": "acme", "cloud_id": "c2"}, "/fields/cloud_id"),
    ):
        with pytest.raises(Invalid) as wrong:
            await world.consents.ask(ada, Asked("desk", fields=fields), browser)
        assert wrong.value.data.pointer == pointer
    world.vendor.sites = [{"id": "c1", "name": "Acme"}, {"id": "c2", "name": "Zeta"}]
    url = await world.consents.ask(ada, Asked("desk", fields={"site": "acme"}, tenant="Zeta"), browser)
    assert url.startswith(world.vendor.server.url + "/authorize?")
    state = parse_qs(urlsplit(url).query)["state"][0]
    made = await world.consents.finish(state, browser.get_secret_value(), {"code": "c"})
    assert (made.way, dict(made.fields), made.account) == ("oauth2", {"site": "acme", "cloud_id": "c2"}, "Zeta")
    assert await world.look(user=str(member.id)) == "token 0"


async def test_who_may_not_keeps_nothing_and_no_vendor_is_asked(world: World) -> None:
    viewer = Principal(1, "member", uuid4(), "Eve", Role.viewer)
    editor = Principal(1, "member", uuid4(), "Ada", Role.editor)
    for who, change in ((viewer, {}), (editor, {"user_id": "somebody"})):
        with pytest.raises(Forbidden):
            await world.connections.connect(who, given("api_key", **change))
    with pytest.raises(Invalid):
        await world.connections.connect(owner, given("api_key", name="*"))
    assert world.vendor.server.seen == []


async def test_another_workspace_has_nobody_connected(world: World) -> None:
    await world.connections.connect(owner, given("api_key"))
    with pytest.raises(ConnectionMissing):
        await world.accounts.account(Ticket(workspace=2, integration="desk"))


async def test_a_secret_goes_only_where_its_own_account_is(world: World) -> None:
    """Between finding the account and finding the secret somebody may connect another one."""
    made = await world.connections.connect(owner, given("api_key"))
    ticket = Ticket(workspace=1, integration="desk", connection_id=made.id)
    assert isinstance(await credential_for(world.secrets, ticket), Credential)
    with pytest.raises(Unreachable):
        await credential_for(world.secrets, replace(ticket, connection_id=uuid4()))


async def test_a_way_that_the_connector_no_longer_has_is_said(world: World) -> None:
    await world.connections.connect(owner, given("api_key"))
    await world.database.pool.execute("update connections set way = 'path_token'")
    with pytest.raises(AuthRejected, match="no longer has"):
        await world.look()


async def test_a_token_that_is_brought_is_one_of_the_consent(world: World) -> None:
    kept = Kept(integration="desk", name="ada", user_id="ada", granted=Granted(tokens=Tokens(access=SecretStr("brought"))))
    assert (await world.connections.put(owner, kept)).way == "oauth2"
    assert (await world.connections.put(owner, replace(kept, integration="bot"))).way is None
    assert (await world.connections.put(owner, replace(kept, integration="unknown"))).way is None
