"""Where requests go: the account is asked for only where it matters, and its secret goes only where its own address is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import Field

from tenuto.core.account import Account, AccountField
from tenuto.core.auth import ApiKey, Basic, NoAuth, OAuth2, PathToken
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Answer, Connector, Outbound, Params, Request, Result
from tenuto.core.errors import AuthRejected, ConnectionMissing, EgressRefused, Invalid, Misconfigured, Problem
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.bases import Bases
from tenuto.engine.ports import Ticket

mine = UUID(int=7)
asked_for = Ticket(workspace=3, user_id="u", connection="mine", allow=("desk.example",))
site = AccountField(name="site", description="The name before .desk.example.", example="acme")
consent = OAuth2(authorize_url="https://auth.desk.example/authorize", token_url="https://auth.desk.example/token")
plain = Connector(key="plain", name="Plain", base_url="https://API.plain.example/v1", auth=ApiKey(), hosts=("files.plain.example",))
desk = Connector(
    key="desk",
    name="Desk",
    base_url="https://{site}.desk.example/api",
    auth=consent,
    also=(Basic(base_url="https://{site}.desk.example/basic"),),
    fields=(site,),
    hosts=("files.desk.example",),
)


class Thing(Params):
    name: str = Field(description="Name.", examples=["bolt"])


class Found(Result):
    id: int


@desk.action(effect="read")
def find(params: Thing) -> Request[Found]:
    """Find a thing."""
    return Request(result=Found, method="GET", path="/things/{name}")


class Connected:
    """One account for everybody, and what was asked."""

    def __init__(self, account: Account | Problem) -> None:
        self._account = account
        self.asked: list[Ticket] = []

    async def account(self, ticket: Ticket) -> Account:
        self.asked.append(ticket)
        if isinstance(self._account, Problem):
            raise self._account
        return self._account


class Recording:
    """A sender that answers the same to everything."""

    def __init__(self) -> None:
        self.seen: list[tuple[Outbound, Ticket]] = []

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        self.seen.append((request, ticket))
        return Answer(status=200, headers={}, body=b'{"id": 7}')

    def stream(self, request: Outbound, ticket: Ticket) -> AsyncIterator[bytes | Answer]:
        raise NotImplementedError


acme = Account(id=mine, name="mine", way="oauth2", fields={"site": "Acme"})


async def test_a_fixed_base_url_asks_for_no_account() -> None:
    accounts = Connected(acme)
    url, ticket = await Bases({}, accounts).of(plain, asked_for)
    assert url == "https://API.plain.example/v1"
    assert ticket == replace(asked_for, integration="plain", hosts=("api.plain.example", "files.plain.example"))
    assert accounts.asked == []


async def test_a_way_that_is_the_only_one_has_its_own_base_without_any_account() -> None:
    own = replace(plain, auth=ApiKey(base_url="https://own.plain.example"))
    url, ticket = await Bases({}, None).of(own, asked_for)
    assert (url, ticket.hosts) == ("https://own.plain.example", ("own.plain.example", "files.plain.example"))


async def test_the_token_of_a_path_is_left_to_the_vault() -> None:
    bot = replace(plain, auth=PathToken(), base_url="https://api.bot.example/bot{token}")
    accounts = Connected(acme)
    for bases in (Bases({}, accounts), Bases({"plain": "https://api.bot.example/bot{token}"}, accounts)):
        assert (await bases.of(bot, asked_for)).url == "https://api.bot.example/bot{token}"
    assert accounts.asked == []


async def test_the_account_says_where_to_and_its_secret_alone_goes_there() -> None:
    accounts = Connected(acme)
    url, ticket = await Bases({}, accounts).of(desk, asked_for)
    assert url == "https://Acme.desk.example/api"
    assert ticket == replace(asked_for, integration="desk", connection_id=mine, hosts=("acme.desk.example", "files.desk.example"))
    assert accounts.asked == [replace(asked_for, integration="desk")]
    url, ticket = await Bases({}, Connected(replace(acme, way="basic"))).of(desk, asked_for)
    assert url == "https://Acme.desk.example/basic"


async def test_the_operators_base_url_stands_above_the_accounts() -> None:
    accounts = Connected(acme)
    url, ticket = await Bases({"desk": "http://user@Desk.internal:8443/api"}, accounts).of(desk, asked_for)
    assert url == "http://user@Desk.internal:8443/api"
    assert (ticket.hosts, ticket.connection_id, accounts.asked) == (("desk.internal:8443",), None, [])
    url, ticket = await Bases({"desk": "http://desk.internal:8443/{site}"}, accounts).of(desk, asked_for)
    assert url == "http://desk.internal:8443/Acme"
    assert (ticket.hosts, ticket.connection_id) == (("desk.internal:8443",), mine)


async def test_where_nobody_is_connected_that_is_said() -> None:
    with pytest.raises(ConnectionMissing) as missing:
        await Bases({}, None).of(desk, asked_for)
    assert missing.value.data.fix == "Connect an account for desk."
    with pytest.raises(ConnectionMissing, match="none here"):
        await Bases({}, Connected(ConnectionMissing("There is none here."))).of(desk, asked_for)


async def test_a_connector_without_sign_in_may_still_be_the_customers_own() -> None:
    host = AccountField(name="host", description="Its host.", example="feeds.acme.example")
    feeds = Connector(key="feeds", name="Feeds", base_url="https://{host}/feeds", auth=NoAuth(), fields=(host,))
    account = Account(id=mine, name="mine", way="none", fields={"host": "feeds.acme.example"})
    url, ticket = await Bases({}, Connected(account)).of(feeds, asked_for)
    assert (url, ticket.hosts) == ("https://feeds.acme.example/feeds", ("feeds.acme.example",))


async def perform(sender: Recording, accounts: Connected | None, params: JsonObject) -> object:
    actor = Actor(Catalog(kinds={}, connectors={"desk": desk}, providers={}), sender, accounts=accounts)
    return await actor.perform(
        Errand(connector="desk", action="find", params=params, ticket=asked_for, key="run:node:1", now=datetime.now(UTC))
    )


async def test_an_action_goes_to_the_accounts_own_address() -> None:
    sender = Recording()
    assert await perform(sender, Connected(acme), {"name": "{site}/x"}) == {"id": 7}
    request, ticket = sender.seen[0]
    assert request.url == "https://Acme.desk.example/api/things/%7Bsite%7D%2Fx"
    assert (ticket.integration, ticket.connection_id) == ("desk", mine)


@pytest.mark.parametrize(
    ("accounts", "problem"),
    [
        (None, ConnectionMissing),
        (Connected(replace(acme, fields={})), AuthRejected),
        (Connected(replace(acme, way="api_key")), AuthRejected),
        (Connected(replace(acme, fields={"site": "evil.example/"})), EgressRefused),
    ],
)
async def test_an_account_that_leads_nowhere_or_elsewhere_sends_nothing(accounts: Connected | None, problem: type[Problem]) -> None:
    sender = Recording()
    with pytest.raises(problem):
        await perform(sender, accounts, {"name": "bolt"})
    assert sender.seen == []


async def test_wrong_parameters_are_said_before_any_account_is_looked_for() -> None:
    accounts = Connected(acme)
    with pytest.raises(Invalid):
        await perform(Recording(), accounts, {})
    assert accounts.asked == []


async def test_what_needs_no_account_goes_without_and_names_none() -> None:
    feeds = Connector(key="feeds", name="Feeds", base_url="https://feeds.example")
    _, ticket = await Bases({}, None).of(feeds, asked_for)
    assert ticket == replace(asked_for, integration="feeds", connection=None, optional=True, hosts=("feeds.example",))
    for both in (replace(feeds, also=(ApiKey(),)), replace(feeds, auth=ApiKey(), also=(NoAuth(),))):
        _, ticket = await Bases({}, None).of(both, asked_for)
        assert (ticket.connection, ticket.optional) == ("mine", True), "a secret that somebody has is used"
    _, ticket = await Bases({}, None).of(plain, asked_for)
    assert not ticket.optional


async def test_an_operators_base_url_has_the_place_of_the_token() -> None:
    bot = replace(plain, auth=PathToken(), base_url="https://api.bot.example/bot{token}")
    with pytest.raises(Misconfigured, match=r"no \{token\}"):
        await Bases({"plain": "https://bots.internal"}, None).of(bot, asked_for)
