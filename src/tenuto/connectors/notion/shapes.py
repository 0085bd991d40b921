"""What Notion's actions take."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue, model_validator

from tenuto.core.connector import Params, options

Operator: TypeAlias = Literal[
    "equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with", "greater_than", "less_than",
    "greater_than_or_equal_to", "less_than_or_equal_to", "before", "after", "on_or_before", "on_or_after", "is_empty", "is_not_empty",
]  # fmt: skip
_example = "d9824bdc-8445-4327-be8b-5b47500af6ce"
_names = ("created_time", "last_edited_time")
"""What every page has, and is no property."""


def _dashed(value: str) -> str:
    return str(UUID(value))


Id: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$"), AfterValidator(_dashed)]
PropertyName: TypeAlias = Annotated[str, Field(min_length=1, max_length=500)]
Values: TypeAlias = dict[PropertyName, JsonValue]
_sources = options("list_data_sources", "items", label="title")
_values = "Plain values by the properties' names: texts, numbers, true or false, 2026-01-31, names of choices, lists of them."


class NewPage(Params):
    """A page to be created: in a data source, or below another page."""

    data_source: Id | None = Field(
        default=None, description="The data source (the table of a database) that it becomes an entry of.", examples=[_example],
        json_schema_extra=_sources,
    )  # fmt: skip
    parent_page: Id | None = Field(default=None, description="The page that it stands below, instead.", examples=[_example])
    title: str = Field(default="", description="Title.", examples=["Call Ada"], max_length=2000)
    properties: Values = Field(default={}, description=_values, examples=[{"Status": "Open", "Due": "2026-01-31"}])
    content: str | None = Field(
        default=None, description="Text; headings, lists, quotes and code as in Markdown.", examples=["# Plan\n- Call\n- Write"],
        max_length=100_000,
    )  # fmt: skip
    icon: str | None = Field(default=None, description="An emoji.", examples=["📞"], min_length=1, max_length=20)
    step_property: PropertyName | None = Field(
        default=None,
        description="A text property of the data source. It takes a mark of the step, so that the page is found again after a lost answer.",
        examples=["Tenuto"],
    )

    @model_validator(mode="after")
    def _somewhere(self) -> NewPage:
        if (self.data_source is None) == (self.parent_page is None):
            raise ValueError("give either data_source or parent_page")
        if self.parent_page and (self.properties or self.step_property):
            raise ValueError("only an entry of a data source has properties")
        return self


class One(Params):
    """A page."""

    id: Id = Field(description="Id of the page: the last 32 digits of its address.", examples=[_example])


class Changes(One):
    """What is to be changed of a page."""

    title: str | None = Field(default=None, description="The new title.", examples=["Call Ada back"], max_length=2000)
    properties: Values = Field(default={}, description=_values + " null clears.", examples=[{"Status": "Done"}])
    icon: str | None = Field(default=None, description="An emoji.", examples=["✅"], min_length=1, max_length=20)
    trashed: bool | None = Field(default=None, description="True puts it into the trash, false takes it out.", examples=[True])

    @model_validator(mode="after")
    def _something(self) -> Changes:
        if self.title is None and not self.properties and self.icon is None and self.trashed is None:
            raise ValueError("nothing is to be changed: give title, properties, icon or trashed")
        return self


class Text(One):
    """Text for a page."""

    content: str = Field(
        description="Text; headings, lists, quotes and code as in Markdown.", examples=["## News\nAll is well."], min_length=1, max_length=100_000
    )  # fmt: skip


class Condition(Params):
    """What a property has to be."""

    property_name: PropertyName = Field(alias="property", description="Its name, or created_time or last_edited_time.", examples=["Status"])
    is_: Operator = Field(default="equals", alias="is", description="How it is compared; not every type takes all.", examples=["equals"])
    value: str | int | float | bool | None = Field(default=None, description="With what; left out for is_empty.", examples=["Open"])

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        if (self.value is None) != (self.is_ in ("is_empty", "is_not_empty")):
            raise ValueError("is_empty and is_not_empty take no value, the others need one")
        return self

    def sent(self, kind: str) -> JsonValue:
        """As Notion takes it, for a property of this type."""
        how: JsonValue = {self.is_: True if self.value is None else self.value}
        if kind == "formula":
            return {"property": self.property_name, "formula": {"string": how}}
        return {"timestamp" if self.property_name in _names else "property": self.property_name, kind: how}

    @property
    def timestamp(self) -> bool:
        """Whether it is asked for what is no property."""
        return self.property_name in _names


class Listing(Params):
    """Which entries of a data source."""

    data_source: Id = Field(description="Id of the data source.", examples=[_example], json_schema_extra=_sources)
    where: tuple[Condition, ...] = Field(
        default=(),
        description="All of this must be so.",
        examples=[[{"property": "Status", "is": "equals", "value": "Open"}]],
        max_length=20,
    )
    sort_by: PropertyName = Field(
        default="last_edited_time", description="A property, created_time or last_edited_time.", examples=["last_edited_time"]
    )
    descending: bool = Field(default=True, description="Whether the greatest, or newest, comes first.", examples=[True])
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])

    @property
    def sorts(self) -> JsonValue:
        """As Notion takes it."""
        name = "timestamp" if self.sort_by in _names else "property"
        return [{name: self.sort_by, "direction": "descending" if self.descending else "ascending"}]


class Words(Params):
    """What to search for, in titles."""

    query: str = Field(default="", description="Words of the title; empty finds all.", examples=["Plan"], max_length=500)
    limit: int = Field(default=20, ge=1, le=1000, description="How many at most.", examples=[20])


class Search(Words):
    """What to search for, and of which kind."""

    kind: Literal["page", "data_source"] | None = Field(default=None, description="Only pages, or only data sources.", examples=["page"])


class Source(Params):
    """A data source."""

    id: Id = Field(description="Id of the data source.", examples=[_example], json_schema_extra=_sources)


class Limited(Params):
    """How many."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class Below(One, Limited):
    """What stands on a page."""


class Comment(One):
    """A comment on a page."""

    text: str = Field(description="What to say.", examples=["Done."], min_length=1, max_length=20_000)
