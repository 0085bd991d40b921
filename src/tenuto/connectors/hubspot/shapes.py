"""What HubSpot's actions take."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue, model_validator

from tenuto.core.connector import Params

Kind: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
Number: TypeAlias = Annotated[str, Field(pattern=r"^\d{1,20}$")]
Scalar: TypeAlias = str | int | float | bool | None
Values: TypeAlias = dict[Name, Scalar]
Operator: TypeAlias = Literal[
    "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]  # fmt: skip
_listed = ("IN", "NOT_IN")
_bare = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
_kind = "Kind of objects: contacts, companies, deals, tickets, notes, tasks, or the id of a custom kind."


class Of(Params):
    """Objects of which kind."""

    type: Kind = Field(description=_kind, examples=["contacts"])


class NewObject(Of):
    """An object to be created."""

    properties: Values = Field(description="Values by internal names.", examples=[{"email": "ada@example.com"}], min_length=1)
    step_property: Name | None = Field(
        default=None,
        description="A property with unique values. It takes a mark of the step, so that the object is never created twice.",
        examples=["tenuto_step"],
    )


class One(Of):
    """An object."""

    id: Number = Field(description="Its id.", examples=["512"])


class Which(Of):
    """An object, and what of it."""

    id: str = Field(description="Its id, or its value of `by`.", examples=["512"], min_length=1, max_length=255)
    by: Name | None = Field(default=None, description="A property with unique values, instead of the id.", examples=["email"])
    properties: tuple[Name, ...] = Field(
        default=(), description="Which properties; HubSpot's usual ones if empty.", examples=[["email", "phone"]], max_length=200
    )


class Changes(One):
    """What is to be changed of an object."""

    properties: Values = Field(
        description="New values by internal names; null clears.", examples=[{"phone": "+353 1 555 0100"}], min_length=1
    )


class Upsert(Of):
    """An object that is changed if it is there, and else created."""

    by: Name = Field(description="The property with unique values that tells objects apart.", examples=["email"])
    value: str = Field(description="Its value.", examples=["ada@example.com"], min_length=1, max_length=255)
    properties: Values = Field(description="The other values by internal names.", examples=[{"firstname": "Ada"}], min_length=1)


class Listing(Of):
    """Which objects."""

    properties: tuple[Name, ...] = Field(
        default=(), description="Which properties; HubSpot's usual ones if empty.", examples=[["email", "phone"]], max_length=200
    )
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])


class Filter(Params):
    """What a property has to be."""

    name: Name = Field(alias="property", description="The property's internal name.", examples=["email"])
    operator: Operator = Field(default="EQ", description="How it is compared.", examples=["EQ"])
    value: str | int | float | bool | None = Field(default=None, description="With what.", examples=["ada@example.com"])
    high: str | int | float | None = Field(default=None, description="The upper end, for BETWEEN.", examples=[None])
    values: tuple[str, ...] = Field(default=(), description="The values, for IN and NOT_IN.", examples=[[]], max_length=100)

    @model_validator(mode="after")
    def _fits(self) -> Filter:
        if bool(self.values) != (self.operator in _listed):
            raise ValueError("IN and NOT_IN take `values`, and only they")
        if (self.value is None) != (self.operator in _listed + _bare):
            raise ValueError(f"{self.operator} {'takes no' if self.value is not None else 'needs a'} `value`")
        if (self.high is None) != (self.operator != "BETWEEN"):
            raise ValueError("BETWEEN takes `high`, and only BETWEEN")
        return self

    @property
    def sent(self) -> dict[str, JsonValue]:
        """As HubSpot takes it; text is looked up in lower case."""
        given: dict[str, JsonValue] = {"propertyName": self.name, "operator": self.operator}
        if self.value is not None:
            given["value"] = text(self.value)
        if self.high is not None:
            given["highValue"] = text(self.high)
        if self.values:
            given["values"] = [each.lower() for each in self.values]
        return given


class Search(Listing):
    """What to search for."""

    query: str | None = Field(
        default=None, description="Words, in the properties that HubSpot searches.", examples=["Ada"], max_length=3000
    )
    filters: tuple[Filter, ...] = Field(
        default=(),
        description="All of this must be so.",
        examples=[[{"property": "email", "operator": "EQ", "value": "ada@example.com"}]],
        max_length=6,
    )
    sort_by: Name | None = Field(default=None, description="By which property.", examples=["createdate"])
    descending: bool = Field(default=False, description="Whether the greatest, or newest, comes first.", examples=[True])


class Link(One):
    """Two objects that belong together."""

    to_type: Kind = Field(description=_kind, examples=["companies"])
    to_id: Number = Field(description="Id of the other object.", examples=["1071"])


class Links(One):
    """What an object is linked with."""

    to_type: Kind = Field(description=_kind, examples=["companies"])


class OwnerFilter(Params):
    """Which owners."""

    email: str | None = Field(default=None, description="Only whoever has this address.", examples=["ada@example.com"], max_length=254)


def text(value: Scalar) -> str:
    """A value as HubSpot has all values; an empty one clears."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)
