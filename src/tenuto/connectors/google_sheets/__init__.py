"""Google Sheets' API: rows of tables by the names of their columns, cells by their range, sheets and spreadsheets.

https://developers.google.com/workspace/sheets/api/reference/rest
"""

from __future__ import annotations

from pydantic import AliasPath, Field, JsonValue

from tenuto.connectors.google_sheets import rows
from tenuto.connectors.google_sheets.answers import Cleared, Removed, Sheet, Spreadsheet, Values, Written
from tenuto.connectors.google_sheets.appending import append_rows, batch, named, sheet_of, sheets_of
from tenuto.connectors.google_sheets.service import cells, google_sheets, one, root, scope
from tenuto.connectors.google_sheets.shapes import NewSheet, NewSpreadsheet, OfRange, OfSheet, OfSpreadsheet, Reading, RowSpan, Writing
from tenuto.core.connector import Calls, Request, Result
from tenuto.core.errors import Rejected

__all__ = ["append_rows", "google_sheets", "rows"]


@google_sheets.action(effect="read", scopes=(scope,))
def get_spreadsheet(params: OfSpreadsheet) -> Request[Spreadsheet]:
    """Read a spreadsheet's title and sheets."""
    return Request(
        result=Spreadsheet, method="GET", path=one, query={"fields": "spreadsheetId,properties.title,spreadsheetUrl,sheets.properties"}
    )


# Without `verify`: a spreadsheet has no name that is its own, and nothing but Drive could look for it.
@google_sheets.action(effect="write", scopes=(scope,))
def create_spreadsheet(params: NewSpreadsheet) -> Request[Spreadsheet]:
    """Make a spreadsheet."""
    body: dict[str, JsonValue] = {"properties": {"title": params.title}}
    if params.sheets:
        body["sheets"] = [{"properties": {"title": title}} for title in params.sheets]
    return Request(result=Spreadsheet, method="POST", path=root, json=body)


@google_sheets.action(effect="read", scopes=(scope,))
def read_cells(params: Reading) -> Request[Values]:
    """Read cells."""
    return Request(result=Values, method="GET", path=cells, query={"valueRenderOption": params.render})


@google_sheets.action(effect="idempotent_write", scopes=(scope,))
def write_cells(params: Writing) -> Request[Written]:
    """Write cells."""
    body: JsonValue = {"range": params.range, "values": [list(row) for row in params.rows]}
    query = {"valueInputOption": "USER_ENTERED" if params.as_typed else "RAW"}
    return Request(result=Written, method="PUT", path=cells, query=query, json=body)


@google_sheets.action(effect="idempotent_write", scopes=(scope,))
def clear_cells(params: OfRange) -> Request[Cleared]:
    """Clear cells; how they look stays."""
    return Request(result=Cleared, method="POST", path=f"{cells}:clear", json={})


class _Added(Result):
    sheet: Sheet = Field(validation_alias=AliasPath("replies", 0, "addSheet"))


@google_sheets.action(effect="idempotent_write", scopes=(scope,))
async def add_sheet(calls: Calls, params: NewSheet) -> Sheet:
    """Add a sheet; one of that name that is there already is taken."""
    if found := named(await sheets_of(calls, params.spreadsheet), params.title):
        return found
    body: JsonValue = {"requests": [{"addSheet": {"properties": {"title": params.title}}}]}
    fill = {"spreadsheet": params.spreadsheet}
    try:
        return (await calls.send(Request(result=_Added, method="POST", path=f"{one}:batchUpdate", fill=fill, json=body))).sheet
    except Rejected:
        # Somebody was faster, or the answer to our first attempt was lost.
        return await sheet_of(calls, params.spreadsheet, params.title)


# Without `verify`: what is gone leaves nothing by which to tell whether it was this step that took it.
@google_sheets.action(effect="write", scopes=(scope,))
async def delete_rows(calls: Calls, params: RowSpan) -> Removed:
    """Delete rows; those below move up."""
    sheet = await sheet_of(calls, params.spreadsheet, params.sheet)
    start = params.first - 1
    span: JsonValue = {"sheetId": sheet.id, "dimension": "ROWS", "startIndex": start, "endIndex": start + params.count}
    await batch(calls, params.spreadsheet, [{"deleteDimension": {"range": span}}])
    return Removed(sheet=params.sheet, rows=params.count)


@google_sheets.action(effect="idempotent_write", scopes=(scope,))
async def delete_sheet(calls: Calls, params: OfSheet) -> Removed:
    """Delete a sheet with all that is in it; one that is not there is gone."""
    sheet = named(await sheets_of(calls, params.spreadsheet), params.sheet)
    if sheet is None:
        return Removed(sheet=params.sheet, rows=0)
    await batch(calls, params.spreadsheet, [{"deleteSheet": {"sheetId": sheet.id}}])
    return Removed(sheet=params.sheet, rows=sheet.rows)
