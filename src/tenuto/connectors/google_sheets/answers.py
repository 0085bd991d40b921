"""What Google Sheets' actions answer."""

from __future__ import annotations

from pydantic import AliasPath, Field, JsonValue

from tenuto.core.connector import Result, unique

_id = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"


class Sheet(Result):
    """A sheet."""

    id: int = Field(default=0, validation_alias=AliasPath("properties", "sheetId"), description="Its number.", examples=[0])
    title: str = Field(default="", validation_alias=AliasPath("properties", "title"), description="What it is called.", examples=["Sheet1"])
    rows: int = Field(
        default=0, validation_alias=AliasPath("properties", "gridProperties", "rowCount"), description="How many rows.", examples=[1000]
    )
    columns: int = Field(
        default=0, validation_alias=AliasPath("properties", "gridProperties", "columnCount"), description="How many columns.", examples=[26]
    )


class Spreadsheet(Result):
    """A spreadsheet."""

    id: str = Field(validation_alias="spreadsheetId", description="Its id.", examples=[_id], json_schema_extra=unique)
    title: str = Field(
        default="", validation_alias=AliasPath("properties", "title"), description="What it is called.", examples=["Orders 2026"]
    )
    url: str = Field(
        default="",
        validation_alias="spreadsheetUrl",
        description="Where people see it.",
        examples=[f"https://docs.google.com/spreadsheets/d/{_id}/edit"],
    )
    sheets: tuple[Sheet, ...] = Field(default=(), description="Its sheets.")


class Values(Result):
    """Cells."""

    range: str = Field(default="", description="Which cells these are.", examples=["Sheet1!A1:B2"])
    rows: tuple[tuple[JsonValue, ...], ...] = Field(
        default=(),
        validation_alias="values",
        description="Rows of cells; empty ones at the end are left out.",
        examples=[[["Name", "Orders"], ["Ada", 3]]],
    )


class Row(Result):
    """A row of a table."""

    row: int = Field(description="Its number in the sheet.", examples=[2])
    values: dict[str, JsonValue] = Field(description="Its values by the names of their columns.", examples=[{"Name": "Ada", "Orders": "3"}])


class Table(Result):
    """Rows of a table."""

    columns: tuple[str, ...] = Field(description="Names of the columns.", examples=[["Name", "Orders"]])
    rows: tuple[Row, ...] = Field(description="Rows.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Written(Result):
    """Cells that were written."""

    range: str = Field(validation_alias="updatedRange", description="Which.", examples=["Sheet1!A1:B2"])
    rows: int = Field(default=0, validation_alias="updatedRows", description="How many rows.", examples=[2])
    cells: int = Field(default=0, validation_alias="updatedCells", description="How many cells.", examples=[4])


class Appended(Result):
    """Rows that were added."""

    sheet: str = Field(description="Where.", examples=["Sheet1"])
    rows: int = Field(description="How many.", examples=[1])


class Saved(Result):
    """A row that was written."""

    row: int = Field(description="Its number in the sheet.", examples=[2])
    created: bool = Field(description="Whether it was not there before.", examples=[False])


class Cleared(Result):
    """Cells that were cleared."""

    range: str = Field(validation_alias="clearedRange", description="Which.", examples=["Sheet1!A2:D20"])


class Removed(Result):
    """Something that is gone."""

    sheet: str = Field(description="The sheet's name.", examples=["Sheet1"])
    rows: int = Field(description="How many rows.", examples=[1])
