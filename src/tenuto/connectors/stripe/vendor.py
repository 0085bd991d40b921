"""Stripe as a vendor: how to sign in, which version its answers have, and how it says no."""

from __future__ import annotations

from tenuto.core.auth import ApiKey, schemes
from tenuto.core.connector import Answer, Connector, ErrorRule, Params, Request, Whoami
from tenuto.core.errors import InvalidOutput, RateLimited

_again = 1.0
"""Seconds after which a request is asked again whose twin was still under way."""


def _account(answer: Answer, params: Params) -> Whoami:
    del params
    if not isinstance(answer.json, dict):
        raise InvalidOutput("Stripe answered something else than an account.", raw=answer.text)
    return Whoami(account=str(answer.json.get("email") or answer.json.get("id")))


stripe = Connector(
    key="stripe",
    name="Stripe",
    doc="Customers, payments, payment links, invoices, refunds.",
    base_url="https://api.stripe.com",
    auth=ApiKey(prefix="Bearer ", label="Secret key, or restricted key"),
    check=Request(result=Whoami, method="GET", path="/v1/account", read=_account),
    # Its answers change with its versions; the account's own would be another in each account.
    headers={"stripe-version": "2023-08-16"},
    webhook=schemes["stripe"],
    events=(
        "account", "balance", "charge", "checkout", "coupon", "credit_note", "customer", "invoice", "invoiceitem", "mandate",
        "payment_intent", "payment_link", "payment_method", "payout", "plan", "price", "product", "promotion_code", "quote", "refund",
        "setup_intent", "source", "subscription_schedule", "tax_rate", "topup", "transfer",
    ),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="error.message",
            reason="error.code",
            kinds={"rate_limit": RateLimited, "lock_timeout": RateLimited, "idempotency_key_in_use": RateLimited},
            fixes={
                "card_declined": "Ask the customer for another way to pay.",
                "resource_missing": "Check the id, and that it is of this account and mode: a test key does not see what is live.",
                "parameter_unknown": "Leave it out.",
                "amount_too_small": "Stripe has a smallest amount for each currency.",
            },
            wait=lambda answer: _again if answer.status in (409, 429) else None,
        ),
    ),
)  # fmt: skip
