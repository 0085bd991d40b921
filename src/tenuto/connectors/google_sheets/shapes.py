"""What Google Sheets' actions take, and cells and ranges as Google writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, JsonValue, model_validator

from tenuto.core.connector import Params

Cell: TypeAlias = str | int | float | bool | None
"""None leaves a cell as it is."""
_address = re.compile(r"https://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/([\w-]{20,100})(?:[/?#].*)?")
_number = re.compile(r"[\w-]{20,100}")
_in_file = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"


def _spreadsheet(value: str) -> str:
    found = _address.fullmatch(value)
    if not found and not _number.fullmatch(value):
        raise ValueError("write the id of a spreadsheet, or its address in the browser")
    return found[1] if found else value


def _cells(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    if any(isinstance(cell, str) and len(cell) > 50_000 for row in rows for cell in row):
        raise ValueError("a cell holds at most 50,000 characters")
    return rows


SpreadsheetId = Annotated[str, AfterValidator(_spreadsheet)]
Title = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Range = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Rows = Annotated[tuple[tuple[Cell, ...], ...], AfterValidator(_cells), Field(min_length=1, max_length=10_000)]
Named = Annotated[dict[str, Cell], Field(min_length=1, max_length=1000)]


def sheet_range(title: str, cells: str) -> str:
    """A1 notation with the sheet's name in quotes, so that no name is taken for cells."""
    return "'" + title.replace("'", "''") + f"'!{cells}"


def letters(column: int) -> str:
    """The name of a column, from 0."""
    name, column = "", column + 1
    while column:
        column, left = divmod(column - 1, 26)
        name = chr(65 + left) + name
    return name


class OfSpreadsheet(Params):
    """Which spreadsheet."""

    spreadsheet: SpreadsheetId = Field(description="The spreadsheet's id, or its address.", examples=[_in_file])


class NewSpreadsheet(Params):
    """A spreadsheet to be made."""

    title: Title = Field(description="What it is called.", examples=["Orders 2026"])
    sheets: tuple[Title, ...] = Field(default=(), description="Names of its sheets.", examples=[["Open", "Done"]], max_length=50)


class OfRange(OfSpreadsheet):
    """Which cells."""

    range: Range = Field(description="Cells in A1 notation, or a sheet's name for all of it.", examples=["Sheet1!A1:D20"])


class Reading(OfRange):
    """Which cells, and how they are read."""

    values: Literal["shown", "raw", "formulas"] = Field(
        default="shown",
        description="`shown`: texts as people see them; `raw`: numbers as numbers; `formulas`: what was entered.",
        examples=["raw"],
    )

    @property
    def render(self) -> str:
        """Google's word for it."""
        return {"shown": "FORMATTED_VALUE", "raw": "UNFORMATTED_VALUE", "formulas": "FORMULA"}[self.values]


class Writing(OfRange):
    """What is written into which cells."""

    rows: Rows = Field(description="Rows of cells; null leaves a cell alone, an empty text clears it.", examples=[[["Ada", 3], ["Bo", 4]]])
    as_typed: bool = Field(
        default=False, description="Whether texts are read as if somebody typed them: formulas, days, numbers.", examples=[False]
    )


class OfSheet(OfSpreadsheet):
    """Which sheet."""

    sheet: Title = Field(description="The sheet's name.", examples=["Sheet1"])


class RowFilter(OfSheet):
    """Which rows of a table with a header."""

    header_row: int = Field(default=1, ge=1, le=10_000, description="Where the names of the columns are.", examples=[1])
    column: str | None = Field(default=None, description="Only rows with `value` in this column.", examples=["Status"])
    value: str | None = Field(default=None, description="What has to be there, as it is shown.", examples=["open"])
    after_row: int = Field(default=0, ge=0, description="Only rows below this one.", examples=[20])
    limit: int = Field(default=1000, ge=1, le=10_000, description="How many at most.", examples=[1000])

    @model_validator(mode="after")
    def _both(self) -> RowFilter:
        if (self.column is None) != (self.value is None):
            raise ValueError("give column and value, or neither")
        return self


class NewRows(OfSheet):
    """Rows to be added below a table."""

    rows: Rows | None = Field(default=None, description="Rows of cells, from the first column on.", examples=[[["Ada", 3]]])
    records: tuple[Named, ...] | None = Field(
        default=None,
        description="Instead of `rows`: values by the names of their columns.",
        examples=[[{"Name": "Ada", "Orders": 3}]],
        max_length=10_000,
    )
    header_row: int = Field(default=1, ge=1, le=10_000, description="Where the names of the columns are.", examples=[1])

    @model_validator(mode="after")
    def _either(self) -> NewRows:
        if bool(self.rows) == bool(self.records):
            raise ValueError("give either rows or records")
        return self


class Upsert(OfSheet):
    """A row of a table with a header."""

    key_column: str = Field(description="The column that tells rows apart.", examples=["Email"], min_length=1)
    record: Named = Field(
        description="Values by the names of their columns, the key's too.", examples=[{"Email": "ada@example.com", "Orders": 3}]
    )
    header_row: int = Field(default=1, ge=1, le=10_000, description="Where the names of the columns are.", examples=[1])

    @model_validator(mode="after")
    def _keyed(self) -> Upsert:
        if self.record.get(self.key_column) in (None, ""):
            raise ValueError("record needs a value for key_column")
        return self


class NewSheet(OfSpreadsheet):
    """A sheet to be added."""

    title: Title = Field(description="What it is called.", examples=["January"])


class RowSpan(OfSheet):
    """Which rows."""

    first: int = Field(ge=1, description="The first row.", examples=[5])
    count: int = Field(default=1, ge=1, le=10_000, description="How many.", examples=[1])


def entered(cell: Cell) -> dict[str, JsonValue]:
    """A cell as it is entered by a batch: a text stays a text, whatever it begins with."""
    match cell:
        case None | "":
            return {}
        case bool():
            return {"userEnteredValue": {"boolValue": cell}}
        case int() | float():
            return {"userEnteredValue": {"numberValue": cell}}
        case str():
            return {"userEnteredValue": {"stringValue": cell}}
