"""Rows of a table whose first row names the columns: read by these names, found by a key, changed or added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field, JsonValue

from tenuto.connectors.google_sheets.answers import Row, Saved, Table, Values, Written
from tenuto.connectors.google_sheets.service import cells, google_sheets, scope
from tenuto.connectors.google_sheets.shapes import Cell, OfSheet, RowFilter, Upsert, letters, sheet_range
from tenuto.core.connector import Calls, QueryValue, Request, Result
from tenuto.core.errors import Rejected


class _Updates(Result):
    updates: Written = Field()


async def _read(calls: Calls, params: OfSheet, range: str) -> Values:
    fill = {"spreadsheet": params.spreadsheet, "range": sheet_range(params.sheet, range)}
    return await calls.send(Request(result=Values, method="GET", path=cells, fill=fill, query={"valueRenderOption": "FORMATTED_VALUE"}))


async def columns_of(calls: Calls, params: OfSheet, header_row: int) -> tuple[str, ...]:
    """The names of a table's columns. Raises `Rejected` where there are none."""
    return _columns((await _read(calls, params, f"{header_row}:{header_row}")).rows, header_row)


def _columns(rows: Sequence[Sequence[JsonValue]], header_row: int) -> tuple[str, ...]:
    names = tuple(str(name) for name in rows[0]) if rows else ()
    if not any(names):
        raise Rejected(f"Row {header_row} names no columns.", fix="Write names into it, or say with `header_row` where they are.")
    return names


def placed(columns: Sequence[str], record: Mapping[str, Cell]) -> tuple[Cell, ...]:
    """A record's values in the order of the columns. Raises `Rejected` for a name that no column has."""
    if unknown := [name for name in record if name not in columns]:
        raise Rejected(f'No column is called "{unknown[0]}"; there are: {", ".join(filter(None, columns))}.', fix="Name one of them.")
    return tuple(record.get(name) if name else None for name in columns)


@google_sheets.action(effect="read", scopes=(scope,))
async def read_rows(calls: Calls, params: RowFilter) -> Table:
    """Read rows by the names of their columns; those below a row for triggers that poll."""
    found = (await _read(calls, params, f"{params.header_row}:1048576")).rows
    columns = _columns(found, params.header_row)
    if params.column is not None:
        placed(columns, {params.column: None})
    rows = [
        Row(row=number, values={name: line[place] if place < len(line) else "" for place, name in enumerate(columns) if name})
        for number, line in enumerate(found[1:], params.header_row + 1)
        if line and number > params.after_row
    ]
    fits = [row for row in rows if params.column is None or str(row.values[params.column]) == params.value][: params.limit]
    return Table(columns=columns, rows=tuple(fits), total=len(fits))


@google_sheets.action(effect="idempotent_write", scopes=(scope,))
async def upsert_row(calls: Calls, params: Upsert) -> Saved:
    """Change the row with a key, or add it. What the record does not name stays."""
    found = (await _read(calls, params, f"{params.header_row}:1048576")).rows
    columns = _columns(found, params.header_row)
    values = placed(columns, params.record)
    place, key = columns.index(params.key_column), str(params.record[params.key_column])
    number = next(
        (number for number, line in enumerate(found[1:], params.header_row + 1) if len(line) > place and str(line[place]) == key), None
    )
    row = number or params.header_row + max(len(found), 1)
    target = sheet_range(params.sheet, f"A{row}:{letters(len(values) - 1)}{row}")
    body: JsonValue = {"range": target, "values": [list(values)]}
    fill, query = {"spreadsheet": params.spreadsheet, "range": target}, {"valueInputOption": "RAW"}
    asked: Mapping[str, QueryValue] = query
    if number is not None:
        await calls.send(Request(result=Written, method="PUT", path=cells, fill=fill, query=asked, json=body))
        return Saved(row=row, created=False)
    # Added and not put into the row that was free a moment ago: somebody else may have filled it meanwhile.
    head = sheet_range(params.sheet, f"A{params.header_row}:{letters(len(values) - 1)}{params.header_row}")
    more: JsonValue = {"range": head, "values": [list(values)]}
    asked = {**query, "insertDataOption": "INSERT_ROWS"}
    added = await calls.send(
        Request(result=_Updates, method="POST", path=f"{cells}:append", fill={**fill, "range": head}, query=asked, json=more)
    )
    place_of = added.updates.range.rpartition("!")[2].partition(":")[0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return Saved(row=int(place_of) if place_of.isdecimal() else row, created=True)
