"""A double of Google Sheets' API: cells as they were entered and as they are shown, A1 ranges, tables that grow, and batches of changes.

From https://developers.google.com/workspace/sheets/api/reference/rest (spreadsheets, spreadsheets.values, developerMetadata),
…/sheets/api/guides/values, …/guides/concepts, …/guides/batchupdate, …/guides/metadata and …/sheets/api/limits.
Where the vendor documents nothing, the double chose: the only formulas it works out are =SUM(range) and a reference to one cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, cast
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.google import Refusal, guarded, inner, many, picked, refusal_of, with_status
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor

_start_of_days = date(1899, 12, 30)
_inputs = ("RAW", "USER_ENTERED")
_renders = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
_a1 = re.compile(r"(?:('(?:[^']|'')+'|[^'!]+)!)?(.*)", re.DOTALL)
_corner = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d*)")
Box = tuple[int, int, int, int]
"""First row and column, and the row and column after the last."""


class Sheet:
    """A grid of cells; a cell is what was entered after `valueInputOption` was heeded, a formula begins with `=`."""

    def __init__(self, number: int, title: str, rows: int = 1000, columns: int = 26) -> None:
        self.number, self.title, self.rows, self.columns = number, title, rows, columns
        self.cells: dict[tuple[int, int], Any] = {}
        self.days: set[tuple[int, int]] = set()
        """Cells whose number is shown as a day."""

    @property
    def name(self) -> str:
        """As it stands in a range."""
        return self.title if re.fullmatch(r"[A-Za-z_]\w*", self.title) else "'" + self.title.replace("'", "''") + "'"

    @property
    def table(self) -> list[list[Any]]:
        """All cells from A1, as they were entered."""
        width = max((column for _, column in self.cells), default=-1) + 1
        height = max((row for row, _ in self.cells), default=-1) + 1
        return [[self.cells.get((row, column), "") for column in range(width)] for row in range(height)]


class GoogleSheets(Vendor):
    """The spreadsheets of one user; `add` makes one."""

    key = "google_sheets"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.spreadsheets: dict[str, Json] = {}
        self.unreadable: set[str] = set()
        """Spreadsheets that are not shared with the user."""

    def routes(self) -> Routes:
        one = "/v4/spreadsheets/{id}"
        routes: Routes = [
            ("POST", "/v4/spreadsheets", self._create),
            ("GET", one + "/values:batchGet", self._batch_get),
            ("POST", one + "/values:batchUpdate", self._batch_update),
            ("POST", one + "/values:batchClear", self._batch_clear),
            ("POST", one + "/values/{range:path}:append", self._append),
            ("POST", one + "/values/{range:path}:clear", self._clear),
            ("GET", one + "/values/{range:path}", self._get_values),
            ("PUT", one + "/values/{range:path}", self._update),
            ("POST", one + "/developerMetadata:search", self._search),
            ("POST", one + ":batchUpdate", self._change),
            ("GET", one, self._get),
        ]
        return guarded(routes, with_status)

    def refuse(self, fault: Fault) -> Response:
        metric = "Write requests" if fault.kind == "secondary_limit" else "Read requests"
        quota = f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute per user' of service 'sheets.googleapis.com'."
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                return with_status(Refusal(429, "RATE_LIMIT_EXCEEDED", quota))
            case "forbidden":
                text = "Request had insufficient authentication scopes."
                return with_status(Refusal(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", text))
            case "unauthorized":
                text = "Request had invalid authentication credentials. Expected OAuth 2 access token."
                return with_status(Refusal(401, "ACCESS_TOKEN_EXPIRED", text))
            case _:
                refusal = refusal_of(fault)
                return with_status(Refusal(refusal.status, "", str(refusal)))

    def add(self, title: str, *sheets: str, rows: list[list[Any]] | None = None) -> str:
        """A new spreadsheet's id; `rows` go into its first sheet from A1 on."""
        number = uuid4().hex + "AbCdEfGhIjKl"
        named = [Sheet(index * 1_000_003, each) for index, each in enumerate(sheets or ("Sheet1",))]
        self.spreadsheets[number] = {"title": title, "sheets": named, "metadata": []}
        for row, values in enumerate(rows or []):
            named[0].cells |= {(row, column): value for column, value in enumerate(values) if value != ""}
        return number

    def sheet(self, spreadsheet: str, title: str | None = None) -> Sheet:
        """One of its sheets, the first unless it is named."""
        sheets: list[Sheet] = self.spreadsheets[spreadsheet]["sheets"]
        return next(each for each in sheets if title in (None, each.title))

    def _asked(self, request: Request) -> Json:
        wanted = request.path_params["id"]
        if wanted in self.unreadable:
            raise Refusal(403, "", "The caller does not have permission")
        if wanted not in self.spreadsheets:
            raise Refusal(404, "", "Requested entity was not found.")
        return self.spreadsheets[wanted] | {"id": wanted}

    def _described(self, number: str) -> Json:
        of = self.spreadsheets[number]
        sheets = [
            {
                "properties": {
                    "sheetId": each.number, "title": each.title, "index": index, "sheetType": "GRID",
                    "gridProperties": {"rowCount": each.rows, "columnCount": each.columns},
                }
            }
            for index, each in enumerate(of["sheets"])
        ]  # fmt: skip
        properties = {"title": of["title"], "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT"}
        url = f"https://docs.google.com/spreadsheets/d/{number}/edit"
        return {"spreadsheetId": number, "properties": properties, "sheets": sheets, "spreadsheetUrl": url}

    async def _create(self, request: Request, sent: Any) -> Response:
        asked = _known(sent, ("properties", "sheets", "namedRanges", "developerMetadata"))
        titles = [inner(each, "properties").get("title", f"Sheet{place + 1}") for place, each in enumerate(many(asked, "sheets"))]
        if len(set(titles)) != len(titles):
            raise _wrong(f'Invalid sheets[1]: A sheet with the name "{titles[-1]}" already exists. Please enter another name.')
        number = self.add(inner(asked, "properties").get("title", "Untitled spreadsheet"), *titles)
        self.spreadsheets[number]["metadata"] = many(asked, "developerMetadata")
        self.happened(sent, f"spreadsheet:{number}")
        return JSONResponse(picked(self._described(number), request.query_params.get("fields")))

    async def _get(self, request: Request, _sent: Any) -> Response:
        number = self._asked(request)["id"]
        return JSONResponse(picked(self._described(number), request.query_params.get("fields")))

    async def _get_values(self, request: Request, _sent: Any) -> Response:
        of = self._asked(request)
        return JSONResponse(_read(of, request.path_params["range"], dict(request.query_params)))

    async def _batch_get(self, request: Request, _sent: Any) -> Response:
        of, query = self._asked(request), dict(request.query_params)
        found = [_read(of, each, query) for each in request.query_params.getlist("ranges")]
        return JSONResponse({"spreadsheetId": of["id"], "valueRanges": found})

    async def _update(self, request: Request, sent: Any) -> Response:
        of, asked = self._asked(request), request.path_params["range"]
        data = _ranged(sent, asked)
        answer = _written(of, asked, data, dict(request.query_params))
        self.happened(sent, f"update:{of['id']}")
        return JSONResponse(answer)

    async def _batch_update(self, request: Request, sent: Any) -> Response:
        of = self._asked(request)
        names = ("valueInputOption", "data", "includeValuesInResponse", "responseValueRenderOption", "responseDateTimeRenderOption")
        asked = _known(sent, names)
        for each in many(asked, "data"):
            _known(each, ("range", "majorDimension", "values"))
        kept = deepcopy(self.spreadsheets[of["id"]]["sheets"])
        try:
            done = [_written(of, each.get("range", ""), each, asked) for each in many(asked, "data")]
        except Refusal:
            self.spreadsheets[of["id"]]["sheets"] = kept
            raise
        totals = {f"totalUpdated{name}": sum(each[f"updated{name}"] for each in done) for name in ("Rows", "Columns", "Cells")}
        self.happened(sent, f"update:{of['id']}")
        sheets = len({each["updatedRange"].rpartition("!")[0] for each in done})
        return JSONResponse({"spreadsheetId": of["id"], "responses": done, **totals, "totalUpdatedSheets": sheets})

    async def _append(self, request: Request, sent: Any) -> Response:
        of, asked, query = self._asked(request), request.path_params["range"], dict(request.query_params)
        _choice(query.get("insertDataOption", "OVERWRITE"), ("OVERWRITE", "INSERT_ROWS"), "insert_data_option")
        data = _ranged(sent, asked)
        sheet, box = _found(of, asked)
        table = _table(sheet, box)
        row, column = (table[2], table[1]) if table else (box[0], box[1])
        height = len(_grid(data))
        if query.get("insertDataOption") == "INSERT_ROWS" and row < sheet.rows:
            _inserted(sheet, row, height)
        sheet.rows = max(sheet.rows, row + height)
        answer: Json = {"spreadsheetId": of["id"]}
        if table:
            answer["tableRange"] = _text(sheet, table)
        answer["updates"] = _written(of, f"{sheet.name}!{_letters(column)}{row + 1}", data, query)
        self.happened(sent, f"append:{of['id']}")
        return JSONResponse(answer)

    async def _clear(self, request: Request, _sent: Any) -> Response:
        of = self._asked(request)
        cleared = _cleared(of, request.path_params["range"])
        self.happened(None, f"clear:{of['id']}")
        return JSONResponse({"spreadsheetId": of["id"], "clearedRange": cleared})

    async def _batch_clear(self, request: Request, sent: Any) -> Response:
        of = self._asked(request)
        cleared = [_cleared(of, each) for each in many(_known(sent, ("ranges",)), "ranges")]
        self.happened(None, f"clear:{of['id']}")
        return JSONResponse({"spreadsheetId": of["id"], "clearedRanges": cleared})

    async def _search(self, request: Request, sent: Any) -> Response:
        of = self._asked(request)
        wanted = [inner(each, "developerMetadataLookup") for each in many(_known(sent, ("dataFilters",)), "dataFilters")]
        found = [each for each in of["metadata"] if any(_named(each, lookup) for lookup in wanted)]
        return JSONResponse({"matchedDeveloperMetadata": [{"developerMetadata": each} for each in found]} if found else {})

    async def _change(self, request: Request, sent: Any) -> Response:
        """All the changes or none."""
        of = self._asked(request)
        asked = _known(sent, ("requests", "includeSpreadsheetInResponse", "responseRanges", "responseIncludeGridData"))
        if not many(asked, "requests"):
            raise _wrong("Must specify at least one request.")
        changed, replies = deepcopy(self.spreadsheets[of["id"]]), list[Json]()
        for place, each in enumerate(many(asked, "requests")):
            name = next(iter(each), None)
            if name not in _changes or len(each) != 1:
                raise _wrong(f"Invalid requests[{place}]: No request set.")
            replies.append(_changes[name](changed, each[name], f"Invalid requests[{place}].{name}: "))
        self.spreadsheets[of["id"]] = changed
        self.happened(sent, f"change:{of['id']}")
        answer: Json = {"spreadsheetId": of["id"], "replies": replies}
        if asked.get("includeSpreadsheetInResponse"):
            answer["updatedSpreadsheet"] = self._described(of["id"])
        return JSONResponse(answer)


def _read(of: Json, asked: str, query: Json) -> Json:
    render = _choice(query.get("valueRenderOption", "FORMATTED_VALUE"), _renders, "value_render_option")
    days = _choice(query.get("dateTimeRenderOption", "SERIAL_NUMBER"), ("SERIAL_NUMBER", "FORMATTED_STRING"), "date_time_render_option")
    major = _choice(query.get("majorDimension", "ROWS"), ("ROWS", "COLUMNS"), "major_dimension")
    sheet, (top, left, bottom, right) = _found(of, asked)
    rows = [[_shown(sheet, row, column, render, days) for column in range(left, right)] for row in range(top, bottom)]
    lines = [list(line) for line in zip(*rows, strict=True)] if major == "COLUMNS" else rows
    values = _trimmed([_trimmed(line) for line in lines])
    answer: Json = {"range": _text(sheet, (top, left, bottom, right)), "majorDimension": major}
    return answer | ({"values": values} if values else {})


def _written(of: Json, asked: str, data: Json, options: Json) -> Json:
    """Write values and tell how many; a null leaves its cell alone, an empty text clears it."""
    how = options.get("valueInputOption")
    if how is None or how == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise _wrong("'valueInputOption' is required but not specified")
    _choice(how, _inputs, "value_input_option")
    grid = _grid(data)
    sheet, (top, left, bottom, right) = _found(of, asked)
    one_cell = (bottom, right) == (top + 1, left + 1)
    height, width = len(grid), max((len(row) for row in grid), default=0)
    if not one_cell and height > bottom - top:
        raise _wrong(
            f"Requested writing within range [{_text(sheet, (top, left, bottom, right))}], but tried writing to row [{bottom + 1}]"
        )
    if not one_cell and width > right - left:
        text = (
            f"Requested writing within range [{_text(sheet, (top, left, bottom, right))}], but tried writing to column [{_letters(right)}]"
        )
        raise _wrong(text)
    if top + height > sheet.rows or left + width > sheet.columns:
        raise _wrong(_beyond(sheet, asked))
    count = 0
    for row, line in enumerate(grid, top):
        for column, value in enumerate(line, left):
            if value is not None:
                count += 1
                _enter(sheet, (row, column), value, how)
    box = (top, left, top + max(height, 1), left + max(width, 1))
    facts = {"updatedRange": _text(sheet, box), "updatedRows": height, "updatedColumns": width, "updatedCells": count}
    answer: Json = {"spreadsheetId": of["id"], **facts}
    if options.get("includeValuesInResponse") in (True, "true"):
        answer["updatedData"] = _read(of, _text(sheet, box), {})
    return answer


def _enter(sheet: Sheet, place: tuple[int, int], value: Any, how: str) -> None:
    sheet.days.discard(place)
    if isinstance(value, str) and how == "USER_ENTERED":
        value = _typed(value)
        if isinstance(value, date):
            sheet.days.add(place)
            value = (value - _start_of_days).days
    elif isinstance(value, str) and value.startswith("="):
        # Raw: no formula, and shown as it is.
        value = "'" + value
    if value == "":
        sheet.cells.pop(place, None)
    else:
        sheet.cells[place] = value


def _typed(text: str) -> Any:
    """As if a person had typed it."""
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d*\.\d+", text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return text


def _shown(sheet: Sheet, row: int, column: int, render: str, days: str) -> Any:
    value = sheet.cells.get((row, column), "")
    if isinstance(value, str):
        value = _worked_out(sheet, value) if value.startswith("=") and render != "FORMULA" else value.removeprefix("'")
    if not isinstance(value, str) and (row, column) in sheet.days and (render == "FORMATTED_VALUE" or days == "FORMATTED_STRING"):
        return (_start_of_days + timedelta(days=value)).isoformat()
    if render == "FORMATTED_VALUE" and not isinstance(value, str):
        return str(value).upper() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
    return value


def _worked_out(sheet: Sheet, formula: str) -> Any:
    found = re.fullmatch(r"=(?:SUM\((\w+(?::\w+)?)\)|(\w+))", formula, re.IGNORECASE)
    if found is None:
        return "#NAME?"
    top, left, bottom, right = _boxed(sheet, found[1] or found[2]) or (0, 0, 0, 0)
    values = [sheet.cells.get((row, column), 0) for row in range(top, bottom) for column in range(left, right)]
    if found[2]:
        return values[0] if values else "#NAME?"
    return sum(each for each in values if isinstance(each, int | float) and not isinstance(each, bool))


def _found(of: Json, asked: str) -> tuple[Sheet, Box]:
    """The sheet and the cells of a range in A1 notation; a sheet's name alone is all of it."""
    sheets: list[Sheet] = of["sheets"]
    parts = _a1.fullmatch(asked)
    name, cells = (parts[1], parts[2]) if parts else (None, asked)
    if name is not None:
        name = name[1:-1].replace("''", "'") if name.startswith("'") else name
        sheet = next((each for each in sheets if each.title.lower() == name.lower()), None)
        box = _boxed(sheet, cells) if sheet else None
    else:
        alone = cells[1:-1].replace("''", "'") if cells.startswith("'") and cells.endswith("'") else cells
        sheet = next((each for each in sheets if each.title.lower() == alone.lower()), None)
        box = (0, 0, sheet.rows, sheet.columns) if sheet else _boxed(sheets[0], cells)
        sheet = sheet or sheets[0]
    if sheet is None or box is None:
        raise _wrong(f"Unable to parse range: {asked}")
    if box[0] >= sheet.rows or box[1] >= sheet.columns:
        raise _wrong(_beyond(sheet, asked))
    return sheet, (box[0], box[1], min(box[2], sheet.rows), min(box[3], sheet.columns))


def _boxed(sheet: Sheet, cells: str) -> Box | None:
    first, _, last = cells.partition(":")
    one, two = _corner.fullmatch(first), _corner.fullmatch(last or first)
    if not one or not two or not first or (":" in cells and not last) or (not last and not (one[1] and one[2])):
        return None
    top, left = int(one[2] or 1) - 1, _column(one[1] or "A")
    bottom, right = int(two[2] or sheet.rows), _column(two[1]) + 1 if two[1] else sheet.columns
    return (min(top, bottom - 1), min(left, right - 1), max(bottom, top + 1), max(right, left + 1)) if top >= 0 else None


def _table(sheet: Sheet, box: Box) -> Box | None:
    """The lowest block of filled cells that the range touches, grown to its borders."""
    inside = [(row, column) for row, column in sheet.cells if box[0] <= row < box[2] and box[1] <= column < box[3]]
    if not inside:
        return None
    row, column = max(inside)
    top, left, bottom, right = row, column, row + 1, column + 1
    while True:
        near = [(r, c) for r, c in sheet.cells if top - 1 <= r <= bottom and left - 1 <= c <= right]
        grown = (min(r for r, _ in near), min(c for _, c in near), max(r for r, _ in near) + 1, max(c for _, c in near) + 1)
        if grown == (top, left, bottom, right):
            return grown
        top, left, bottom, right = grown


def _grid(data: Json) -> list[list[Any]]:
    grid = many(data, "values")
    for row, line in enumerate(grid):
        if not isinstance(line, list):
            raise _wrong(f"Invalid value at 'data.values[{row}]' (type.googleapis.com/google.protobuf.ListValue), \"{line}\"")
        for column, value in enumerate(cast("list[Any]", line)):
            if isinstance(value, list | dict):
                kind = "list_value" if isinstance(value, list) else "struct_value"
                raise _wrong(f"Invalid data[0]: Invalid values[{row}][{column}]: {kind} {{\n}}\n")
            if isinstance(value, str) and len(value) > 50_000:
                raise _wrong("Your input contains more than the maximum of 50000 characters in a single cell.")
    if data.get("majorDimension") == "COLUMNS":
        width = max((len(line) for line in grid), default=0)
        return [[line[row] if row < len(line) else None for line in grid] for row in range(width)]
    return grid


def _ranged(sent: Any, asked: str) -> Json:
    data = _known(sent, ("range", "majorDimension", "values"))
    if data.get("range") not in (None, asked):
        raise _wrong(f"Requested writing within range [{asked}], but the value's range is [{data['range']}]")
    return data


def _cleared(of: Json, asked: str) -> str:
    sheet, box = _found(of, asked)
    sheet.cells = {at: value for at, value in sheet.cells.items() if not (box[0] <= at[0] < box[2] and box[1] <= at[1] < box[3])}
    return _text(sheet, box)


def _inserted(sheet: Sheet, row: int, count: int) -> None:
    sheet.cells = {(r + count if r >= row else r, c): value for (r, c), value in sheet.cells.items()}
    sheet.days = {(r + count if r >= row else r, c) for r, c in sheet.days}
    sheet.rows += count


def _removed(sheet: Sheet, row: int, count: int) -> None:
    kept = {at: value for at, value in sheet.cells.items() if not row <= at[0] < row + count}
    sheet.cells = {(r - count if r >= row else r, c): value for (r, c), value in kept.items()}
    sheet.days = {(r - count if r >= row else r, c) for r, c in sheet.days if not row <= r < row + count}
    sheet.rows -= count


def _with_id(of: Json, number: Any, where: str) -> Sheet:
    sheets: list[Sheet] = of["sheets"]
    found = next((each for each in sheets if each.number == number), None)
    if found is None:
        raise _wrong(f"{where}No grid with id: {number}")
    return found


def _free(of: Json, title: str, where: str) -> None:
    if any(each.title.lower() == title.lower() for each in of["sheets"]):
        raise _wrong(f'{where}A sheet with the name "{title}" already exists. Please enter another name.')


def _add_sheet(of: Json, asked: Json, where: str) -> Json:
    properties = inner(asked, "properties")
    title = properties.get("title", f"Sheet{len(of['sheets']) + 1}")
    _free(of, title, where)
    sheet = Sheet(properties.get("sheetId", 7919 * (len(of["sheets"]) + 1)), title)
    of["sheets"].append(sheet)
    return {"addSheet": {"properties": {"sheetId": sheet.number, "title": title, "index": len(of["sheets"]) - 1, "sheetType": "GRID"}}}


def _delete_sheet(of: Json, asked: Json, where: str) -> Json:
    sheet = _with_id(of, asked.get("sheetId"), where)
    if len(of["sheets"]) == 1:
        raise _wrong(f"{where}You can't remove all the sheets in a document.")
    of["sheets"].remove(sheet)
    return {}


def _rename_sheet(of: Json, asked: Json, where: str) -> Json:
    if not asked.get("fields"):
        raise _wrong(f"{where}At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    properties = inner(asked, "properties")
    sheet = _with_id(of, properties.get("sheetId", 0), where)
    if properties.get("title", sheet.title) != sheet.title:
        _free(of, properties["title"], where)
        sheet.title = properties["title"]
    return {}


def _dimension(of: Json, asked: Json, where: str, do: Callable[[Sheet, int, int], None]) -> Json:
    span = inner(asked, "range")
    sheet = _with_id(of, span.get("sheetId", 0), where)
    start, end = span.get("startIndex", 0), span.get("endIndex", 0)
    if span.get("dimension") != "ROWS" or not 0 <= start < end <= sheet.rows:
        raise _wrong(f"{where}This double knows rows only, and these: {span}")
    do(sheet, start, end - start)
    return {}


def _append_cells(of: Json, asked: Json, where: str) -> Json:
    sheet = _with_id(of, asked.get("sheetId", 0), where)
    if not asked.get("fields"):
        raise _wrong(f"{where}At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    row = max((row for row, _ in sheet.cells), default=-1) + 1
    for place, line in enumerate(many(asked, "rows")):
        for column, cell in enumerate(many(line, "values")):
            entered = inner(cell, "userEnteredValue")
            if entered:
                sheet.cells[row + place, column] = next(iter(entered.values()))
    sheet.rows = max(sheet.rows, row + len(many(asked, "rows")))
    return {}


def _add_metadata(of: Json, asked: Json, where: str) -> Json:
    data = inner(asked, "developerMetadata")
    if not data.get("metadataKey") or data.get("visibility") not in ("DOCUMENT", "PROJECT") or not data.get("location"):
        raise _wrong(f"{where}A key, a visibility and a location must be specified.")
    number = data.get("metadataId") or 1_000_000 + len(of["metadata"])
    if any(each["metadataId"] == number for each in of["metadata"]):
        raise _wrong(f"{where}Developer metadata with id {number} already exists.")
    of["metadata"].append({**data, "metadataId": number})
    return {"createDeveloperMetadata": {"developerMetadata": of["metadata"][-1]}}


def _delete_metadata(of: Json, asked: Json, where: str) -> Json:
    lookup = inner(inner(asked, "dataFilter"), "developerMetadataLookup")
    if not lookup:
        raise _wrong(f"{where}A data filter must be specified.")
    gone = [each for each in of["metadata"] if _named(each, lookup)]
    of["metadata"] = [each for each in of["metadata"] if each not in gone]
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": gone}}


_changes: dict[str | None, Callable[[Json, Json, str], Json]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _rename_sheet,
    "insertDimension": lambda of, asked, where: _dimension(of, asked, where, _inserted),
    "deleteDimension": lambda of, asked, where: _dimension(of, asked, where, _removed),
    "appendCells": _append_cells,
    "createDeveloperMetadata": _add_metadata,
    "deleteDeveloperMetadata": _delete_metadata,
}


def _named(metadata: Json, lookup: Json) -> bool:
    return bool(lookup) and all(metadata.get(name) == wanted for name, wanted in lookup.items())


def _known(sent: Any, names: tuple[str, ...]) -> Json:
    asked: Json = {} if sent is None else sent
    if not isinstance(sent, dict | None):
        raise _wrong('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    if unknown := sorted(set(asked) - set(names)):
        raise _wrong(f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    return asked


def _choice(value: str, choices: tuple[str, ...], name: str) -> str:
    if value not in choices:
        raise _wrong(f"Invalid value at '{name}' (type.googleapis.com/google.apps.sheets.v4), \"{value}\"")
    return value


def _trimmed(line: list[Any]) -> list[Any]:
    while line and line[-1] in ("", []):
        line = line[:-1]
    return line


def _text(sheet: Sheet, box: Box) -> str:
    first, last = f"{_letters(box[1])}{box[0] + 1}", f"{_letters(box[3] - 1)}{box[2]}"
    return f"{sheet.name}!{first}" + (f":{last}" if last != first else "")


def _beyond(sheet: Sheet, asked: str) -> str:
    return f"Range ({asked}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}"


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, left = divmod(column - 1, 26)
        letters = chr(65 + left) + letters
    return letters


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _wrong(message: str) -> Refusal:
    return Refusal(400, "", message)
