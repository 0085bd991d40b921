"""Gmail against Google's document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.gmail import Gmail
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.gmail import gmail
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double[Gmail].receive("From: a@example.com\r\nTo: me@example.com\r\nSubject: s\r\n\r\nb")
    yield "send_email", {"to": "a@example.com", "subject": "s", "body": "b", "cc": "c@example.com", "bcc": "d@example.com"}
    yield "read_emails", {"limit": 3, "unread_only": True}
    yield "search_emails", {"query": "s", "from": "a", "subject": "s", "after": "2026-01-01", "before": "2036-01-01"}


conformance = Conformance(connector=gmail, double=Gmail, contract=OpenApi(("google-gmail.v1.openapi3.json",)), cases=cases)
