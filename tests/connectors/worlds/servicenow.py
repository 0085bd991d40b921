"""ServiceNow against a sample of its document, which knows incidents and attachments; the rest is cited."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts import Json
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.servicenow import ServiceNow
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.servicenow import servicenow
from tenuto.core.values import JsonObject

server = "https://ours.service-now.com"


def mended(document: Json) -> None:
    """The sample has neither PATCH, which takes what POST takes, nor pages; and files are of every kind. (Table API, Attachment API)"""
    paths = document["paths"]
    incidents, one = paths["/api/now/v2/table/incident"], paths["/api/now/v2/table/incident/{sys_id}"]
    one["patch"] = {**one["put"], "requestBody": incidents["post"]["requestBody"]}
    further = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("sysparm_offset",)]
    incidents["get"]["parameters"] += further
    paths["/api/now/v1/attachment/file"]["post"]["requestBody"] = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    for _ in range(3):
        double[ServiceNow].add("incident", short_description="Printer")
    sent: JsonObject = {
        "short_description": "s",
        "description": "d",
        "urgency": "high",
        "impact": "low",
        "caller": "grace",
        "category": "c",
    }
    made = yield "create_incident", {**sent, "assigned_to": "ada@example.com", "assignment_group": "Service Desk"}
    one: JsonObject = {"table": "incident", "id": made["id"]}
    yield "create_record", {"table": "incident", "fields": {"short_description": "s"}}
    yield "update_record", {**one, "fields": {"state": "2", "category": None}}
    yield "get_record", {**one, "fields": ["number", "caller_id.email"], "display": True}
    where: list[Any] = [{"field": "short_description", "is": "contains", "value": "r"}, {"field": "state", "is": "in", "value": ["1", "2"]}]
    yield "list_records", {"table": "incident", "where": where, "fields": ["number"]}
    yield "add_note", {**one, "text": "t"}
    yield "resolve_incident", {"id": made["id"], "close_code": "Solution provided", "close_notes": "n"}
    yield "attach_file", {**one, "name": "a.txt", "text": "t"}
    yield "list_files", one
    yield "delete_record", one


conformance = Conformance(
    connector=servicenow,
    double=ServiceNow,
    contract=OpenApi(("servicenow-sample.swagger2.json",), server=server, repair=mended),
    cases=cases,
    real=server,
    beyond={
        rf"\w+ {server}/api/now/v2/table/(?!incident)\w+(/\w+)?": "Table API: every table is asked as incidents are",
    },
    blind={"add_note": "an entry of a journal carries nothing of ours"},
)
