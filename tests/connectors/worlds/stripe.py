"""Stripe against the vendor's document of API version 2023-08-16, which has only a part of the operations."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.stripe import Stripe
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.stripe import stripe
from tenuto.core.values import JsonObject

_api = r"https://api\.stripe\.com/v1/"


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    facts: JsonObject = {"email": "ada@example.com", "name": "Ada", "metadata": {"order": "A-17"}}
    customer = yield "create_customer", {**facts, "phone": "+441", "description": "d"}
    who: JsonObject = {"customer": customer["id"]}
    yield "update_customer", {**who, **facts}
    yield "get_customer", who
    yield "list_customers", {"email": "ada@example.com", "created_after": "2026-01-02T03:04:05Z"}
    yield "search_customers", {"query": "email:'ada@example.com'"}
    money: JsonObject = {"amount": 1999, "currency": "eur"}
    paid = yield "create_payment_intent", {**money, **who, "payment_method": "pm_card_visa", "confirm": True, "metadata": {"a": "b"}}
    yield "create_refund", {"payment_intent": paid["id"], "amount": 999, "reason": "duplicate", "metadata": {"a": "b"}}
    held = yield "create_payment_intent", {**money, "manual_capture": True, "receipt_email": "a@example.com", "description": "d"}
    yield "confirm_payment_intent", {"payment_intent": held["id"], "payment_method": "pm_card_visa"}
    yield "capture_payment_intent", {"payment_intent": held["id"], "amount": 1000}
    off = yield "create_payment_intent", money
    yield "cancel_payment_intent", {"payment_intent": off["id"]}
    yield "get_payment_intent", {"payment_intent": paid["id"]}
    yield "list_payment_intents", who
    yield "search_payment_intents", {"query": "status:'succeeded'"}
    price = yield "create_price", {"product_name": "Tea", "unit_amount": 1999, "currency": "eur", "every": "month"}
    once = yield "create_price", {"product_name": "Tea", "unit_amount": 1999, "currency": "eur"}
    yield "create_payment_link", {"price": once["id"], "quantity": 2, "allow_promotion_codes": True, "metadata": {"a": "b"}}
    pages: JsonObject = {"success_url": "https://example.com/thanks", "cancel_url": "https://example.com/cart"}
    yield "create_checkout_session", {"price": price["id"], "mode": "subscription", **who, **pages}
    yield "create_checkout_session", {"price": once["id"], "customer_email": "bo@example.com", **pages}
    yield "create_invoice_item", {**who, **money, "description": "Tea", "metadata": {"a": "b"}}
    draft = yield "create_invoice", {**who, "days_until_due": 30, "description": "Thanks", "metadata": {"a": "b"}}
    yield "create_invoice_item", {**who, **money, "invoice": draft["id"]}
    yield "finalize_invoice", {"invoice": draft["id"]}
    yield "send_invoice", {"invoice": draft["id"]}
    yield "get_invoice", {"invoice": draft["id"]}
    yield "list_invoices", {**who, "status": "open"}
    yield "void_invoice", {"invoice": draft["id"]}
    again = yield "create_subscription", {**who, "price": price["id"], "days_until_due": 30, "trial_days": 14, "metadata": {"a": "b"}}
    yield "get_subscription", {"subscription": again["id"]}
    yield "list_subscriptions", {**who, "status": "all"}
    yield "cancel_subscription", {"subscription": again["id"], "at_period_end": True}
    yield "cancel_subscription", {"subscription": again["id"]}
    yield "list_charges", {"payment_intent": paid["id"]}
    yield "list_prices", {"product": once["product"], "active": True}
    yield "list_events", {"types": ["invoice.*", "customer.created"], "limit": 5}
    yield "get_balance", {}


conformance = Conformance(
    connector=stripe,
    double=Stripe,
    contract=OpenApi(("stripe-core-2023-09-12.json",)),
    cases=cases,
    beyond={
        f"GET {_api}(customers|payment_intents)/search": "https://docs.stripe.com/api/customers/search",
        f"POST {_api}payment_intents/[^/]+/(confirm|capture|cancel)": "https://docs.stripe.com/api/payment_intents/confirm",
        f"POST {_api}invoices/[^/]+/(finalize|void)": "https://docs.stripe.com/api/invoices/finalize",
        f"GET {_api}(balance|account)": "https://docs.stripe.com/api/balance/balance_retrieve",
    },
)
