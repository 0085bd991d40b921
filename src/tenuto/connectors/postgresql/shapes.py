"""What is asked of a database, and what it answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from tenuto.core.connector import Params, Result, options

Name = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[^\x00]+$")]
Sql = Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Values = dict[Name, JsonValue]


class Column(Result):
    """A column of what was read."""

    name: str = Field(description="What the column is called.", examples=["id"])
    type: str = Field(description="PostgreSQL's name of its type.", examples=["int4"])


class Rows(Result):
    """What was read."""

    rows: tuple[dict[str, JsonValue], ...] = Field(
        description="Objects by column: numbers of arbitrary precision and times as texts, bytes in base64.",
        examples=[[{"id": 1, "name": "Ada"}]],
    )
    columns: tuple[Column, ...] = Field(description="The columns, in their order.")
    more: bool = Field(default=False, description="Whether there were more rows than `limit`.", examples=[False])


class Written(Result):
    """What was written."""

    affected: int | None = Field(description="How many rows were changed; null for a statement that changes none.", examples=[1])
    rows: tuple[dict[str, JsonValue], ...] = Field(default=(), description="What `returning` gave.", examples=[[{"id": 1, "name": "Ada"}]])


class Table(Result):
    """A table or a view."""

    db_schema: str = Field(alias="schema", description="The schema it is in.", examples=["public"])
    name: str = Field(description="What it is called.", examples=["customers"])


class Tables(Result):
    """Those of a schema."""

    tables: tuple[Table, ...] = Field(description="Tables and views that may be read.")


class Detail(Result):
    """A column of a table."""

    name: str = Field(description="What the column is called.", examples=["id"])
    type: str = Field(description="Its type, as statements write it.", examples=["integer"])
    nullable: bool = Field(description="Whether it may be null.", examples=[False])
    default: str | None = Field(default=None, description="What it is where nothing is given.", examples=["now()"])
    key: bool = Field(description="Whether it is of the primary key.", examples=[True])


class Details(Result):
    """A table, as it was made."""

    columns: tuple[Detail, ...] = Field(description="In their order.")


class Filter(BaseModel):
    """What a column has to be; `value` is a list for `in` and `not in`, and left out for the two about null."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    column: Name
    operator: Literal["=", "<>", "<", "<=", ">", ">=", "like", "ilike", "in", "not in", "is null", "is not null"]
    value: JsonValue = None

    @model_validator(mode="after")
    def _fits(self) -> Filter:
        if self.operator.endswith("null") != (self.value is None):
            raise ValueError("a value is given unless the operator is about null")
        if self.operator.endswith("in") and not isinstance(self.value, list):
            raise ValueError("in and not in take a list")
        return self


class Statement(Params):
    """A statement of one's own."""

    sql: Sql = Field(description="One statement; values are written $1, $2 … and given beside it.", examples=["select 1 as one"])
    parameters: tuple[JsonValue, ...] = Field(
        default=(), description="A value for each place, as JSON; the statement decides the type.", examples=[[]]
    )
    limit: int = Field(default=1000, ge=1, le=10_000, description="How many rows are answered at most.", examples=[100])


class Schema(Params):
    """A schema."""

    db_schema: Name = Field(default="public", alias="schema", description="The schema.", examples=["public"])


class InTable(Schema):
    """A table of a schema."""

    table: Name = Field(
        description="The table.", examples=["customers"], json_schema_extra=options("list_tables", "tables", value="name", label="name")
    )


class Select(InTable):
    """Which rows of a table."""

    columns: tuple[Name, ...] = Field(default=(), max_length=500, description="Which columns; all by default.", examples=[["id", "name"]])
    where: Values = Field(default_factory=dict, description="What each of these columns has to be.", examples=[{"name": "Ada"}])
    filters: tuple[Filter, ...] = Field(
        default=(),
        max_length=50,
        description="Further conditions, all of which hold.",
        examples=[[{"column": "age", "operator": ">=", "value": 18}]],
    )
    after: Values = Field(
        default_factory=dict, max_length=1, description="A column and a value that it has to be greater than.", examples=[{"id": 0}]
    )
    order_by: tuple[Name, ...] = Field(default=(), max_length=10, description="Columns by which to sort.", examples=[["id"]])
    descending: bool = Field(default=False, description="The greatest first.", examples=[True])
    limit: int = Field(default=100, ge=1, le=10_000, description="How many rows at most.", examples=[100])
    offset: int = Field(default=0, ge=0, le=10_000_000, description="How many rows to leave out first.", examples=[0])


class NewRows(InTable):
    """Rows to insert."""

    rows: tuple[Values, ...] = Field(
        min_length=1, max_length=5000, description="The rows, each an object by column.", examples=[[{"name": "Ada"}]]
    )
    returning: tuple[Name, ...] = Field(default=(), max_length=500, description="Columns of the new rows to answer.", examples=[["id"]])


class Upsert(NewRows):
    """Rows to insert or change."""

    conflict_on: tuple[Name, ...] = Field(
        min_length=1, max_length=32, description="The columns of the unique index by which a row is known.", examples=[["name"]]
    )


class Changes(InTable):
    """What to change, and where."""

    values: Values = Field(min_length=1, description="What the columns become.", examples=[{"name": "Ada"}])
    where: Values = Field(min_length=1, description="Which rows: what each of these columns has to be.", examples=[{"id": 1}])
    returning: tuple[Name, ...] = Field(default=(), max_length=500, description="Columns of the rows to answer.", examples=[["id"]])


class Removal(InTable):
    """What to delete."""

    where: Values = Field(min_length=1, description="Which rows: what each of these columns has to be.", examples=[{"id": 1}])
