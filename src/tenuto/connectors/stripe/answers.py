"""What Stripe answers, as far as workflows use it."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import Field, JsonValue

from tenuto.core.connector import Result, unique


class _Made(Result):
    created: datetime = Field(description="When it was made.", examples=["2026-01-02T03:04:05Z"])
    metadata: dict[str, str] = Field(default_factory=dict, description="Your own facts.", examples=[{"order": "A-17"}])


class Customer(_Made):
    """A customer."""

    id: str = Field(description="The customer's id.", examples=["cus_NffrFeUfNV2Hib"], json_schema_extra=unique)
    email: str | None = Field(default=None, description="Where to write to.", examples=["ada@example.com"])
    name: str | None = Field(default=None, description="What the customer is called.", examples=["Ada Lovelace"])
    phone: str | None = Field(default=None, description="The telephone number.", examples=["+44 20 7946 0000"])
    description: str | None = Field(default=None, description="Your note.", examples=["Met at the fair"])
    balance: int = Field(default=0, description="Credit (negative) or debt.", examples=[0])


class PaymentIntent(_Made):
    """A payment, and how far it has come."""

    id: str = Field(description="The payment intent's id.", examples=["pi_3MtwBwLkdIwHu7ix28a3tqPa"], json_schema_extra=unique)
    amount: int = Field(description="In the currency's smallest unit.", examples=[1999])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    status: str = Field(description="`succeeded` when it is paid.", examples=["requires_payment_method"])
    customer: str | None = Field(default=None, description="Who pays.", examples=["cus_NffrFeUfNV2Hib"])
    amount_received: int = Field(default=0, description="What has been paid.", examples=[0])
    latest_charge: str | None = Field(default=None, description="The charge by which it was paid.", examples=["ch_3MmlLrLkdIwHu7ix"])
    description: str | None = Field(default=None, description="What it is for.", examples=["Order A-17"])


class Refund(_Made):
    """Money that was given back."""

    id: str = Field(description="The refund's id.", examples=["re_1Nispe2eZvKYlo2Cd31jOCgZ"], json_schema_extra=unique)
    amount: int = Field(description="In the currency's smallest unit.", examples=[1999])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    status: str | None = Field(description="`succeeded` when it is done.", examples=["succeeded"])
    payment_intent: str | None = Field(description="Of which payment.", examples=["pi_3MtwBwLkdIwHu7ix28a3tqPa"])
    reason: str | None = Field(default=None, description="Why.", examples=["requested_by_customer"])


class Price(Result):
    """A price."""

    id: str = Field(description="The price's id.", examples=["price_1MoC3TLkdIwHu7ix"], json_schema_extra=unique)
    product: str = Field(description="Of which product.", examples=["prod_NZKdYqrwEYx6iK"])
    unit_amount: int | None = Field(description="In the currency's smallest unit.", examples=[1999])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    nickname: str | None = Field(default=None, description="What you call it.", examples=["Tea, monthly"])
    active: bool = Field(default=True, description="Whether it can be bought.", examples=[True])


class Prices(Result):
    """Some prices."""

    prices: tuple[Price, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class Charge(_Made):
    """Money that was taken, or could not be."""

    id: str = Field(description="The charge's id.", examples=["ch_3MmlLrLkdIwHu7ix"], json_schema_extra=unique)
    amount: int = Field(description="In the currency's smallest unit.", examples=[1999])
    amount_refunded: int = Field(default=0, description="What was given back.", examples=[0])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    status: str = Field(description="`succeeded`, `pending` or `failed`.", examples=["succeeded"])
    customer: str | None = Field(default=None, description="Who paid.", examples=["cus_NffrFeUfNV2Hib"])
    payment_intent: str | None = Field(default=None, description="Of which payment.", examples=["pi_3MtwBwLkdIwHu7ix28a3tqPa"])
    failure_message: str | None = Field(default=None, description="Why it could not be taken.", examples=["Your card was declined."])
    receipt_url: str | None = Field(default=None, description="The receipt.", examples=["https://pay.stripe.com/receipts/test"])


class Charges(Result):
    """Some charges."""

    charges: tuple[Charge, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class Subscription(_Made):
    """What a customer pays again and again."""

    id: str = Field(description="The subscription's id.", examples=["sub_1MowQVLkdIwHu7ixeRlqHVzs"], json_schema_extra=unique)
    customer: str = Field(description="Whose.", examples=["cus_NffrFeUfNV2Hib"])
    status: str = Field(description="`active` when it is paid.", examples=["active"])
    cancel_at_period_end: bool = Field(default=False, description="Whether it ends with what is paid.", examples=[False])
    canceled_at: datetime | None = Field(default=None, description="When it was cancelled.", examples=["2026-02-01T00:00:00Z"])
    trial_end: datetime | None = Field(default=None, description="Until when it is free.", examples=["2026-01-16T03:04:05Z"])


class Subscriptions(Result):
    """Some subscriptions."""

    subscriptions: tuple[Subscription, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class PaymentLink(Result):
    """A link by which anybody may pay."""

    id: str = Field(description="The link's id.", examples=["plink_1MoC3ULkdIwHu7ix"], json_schema_extra=unique)
    url: str = Field(description="Where to pay.", examples=["https://buy.stripe.com/test_cN25nr0iZ7bUa7meUY"])
    active: bool = Field(description="Whether it can be used.", examples=[True])


class Session(Result):
    """A page on which one customer pays."""

    id: str = Field(description="The session's id.", examples=["cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4W"], json_schema_extra=unique)
    url: str | None = Field(
        description="Where to pay; null once it is over.", examples=["https://checkout.stripe.com/c/pay/cs_test_a11YYuf"]
    )
    status: str | None = Field(description="`complete` when it is paid.", examples=["open"])


class InvoiceItem(Result):
    """A line of an invoice."""

    id: str = Field(description="The line's id.", examples=["ii_1MtGUtLkdIwHu7ixBYwjAM00"], json_schema_extra=unique)
    amount: int = Field(description="In the currency's smallest unit.", examples=[1999])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    customer: str = Field(description="Whose.", examples=["cus_NffrFeUfNV2Hib"])
    invoice: str | None = Field(description="On which invoice.", examples=["in_1MtHbELkdIwHu7ix"])


class Invoice(_Made):
    """An invoice, and how far it has come."""

    id: str = Field(description="The invoice's id.", examples=["in_1MtHbELkdIwHu7ix"], json_schema_extra=unique)
    customer: str = Field(description="Whose.", examples=["cus_NffrFeUfNV2Hib"])
    status: str | None = Field(description="draft, open, paid, uncollectible or void.", examples=["draft"])
    number: str | None = Field(default=None, description="Its number, once it is final.", examples=["7FE1103-0001"])
    currency: str = Field(description="Three small letters.", examples=["eur"])
    total: int = Field(description="In the currency's smallest unit.", examples=[1999])
    amount_due: int = Field(description="What is to be paid.", examples=[1999])
    amount_paid: int = Field(description="What has been paid.", examples=[0])
    due_date: datetime | None = Field(default=None, description="Until when.", examples=["2026-02-01T00:00:00Z"])
    hosted_invoice_url: str | None = Field(
        default=None, description="Where the customer sees and pays it.", examples=["https://invoice.stripe.com/i/acct_1/test"]
    )
    invoice_pdf: str | None = Field(default=None, description="As a file.", examples=["https://pay.stripe.com/invoice/acct_1/test/pdf"])


class EventData(Result):
    """What an event is about."""

    object: dict[str, JsonValue] = Field(description="The object as it was then.", examples=[{"id": "in_1MtHbELkdIwHu7ix"}])


class Event(Result):
    """Something that happened in the account."""

    id: str = Field(description="The event's id.", examples=["evt_1MqqbKLkdIwHu7ixzAjBNLnK"], json_schema_extra=unique)
    type: str = Field(description="What happened.", examples=["invoice.paid"])
    created: datetime = Field(description="When.", examples=["2026-01-02T03:04:05Z"])
    data: EventData = Field(description="To what.")


class Money(Result):
    """An amount of a currency."""

    amount: int = Field(description="In the currency's smallest unit.", examples=[1999])
    currency: str = Field(description="Three small letters.", examples=["eur"])


class Balance(Result):
    """What the account has."""

    available: tuple[Money, ...] = Field(description="What can be paid out.")
    pending: tuple[Money, ...] = Field(description="What is on its way.")


class Customers(Result):
    """Some customers."""

    customers: tuple[Customer, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class PaymentIntents(Result):
    """Some payments."""

    payment_intents: tuple[PaymentIntent, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class Invoices(Result):
    """Some invoices."""

    invoices: tuple[Invoice, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class Events(Result):
    """Some events."""

    events: tuple[Event, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


T = TypeVar("T", bound=Result)


class Page(Result, Generic[T]):
    """A page of a list, or of a search."""

    data: tuple[T, ...]
    has_more: bool = False
    next_page: str | None = None
