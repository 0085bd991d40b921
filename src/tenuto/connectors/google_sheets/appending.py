"""Rows added once: a batch adds them and leaves a mark in the spreadsheet's metadata, both or neither, and by the mark they are found again.

The metadata of a spreadsheet holds 30,000 characters in all, so that each batch takes old marks away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import AliasPath, Field, JsonValue

from tenuto.connectors.google_sheets.answers import Appended, Sheet, Spreadsheet
from tenuto.connectors.google_sheets.rows import columns_of, placed
from tenuto.connectors.google_sheets.service import google_sheets, one, scope
from tenuto.connectors.google_sheets.shapes import NewRows, entered
from tenuto.core.connector import Calls, Request, Result, mark
from tenuto.core.errors import Rejected, Uncertain

marks_kept = 300
_name = "tenuto"


class _Mark(Result):
    id: int = Field(validation_alias=AliasPath("developerMetadata", "metadataId"))
    value: str = Field(default="", validation_alias=AliasPath("developerMetadata", "metadataValue"))

    @property
    def step(self) -> str:
        return self.value.partition("@")[0]

    @property
    def at(self) -> datetime:
        seconds = self.value.partition("@")[2]
        return datetime.fromtimestamp(int(seconds) if seconds.isdecimal() else 0, UTC)


class _Marks(Result):
    found: tuple[_Mark, ...] = Field(default=(), validation_alias="matchedDeveloperMetadata")


class _Replies(Result):
    pass


async def sheets_of(calls: Calls, spreadsheet: str) -> Sequence[Sheet]:
    """The sheets of a spreadsheet."""
    query = {"fields": "spreadsheetId,properties.title,spreadsheetUrl,sheets.properties"}
    return (await calls.send(Request(result=Spreadsheet, method="GET", path=one, fill={"spreadsheet": spreadsheet}, query=query))).sheets


def named(sheets: Sequence[Sheet], title: str) -> Sheet | None:
    """The sheet of a name."""
    return next((sheet for sheet in sheets if sheet.title.lower() == title.lower()), None)


async def sheet_of(calls: Calls, spreadsheet: str, title: str) -> Sheet:
    """A sheet by its name. Raises `Rejected` where there is none."""
    known = await sheets_of(calls, spreadsheet)
    found = named(known, title)
    if found is None:
        names = ", ".join(sheet.title for sheet in known)
        raise Rejected(f'The spreadsheet has no sheet "{title}"; it has: {names}.', fix="Name one of them, or add it.")
    return found


async def batch(calls: Calls, spreadsheet: str, requests: Sequence[JsonValue]) -> None:
    """Changes that are made all or none."""
    body: JsonValue = {"requests": list(requests)}
    await calls.send(Request(result=_Replies, method="POST", path=f"{one}:batchUpdate", fill={"spreadsheet": spreadsheet}, json=body))


async def _marks(calls: Calls, spreadsheet: str) -> Sequence[_Mark]:
    """The oldest first."""
    body: JsonValue = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": _name}}]}
    path, fill = f"{one}/developerMetadata:search", {"spreadsheet": spreadsheet}
    found = await calls.send(Request(result=_Marks, method="POST", path=path, fill=fill, json=body))
    return sorted(found.found, key=lambda each: each.at)


async def _appended(calls: Calls, params: NewRows, key: str) -> Appended | None:
    found = await _marks(calls, params.spreadsheet)
    if any(each.step == mark(key) for each in found):
        return _answer(params)
    if len(found) >= marks_kept and found[0].at > calls.now:
        raise Uncertain("So many rows were added since that the mark of these is gone.", fix="Look into the spreadsheet.")
    return None


def _answer(params: NewRows) -> Appended:
    return Appended(sheet=params.sheet, rows=len(params.rows or params.records or ()))


@google_sheets.action(effect="write", scopes=(scope,), verify=_appended)
async def append_rows(calls: Calls, params: NewRows) -> Appended:
    """Add rows below all that is in a sheet. Texts stay texts, also those that look like formulas."""
    sheet = await sheet_of(calls, params.spreadsheet, params.sheet)
    rows = params.rows or ()
    if params.records:
        columns = await columns_of(calls, params, params.header_row)
        rows = [placed(columns, record) for record in params.records]
    old = (await _marks(calls, params.spreadsheet))[: 1 - marks_kept]
    value = f"{mark(calls.key)}@{int(calls.now.timestamp())}"
    made: JsonValue = {"metadataKey": _name, "metadataValue": value, "visibility": "DOCUMENT", "location": {"spreadsheet": True}}
    cells: list[JsonValue] = [{"values": [entered(cell) for cell in row]} for row in rows]
    added: Mapping[str, JsonValue] = {"sheetId": sheet.id, "rows": cells, "fields": "userEnteredValue"}
    gone: list[JsonValue] = [
        {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": each.id}}}} for each in old
    ]
    await batch(calls, params.spreadsheet, [{"createDeveloperMetadata": {"developerMetadata": made}}, {"appendCells": dict(added)}, *gone])
    return _answer(params)
