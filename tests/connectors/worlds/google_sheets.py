"""Google Sheets against Google's document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.google_sheets import GoogleSheets
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.google_sheets import google_sheets
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    number = double[GoogleSheets].add("Orders", "Open", "Done", rows=[["Email", "Count"], ["ada@example.com", 3]])
    of: JsonObject = {"spreadsheet": number}
    sheet: JsonObject = {**of, "sheet": "Open"}
    yield "create_spreadsheet", {"title": "New", "sheets": ["One", "Two"]}
    yield "get_spreadsheet", of
    yield "read_cells", {**of, "range": "Open!A1:B2", "values": "raw"}
    yield "write_cells", {**of, "range": "Open!A3:B3", "rows": [["bo@example.com", 4]], "as_typed": True}
    yield "read_rows", {**sheet, "column": "Count", "value": "3"}
    yield "append_rows", {**sheet, "rows": [["text", 1.5, True, None]]}
    yield "append_rows", {**sheet, "records": [{"Email": "cy@example.com"}]}
    yield "upsert_row", {**sheet, "key_column": "Email", "record": {"Email": "ada@example.com", "Count": 5}}
    yield "upsert_row", {**sheet, "key_column": "Email", "record": {"Email": "di@example.com", "Count": 1}}
    yield "clear_cells", {**of, "range": "Open!A3:B3"}
    yield "add_sheet", {**of, "title": "January"}
    yield "delete_sheet", {**of, "sheet": "January"}
    yield "delete_rows", {**sheet, "first": 2}


conformance = Conformance(
    connector=google_sheets, double=GoogleSheets, contract=OpenApi(("google-sheets.v4.openapi3.json",)), cases=cases,
    blind={
        "create_spreadsheet": "a title is nothing by which to tell spreadsheets apart, and only Drive could look for one",
        "delete_rows": "what is gone leaves nothing by which to tell who took it",
    },
)  # fmt: skip
