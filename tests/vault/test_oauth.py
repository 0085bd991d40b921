"""Tokens of connections: renewed once, whoever asks; kept before they are used; and what happens when a vendor says no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tests.doubles.oauth import OAuthDouble, oauth_double
from tests.doubles.transit import transit_double
from tests.vault.connecting import Vault, auths, connect, expire, row, vault
from tests.vault.envelopes import envelope, first
from tests.vault.test_transit import master_of, token

from tenuto.core.errors import AuthRejected, EgressRefused, InvalidOutput, Misconfigured, Problem, Unavailable
from tenuto.store.database import Database
from tenuto.vault.crypto import Keyring, Place, Sealed
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.keys.master import LocalMaster, Masters


@pytest.fixture
async def double() -> AsyncGenerator[OAuthDouble]:
    async with oauth_double() as running:
        yield running


@pytest.fixture
async def one(double: OAuthDouble, database: Database) -> AsyncGenerator[Vault]:
    async with vault(double, database) as made:
        yield made


@pytest.mark.parametrize("vendor", auths)
async def test_each_vendors_tokens_are_renewed_in_its_own_way(vendor: str, double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, vendor, left=-1)
    former = await row(one.database, made.id)
    for generation in (2, 3):
        token = await one.token(vendor)
        assert double.alive(token)
        now = await row(one.database, made.id)
        assert (now["generation"], now["attention"], now["refreshable"]) == (generation, None, True)
        assert now["sealed"] != former["sealed"]
        await expire(one.database, made.id)
    assert (double.refreshes[vendor], double.reuses[vendor]) == (2, 0)


async def test_a_token_that_is_good_is_used_as_it_is(double: OAuthDouble, one: Vault) -> None:
    await connect(double, one.database, "linear")
    assert double.alive(await one.token("linear"))
    assert double.calls == []


async def test_fifty_who_ask_at_once_in_three_processes_renew_once(double: OAuthDouble, database: Database, dsn: str) -> None:
    made = await connect(double, database, "linear", left=-1)
    double.pace = 0.2
    others = [await Database.open(dsn) for _ in range(2)]
    async with vault(double, database) as one, vault(double, others[0]) as two, vault(double, others[1]) as three:
        for expiry in (1, 2, 3):
            tokens = await asyncio.gather(*(each.token("linear") for each in (one, two, three) * 17))
            assert len(set(tokens)) == 1
            assert double.alive(tokens[0])
            assert (double.refreshes["linear"], double.reuses["linear"]) == (expiry, 0)
            await expire(database, made.id)
    for other in others:
        await other.close()


async def test_who_is_cancelled_does_not_lose_what_the_vendor_gave(double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "linear", left=-1)
    double.pace = 0.3
    asking = asyncio.create_task(one.token("linear"))
    async with asyncio.timeout(60):
        while not double.calls:
            await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert double.alive(await one.token("linear"))
    assert ((await row(one.database, made.id))["generation"], double.refreshes["linear"], double.reuses["linear"]) == (2, 1, 0)


async def test_no_refresh_token_is_spent_while_new_tokens_cannot_be_sealed(double: OAuthDouble, database: Database) -> None:
    """Tokens that were sealed before there were envelopes open without Vault; what comes in their place could not be written down."""
    made, keyring = await connect(double, database, "linear", left=-1), Keyring([first])
    place = Place(1, "connections", str(made.id))
    plain = await envelope(database).open(Sealed((await row(database, made.id))["sealed"]), place)
    await database.pool.execute("update connections set sealed = $2 where id = $1", made.id, keyring.seal(plain, place).data)
    await database.pool.execute("delete from data_keys")
    async with transit_double() as keeper, master_of(keeper) as master:
        keeper.allow(token, "tenuto")
        box = Envelope(database, Masters([master, LocalMaster(keyring)]), keyring)
        async with vault(double, database, box=box) as one:
            keeper.sealed = True
            with pytest.raises(Unavailable, match="sealed"):
                await one.token("linear")
            assert double.calls == []
            assert (await row(database, made.id))["attention"] is None
            keeper.sealed = False
            assert double.alive(await one.token("linear"))
    assert (double.refreshes["linear"], double.reuses["linear"]) == (1, 0)
    now = await row(database, made.id)
    assert now["key_id"] == Sealed(now["sealed"]).key != keyring.current


async def test_a_dead_refresh_token_marks_the_connection_and_is_not_presented_again(double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "jira", left=-1)
    double.revoke(double.grants[0])
    for _ in range(3):
        with pytest.raises(AuthRejected) as caught:
            await one.token("jira")
        assert "again" in (caught.value.data.fix or "")
    assert "invalid_grant" in (await row(one.database, made.id))["attention"]
    assert len([call for call in double.calls if call.endpoint == "token"]) == 1
    assert await one.secrets.has(1, "jira", "ada", None), "a broken connection is not a missing one: nothing is simulated"


@pytest.mark.parametrize("vendor", ["github", "slack"])
async def test_a_refusal_with_status_200_is_one(vendor: str, double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, vendor, left=-1)
    double.revoke(double.grants[0])
    with pytest.raises(AuthRejected):
        await one.token(vendor)
    assert "invalid_refresh_token" in (await row(one.database, made.id))["attention"] or vendor == "github"


async def test_a_lost_answer_is_asked_for_again(double: OAuthDouble, one: Vault) -> None:
    await connect(double, one.database, "hubspot", left=-1)
    double.fail("hubspot", "token", "drop_after")
    assert double.alive(await one.token("hubspot"))
    made = await connect(double, one.database, "linear", left=-1)
    double.fail("linear", "token", "drop_after")
    with pytest.raises(AuthRejected):  # it rotated and forgives nothing: the grant is over, and that is said
        await one.token("linear")
    assert (await row(one.database, made.id))["attention"]


@pytest.mark.parametrize("fault", ["html", "truncated", "server_error", "rate_limited", "drop_before"])
async def test_what_passes_is_no_reason_to_give_up(fault: Any, double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "hubspot", left=120)
    former = await one.token("hubspot")
    await expire(one.database, made.id, 120)
    double.fail("hubspot", "token", fault, times=2)
    assert await one.token("hubspot") in {former, *double.access}
    double.faults.clear()
    await expire(one.database, made.id)
    double.fail("hubspot", "token", fault, times=2)
    with pytest.raises(Problem):
        await one.token("hubspot")
    double.faults.clear()
    assert double.alive(await one.token("hubspot"))
    assert (await row(one.database, made.id))["attention"] is None


async def test_early_it_is_renewed_and_a_failure_then_leaves_the_token_that_is_good(double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "linear", left=60)
    double.fail("linear", "token", "server_error")
    former = await one.token("linear")
    assert (double.alive(former), (await row(one.database, made.id))["generation"]) == (True, 1)
    assert await one.token("linear") != former


async def test_a_token_that_is_refused_is_renewed_and_the_request_sent_once_more(double: OAuthDouble, one: Vault) -> None:
    await connect(double, one.database, "salesforce")
    double.access[await one.token("salesforce")].dead = True
    answers = await asyncio.gather(*(one.ask("salesforce") for _ in range(10)))
    assert [answer.status for answer in answers] == [200] * 10
    assert (double.refreshes["salesforce"], double.reuses["salesforce"]) == (1, 0)


async def test_a_grant_that_was_revoked_is_said_at_the_first_request(double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "salesforce")
    double.revoke(double.grants[0])
    with pytest.raises(AuthRejected):
        await one.ask("salesforce")
    assert (await row(one.database, made.id))["attention"]


async def test_without_a_refresh_token_the_end_is_the_end(double: OAuthDouble, one: Vault) -> None:
    double.change("linear", refresh="never")
    made = await connect(double, one.database, "linear", left=60)
    assert double.alive(await one.token("linear"))
    await expire(one.database, made.id)
    with pytest.raises(AuthRejected, match="no refresh token"):
        await one.token("linear")
    double.access[double.grants[0].access[0]].dead = True
    await expire(one.database, made.id, 600)
    assert (await one.ask("linear")).status == 401


async def test_our_own_wrong_secret_is_our_fault_and_marks_nothing(double: OAuthDouble, database: Database) -> None:
    made = await connect(double, database, "jira", left=-1)
    async with vault(double, database, secret="wrong") as wrong:
        with pytest.raises(Misconfigured, match="our OAuth app"):
            await wrong.token("jira")
    assert (await row(database, made.id))["attention"] is None
    async with vault(double, database) as right:
        assert double.alive(await right.token("jira"))


async def test_whose_connection_is_used(double: OAuthDouble, one: Vault) -> None:
    database = one.database
    shared = await connect(double, database, "linear", user=None, shared=("*",))
    own = await connect(double, database, "linear")
    work = await connect(double, database, "linear", user="bob", name="work", shared=("ada",))
    secret = await connect(double, database, "linear", user="bob", name="secret")
    asked = [("ada", None, own), ("bob", "work", work), ("ada", "work", work), ("eve", None, shared), (None, None, shared)]
    for user, name, wanted in asked:
        found = await one.secrets.find(1, "linear", user, name)
        assert found is not None
        assert found.origin is not None
        assert found.origin[1] == wanted.id, (user, name)
    for user, name in (("ada", "secret"), (None, "work"), ("eve", "work"), ("*", "secret")):
        assert await one.secrets.find(1, "linear", user, name) is None, (user, name)
    assert await one.secrets.find(2, "linear", "ada", None) is None
    assert secret.shared_with == ()


async def test_somebody_elses_account_is_never_the_default(double: OAuthDouble, one: Vault) -> None:
    """Whoever shares an account that happens to be called default gets no work of runs that name none."""
    await connect(double, one.database, "linear", user="bob", name="default", shared=("*",))
    assert await one.secrets.find(1, "linear", "ada", None) is None
    assert await one.secrets.find(1, "linear", None, None) is None
    assert await one.secrets.find(1, "linear", "ada", "default") is not None
    assert await one.secrets.find(1, "linear", "bob", None) is not None


async def test_the_token_goes_to_no_other_host_than_its_server(double: OAuthDouble, database: Database) -> None:
    await connect(double, database, "linear", left=-1)
    async with vault(double, database) as one:
        double.url = double.url.replace("127.0.0.1", "example.com")  # no TLS there, and not the operator's network
        async with vault(double, database) as astray:
            with pytest.raises((EgressRefused, InvalidOutput, Problem)):
                await astray.token("linear")
        assert not double.calls
        double.url = double.url.replace("example.com", "127.0.0.1")
        assert double.alive(await one.token("linear"))
