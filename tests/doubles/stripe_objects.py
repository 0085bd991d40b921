"""What Stripe keeps: each kind of object with its parameters, its first state and what may be expanded in it.

From https://docs.stripe.com/api (customers, payment_intents, invoices, invoiceitems, refunds, subscriptions, products, prices,
checkout/sessions, payment_links, webhook_endpoints, events) and the shapes of the vendor's published fixtures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.stripe_forms import fields
from tests.doubles.vendor import Json

clauses = re.compile(r"""(-?)(\w+)(?:\[["'](.+?)["']\])?\s*(:|~|>=|<=|>|<)\s*(?:["'](.*?)["']|(\d+|null))""")
_compared = {
    "gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__,
    ">": int.__gt__, ">=": int.__ge__, "<": int.__lt__, "<=": int.__le__,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of object: `name` is its place in the path."""

    name: str
    object: str
    prefix: str
    create: dict[str, str] = field(default_factory=dict[str, str])
    required: tuple[str, ...] = ()
    update: dict[str, str] | None = None
    """None where an object cannot be changed."""
    facts: Json = field(default_factory=dict[str, Any])
    """How it begins, beside what was given."""
    refers: dict[str, str] = field(default_factory=dict[str, str])
    """Fields that hold the id of an object of another kind, and can be expanded."""
    filters: dict[str, str] = field(default_factory=dict[str, str])
    deletable: bool = False
    searchable: bool = False
    quiet: bool = False
    """Whether nothing is told of it in an event."""

    @property
    def title(self) -> str:
        return self.object.replace("_", " ").replace(".", " ")


_customer = fields(
    "address:map balance:int description email invoice_settings:map name payment_method phone preferred_locales:list shipping:map source"
    " tax_exempt:none|exempt|reverse invoice_prefix next_invoice_sequence:int coupon"
)
_intent = fields(
    "amount:int currency customer description payment_method payment_method_types:list receipt_email setup_future_usage shipping:map"
    " statement_descriptor statement_descriptor_suffix transfer_group capture_method:automatic|automatic_async|manual"
)
_intent_new = _intent | fields(
    "automatic_payment_methods:map confirm:bool off_session:bool return_url confirmation_method:automatic|manual"
)
_invoice = fields(
    "auto_advance:bool collection_method:charge_automatically|send_invoice days_until_due:int default_payment_method description"
    " due_date:int footer custom_fields:list statement_descriptor discounts:list default_tax_rates:list automatic_tax:map"
)
_item = fields("amount:int currency description discountable:bool price price_data:map quantity:int unit_amount:int period:map")
_subscription = fields(
    "cancel_at:int cancel_at_period_end:bool collection_method:charge_automatically|send_invoice days_until_due:int default_payment_method"
    " description items:list payment_behavior:allow_incomplete|default_incomplete|error_if_incomplete|pending_if_incomplete"
    " proration_behavior:always_invoice|create_prorations|none trial_end trial_period_days:int coupon promotion_code"
)
_product = fields("active:bool description images:list name statement_descriptor tax_code unit_label url shippable:bool")
_session = fields(
    "allow_promotion_codes:bool cancel_url client_reference_id customer customer_email expires_at:int line_items:list locale"
    " mode:payment|setup|subscription payment_method_types:list success_url automatic_tax:map billing_address_collection:auto|required"
    " payment_intent_data:map subscription_data:map discounts:list currency"
)
_link = fields(
    "after_completion:map allow_promotion_codes:bool currency line_items:list payment_method_types:list automatic_tax:map custom_text:map"
)
_dates = fields("created:map")

kinds = (
    Kind(
        name="customers", object="customer", prefix="cus", create=_customer, update=_customer | fields("default_source"), deletable=True,
        filters=_dates | fields("email"), searchable=True,
        facts={
            "address": None, "balance": 0, "currency": None, "default_source": None, "delinquent": False, "description": None,
            "discount": None, "email": None, "invoice_prefix": "7FE1103", "name": None, "next_invoice_sequence": 1, "phone": None,
            "preferred_locales": [], "shipping": None, "tax_exempt": "none", "test_clock": None,
            "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
        },
    ),
    Kind(
        name="payment_intents", object="payment_intent", prefix="pi", create=_intent_new, update=_intent, required=("amount", "currency"),
        filters=_dates | fields("customer"), searchable=True, refers={"customer": "customers", "latest_charge": "charges"},
        facts={
            "amount_capturable": 0, "amount_received": 0, "canceled_at": None, "cancellation_reason": None, "customer": None,
            "capture_method": "automatic", "confirmation_method": "automatic", "description": None, "last_payment_error": None,
            "latest_charge": None, "next_action": None, "payment_method": None, "payment_method_types": ["card"], "receipt_email": None,
            "setup_future_usage": None, "shipping": None, "status": "requires_payment_method",
        },
    ),
    Kind(
        name="charges", object="charge", prefix="ch", update=fields("description receipt_email"), searchable=True,
        filters=_dates | fields("customer payment_intent"), refers={"customer": "customers", "payment_intent": "payment_intents"},
        facts={
            "amount_refunded": 0, "balance_transaction": None, "captured": True, "description": None, "disputed": False,
            "failure_code": None, "failure_message": None, "paid": True, "refunded": False, "status": "succeeded",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None}, "receipt_email": None, "receipt_url": None,
        },
    ),
    Kind(
        name="refunds", object="refund", prefix="re", update={},
        create=fields("amount:int charge payment_intent reason:duplicate|fraudulent|requested_by_customer instructions_email"),
        filters=_dates | fields("charge payment_intent"), refers={"charge": "charges", "payment_intent": "payment_intents"},
        facts={"balance_transaction": None, "reason": None, "receipt_number": None, "status": "succeeded"},
    ),
    Kind(
        name="invoices", object="invoice", prefix="in", deletable=True, searchable=True, update=_invoice,
        create=_invoice | fields("customer subscription currency pending_invoice_items_behavior:exclude|include"), required=("customer",),
        filters=_dates | fields("customer subscription status:draft|open|paid|uncollectible|void collection_method"),
        refers={"customer": "customers", "subscription": "subscriptions"},
        facts={
            "amount_due": 0, "amount_paid": 0, "amount_remaining": 0, "attempt_count": 0, "attempted": False, "auto_advance": False,
            "collection_method": "charge_automatically", "currency": "usd", "description": None, "due_date": None, "footer": None,
            "hosted_invoice_url": None, "invoice_pdf": None, "number": None, "paid": False, "status": "draft", "subscription": None,
            "subtotal": 0, "total": 0, "billing_reason": "manual",
        },
    ),
    Kind(
        name="invoiceitems", object="invoiceitem", prefix="ii", create=_item | fields("customer invoice subscription"),
        required=("customer",), update=_item, deletable=True, filters=_dates | fields("customer invoice pending:bool"),
        refers={"customer": "customers", "invoice": "invoices"},
        facts={"description": None, "discountable": True, "invoice": None, "proration": False, "quantity": 1, "currency": "usd"},
    ),
    Kind(
        name="subscriptions", object="subscription", prefix="sub", create=_subscription | fields("customer currency"), update=_subscription,
        required=("customer",), filters=_dates | fields("customer price status collection_method"), refers={"customer": "customers"},
        facts={
            "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "collection_method": "charge_automatically",
            "currency": "usd", "default_payment_method": None, "description": None, "ended_at": None, "latest_invoice": None,
            "status": "active", "trial_end": None,
        },
    ),
    Kind(
        name="products", object="product", prefix="prod", create=_product | fields("id default_price_data:map"), required=("name",),
        update=_product | fields("default_price"), deletable=True, filters=_dates | fields("active:bool"), searchable=True,
        facts={"active": True, "default_price": None, "description": None, "images": [], "type": "service", "url": None},
    ),
    Kind(
        name="prices", object="price", prefix="price", required=("currency",), searchable=True, refers={"product": "products"},
        create=fields("active:bool currency nickname product product_data:map recurring:map unit_amount:int lookup_key tax_behavior"),
        update=fields("active:bool nickname lookup_key"), filters=_dates | fields("active:bool product type:one_time|recurring currency"),
        facts={"active": True, "billing_scheme": "per_unit", "nickname": None, "recurring": None, "type": "one_time", "lookup_key": None},
    ),
    Kind(
        name="checkout/sessions", object="checkout.session", prefix="cs_test", create=_session, filters=_dates | fields("customer status"),
        refers={"customer": "customers", "payment_intent": "payment_intents"},
        facts={
            "cancel_url": None, "client_reference_id": None, "customer": None, "customer_email": None, "payment_status": "unpaid",
            "status": "open", "payment_intent": None, "subscription": None,
        },
    ),
    Kind(
        name="payment_links", object="payment_link", prefix="plink", create=_link, required=("line_items",), quiet=True,
        update=fields("active:bool after_completion:map allow_promotion_codes:bool custom_text:map"), filters=fields("active:bool"),
        facts={"active": True, "allow_promotion_codes": False},
    ),
    Kind(
        name="webhook_endpoints", object="webhook_endpoint", prefix="we", quiet=True, required=("enabled_events", "url"), deletable=True,
        create=fields("url enabled_events:list description api_version connect:bool"),
        update=fields("url enabled_events:list description disabled:bool"),
        facts={"api_version": None, "application": None, "description": None, "status": "enabled"},
    ),
    Kind(name="events", object="event", prefix="evt", quiet=True, filters=_dates | fields("type types:list delivery_success:bool")),
)  # fmt: skip


def fits(item: Json, asked: Json) -> bool:
    """Whether an object is among those that a list was asked for."""
    for name, value in asked.items():
        match name:
            case "expand" | "metadata" | "delivery_success":
                continue
            case "created":
                bounds: Json = value or {}
                if not all(_compared[word](item["created"], int(at)) for word, at in bounds.items()):
                    return False
            case "types" | "type" if item["object"] == "event":
                if not any(re.fullmatch(one.replace(".", r"\.").replace("*", ".*"), item["type"]) for one in _many(value)):
                    return False
            case "pending":
                if bool(item.get("invoice")) is value:
                    return False
            case "price":
                if value not in [line["price"]["id"] for line in item["items"]["data"]]:
                    return False
            case _:
                if item.get(name) != value:
                    return False
    # Cancelled subscriptions are listed only where they are asked for.
    return not (item["object"] == "subscription" and item["status"] == "canceled" and "status" not in asked)


def _many(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def matches(item: Json, clause: tuple[str, ...]) -> bool:
    """Whether an object fits one clause of a search."""
    no, name, inner, operator, quoted, bare = clause
    value: Any = item.get(name)
    wanted = quoted or bare
    if inner:
        kept: Json = value or {}
        value = kept.get(inner)
    match operator:
        case ":":
            found = value is None if bare == "null" else str(value if value is not None else "").lower() == wanted.lower()
        case "~":
            found = wanted.lower() in str(value or "").lower()
        case _:
            found = isinstance(value, int) and _compared[operator](value, int(wanted))
    return found != bool(no)
