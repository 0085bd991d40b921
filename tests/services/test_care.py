"""Accounts are kept alive in the background: renewed once before anybody asks, put off while a vendor is away, and told when they broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.doubles.oauth import OAuthDouble, oauth_double
from tests.vault.connecting import Vault, connect, expire, row, vault

from tenuto.core.connection import Connection
from tenuto.services.connections.care import Care
from tenuto.services.connections.dependents import Workflow
from tenuto.store.database import Database


class Hanging:
    """One workflow hangs on everything."""

    async def of(self, workspace: int, connections: Sequence[Connection]) -> Mapping[UUID, Sequence[Workflow]]:
        return {each.id: [Workflow("nightly", "Nightly")] for each in connections}


@pytest.fixture
async def double() -> AsyncGenerator[OAuthDouble]:
    async with oauth_double() as made:
        yield made


@pytest.fixture
async def one(double: OAuthDouble, database: Database) -> AsyncGenerator[Vault]:
    async with vault(double, database) as made:
        yield made


def care(one: Vault) -> Care:
    return Care(one.database, one.renewal, Hanging())


async def test_what_ends_soon_is_renewed_and_the_rest_is_left_alone(double: OAuthDouble, one: Vault) -> None:
    soon = await connect(double, one.database, "gmail", left=200)
    ended = await connect(double, one.database, "github", left=-90_000)
    short = await connect(double, one.database, "hubspot", left=170)  # which lives half an hour: a tenth of it is 180 seconds
    later = await connect(double, one.database, "linear", left=50_000)
    forever = await connect(double, one.database, "salesforce")
    await care(one).renew()
    await care(one).renew()
    found = [(await row(one.database, each.id))["generation"] for each in (soon, ended, short, later, forever)]
    assert found == [2, 2, 2, 1, 1]
    assert (double.refreshes["gmail"], double.refreshes["linear"]) == (1, 0)


async def test_two_processes_ask_once(double: OAuthDouble, one: Vault) -> None:
    await connect(double, one.database, "github", left=-1)
    double.pace = 0.3
    async with vault(double, one.database) as other:
        await asyncio.gather(care(one).renew(), care(other).renew())
    assert (double.refreshes["github"], double.reuses["github"]) == (1, 0)


async def test_a_vendor_that_is_away_is_put_off_and_keeps_nobody_else_waiting(double: OAuthDouble, one: Vault) -> None:
    first = await connect(double, one.database, "github", left=-2)
    await connect(double, one.database, "github", left=-1, user="bob")
    other = await connect(double, one.database, "gmail", left=0)
    double.fail("github", "token", "server_error", times=50)
    rounds = care(one)
    await rounds.renew()
    asked = [call for call in double.calls if call.vendor == "github"]
    assert len(asked) == 1, "the second account of a vendor that is away waits for the next round"
    assert (await row(one.database, other.id))["generation"] == 2
    await rounds.renew()
    await rounds.renew()
    assert len([call for call in double.calls if call.vendor == "github"]) == 2, "and the first for a minute"
    assert (await row(one.database, first.id))["attention"] is None


async def test_what_broke_is_told_once_with_the_workflows(double: OAuthDouble, one: Vault) -> None:
    made = await connect(double, one.database, "github", left=-1)
    double.revoke(double.grants[-1])
    rounds = care(one)
    with capture_logs() as logs:
        for _ in range(3):
            await rounds.renew()
            await rounds.tell()
    (told,) = [each for each in logs if each["event"] == "connection.needs_attention"]
    assert (told["connection"], told["integration"], told["workflows"]) == (str(made.id), "github", ["nightly"])
    assert "bad_refresh_token" in told["reason"]
    assert len([call for call in double.calls if call.endpoint == "token"]) == 1, "a grant that is over is not asked for again"
    await connect(double, one.database, "github")
    double.revoke(double.grants[-1])
    await expire(one.database, made.id)
    with capture_logs() as logs:
        await rounds.renew()
        await rounds.tell()
    assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["connection.needs_attention"]
