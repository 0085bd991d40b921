"""Invoices, and what happened in the account."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.stripe.answers import (
    Balance,
    Event,
    Events,
    Invoice,
    InvoiceItem,
    Invoices,
    Subscription,
    Subscriptions,
)
from tenuto.connectors.stripe.requests import listed, made
from tenuto.connectors.stripe.shapes import (
    EventFilter,
    InvoiceFilter,
    NewInvoice,
    NewInvoiceItem,
    NewSubscription,
    Nothing,
    SubscriptionEnd,
    SubscriptionFilter,
    WhichInvoice,
    WhichSubscription,
)
from tenuto.connectors.stripe.vendor import stripe
from tenuto.core.connector import Calls, QueryValue, Request


@stripe.action(effect="idempotent_write")
def create_invoice_item(params: NewInvoiceItem, key: str) -> Request[InvoiceItem]:
    """Put a line on a customer's next invoice, or on a draft."""
    return made(InvoiceItem, "/v1/invoiceitems", params.model_dump(), key)


@stripe.action(effect="idempotent_write")
def create_invoice(params: NewInvoice, key: str) -> Request[Invoice]:
    """Create a draft of an invoice."""
    sent: dict[str, JsonValue] = params.model_dump(exclude={"include_pending_items"})
    sent |= {"collection_method": "send_invoice" if params.days_until_due is not None else "charge_automatically"}
    sent |= {"pending_invoice_items_behavior": "include" if params.include_pending_items else "exclude", "auto_advance": False}
    return made(Invoice, "/v1/invoices", sent, key)


@stripe.action(effect="idempotent_write")
def finalize_invoice(params: WhichInvoice, key: str) -> Request[Invoice]:
    """Make a draft final: it gets its number, and cannot be changed any more."""
    del params
    return made(Invoice, "/v1/invoices/{invoice}/finalize", {}, key)


@stripe.action(effect="idempotent_write")
def send_invoice(params: WhichInvoice, key: str) -> Request[Invoice]:
    """Send an invoice to the customer by e-mail; a draft is made final first."""
    del params
    return made(Invoice, "/v1/invoices/{invoice}/send", {}, key)


@stripe.action(effect="idempotent_write")
def void_invoice(params: WhichInvoice, key: str) -> Request[Invoice]:
    """Declare an open invoice void."""
    del params
    return made(Invoice, "/v1/invoices/{invoice}/void", {}, key)


@stripe.action(effect="read")
def get_invoice(params: WhichInvoice) -> Request[Invoice]:
    """Read an invoice."""
    del params
    return Request(result=Invoice, method="GET", path="/v1/invoices/{invoice}")


@stripe.action(effect="read")
async def list_invoices(calls: Calls, params: InvoiceFilter) -> Invoices:
    """List invoices."""
    query: dict[str, QueryValue] = {"customer": params.customer, "status": params.status}
    found = await listed(calls, Invoice, "/v1/invoices", query, params)
    return Invoices(invoices=found, total=len(found))


@stripe.action(effect="idempotent_write")
def create_subscription(params: NewSubscription, key: str) -> Request[Subscription]:
    """Have a customer pay a price again and again."""
    sent: dict[str, JsonValue] = params.model_dump(include={"customer", "days_until_due", "metadata"})
    sent |= {"items": [{"price": params.price, "quantity": params.quantity}], "trial_period_days": params.trial_days}
    sent |= {"collection_method": "send_invoice" if params.days_until_due is not None else "charge_automatically"}
    return made(Subscription, "/v1/subscriptions", sent, key)


@stripe.action(effect="idempotent_write")
async def cancel_subscription(calls: Calls, params: SubscriptionEnd) -> Subscription:
    """End a subscription: at once, or when what is paid is used up."""
    path = "/v1/subscriptions/{subscription}"
    if params.at_period_end:
        return await calls.send(made(Subscription, path, {"cancel_at_period_end": True}, calls.key))
    now = await calls.send(Request(result=Subscription, method="GET", path=path))
    if now.status == "canceled":  # which Stripe refuses to do again, for instance after a lost answer
        return now
    return await calls.send(Request(result=Subscription, method="DELETE", path=path))


@stripe.action(effect="read")
def get_subscription(params: WhichSubscription) -> Request[Subscription]:
    """Read a subscription."""
    del params
    return Request(result=Subscription, method="GET", path="/v1/subscriptions/{subscription}")


@stripe.action(effect="read")
async def list_subscriptions(calls: Calls, params: SubscriptionFilter) -> Subscriptions:
    """List subscriptions."""
    query: dict[str, QueryValue] = {"customer": params.customer, "status": params.status}
    found = await listed(calls, Subscription, "/v1/subscriptions", query, params)
    return Subscriptions(subscriptions=found, total=len(found))


@stripe.action(effect="read")
async def list_events(calls: Calls, params: EventFilter) -> Events:
    """List what happened in the account in the last 30 days."""
    query: dict[str, QueryValue] = {f"types[{place}]": name for place, name in enumerate(params.types)}
    found = await listed(calls, Event, "/v1/events", query, params)
    return Events(events=found, total=len(found))


@stripe.action(effect="read")
def get_balance(params: Nothing) -> Request[Balance]:
    """Read what the account has."""
    del params
    return Request(result=Balance, method="GET", path="/v1/balance")
