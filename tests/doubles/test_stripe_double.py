"""The double of Stripe over real HTTP, and as the vendor's own library sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe as sdk
from openapi_schema_validator import OAS30Validator
from tests.doubles.stripe import Stripe, signed
from tests.doubles.vendor import Json, token
from tests.doubles.vendors import VendorsDouble, vendors_double

customers = "/stripe/v1/customers"
marker = "0123456789abcdef01234567"
document = Path(__file__).parents[2].parent / "shared" / "specs" / "stripe-core-2023-09-12.json"


@pytest.fixture
async def vendors() -> AsyncGenerator[VendorsDouble]:
    async with vendors_double(0, Stripe) as running:
        yield running


async def made(caller: httpx2.AsyncClient, kind: str, **params: str | int) -> Json:
    answer = await caller.post(f"/stripe/v1/{kind}", data=params)
    assert answer.is_success, answer.text
    return answer.json()


async def error(answer: httpx2.Response) -> tuple[int, Any, Any]:
    said = answer.json()["error"]
    return answer.status_code, said.get("code") or said["type"], said.get("param")


async def test_a_customer_is_made_read_changed_and_deleted(caller: httpx2.AsyncClient) -> None:
    one = await made(caller, "customers", email="ada@example.com", **{"metadata[team]": "a", "address[city]": "Köln"})
    assert (one["metadata"], one["address"]) == ({"team": "a"}, {"city": "Köln"})
    place = f"{customers}/{one['id']}"
    changed = await caller.post(place, data={"name": "Ada", "metadata[team]": "", "metadata[floor]": "2", "email": ""})
    assert {name: changed.json()[name] for name in ("name", "metadata", "email")} == {
        "name": "Ada",
        "metadata": {"floor": "2"},
        "email": None,
    }
    assert (await caller.delete(place)).json() == {"id": one["id"], "object": "customer", "deleted": True}
    assert await error(await caller.get(place)) == (404, "resource_missing", "id")


async def test_a_key_repeats_the_first_answer_and_takes_no_other_parameters(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    headers = {"idempotency-key": marker}
    first = await caller.post(customers, data={"name": "Ada"}, headers=headers)
    again = await caller.post(customers, data={"name": "Ada"}, headers=headers)
    assert again.json() == first.json()
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert (len(vendors[Stripe].objects["customers"]), vendors.effects) == (1, {marker: 1})
    for path, sent in ((customers, {"name": "Bo"}), ("/stripe/v1/products", {"name": "Ada"})):
        assert await error(await caller.post(path, data=sent, headers=headers)) == (400, "idempotency_error", None)
    assert (await caller.post(customers, data={"name": "Bo"}, headers={"idempotency-key": "x" * 256})).status_code == 400


async def test_a_key_keeps_what_went_wrong_after_the_beginning_and_not_what_was_refused_before(
    vendors: VendorsDouble, caller: httpx2.AsyncClient
) -> None:
    refused = await caller.post(customers, data={"balance": "x"}, headers={"idempotency-key": "a"})
    assert await error(refused) == (400, "parameter_invalid_integer", "balance")
    assert (await caller.post(customers, data={"balance": "1"}, headers={"idempotency-key": "a"})).is_success
    vendors[Stripe].breaks = 1
    broken = [await caller.post(customers, data={"name": "Bo"}, headers={"idempotency-key": "b"}) for _ in range(2)]
    assert [each.status_code for each in broken] == [500, 500]
    assert len(vendors[Stripe].objects["customers"]) == 2


async def test_lists_go_by_cursor_both_ways(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    ids = [vendors[Stripe].add("customers", email=f"{number}@example.com")["id"] for number in range(5)][::-1]
    first = (await caller.get(customers, params={"limit": 2})).json()
    assert ([each["id"] for each in first["data"]], first["has_more"], first["url"]) == (ids[:2], True, "/v1/customers")
    rest = (await caller.get(customers, params={"limit": 100, "starting_after": ids[1]})).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[2:], False)
    back = (await caller.get(customers, params={"limit": 2, "ending_before": ids[3]})).json()
    assert ([each["id"] for each in back["data"]], back["has_more"]) == (ids[1:3], True)
    assert [each["id"] for each in (await caller.get(customers, params={"email": "0@example.com"})).json()["data"]] == ids[4:]
    assert await error(await caller.get(customers, params={"limit": 101})) == (400, "parameter_invalid_integer", "limit")
    assert await error(await caller.get(customers, params={"starting_after": "cus_no"})) == (400, "resource_missing", "starting_after")


async def test_a_search_has_its_own_language_and_pages_and_lags_behind(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(3):
        vendors[Stripe].add("customers", email=f"{number}@example.com", metadata={"step": marker})
    query = {"query": f"metadata['step']:'{marker}' AND email~'example'", "limit": 2}
    page = (await caller.get(customers + "/search", params=query)).json()
    assert (page["object"], len(page["data"]), page["has_more"], page["next_page"]) == ("search_result", 2, True, "2")
    assert len((await caller.get(customers + "/search", params=query | {"page": "2"})).json()["data"]) == 1
    vendors[Stripe].unindexed = True
    assert (await caller.get(customers + "/search", params={"query": "email:'2@example.com'"})).json()["data"] == []
    assert (await caller.get(customers + "/search", params={"query": "Ada"})).status_code == 400


async def test_objects_are_expanded_where_they_can_be(caller: httpx2.AsyncClient) -> None:
    one = await made(caller, "customers", name="Ada")
    intent = await made(caller, "payment_intents", amount=1000, currency="EUR", customer=one["id"], **{"expand[]": "customer"})
    assert (intent["customer"]["name"], intent["currency"]) == ("Ada", "eur")
    listed = await caller.get("/stripe/v1/payment_intents", params={"expand[]": "data.customer"})
    assert listed.json()["data"][0]["customer"]["name"] == "Ada"
    for path in ("data.currency", "customer", "data.a.b.c.d"):
        assert (await caller.get("/stripe/v1/payment_intents", params={"expand[]": path})).status_code == 400


@pytest.mark.parametrize(
    ("kind", "params", "code", "param"),
    [
        ("payment_intents", {"currency": "eur"}, "parameter_missing", "amount"),
        ("payment_intents", {"amount": "10.5", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ("payment_intents", {"amount": "10", "currency": "eur"}, "amount_too_small", "amount"),
        ("payment_intents", {"amount": "100", "currency": "xxx"}, "invalid_request_error", "currency"),
        ("payment_intents", {"amount": "100", "currency": "eur", "customer": "cus_no"}, "resource_missing", "customer"),
        ("customers", {"colour": "red"}, "parameter_unknown", "colour"),
        ("customers", {"email": "nobody"}, "email_invalid", "email"),
        ("customers", {"address": "here"}, "invalid_request_error", "address"),
        ("customers", {"metadata[" + "k" * 41 + "]": "v"}, "invalid_request_error", "metadata"),
        ("customers", {"tax_exempt": "maybe"}, "invalid_request_error", "tax_exempt"),
        ("webhook_endpoints", {"url": "http://example.com", "enabled_events[]": "*"}, "url_invalid", "url"),
        ("refunds", {}, "invalid_request_error", None),
        ("checkout/sessions", {"success_url": "https://example.com"}, "parameter_missing", "line_items"),
    ],
)
async def test_parameters_that_are_refused(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, kind: str, params: dict[str, str], code: str, param: str | None
) -> None:
    assert await error(await caller.post(f"/stripe/v1/{kind}", data=params)) == (400, code, param)
    assert (vendors[Stripe].objects[kind], vendors.effects) == ([], {})


async def test_no_json_is_taken_and_the_key_may_stand_in_basic(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    assert (await caller.post(customers, json={"name": "Ada"})).status_code == 400
    del caller.headers["authorization"]
    assert (await caller.post(customers, data={"name": "Ada"}, auth=(token, ""))).is_success
    assert (await caller.get("/stripe/v1/account", auth=(token, "x"))).status_code == 401


async def test_money_is_taken_declined_given_back_once_and_told_of(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    cards = {"payment_method": "pm_card_visa", "confirm": "true", "payment_method_types[]": "card"}
    paid = await made(caller, "payment_intents", amount=1000, currency="eur", **cards)
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 1000)
    declined = await caller.post(
        "/stripe/v1/payment_intents",
        data={"amount": "1000", "currency": "eur"} | cards | {"payment_method": "pm_card_visa_chargeDeclined"},
    )
    assert (declined.status_code, declined.json()["error"]["decline_code"]) == (402, "generic_decline")
    assert (await made(caller, "refunds", payment_intent=paid["id"], amount=400))["amount"] == 400
    too_much = await caller.post("/stripe/v1/refunds", data={"payment_intent": paid["id"], "amount": "700"})
    assert await error(too_much) == (400, "invalid_request_error", "amount")
    assert (await made(caller, "refunds", charge=paid["latest_charge"]))["amount"] == 600
    assert (await error(await caller.post("/stripe/v1/refunds", data={"payment_intent": paid["id"]})))[1] == "charge_already_refunded"
    assert (await error(await caller.post(f"/stripe/v1/payment_intents/{paid['id']}/cancel")))[1] == "payment_intent_unexpected_state"
    told = [each["type"] for each in (await caller.get("/stripe/v1/events", params={"types[]": ["charge.refunded"]})).json()["data"]]
    assert told == ["charge.refunded", "charge.refunded"]
    assert [each["type"] for each in vendors[Stripe].objects["events"]][-1] == "payment_intent.created"


async def test_a_payment_is_captured_later_or_confirmed_with_an_address(caller: httpx2.AsyncClient) -> None:
    later = await made(
        caller, "payment_intents", amount=1000, currency="eur", capture_method="manual", confirm="true", payment_method="pm_card_visa"
    )
    assert later["status"] == "requires_capture"
    captured = await caller.post(f"/stripe/v1/payment_intents/{later['id']}/capture", data={"amount_to_capture": "900"})
    assert (captured.json()["status"], captured.json()["amount_received"]) == ("succeeded", 900)
    automatic = await made(
        caller,
        "payment_intents",
        amount=1000,
        currency="eur",
        payment_method="pm_card_visa",
        **{"automatic_payment_methods[enabled]": "true"},
    )
    place = f"/stripe/v1/payment_intents/{automatic['id']}/confirm"
    assert (await caller.post(place)).status_code == 400
    assert (await caller.post(place, data={"return_url": "https://example.com"})).json()["status"] == "succeeded"


async def test_an_invoice_goes_from_its_lines_to_paid(caller: httpx2.AsyncClient) -> None:
    one = (await made(caller, "customers", email="ada@example.com"))["id"]
    assert (await caller.post("/stripe/v1/invoices", data={"customer": one, "collection_method": "send_invoice"})).status_code == 400
    invoice = await made(caller, "invoices", customer=one, collection_method="send_invoice", days_until_due=30)
    place = f"/stripe/v1/invoices/{invoice['id']}"
    await made(caller, "invoiceitems", customer=one, invoice=invoice["id"], amount=2500, currency="eur", description="Work")
    sent = (await caller.post(place + "/send")).json()
    assert (sent["status"], sent["amount_due"], sent["lines"]["data"][0]["description"]) == ("open", 2500, "Work")
    assert (await caller.post(place + "/finalize")).status_code == 400
    assert (await caller.delete(place)).status_code == 400
    assert (await caller.post(place + "/pay", data={"paid_out_of_band": "true"})).json()["status"] == "paid"
    other = await made(caller, "invoices", customer=one)
    assert (await caller.delete(f"/stripe/v1/invoices/{other['id']}")).json()["deleted"]


async def test_what_is_sold_is_subscribed_to_and_paid_by_link(caller: httpx2.AsyncClient) -> None:
    one = (await made(caller, "customers", name="Ada"))["id"]
    product = (await made(caller, "products", name="Plan"))["id"]
    price = (await made(caller, "prices", product=product, currency="eur", unit_amount=900, **{"recurring[interval]": "month"}))["id"]
    items = {"customer": one, "items[0][price]": price}
    assert (await caller.post("/stripe/v1/subscriptions", data=items)).status_code == 400
    subscription = await made(caller, "subscriptions", **items, default_payment_method="pm_card_visa")
    assert (subscription["status"], subscription["items"]["data"][0]["price"]["id"]) == ("active", price)
    ended = await caller.delete(f"/stripe/v1/subscriptions/{subscription['id']}")
    assert ended.json()["status"] == "canceled"
    assert (await caller.get("/stripe/v1/subscriptions")).json()["data"] == []
    lines = {"line_items[0][price]": price, "line_items[0][quantity]": "2"}
    session = await made(caller, "checkout/sessions", mode="subscription", success_url="https://example.com", **lines)
    assert (session["amount_total"], session["url"][:28]) == (1800, "https://checkout.stripe.com/")
    assert (await made(caller, "payment_links", **lines))["url"].startswith("https://buy.stripe.com/")


async def test_the_vendors_library_reads_what_is_there_and_knows_the_refusals(vendors: VendorsDouble) -> None:
    client = sdk.StripeClient(token, base_addresses={"api": vendors.bases["stripe"]}, max_network_retries=0)

    def use() -> None:
        customer = client.v1.customers.create({"email": "ada@example.com", "metadata": {"step": marker}, "expand": []})
        assert client.v1.customers.retrieve(customer.id).email == "ada@example.com"
        for number in range(3):
            client.v1.customers.create({"name": str(number)})
        assert len(list(client.v1.customers.list({"limit": 1}).auto_paging_iter())) == 4
        with pytest.raises(sdk.InvalidRequestError):
            client.v1.customers.retrieve("cus_no")
        card: Any = {"amount": 900, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa_chargeDeclined"}
        with pytest.raises(sdk.CardError):
            client.v1.payment_intents.create(card)

    await asyncio.to_thread(use)
    refusals: dict[str, type[sdk.StripeError]] = {
        "rate_limited": sdk.RateLimitError, "unauthorized": sdk.AuthenticationError, "forbidden": sdk.PermissionError, "server_error": sdk.APIError,
    }  # fmt: skip
    for kind, refusal in refusals.items():
        vendors.fail("stripe", kind)  # pyright: ignore[reportArgumentType] - each is a kind of fault
        with pytest.raises(refusal):
            await asyncio.to_thread(client.v1.customers.retrieve, "cus_no")


def test_the_vendors_library_takes_the_signature_of_each_secret_and_no_other() -> None:
    payload = json.dumps({"id": "evt_1", "object": "event", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}).encode()
    read: Callable[..., Any] = sdk.Webhook.construct_event  # pyright: ignore[reportUnknownMemberType] - the library's
    header = signed(payload, "whsec_old", "whsec_new")["stripe-signature"]
    for secret in ("whsec_old", "whsec_new"):
        assert read(payload, header, secret).type == "invoice.paid"
    old = signed(payload, "whsec_old", at=datetime.now(UTC) - timedelta(seconds=301))["stripe-signature"]
    for body, given, secret in ((payload, header, "whsec_x"), (payload + b" ", header, "whsec_old"), (payload, old, "whsec_old")):
        with pytest.raises(sdk.SignatureVerificationError):
            read(body, given, secret)


async def test_what_it_answers_has_the_vendors_shape(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    if not document.exists():
        pytest.skip(f"vendor contracts are not there: {document.name} is looked for in <project>/../shared/specs")
    content = json.loads(document.read_text())
    await test_money_is_taken_declined_given_back_once_and_told_of(vendors, caller)
    await test_an_invoice_goes_from_its_lines_to_paid(caller)
    await test_what_is_sold_is_subscribed_to_and_paid_by_link(caller)
    wrong: set[str] = set()
    for kind in ("customers", "payment_intents", "refunds", "products", "prices", "events", "charges", "invoiceitems"):
        for each in vendors[Stripe].objects[kind]:
            schema = content["components"]["schemas"][each["object"]]
            known = schema["properties"]
            shape: Json = {
                **schema,
                "required": [],
                "components": content["components"],
                "properties": {k: v for k, v in known.items() if k in each},
            }
            # The document lists no null in its enumerations, though it calls the fields nullable.
            problems = [
                problem for problem in OAS30Validator(shape).iter_errors(each) if (problem.validator, problem.instance) != ("enum", None)
            ]
            wrong |= {f"{kind}: {problem.json_path} {problem.message[:100]}" for problem in problems}
    assert wrong == set()
