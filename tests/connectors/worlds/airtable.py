"""Airtable against its double, which cites the vendor's pages: no document of it is in the specs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.doubles.airtable import Airtable, base
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.airtable import airtable
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    for number in range(3):
        double[Airtable].add(Name=str(number), Effort=number)
    tasks: JsonObject = {"base": base, "table": "Tasks"}
    made = yield "create_record", {**tasks, "fields": {"Name": "Call", "Effort": 2.5, "Tags": ["red"]}, "step_field": "Step"}
    yield "upsert_record", {**tasks, "merge_on": ["Email"], "fields": {"Email": "a@example.com", "Status": "New"}, "typecast": True}
    one: JsonObject = {**tasks, "id": made["id"]}
    yield "update_record", {**one, "fields": {"Done": True, "Effort": None}}
    yield "get_record", one
    where: list[Any] = [{"field": "Name", "is": "contains", "value": 'a"ll'}, {"field": "Done", "value": True}]
    yield "list_records", {**tasks, "where": where, "sort": [{"field": "Name"}], "view": "Grid view", "fields": ["Name"]}
    yield "list_records", tasks
    yield "add_comment", {**one, "text": "Done."}
    yield "list_comments", one
    yield "list_bases", {}
    yield "list_tables", {"base": base}
    yield "delete_record", one


conformance = Conformance(
    connector=airtable,
    double=Airtable,
    contract=None,
    cases=cases,
    blind={"add_comment": "a comment carries nothing of ours"},
)
