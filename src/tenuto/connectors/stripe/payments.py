"""Customers, payments, refunds, and pages on which people pay."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.stripe.answers import (
    Charge,
    Charges,
    Customer,
    Customers,
    PaymentIntent,
    PaymentIntents,
    PaymentLink,
    Price,
    Prices,
    Refund,
    Session,
)
from tenuto.connectors.stripe.requests import listed, made, searched
from tenuto.connectors.stripe.shapes import (
    Capture,
    ChargeFilter,
    Confirmation,
    CustomerChange,
    CustomerFields,
    CustomerFilter,
    NewPaymentIntent,
    NewPaymentLink,
    NewPrice,
    NewRefund,
    NewSession,
    OfCustomer,
    PriceFilter,
    Search,
    WhichCustomer,
    WhichPaymentIntent,
)
from tenuto.connectors.stripe.vendor import stripe
from tenuto.core.connector import Calls, QueryValue, Request


@stripe.action(effect="idempotent_write")
def create_customer(params: CustomerFields, key: str) -> Request[Customer]:
    """Create a customer."""
    return made(Customer, "/v1/customers", params.model_dump(), key)


@stripe.action(effect="idempotent_write")
def update_customer(params: CustomerChange, key: str) -> Request[Customer]:
    """Change what is said of a customer; what is not given stays."""
    return made(Customer, "/v1/customers/{customer}", params.model_dump(exclude={"customer"}), key)


@stripe.action(effect="read")
def get_customer(params: WhichCustomer) -> Request[Customer]:
    """Read a customer."""
    del params  # the path is filled from them
    return Request(result=Customer, method="GET", path="/v1/customers/{customer}")


@stripe.action(effect="read")
async def list_customers(calls: Calls, params: CustomerFilter) -> Customers:
    """List customers, for instance those with an e-mail address."""
    found = await listed(calls, Customer, "/v1/customers", {"email": params.email}, params)
    return Customers(customers=found, total=len(found))


@stripe.action(effect="read")
async def search_customers(calls: Calls, params: Search) -> Customers:
    """Search customers. What was made less than a minute ago may not be found yet."""
    found = await searched(calls, Customer, "/v1/customers/search", params)
    return Customers(customers=found, total=len(found))


@stripe.action(effect="idempotent_write")
def create_payment_intent(params: NewPaymentIntent, key: str) -> Request[PaymentIntent]:
    """Create a payment; with `confirm` and a payment method it is made at once."""
    sent: dict[str, JsonValue] = params.model_dump(exclude={"manual_capture", "confirm"})
    if params.manual_capture:
        sent["capture_method"] = "manual"
    if params.confirm:  # whoever is not on a page cannot be led to another one
        sent |= {"confirm": True, "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    return made(PaymentIntent, "/v1/payment_intents", sent, key)


@stripe.action(effect="idempotent_write")
def confirm_payment_intent(params: Confirmation, key: str) -> Request[PaymentIntent]:
    """Make a payment now."""
    return made(PaymentIntent, "/v1/payment_intents/{payment_intent}/confirm", {"payment_method": params.payment_method}, key)


@stripe.action(effect="idempotent_write")
def capture_payment_intent(params: Capture, key: str) -> Request[PaymentIntent]:
    """Take an amount that was reserved."""
    return made(PaymentIntent, "/v1/payment_intents/{payment_intent}/capture", {"amount_to_capture": params.amount}, key)


@stripe.action(effect="idempotent_write")
def cancel_payment_intent(params: WhichPaymentIntent, key: str) -> Request[PaymentIntent]:
    """Call a payment off that has not been made."""
    del params
    return made(PaymentIntent, "/v1/payment_intents/{payment_intent}/cancel", {}, key)


@stripe.action(effect="read")
def get_payment_intent(params: WhichPaymentIntent) -> Request[PaymentIntent]:
    """Read a payment."""
    del params
    return Request(result=PaymentIntent, method="GET", path="/v1/payment_intents/{payment_intent}")


@stripe.action(effect="read")
async def list_payment_intents(calls: Calls, params: OfCustomer) -> PaymentIntents:
    """List payments."""
    found = await listed(calls, PaymentIntent, "/v1/payment_intents", {"customer": params.customer}, params)
    return PaymentIntents(payment_intents=found, total=len(found))


@stripe.action(effect="read")
async def search_payment_intents(calls: Calls, params: Search) -> PaymentIntents:
    """Search payments. What was made less than a minute ago may not be found yet."""
    found = await searched(calls, PaymentIntent, "/v1/payment_intents/search", params)
    return PaymentIntents(payment_intents=found, total=len(found))


@stripe.action(effect="idempotent_write")
def create_refund(params: NewRefund, key: str) -> Request[Refund]:
    """Give a payment back, or a part of it."""
    return made(Refund, "/v1/refunds", params.model_dump(), key)


@stripe.action(effect="read")
async def list_charges(calls: Calls, params: ChargeFilter) -> Charges:
    """List charges: each time that money was taken, or could not be."""
    query: dict[str, QueryValue] = {"customer": params.customer, "payment_intent": params.payment_intent}
    found = await listed(calls, Charge, "/v1/charges", query, params)
    return Charges(charges=found, total=len(found))


@stripe.action(effect="read")
async def list_prices(calls: Calls, params: PriceFilter) -> Prices:
    """List prices."""
    active = None if params.active is None else str(params.active).lower()
    found = await listed(calls, Price, "/v1/prices", {"product": params.product, "active": active}, params)
    return Prices(prices=found, total=len(found))


@stripe.action(effect="idempotent_write")
def create_price(params: NewPrice, key: str) -> Request[Price]:
    """Create a product with a price, for a payment link or a checkout page."""
    sent: dict[str, JsonValue] = {
        "product_data": {"name": params.product_name},
        "unit_amount": params.unit_amount,
        "currency": params.currency,
    }
    if params.every:
        sent["recurring"] = {"interval": params.every}
    return made(Price, "/v1/prices", sent, key)


@stripe.action(effect="idempotent_write")
def create_payment_link(params: NewPaymentLink, key: str) -> Request[PaymentLink]:
    """Create a link by which anybody may pay a price."""
    sent = params.model_dump(exclude={"price", "quantity"}) | _line(params)
    return made(PaymentLink, "/v1/payment_links", sent, key)


@stripe.action(effect="idempotent_write")
def create_checkout_session(params: NewSession, key: str) -> Request[Session]:
    """Create a page on which one customer pays a price."""
    sent = params.model_dump(exclude={"price", "quantity"}) | _line(params)
    return made(Session, "/v1/checkout/sessions", sent, key)


def _line(params: NewPaymentLink) -> dict[str, JsonValue]:
    return {"line_items": [{"price": params.price, "quantity": params.quantity}]}
