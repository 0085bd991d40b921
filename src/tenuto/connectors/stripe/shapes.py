"""What is asked of Stripe; amounts are whole numbers of the currency's smallest unit (cents)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tenuto.core.connector import Params, options

Id = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
Email = Annotated[str, StringConstraints(max_length=512, pattern=r"^[^\s@]+@[^\s@]+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Metadata = dict[
    Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\[\]]+$")], Annotated[str, StringConstraints(max_length=500)]
]
_metadata = Field(default_factory=dict, max_length=50, description="Your own facts, by name.", examples=[{"order": "A-17"}])


class CustomerFields(Params):
    """Of a customer."""

    email: Email | None = Field(default=None, description="Where to write to.", examples=["ada@example.com"])
    name: Text | None = Field(default=None, max_length=256, description="What the customer is called.", examples=["Ada Lovelace"])
    phone: Text | None = Field(default=None, max_length=20, description="The telephone number.", examples=["+44 20 7946 0000"])
    description: Text | None = Field(default=None, description="A note of your own.", examples=["Met at the fair"])
    metadata: Metadata = _metadata


_of_customer = options("list_customers", "customers", value="id", label="email")
_of_price = options("list_prices", "prices", value="id", label="nickname")


class WhichCustomer(Params):
    """One customer."""

    customer: Id = Field(description="The customer's id.", examples=["cus_NffrFeUfNV2Hib"], json_schema_extra=_of_customer)


class CustomerChange(WhichCustomer, CustomerFields):
    """What becomes of a customer."""


class Listing(Params):
    """How much of a list."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most, the newest first.", examples=[10])
    created_after: datetime | None = Field(
        default=None, strict=False, description="Only what was made at this time or later.", examples=["2026-01-02T03:04:05Z"]
    )


class CustomerFilter(Listing):
    """Which customers."""

    email: Email | None = Field(default=None, description="With exactly this address.", examples=["ada@example.com"])


class OfCustomer(Listing):
    """Of whom."""

    customer: Id | None = Field(default=None, description="Of this customer only.", examples=["cus_NffrFeUfNV2Hib"])


class InvoiceFilter(OfCustomer):
    """Which invoices."""

    status: Literal["draft", "open", "paid", "uncollectible", "void"] | None = Field(
        default=None, description="In this state only.", examples=["open"]
    )


class EventFilter(Listing):
    """Which events."""

    types: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_.*]+$")], ...] = Field(
        default=(), max_length=20, description="Only of these kinds.", examples=[["invoice.paid"]]
    )


class Search(Params):
    """A search."""

    query: Text = Field(description="In Stripe's query language.", examples=["email:'ada@example.com'"])
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[10])


class NewPaymentIntent(Params):
    """A payment that is to be made."""

    amount: int = Field(ge=1, le=99_999_999, description="In the currency's smallest unit.", examples=[1999])
    currency: Currency = Field(description="Three small letters.", examples=["eur"])
    customer: Id | None = Field(default=None, description="Who pays.", examples=["cus_NffrFeUfNV2Hib"])
    description: Text | None = Field(default=None, description="What it is for.", examples=["Order A-17"])
    receipt_email: Email | None = Field(default=None, description="Where the receipt goes.", examples=["ada@example.com"])
    payment_method: Id | None = Field(default=None, description="A payment method that is known.", examples=["pm_1MqLiJLkdIwHu7ix"])
    confirm: bool = Field(default=False, description="Pay at once, with that payment method.", examples=[False])
    manual_capture: bool = Field(default=False, description="Reserve the amount, and take it later.", examples=[False])
    metadata: Metadata = _metadata


class WhichPaymentIntent(Params):
    """One payment."""

    payment_intent: Id = Field(description="The payment intent's id.", examples=["pi_3MtwBwLkdIwHu7ix28a3tqPa"])


class Confirmation(WhichPaymentIntent):
    """A payment to make now."""

    payment_method: Id | None = Field(default=None, description="With which payment method.", examples=["pm_1MqLiJLkdIwHu7ix"])


class Capture(WhichPaymentIntent):
    """A reserved amount to take."""

    amount: int | None = Field(default=None, ge=1, description="How much of it; all by default.", examples=[1000])


class NewRefund(WhichPaymentIntent):
    """Money to give back."""

    amount: int | None = Field(default=None, ge=1, description="How much; all that is left by default.", examples=[1999])
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = Field(
        default=None, description="Why.", examples=["requested_by_customer"]
    )
    metadata: Metadata = _metadata


class NewPrice(Params):
    """A product with its price."""

    product_name: Text = Field(max_length=250, description="What is sold.", examples=["Tea, 100 g"])
    unit_amount: int = Field(ge=0, le=99_999_999, description="Of one, in the currency's smallest unit.", examples=[1999])
    currency: Currency = Field(description="Three small letters.", examples=["eur"])
    every: Literal["day", "week", "month", "year"] | None = Field(
        default=None, description="How often it is paid; once by default.", examples=["month"]
    )


class NewPaymentLink(Params):
    """A link by which anybody may pay."""

    price: Id = Field(description="The id of a price.", examples=["price_1MoC3TLkdIwHu7ix"], json_schema_extra=_of_price)
    quantity: int = Field(default=1, ge=1, le=999_999, description="How many.", examples=[1])
    allow_promotion_codes: bool = Field(default=False, description="Whether codes are taken.", examples=[True])
    metadata: Metadata = _metadata


class NewSession(NewPaymentLink):
    """A page on which one customer pays."""

    mode: Literal["payment", "subscription"] = Field(default="payment", description="Once, or again and again.", examples=["payment"])
    success_url: Annotated[str, StringConstraints(max_length=5000, pattern=r"^https?://\S+$")] = Field(
        description="Where the customer goes then.", examples=["https://example.com/thanks"]
    )
    cancel_url: Annotated[str, StringConstraints(max_length=5000, pattern=r"^https?://\S+$")] | None = Field(
        default=None, description="Where the customer goes who does not pay.", examples=["https://example.com/cart"]
    )
    customer: Id | None = Field(default=None, description="Who pays.", examples=["cus_NffrFeUfNV2Hib"])
    customer_email: Email | None = Field(default=None, description="Filled in for who is no customer yet.", examples=["ada@example.com"])


class NewInvoiceItem(WhichCustomer):
    """A line of an invoice."""

    amount: int = Field(ge=-99_999_999, le=99_999_999, description="In the currency's smallest unit.", examples=[1999])
    currency: Currency = Field(description="Three small letters.", examples=["eur"])
    description: Text | None = Field(default=None, description="What it is for.", examples=["Consulting, 2 h"])
    invoice: Id | None = Field(
        default=None, description="A draft it belongs to; by default the customer's next.", examples=["in_1MtHbELkdIwHu7ix"]
    )
    metadata: Metadata = _metadata


class NewInvoice(WhichCustomer):
    """An invoice, as a draft."""

    days_until_due: int | None = Field(
        default=None, ge=0, le=3650, description="The invoice is sent, and due then; else the customer's card is charged.", examples=[30]
    )
    description: Text | None = Field(default=None, max_length=1500, description="Shown to the customer.", examples=["Thank you!"])
    include_pending_items: bool = Field(default=True, description="With the customer's lines that wait for an invoice.", examples=[True])
    metadata: Metadata = _metadata


class WhichInvoice(Params):
    """One invoice."""

    invoice: Id = Field(description="The invoice's id.", examples=["in_1MtHbELkdIwHu7ix"])


class PriceFilter(Listing):
    """Which prices."""

    product: Id | None = Field(default=None, description="Of this product only.", examples=["prod_NZKdYqrwEYx6iK"])
    active: bool | None = Field(default=None, description="Only those that can be bought, or only others.", examples=[True])


class ChargeFilter(OfCustomer):
    """Which charges."""

    payment_intent: Id | None = Field(default=None, description="Of this payment only.", examples=["pi_3MtwBwLkdIwHu7ix28a3tqPa"])


class NewSubscription(WhichCustomer):
    """What a customer is to pay again and again."""

    price: Id = Field(
        description="The id of a price that is paid again and again.", examples=["price_1MoC3TLkdIwHu7ix"], json_schema_extra=_of_price
    )
    quantity: int = Field(default=1, ge=1, le=999_999, description="How many.", examples=[1])
    days_until_due: int | None = Field(
        default=None, ge=1, le=3650, description="Invoices are sent, and due then; else the customer's card is charged.", examples=[30]
    )
    trial_days: int | None = Field(default=None, ge=1, le=730, description="How long it is free at first.", examples=[14])
    metadata: Metadata = _metadata


class WhichSubscription(Params):
    """One subscription."""

    subscription: Id = Field(description="The subscription's id.", examples=["sub_1MowQVLkdIwHu7ixeRlqHVzs"])


class SubscriptionEnd(WhichSubscription):
    """When a subscription ends."""

    at_period_end: bool = Field(default=False, description="When what is paid is used up, rather than at once.", examples=[True])


class SubscriptionFilter(OfCustomer):
    """Which subscriptions."""

    status: Literal["active", "past_due", "unpaid", "canceled", "incomplete", "trialing", "paused", "all"] | None = Field(
        default=None, description="In this state only; by default all that are not over.", examples=["active"]
    )


class Nothing(Params):
    """Nothing has to be said."""
