"""Zendesk against its double, which cites the vendor's pages: no document of it is in the specs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.doubles.vendors import VendorsDouble
from tests.doubles.zendesk import Zendesk

from tenuto.connectors.zendesk import zendesk
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    for number in range(3):
        double[Zendesk].add_ticket(f"Printer {number}")
    made = yield "create_ticket", {"subject": "s", "text": "t", "requester_email": "n@example.com", "requester_name": "N", "tags": ["a"]}
    one: JsonObject = {"id": made["id"]}
    yield "get_ticket", one
    yield "update_ticket", {**one, "status": "open", "priority": "high", "custom_fields": {"360001": "gold"}}
    yield "add_comment", {**one, "text": "t", "public": False, "status": "pending"}
    yield "add_tags", {**one, "tags": ["b"]}
    yield "list_tickets", {}
    yield "search_tickets", {"text": "printer", "below": "solved", "created_after": "2026-01-01T00:00:00Z"}
    yield "list_comments", one
    yield "save_user", {"name": "N", "email": "n@example.com", "phone": "1"}
    yield "find_users", {"query": "n@example.com"}
    yield "list_groups", {}
    yield "delete_ticket", one


conformance = Conformance(
    connector=zendesk,
    double=Zendesk,
    contract=None,
    cases=cases,
    real="https://ours.zendesk.com",
    blind={"add_comment": "a comment carries nothing of ours, and the key is for creations alone"},
)
