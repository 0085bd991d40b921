"""The actor: what goes to the sender, how answers become results, and which losses are uncertain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from pydantic import Field

from tenuto.core.auth import ApiKey
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Answer, Calls, Connector, Effect, Outbound, Params, Request, Result
from tenuto.core.errors import (
    AuthRejected,
    Invalid,
    InvalidOutput,
    NotFound,
    Problem,
    RateLimited,
    Rejected,
    TooLarge,
    Uncertain,
    VendorFailed,
)
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand, at_once
from tenuto.engine.ports import Ticket

shop = Connector(
    key="shop",
    name="Shop",
    base_url="https://api.shop.example/v1/",
    auth=ApiKey(),
    headers={"user-agent": "t"},
    hosts=("files.shop.example",),
)


class Thing(Params):
    name: str = Field(description="Name.", examples=["bolt"])
    count: int = Field(default=1, ge=1, description="Count.", examples=[2])


class Made(Result):
    id: int


def _request(params: Thing, key: str = "") -> Request[Made]:
    query = {"count": params.count, "none": None}
    return Request(result=Made, method="POST", path="/things/{name}", query=query, headers={"x-key": key}, json={"name": params.name})


def _declared(effect: Effect) -> None:
    def action(params: Thing, key: str) -> Request[Made]:
        return _request(params, key)

    action.__name__ = effect
    shop.action(effect=effect)(action)


for each in ("read", "write", "idempotent_write"):
    _declared(each)  # pyright: ignore[reportArgumentType] - the three are effects


@shop.action(effect="read")
async def many(calls: Calls, params: Thing) -> Made:
    """Ask for as many things as wanted."""
    asked = [Request(result=Made, method="GET", path="/things/{n}", fill={"n": n}) for n in range(params.count)]
    found = await calls.each(asked)
    assert [made.id for made in found] == list(range(params.count))
    return Made(id=len(found))


@shop.action(effect="read")
def formatted(params: Thing) -> Request[Made]:
    """Wrong: the parameter is formatted into the path."""
    return Request(result=Made, method="GET", path=f"/things/{params.name}")


@shop.action(effect="read")
async def elsewhere(calls: Calls, params: Thing) -> Made:
    """Ask the shop, and then an address that somebody gave."""
    found = await calls.send(Request(result=Made, method="GET", path="/things"))
    await calls.send(Request(result=Made, method="PUT", url=params.name, query={"n": found.id}, headers={"x-own": "1"}))
    return found


class Answering:
    """A sender of one function."""

    def __init__(self, answer: Callable[[Outbound], Answer]) -> None:
        self._answer = answer
        self.seen: list[tuple[Outbound, Ticket]] = []
        self.running = self.most = 0

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        self.seen.append((request, ticket))
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        return self._answer(request)

    def stream(self, request: Outbound, ticket: Ticket) -> AsyncIterator[bytes | Answer]:
        raise NotImplementedError


def answering(body: bytes = b'{"id": 7}', status: int = 200) -> Answering:
    return Answering(lambda _: Answer(status=status, headers={"content-type": "application/json"}, body=body))


def raising(problem: Problem) -> Answering:
    def answer(_: Outbound) -> Answer:
        raise problem

    return Answering(answer)


async def perform(sender: Answering, action: str, params: JsonObject, bases: dict[str, str] | None = None) -> object:
    actor = Actor(Catalog(kinds={}, connectors={"shop": shop}, providers={}), sender, bases=bases)
    ticket = Ticket(workspace=3, user_id="u", connection="mine")
    return await actor.perform(
        Errand(connector="shop", action=action, params=params, ticket=ticket, key="run:node:1", now=datetime.now(UTC))
    )


async def test_a_request_is_built_below_the_base_and_the_secret_may_go_to_its_hosts_only() -> None:
    sender = answering()
    assert await perform(sender, "write", {"name": "a/b c", "count": 2}) == {"id": 7}
    request, ticket = sender.seen[0]
    assert (request.method, request.url) == ("POST", "https://api.shop.example/v1/things/a%2Fb%20c")
    assert request.query == {"count": 2}
    assert request.headers == {"user-agent": "t", "x-key": "run:node:1"}
    assert request.json == {"name": "a/b c"}
    assert ticket == Ticket(
        workspace=3, user_id="u", connection="mine", integration="shop", hosts=("api.shop.example", "files.shop.example")
    )


async def test_another_base_takes_the_requests_and_the_secret_with_it() -> None:
    sender = answering()
    await perform(sender, "write", {"name": "x"}, {"shop": "http://user@Private.example:8443/api"})
    request, ticket = sender.seen[0]
    assert request.url == "http://user@Private.example:8443/api/things/x"
    assert ticket.hosts == ("private.example:8443",)


async def test_an_address_that_somebody_gave_gets_neither_the_secret_nor_the_connectors_headers() -> None:
    sender = answering()
    await perform(sender, "elsewhere", {"name": "http://Feeds.example/a{b}?c=d"}, bases={"shop": "https://shop.internal"})
    (own, ticket), (given, without) = sender.seen
    assert (own.url, own.headers, ticket.integration) == ("https://shop.internal/things", {"user-agent": "t"}, "shop")
    assert (given.url, given.headers, given.query) == ("http://Feeds.example/a{b}?c=d", {"x-own": "1"}, {"n": 7})
    assert without == Ticket(workspace=3, user_id="u")


async def test_every_wrong_parameter_is_named_with_its_place_and_nothing_is_sent() -> None:
    sender = answering()
    with pytest.raises(Invalid) as refused:
        await perform(sender, "write", {"count": "2", "nmae": "x"})
    issues = {issue.pointer: issue for issue in refused.value.data.issues}
    assert set(issues) == {"/name", "/count", "/nmae"}
    assert issues["/name"].fix == 'For instance "bolt".'
    assert 'Did you mean "name"?' in (issues["/nmae"].fix or "")
    assert sender.seen == []


async def test_an_action_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match='Did you mean "write"'):
        await perform(answering(), "wriet", {})


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/..", "../b", "..\\b"])
async def test_a_segment_that_climbs_is_refused(name: str) -> None:
    sender = answering()
    with pytest.raises(Invalid) as refused:
        await perform(sender, "write", {"name": name})
    assert refused.value.data.pointer == "/name"
    assert sender.seen == []


@pytest.mark.parametrize("name", ["../admin", "x?admin=1", "x#y", "x\r\ny", "a b", "..", "\\\\evil"])
async def test_even_a_path_formatted_by_mistake_cannot_be_broken_out_of(name: str) -> None:
    sender = answering()
    with pytest.raises(Invalid, match="not allowed"):
        await perform(sender, "formatted", {"name": name})
    assert sender.seen == []


@pytest.mark.parametrize(("effect", "problem"), [("read", VendorFailed), ("write", Uncertain), ("idempotent_write", Uncertain)])
async def test_a_lost_answer_is_uncertain_where_something_may_have_happened(effect: str, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        await perform(raising(Uncertain("It left and no answer came.")), effect, {"name": "x"})


@pytest.mark.parametrize("effect", ["read", "write", "idempotent_write"])
async def test_an_account_that_is_refused_before_anything_leaves_is_not_uncertain(effect: str) -> None:
    with pytest.raises(AuthRejected, match="needs attention"):
        await perform(raising(AuthRejected("The connection needs attention.")), effect, {"name": "x"})


@pytest.mark.parametrize(
    ("status", "effect", "problem"),
    [
        (500, "write", Uncertain),
        (502, "write", Uncertain),
        (503, "write", VendorFailed),
        (500, "idempotent_write", VendorFailed),
        (500, "read", VendorFailed),
        (429, "write", RateLimited),
        (400, "write", Rejected),
    ],
)
async def test_an_error_status_is_uncertain_only_where_it_is(status: int, effect: str, problem: type[Problem]) -> None:
    with pytest.raises(problem) as failed:
        await perform(answering(b"oops", status), effect, {"name": "x"})
    assert type(failed.value) is problem


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id": ', b'{"id": "x"}', b"[]"])
async def test_an_unreadable_success_is_uncertain_for_a_write_and_plain_for_a_question(body: bytes) -> None:
    with pytest.raises(Uncertain):
        await perform(answering(body), "write", {"name": "x"})
    with pytest.raises(InvalidOutput):
        await perform(answering(body), "formatted", {"name": "x"})


async def test_an_answer_that_is_too_large_was_an_answer() -> None:
    with pytest.raises(Uncertain):
        await perform(raising(TooLarge("Too much.")), "write", {"name": "x"})


async def test_several_requests_go_out_a_few_at_a_time_and_come_back_in_order() -> None:
    def answer(request: Outbound) -> Answer:
        return Answer(status=200, headers={}, body=b'{"id": %s}' % request.url.rpartition("/")[2].encode())

    sender = Answering(answer)
    assert await perform(sender, "many", {"name": "x", "count": 40}) == {"id": 40}
    assert sender.most == at_once


async def test_the_first_problem_of_several_requests_is_the_problem() -> None:
    with pytest.raises(RateLimited):
        await perform(answering(b"", 429), "many", {"name": "x", "count": 40})
