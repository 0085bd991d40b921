"""What ServiceNow's actions take."""

from __future__ import annotations

from base64 import b64decode
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue, StringConstraints, model_validator

from tenuto.core.connector import Params

Table: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
FieldName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}(\.[a-z][a-z0-9_]{0,79}){0,4}$")]
OwnField: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
SysId: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Values: TypeAlias = dict[OwnField, str | int | float | bool | None]
Level: TypeAlias = Literal["high", "medium", "low"]
journals = ("comments", "work_notes")
"""Fields to which every write adds an entry."""

_example = "9d385017c611228701d22104cc95c371"
_levels: dict[Level, str] = {"high": "1", "medium": "2", "low": "3"}
_operators = {
    "=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "contains": "LIKE", "starts_with": "STARTSWITH", "ends_with": "ENDSWITH",
    "in": "IN", "not_in": "NOT IN", "is_empty": "ISEMPTY", "is_not_empty": "ISNOTEMPTY",
}  # fmt: skip
_markable = Field(
    default="correlation_id",
    description="A text field that takes a mark of the step, so that the record is found again after a lost answer; none for a table without one.",
    examples=["correlation_id"],
)


class Of(Params):
    """A table."""

    table: Table = Field(description="Name of the table.", examples=["incident"])


class NewIncident(Params):
    """An incident to be opened."""

    short_description: str = Field(
        description="What it is, in one line.", examples=["The printer is on fire"], min_length=1, max_length=160
    )
    description: str | None = Field(default=None, description="What it is, at length.", examples=["There is smoke."], max_length=4000)
    urgency: Level | None = Field(default=None, description="How urgent it is.", examples=["high"])
    impact: Level | None = Field(default=None, description="How much it affects.", examples=["medium"])
    caller: str | None = Field(
        default=None, description="Who reports it: sys_id, user name or address.", examples=["ada@example.com"], max_length=255
    )
    assigned_to: str | None = Field(
        default=None, description="Who is to solve it: sys_id, user name or address.", examples=["grace"], max_length=255
    )
    assignment_group: str | None = Field(
        default=None, description="Which group is to solve it: sys_id or name.", examples=["Service Desk"], max_length=255
    )
    category: str | None = Field(default=None, description="Category.", examples=["hardware"], max_length=255)
    fields: Values = Field(default={}, description="Further values by the fields' names.", examples=[{"contact_type": "email"}])

    @property
    def sent(self) -> Values:
        """What was given, as the table has it."""
        given: Values = {"short_description": self.short_description}
        given |= {
            name: getattr(self, name) for name in ("description", "assigned_to", "assignment_group", "category") if getattr(self, name)
        }
        given |= {"caller_id": self.caller} if self.caller else {}
        given |= {name: _levels[level] for name in ("urgency", "impact") if (level := getattr(self, name))}
        return self.fields | given

    @model_validator(mode="after")
    def _unmarked(self) -> NewIncident:
        if "correlation_id" in self.fields:
            raise ValueError("correlation_id takes the mark of the step here; use create_record to set it")
        return self


class NewRecord(Of):
    """A record to be created."""

    fields: Values = Field(description="Values by the fields' names.", examples=[{"short_description": "New laptop"}], min_length=1)
    step_field: OwnField | None = _markable

    @model_validator(mode="after")
    def _free(self) -> NewRecord:
        if self.step_field in self.fields:
            raise ValueError(f"{self.step_field} cannot take both your value and the mark of the step: name another step_field, or none")
        return self


class One(Of):
    """A record."""

    id: SysId = Field(description="Its sys_id.", examples=[_example])


class Which(One):
    """A record, and what of it."""

    fields: tuple[FieldName, ...] = Field(
        default=(), description="Only these fields; all if empty.", examples=[["number", "state"]], max_length=100
    )
    display: bool = Field(
        default=False, description="Whether values are as people see them (New), not as they are stored (1).", examples=[True]
    )


class Changes(One):
    """What is to be changed of a record."""

    fields: Values = Field(description="New values by the fields' names; null clears.", examples=[{"state": "2"}], min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Changes:
        if said := [name for name in journals if name in self.fields]:
            raise ValueError(f"{said[0]} would be said again with every try: use add_note")
        return self


class Resolution(Params):
    """How an incident was solved."""

    id: SysId = Field(description="The incident's sys_id.", examples=[_example])
    close_code: str = Field(
        description="Resolution code, one of the instance's.", examples=["Solution provided"], min_length=1, max_length=100
    )
    close_notes: str = Field(description="What was done.", examples=["Extinguished."], min_length=1, max_length=4000)


class Note(One):
    """Something to be said on a record."""

    text: str = Field(description="What to say.", examples=["The fire brigade is on its way."], min_length=1, max_length=65_000)
    public: bool = Field(default=False, description="Whether the caller sees it; else it is a work note.", examples=[True])


class Condition(Params):
    """What a field has to be."""

    field: FieldName = Field(description="The field; `caller_id.email` follows a reference.", examples=["state"])
    is_: Literal[
        "=", "!=", "<", "<=", ">", ">=", "contains", "starts_with", "ends_with", "in", "not_in", "is_empty", "is_not_empty"
    ] = Field(default="=", alias="is", description="How it is compared.", examples=["="])  # fmt: skip
    value: str | int | float | bool | tuple[str, ...] | None = Field(
        default=None, description="With what, as it is stored; a list for in and not_in.", examples=["1"]
    )

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        if isinstance(self.value, tuple) != (self.is_ in ("in", "not_in")) or self.value == ():
            raise ValueError("in and not_in take a list, and only they")
        if (self.value is None) != (self.is_ in ("is_empty", "is_not_empty")):
            raise ValueError("is_empty and is_not_empty take no value, the others need one")
        texts = self.value if isinstance(self.value, tuple) else (str(self.value),)
        if any("^" in text or text.strip().lower().startswith("javascript:") for text in texts):
            raise ValueError("a value with ^ ends the condition, and one with javascript: is run: neither can be asked for")
        if isinstance(self.value, tuple) and any("," in text for text in texts):
            raise ValueError("a value of a list cannot have a comma")
        return self

    @property
    def clause(self) -> str:
        """As it stands in an encoded query."""
        match self.value:
            case None:
                value = ""
            case tuple():
                value = ",".join(self.value)
            case _:
                value = _text(self.value)
        return f"{self.field}{_operators[self.is_]}{value}"


class Listing(Of):
    """Which records."""

    where: tuple[Condition, ...] = Field(
        default=(), description="All of this must be so.", examples=[[{"field": "active", "is": "=", "value": True}]], max_length=30
    )
    fields: tuple[FieldName, ...] = Field(
        default=(), description="Only these fields; all if empty.", examples=[["number", "short_description"]], max_length=100
    )
    order_by: OwnField = Field(default="sys_updated_on", description="By which field.", examples=["sys_created_on"])
    descending: bool = Field(default=True, description="Whether the greatest, or newest, comes first.", examples=[True])
    display: bool = Field(
        default=False, description="Whether values are as people see them (New), not as they are stored (1).", examples=[True]
    )
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])

    @property
    def query(self) -> str:
        """The conditions and the order as an encoded query; `sys_id` makes the order a total one, so that no page misses a record."""
        order = f"ORDERBY{'DESC' if self.descending else ''}{self.order_by}"
        return "^".join([*(condition.clause for condition in self.where), order, "ORDERBYsys_id"])


class NewFile(One):
    """A file for a record."""

    name: str = Field(description="File name.", examples=["report.txt"], min_length=1, max_length=100, pattern=r"^[^/\\^\r\n\x00]+$")
    media_type: str = Field(
        default="text/plain", description="Media type.", examples=["text/plain"], pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$"
    )
    text: str | None = Field(default=None, description="Content, as text.", examples=["All is well."], max_length=5_000_000)
    base64: str | None = Field(default=None, description="Content, in base64, instead of text.", examples=["QWxs"], max_length=7_000_000)

    @property
    def content(self) -> bytes:
        """The bytes."""
        return b64decode(self.base64, validate=True) if self.base64 is not None else (self.text or "").encode()

    @model_validator(mode="after")
    def _either(self) -> NewFile:
        if (self.text is None) == (self.base64 is None):
            raise ValueError("give either text or base64")
        if not self.content:  # raises for what is no base64
            raise ValueError("the file is empty")
        return self


def texts(values: Values) -> dict[str, JsonValue]:
    """Values as ServiceNow has all of them; an empty one clears."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: str | int | float | bool | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)
