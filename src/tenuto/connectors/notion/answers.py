"""What Notion's actions answer, and how its pages are read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from pydantic import AliasPath, BeforeValidator, Field, JsonValue, model_validator

from tenuto.connectors.notion.values import plain_text, values
from tenuto.core.connector import Result, unique

_example = "d9824bdc-8445-4327-be8b-5b47500af6ce"
Pieces = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else plain_text(value))]


class FromNotion(Result):
    """What is read from one of Notion's own objects."""

    @model_validator(mode="before")
    @classmethod
    def _from_notion(cls, found: object) -> object:
        return cls.read(cast("dict[str, JsonValue]", found)) if isinstance(found, dict) and "object" in found else cast("object", found)

    @classmethod
    def read(cls, found: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Its fields by our names."""
        return found


class Page(FromNotion):
    """A page."""

    id: str = Field(description="Its id.", examples=[_example], json_schema_extra=unique)
    title: str = Field(default="", description="Its title.", examples=["Call Ada"])
    url: str = Field(default="", description="Where people read it.", examples=["https://www.notion.so/Call-Ada-d9824bdc"])
    values: dict[str, JsonValue] = Field(
        default={}, description="Its properties as plain values, by name.", examples=[{"Name": "Call Ada", "Status": "Open"}]
    )
    trashed: bool = Field(default=False, description="Whether it is in the trash.", examples=[False])
    created_at: datetime | None = Field(default=None, description="When it was created.", examples=["2026-01-05T09:30:00Z"])
    edited_at: datetime | None = Field(default=None, description="When it was last changed.", examples=["2026-01-05T09:30:00Z"])

    @classmethod
    def read(cls, found: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """From Notion's own page."""
        return _read_page(found)


class Typed(Page):
    """A page, and the types of its properties."""

    types: dict[str, str] = {}


class Pages(Result):
    """Entries of a data source."""

    pages: tuple[Page, ...] = Field(description="Pages.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Item(FromNotion):
    """A page or a data source that was found."""

    id: str = Field(description="Its id.", examples=[_example])
    kind: str = Field(description="page or data_source.", examples=["page"])
    title: str = Field(default="", description="Its title.", examples=["Plan"])
    url: str | None = Field(default=None, description="Where people read it.", examples=["https://www.notion.so/Plan-d9824bdc"])
    edited_at: datetime | None = Field(default=None, description="When it was last changed.", examples=["2026-01-05T09:30:00Z"])

    @classmethod
    def read(cls, found: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """From Notion's own object."""
        title = plain_text(found.get("title")) if found["object"] == "data_source" else _read_page(found)["title"]
        return {
            "id": found.get("id"),
            "kind": found["object"],
            "title": title,
            "url": found.get("url"),
            "edited_at": found.get("last_edited_time"),
        }


class Items(Result):
    """What was found."""

    items: tuple[Item, ...] = Field(description="Pages and data sources, the one that changed last first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Property(Result):
    """A property of a data source."""

    name: str = Field(description="Its name.", examples=["Status"])
    type: str = Field(description="Kind of its values.", examples=["select"])
    choices: tuple[str, ...] = Field(
        default=(), description="The names that it may have, where they are a list.", examples=[["Open", "Done"]]
    )


class DataSource(FromNotion):
    """What the entries of a data source are made of."""

    id: str = Field(description="Its id.", examples=[_example])
    title: str = Field(description="Its title.", examples=["Tasks"])
    properties: tuple[Property, ...] = Field(description="Its properties.")

    @property
    def types(self) -> dict[str, str]:
        """The type of each property."""
        return {each.name: each.type for each in self.properties}

    @classmethod
    def read(cls, found: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """From Notion's own object."""
        known = found.get("properties")
        properties: list[JsonValue] = (
            [_property(each) for each in known.values() if isinstance(each, dict)] if isinstance(known, dict) else []
        )
        return {"id": found.get("id"), "title": plain_text(found.get("title")), "properties": properties}


class Block(FromNotion):
    """A paragraph, a heading, an item of a list, or something else on a page."""

    id: str = Field(description="Its id.", examples=[_example])
    type: str = Field(description="Its kind.", examples=["paragraph"])
    text: str = Field(default="", description="Its text, without markup.", examples=["All is well."])
    has_children: bool = Field(default=False, description="Whether something stands below it.", examples=[False])

    @classmethod
    def read(cls, found: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """From Notion's own object."""
        inner = found.get(str(found.get("type")))
        text = (plain_text(inner.get("rich_text")) or str(inner.get("title", ""))) if isinstance(inner, dict) else ""
        return {**found, "text": text}


class Blocks(Result):
    """What stands on a page."""

    blocks: tuple[Block, ...] = Field(description="Its blocks, in their order.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Content(Result):
    """A page's content."""

    id: str = Field(description="Id of the page.", examples=[_example])
    markdown: str = Field(description="Its content in Markdown.", examples=["# Plan\n- Call"])
    truncated: bool = Field(default=False, description="Whether it is too long, and was cut.", examples=[False])


class Appended(Result):
    """What was appended."""

    block_ids: tuple[str, ...] = Field(description="Ids of the new blocks.", examples=[[_example]])
    total: int = Field(description="How many there are.", examples=[1])


class Person(Result):
    """Somebody of the workspace."""

    id: str = Field(description="Id, for properties of people.", examples=[_example])
    name: str | None = Field(default=None, description="Name.", examples=["Ada Lovelace"])
    type: str | None = Field(default=None, description="person or bot.", examples=["person"])
    email: str | None = Field(
        default=None,
        validation_alias=AliasPath("person", "email"),
        description="Address, where Notion shows it.",
        examples=["ada@example.com"],
    )


class People(Result):
    """People of the workspace, and bots."""

    people: tuple[Person, ...] = Field(description="People, and bots.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Remark(Result):
    """A comment."""

    id: str = Field(description="Its id.", examples=[_example], json_schema_extra=unique)
    text: Pieces = Field(default="", validation_alias="rich_text", description="What was said.", examples=["Done."])
    discussion_id: str | None = Field(default=None, description="The thread that it belongs to.", examples=[_example])
    author_id: str | None = Field(
        default=None, validation_alias=AliasPath("created_by", "id"), description="Who wrote it.", examples=[_example]
    )
    created_at: datetime | None = Field(
        default=None, validation_alias="created_time", description="When.", examples=["2026-01-05T09:30:00Z"]
    )


class Remarks(Result):
    """Comments on a page."""

    comments: tuple[Remark, ...] = Field(description="Comments that are not resolved, the oldest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


def _read_page(found: dict[str, JsonValue]) -> dict[str, JsonValue]:
    properties = found.get("properties")
    known = properties if isinstance(properties, dict) else {}
    types = {name: str(each.get("type")) for name, each in known.items() if isinstance(each, dict)}
    plain = values(known)
    title = next((plain[name] for name, kind in types.items() if kind == "title"), "")
    return {
        "id": found.get("id"), "title": title, "url": found.get("url"), "values": plain, "types": dict(types),
        "trashed": found.get("in_trash", found.get("archived", False)),
        "created_at": found.get("created_time"), "edited_at": found.get("last_edited_time"),
    }  # fmt: skip


def _property(found: dict[str, JsonValue]) -> dict[str, JsonValue]:
    kind = str(found.get("type"))
    inner = found.get(kind)
    listed = inner.get("options") if isinstance(inner, dict) else None
    choices: list[JsonValue] = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {"name": found.get("name"), "type": kind, "choices": choices}
