"""HubSpot against its double, which cites the vendor's pages: no document of it is in the specs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.doubles.hubspot import HubSpot
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.hubspot import hubspot
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    contacts: JsonObject = {"type": "contacts"}
    sent: JsonObject = {**contacts, "properties": {"email": "ada@example.com"}, "step_property": "tenuto_step"}
    made = yield "create_object", sent
    one: JsonObject = {**contacts, "id": made["id"]}
    yield "upsert_object", {**contacts, "by": "email", "value": "bo@example.com", "properties": {"firstname": "Bo"}}
    yield "update_object", {**one, "properties": {"phone": "1"}}
    yield "get_object", {**contacts, "id": "ada@example.com", "by": "email", "properties": ["email", "phone"]}
    double[HubSpot].add("contacts", email="cy@example.com")
    yield "list_objects", contacts
    yield "search_objects", {**contacts, "query": "a", "filters": [{"property": "email", "operator": "IN", "values": ["ada@example.com"]}]}
    company = double[HubSpot].add("companies", name="Acme")["id"]
    yield "link_objects", {**one, "to_type": "companies", "to_id": company}
    yield "list_links", {**one, "to_type": "companies"}
    yield "list_owners", {"email": "ada@example.com"}
    yield "list_properties", contacts
    yield "list_pipelines", {"type": "deals"}
    yield "archive_object", one


conformance = Conformance(connector=hubspot, double=HubSpot, contract=None, cases=cases)
