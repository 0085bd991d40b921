"""Stripe: made once by its key, lists to their end, what Stripe refuses, and that nobody's text becomes a parameter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import stripe as official
from tests.connectors.world import World
from tests.doubles.stripe import Stripe, signed
from tests.doubles.vendor import Kind

from tenuto.connectors.stripe import stripe
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.signature import Incoming, delivery_of, event_of, refusal
from tenuto.core.values import JsonObject

money: JsonObject = {"amount": 1999, "currency": "eur"}


async def test_a_payment_is_made_once_whatever_becomes_of_its_answer(world: World) -> None:
    world.double.fail("stripe", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("stripe", "create_payment_intent", money)
    again = await world.do("stripe", "create_payment_intent", money)
    assert [each["id"] for each in world.double[Stripe].objects["payment_intents"]] == [again["id"]]
    other = await world.do("stripe", "create_payment_intent", money, key="run:node:2")
    assert other["id"] != again["id"]
    assert [*world.double.effects.values()] == [1, 1]


async def test_a_key_is_for_one_request(world: World) -> None:
    await world.do("stripe", "create_payment_intent", money)
    with pytest.raises(Rejected, match="same parameters they were first used with"):
        await world.do("stripe", "create_payment_intent", {**money, "amount": 2000})
    assert len(world.double[Stripe].objects["payment_intents"]) == 1


async def test_a_twin_under_way_is_waited_for(world: World) -> None:
    world.double.fail("stripe", "invalid", error="idempotency_key_in_use")
    with pytest.raises(RateLimited) as held:
        await world.do("stripe", "create_payment_intent", money)
    assert held.value.data.retry_after == 1.0
    assert await world.do("stripe", "create_payment_intent", money)


async def test_lists_are_read_to_their_end(world: World) -> None:
    world.double.page_max = 3
    for number in range(8):
        world.double[Stripe].add("customers", email=f"{number % 2}@example.com", name=str(number))
    found = await world.do("stripe", "list_customers", {"email": "0@example.com"})
    assert [each["name"] for each in found["customers"]] == ["6", "4", "2", "0"]
    some = await world.do("stripe", "list_customers", {"limit": 4})
    assert ([each["name"] for each in some["customers"]], some["total"]) == (["7", "6", "5", "4"], 4)
    searched = await world.do("stripe", "search_customers", {"query": "email~'example'"})
    assert searched["total"] == 8


async def test_what_is_nested_is_sent_in_brackets_and_texts_stay_texts(world: World) -> None:
    made = await world.do(
        "stripe", "create_customer", {"name": "Ada & Co=1&email=eve@example.com", "metadata": {"a b": "1&x[y]=2", "ü": "é"}}
    )
    kept = world.double[Stripe].objects["customers"][0]
    assert (kept["name"], kept["metadata"], kept["email"]) == ("Ada & Co=1&email=eve@example.com", {"a b": "1&x[y]=2", "ü": "é"}, None)
    assert made["metadata"] == kept["metadata"]
    assert datetime.fromisoformat(made["created"]).tzinfo


async def test_a_declined_card_is_told_and_not_tried_again(world: World) -> None:
    with pytest.raises(Rejected, match="card was declined") as refused:
        await world.do("stripe", "create_payment_intent", {**money, "payment_method": "pm_card_visa_chargeDeclined", "confirm": True})
    assert not refused.value.data.retryable
    assert refused.value.data.fix == "Ask the customer for another way to pay."


async def test_a_subscription_is_cancelled_once_and_may_be_again(world: World) -> None:
    who = (await world.do("stripe", "create_customer", {"email": "ada@example.com"}, key="a"))["id"]
    price = (await world.do("stripe", "create_price", {"product_name": "Tea", "unit_amount": 999, "currency": "eur", "every": "month"}))[
        "id"
    ]
    made = await world.do("stripe", "create_subscription", {"customer": who, "price": price, "days_until_due": 14}, key="c")
    later = await world.do("stripe", "cancel_subscription", {"subscription": made["id"], "at_period_end": True}, key="d")
    assert (made["status"], later["status"], later["cancel_at_period_end"]) == ("active", "active", True)
    ended = [await world.do("stripe", "cancel_subscription", {"subscription": made["id"]}, key=str(time)) for time in range(2)]
    assert [each["status"] for each in ended] == ["canceled", "canceled"]
    assert [call.method for call in world.double.calls].count("DELETE") == 1


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("rate_limited", RateLimited),
        ("unauthorized", AuthRejected),
        ("forbidden", Rejected),
        ("invalid", Rejected),
        ("unavailable", VendorFailed),
        ("server_error", VendorFailed),
        ("html", Uncertain),
        ("malformed", Uncertain),
        ("drop_before", Problem),
    ],
)
async def test_refusals_are_problems(world: World, kind: Kind, wanted: type[Problem]) -> None:
    world.double.fail("stripe", kind)
    with pytest.raises(wanted) as refused:
        await world.do("stripe", "create_customer", {"name": "Ada"})
    assert "token-of-the-double" not in f"{refused.value.data}"


async def test_what_is_not_there_is_named(world: World) -> None:
    with pytest.raises(Rejected, match="No such customer: 'cus_none'") as refused:
        await world.do("stripe", "get_customer", {"customer": "cus_none"})
    assert "test key" in (refused.value.data.fix or "")


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("get_customer", {"customer": "../charges/ch_1"}),
        ("get_customer", {"customer": "cus_1?expand[]=x"}),
        ("get_customer", {"customer": ""}),
        ("create_payment_intent", {"amount": 0, "currency": "eur"}),
        ("create_payment_intent", {"amount": 19.99, "currency": "eur"}),
        ("create_payment_intent", {"amount": 1999, "currency": "EUR"}),
        ("create_customer", {"email": "ada"}),
        ("create_customer", {"metadata": {"a][b": "c"}}),
        ("create_customer", {"metadata": {"a": "x" * 501}}),
        ("list_customers", {"limit": 0}),
        ("list_customers", {"created_after": "yesterday"}),
        ("list_events", {"types": ["invoice paid"]}),
        ("create_checkout_session", {"price": "price_1", "success_url": "javascript:alert(1)"}),
    ],
)
async def test_what_cannot_be_asked_is_told_before_anybody_is_asked(world: World, action: str, params: JsonObject) -> None:
    with pytest.raises(Invalid):
        await world.do("stripe", action, params)
    assert world.double.calls == []


async def test_a_webhook_that_stripes_own_library_accepts_is_accepted(world: World) -> None:
    event = world.double[Stripe].tell("invoice.paid", world.double[Stripe].add("invoices", customer="cus_1"))
    payload, secret = json.dumps(event), "whsec_test_secret"
    headers = signed(payload.encode(), secret)
    assert official.Webhook.construct_event(payload, headers["stripe-signature"], secret).type == "invoice.paid"
    assert stripe.webhook
    came = Incoming(headers=headers, body=payload.encode())
    assert refusal(stripe.webhook, came, [secret], datetime.now(UTC)) is None
    assert refusal(stripe.webhook, replace(came, body=payload.encode() + b" "), [secret], datetime.now(UTC)) == "wrong-signature"
    name = event_of(stripe.webhook, came, event)
    assert (name, delivery_of(stripe.webhook, came, event)) == ("invoice.paid", event["id"])
    assert str(name).partition(".")[0] in stripe.events
