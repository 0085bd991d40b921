"""Salesforce against the shapes of its own collection of examples; what that collection leaves out is cited."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.postman import Postman
from tests.doubles.salesforce import Salesforce
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.salesforce import salesforce
from tenuto.core.values import JsonObject

server = "https://ours.my.salesforce.com"
_data = rf"{server}/services/data/v62\.0"


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    account: JsonObject = {"object": "Account"}
    made = yield "create_record", {**account, "fields": {"Name": "Acme"}, "step_field": "Tenuto__c"}
    yield "upsert_record", {**account, "external_field": "Tenuto__c", "external_id": "K 4711", "fields": {"Name": "Initech"}}
    yield "update_record", {**account, "id": made["id"], "fields": {"Phone": "1"}}
    yield "get_record", {**account, "id": made["id"], "fields": ["Id", "Name"]}
    yield "get_record", {**account, "id": "K 4711", "by": "Tenuto__c"}
    for name in ("Umbrella", "Hooli"):
        double[Salesforce].add("Account", Name=name)
    yield "list_records", {**account, "where": [{"field": "Name", "is": "in", "value": ["Acme", "O'Neil"]}]}
    yield "query", {"soql": "SELECT Id, Name FROM Account"}
    yield "search", {"text": "acme", "objects": ["Account"]}
    yield "list_objects", {}
    yield "describe_object", account
    yield "send_email", {"to": ["ada@example.com"], "subject": "s", "body": "b"}
    yield "delete_record", {**account, "id": made["id"]}


conformance = Conformance(
    connector=salesforce,
    double=Salesforce,
    contract=Postman("salesforce-postman-2021.json", server, "62.0"),
    cases=cases,
    real=server,
    beyond={
        rf"PATCH {_data}/sobjects/\w+/\w+/[^/]+": "api_rest.meta/api_rest/dome_upsert.htm",
        rf"GET {_data}/query/[^/]+": "api_rest.meta/api_rest/resources_query_more_results.htm",
        rf"POST {_data}/actions/standard/emailSimple": "api_action.meta/api_action/actions_obj_email_simple.htm",
        rf"GET {_data}/sobjects/\w+/\w+": "api_rest.meta/api_rest/resources_sobject_retrieve_get.htm",
    },
    blind={"send_email": "the action takes no key, and what was sent is not listed"},
)
