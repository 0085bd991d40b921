"""What Airtable's actions take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AliasPath, Field, JsonValue, StringConstraints, model_validator

from tenuto.core.connector import Params, Result, options, unique

BaseId: TypeAlias = Annotated[str, Field(pattern=r"^app[A-Za-z0-9]{14}$")]
RecordId: TypeAlias = Annotated[str, Field(pattern=r"^rec[A-Za-z0-9]{14}$")]
TableName: TypeAlias = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
FieldName: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
Values: TypeAlias = dict[FieldName, JsonValue]
_example = "rec560UJdUtocSouk"
_signs = ("=", "!=", "<", "<=", ">", ">=")


class Of(Params):
    """A table."""

    base: BaseId = Field(description="Id of the base.", examples=["appLkNDICXNqxSDhG"], json_schema_extra=options("list_bases", "bases"))
    table: TableName = Field(description="Name or id of the table.", examples=["Tasks"])


class NewRecord(Of):
    """A record to be created."""

    fields: Values = Field(description="Values by the fields' names.", examples=[{"Name": "Call Ada", "Status": "Todo"}], min_length=1)
    typecast: bool = Field(default=False, description="Whether texts become what the field takes, new choices too.", examples=[True])
    step_field: FieldName | None = Field(
        default=None,
        description="A text field. It takes a mark of the step, so that the record is never created twice.",
        examples=["Tenuto"],
    )

    @model_validator(mode="after")
    def _free(self) -> NewRecord:
        if self.step_field in self.fields:
            raise ValueError(f"{self.step_field} cannot take both your value and the mark of the step")
        return self


class Upsert(Of):
    """A record that is changed if it is there, and else created."""

    merge_on: tuple[FieldName, ...] = Field(
        description="The fields whose values tell records apart; they are among `fields`.", examples=[["Email"]], min_length=1, max_length=3
    )
    fields: Values = Field(description="Values by the fields' names.", examples=[{"Email": "ada@example.com", "Name": "Ada"}], min_length=1)
    typecast: bool = Field(default=False, description="Whether texts become what the field takes, new choices too.", examples=[True])

    @model_validator(mode="after")
    def _told(self) -> Upsert:
        if missing := [name for name in self.merge_on if self.fields.get(name) in (None, "")]:
            raise ValueError(f"{missing[0]} has no value to tell records apart by")
        return self


class One(Of):
    """A record."""

    id: RecordId = Field(description="Its id.", examples=[_example])


class Changes(One):
    """What is to be changed of a record."""

    fields: Values = Field(description="New values by the fields' names; null clears.", examples=[{"Status": "Done"}], min_length=1)
    typecast: bool = Field(default=False, description="Whether texts become what the field takes, new choices too.", examples=[True])


class Condition(Params):
    """What a field has to be."""

    field: FieldName = Field(description="The field's name.", examples=["Status"])
    is_: Literal["=", "!=", "<", "<=", ">", ">=", "contains", "before", "after", "is_empty", "is_not_empty"] = Field(
        default="=", alias="is", description="How it is compared; before and after are for dates.", examples=["="]
    )
    value: str | int | float | bool | None = Field(default=None, description="With what.", examples=["Todo"])

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        if (self.value is None) != (self.is_ in ("is_empty", "is_not_empty")):
            raise ValueError("is_empty and is_not_empty take no value, the others need one")
        return self

    @property
    def formula(self) -> str:
        """As Airtable's formulas have it."""
        name = "{" + self.field.replace("\\", "\\\\").replace("}", "\\}") + "}"
        match self.is_:
            case "contains":
                return f'FIND(LOWER({_literal(str(self.value))}), LOWER({name} & "")) > 0'
            case "before" | "after":
                return f"AND({name}, IS_{self.is_.upper()}({name}, {_literal(str(self.value))}))"
            case "is_empty":
                return f'({name} & "") = ""'
            case "is_not_empty":
                return f'({name} & "") != ""'
            case _:
                return f"{name} {self.is_} {_literal(self.value)}"


class Order(Params):
    """By which field."""

    field: FieldName = Field(description="The field's name.", examples=["Due"])
    descending: bool = Field(default=False, description="Whether the greatest comes first.", examples=[True])


class Listing(Of):
    """Which records."""

    where: tuple[Condition, ...] = Field(
        default=(), description="All of this must be so.", examples=[[{"field": "Status", "is": "=", "value": "Todo"}]], max_length=30
    )
    formula: str | None = Field(
        default=None,
        description="More, as a formula of Airtable's.",
        examples=["IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-01')"],
        max_length=10_000,
    )
    view: str | None = Field(
        default=None, description="Only what is in this view, and in its order.", examples=["Grid view"], max_length=255
    )
    fields: tuple[FieldName, ...] = Field(default=(), description="Only these fields; all if empty.", examples=[["Name"]], max_length=200)
    sort: tuple[Order, ...] = Field(default=(), description="By which fields.", examples=[[{"field": "Due"}]], max_length=5)
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])

    @property
    def filter(self) -> str | None:
        """All conditions as one formula."""
        parts = [each.formula for each in self.where] + ([self.formula] if self.formula else [])
        return f"AND({', '.join(parts)})" if len(parts) > 1 else parts[0] if parts else None


class Base(Params):
    """A base."""

    base: BaseId = Field(description="Id of the base.", examples=["appLkNDICXNqxSDhG"], json_schema_extra=options("list_bases", "bases"))


class NewComment(One):
    """Something to be said on a record."""

    text: str = Field(description="What to say.", examples=["Done."], min_length=1, max_length=20_000)


class Nothing(Params):
    """Nothing is to be said."""


class Record(Result):
    """A record."""

    id: str = Field(description="Its id.", examples=[_example], json_schema_extra=unique)
    fields: dict[str, JsonValue] = Field(
        default={}, description="Values by the fields' names; empty fields are left out.", examples=[{"Name": "Call Ada", "Status": "Todo"}]
    )
    created_at: datetime | None = Field(
        default=None, validation_alias="createdTime", description="When it was created.", examples=["2026-01-05T09:30:00Z"]
    )


class Saved(Record):
    """A record that was written."""

    created: bool = Field(default=True, description="Whether it was not there before.", examples=[True])


class Records(Result):
    """Records that fit."""

    records: tuple[Record, ...] = Field(description="Records.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Deleted(Result):
    """A record that was deleted."""

    id: str = Field(description="Its id.", examples=[_example])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


class BaseFacts(Result):
    """A base."""

    id: str = Field(description="Its id.", examples=["appLkNDICXNqxSDhG"])
    name: str = Field(description="Its name.", examples=["Projects"])


class Bases(Result):
    """The bases that the account may see."""

    bases: tuple[BaseFacts, ...] = Field(description="Bases; a thousand at most.")


class FieldFacts(Result):
    """A field of a table."""

    id: str = Field(description="Its id.", examples=["fldIt3wl0UkXfAhRd"])
    name: str = Field(description="Its name.", examples=["Status"])
    type: str = Field(description="Kind of its values.", examples=["singleSelect"])


class Table(Result):
    """A table of a base."""

    id: str = Field(description="Its id.", examples=["tblHurtPbuS15oTQF"])
    name: str = Field(description="Its name.", examples=["Tasks"])
    fields: tuple[FieldFacts, ...] = Field(default=(), description="Its fields.")


class Tables(Result):
    """The tables of a base."""

    tables: tuple[Table, ...] = Field(description="Tables.")


class Comment(Result):
    """A comment on a record."""

    id: str = Field(description="Its id.", examples=["comNxTlXUiZ2bU5kM"], json_schema_extra=unique)
    text: str = Field(description="What was said.", examples=["Done."])
    author: str | None = Field(
        default=None, validation_alias=AliasPath("author", "email"), description="Address of who said it.", examples=["ada@example.com"]
    )
    created_at: datetime | None = Field(
        default=None, validation_alias="createdTime", description="When.", examples=["2026-01-05T09:30:00Z"]
    )


class Comments(Result):
    """Comments on a record."""

    comments: tuple[Comment, ...] = Field(description="Comments, the newest first; a hundred at most.")


def _literal(value: str | int | float | bool | None) -> str:
    match value:
        case bool():
            return f"{str(value).upper()}()"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
            return f'"{escaped}"'
        case _:
            return str(value)
