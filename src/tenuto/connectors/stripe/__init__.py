"""Stripe's API v1: customers, payments, payment links, invoices, refunds, events; amounts in the currency's smallest unit.

https://docs.stripe.com/api; whatever is made has an idempotency key, so that a request may be sent again.
"""

from __future__ import annotations

from tenuto.connectors.stripe import billing, payments
from tenuto.connectors.stripe.vendor import stripe

__all__ = ["billing", "payments", "stripe"]
