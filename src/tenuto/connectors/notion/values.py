"""Notion's property values as plain ones, and plain ones as Notion's, by the type of the property."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from pydantic import JsonValue

from tenuto.connectors.notion.blocks import rich
from tenuto.core.errors import Invalid
from tenuto.core.values import encode, pointer

Json = Mapping[str, JsonValue]
Types = Mapping[str, str]
"""The type of each property, by name."""

_texts = ("title", "rich_text")
_named = ("select", "status")
_ids = ("people", "relation")
_plain: Mapping[str, type | tuple[type, ...]] = {
    "number": (int, float), "checkbox": bool, "url": str, "email": str, "phone_number": str,
}  # fmt: skip
_empty: Mapping[str, JsonValue] = {
    "checkbox": False,
    "title": [],
    "rich_text": [],
    "multi_select": [],
    "people": [],
    "relation": [],
    "files": [],
}


def properties(given: Json, types: Types) -> dict[str, JsonValue]:
    """Plain values as Notion takes them. Raises `Invalid` for an unknown property, one that cannot be written, or a wrong value."""
    made: dict[str, JsonValue] = {}
    for name, value in given.items():
        if name not in types:
            known = ", ".join(sorted(types))
            raise Invalid(f'There is no property "{name}".', pointer=pointer("properties", name), fix=f"It has {known}.")
        made[name] = {types[name]: _written(types[name], value, pointer("properties", name))}
    return made


def values(found: Json) -> dict[str, JsonValue]:
    """Notion's property values as plain ones."""
    return {name: value_of(cast("Json", each)) for name, each in found.items() if isinstance(each, dict)}


def plain_text(pieces: JsonValue) -> str:
    """What a reader sees of rich text."""
    return "".join(str(each.get("plain_text", "")) for each in pieces if isinstance(each, dict)) if isinstance(pieces, list) else ""


def value_of(found: Json) -> JsonValue:
    """One property's value: a text, a number, a date, a list, or None."""
    kind = str(found.get("type"))
    value = found.get(kind)
    if kind in _texts:
        return plain_text(value)
    if kind in _readers:
        return _readers[kind](value)
    return value


def _written(kind: str, value: JsonValue, at: str) -> JsonValue:
    if isinstance(value, dict) and kind != "date":
        raise _wrong(kind, value, at)
    if value is None:
        return _empty.get(kind)
    if kind in _plain:
        if not isinstance(value, _plain[kind]) or (kind == "number" and isinstance(value, bool)):
            raise _wrong(kind, value, at)
        return value
    if kind in _writers:
        written = _writers[kind](value)
        if written is None:
            raise _wrong(kind, value, at)
        return written
    raise Invalid(f"A property of the type {kind} cannot be written.", pointer=at, fix="Leave it out: Notion works it out itself.")


def _wrong(kind: str, value: JsonValue, at: str) -> Invalid:
    wanted = {
        "title": "a text", "rich_text": "a text", "number": "a number", "checkbox": "true or false", "select": "the name of a choice",
        "status": "the name of a choice", "multi_select": "a list of names", "date": "2026-01-31, or {start, end}",
        "people": "a list of ids", "relation": "a list of ids", "files": "a list of addresses",
    }.get(kind, "a text")  # fmt: skip
    return Invalid(f"{encode(value).decode()[:80]} is not what a property of the type {kind} takes.", pointer=at, fix=f"Give {wanted}.")


def _text(value: JsonValue) -> JsonValue:
    return rich(value) if isinstance(value, str) else None


def _choice(value: JsonValue) -> JsonValue:
    return {"name": value} if isinstance(value, str) else None


def _texts_of(value: JsonValue) -> list[str] | None:
    items = [value] if isinstance(value, str) else value
    return cast("list[str]", items) if isinstance(items, list) and all(isinstance(each, str) for each in items) else None


def _each(make: Callable[[str], JsonValue]) -> Callable[[JsonValue], JsonValue]:
    def write(value: JsonValue) -> JsonValue:
        items = _texts_of(value)
        return None if items is None else [make(each) for each in items]

    return write


def _date(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return {"start": value}
    if isinstance(value, dict) and isinstance(value.get("start"), str) and set(value) <= {"start", "end", "time_zone"}:
        return value
    return None


_writers: Mapping[str, Callable[[JsonValue], JsonValue]] = {
    **dict.fromkeys(_texts, _text),
    **dict.fromkeys(_named, _choice),
    **dict.fromkeys(_ids, _each(lambda each: {"id": each})),
    "multi_select": _each(lambda each: {"name": each}),
    "files": _each(lambda each: {"name": each.rpartition("/")[2][:100] or "file", "external": {"url": each}}),
    "date": _date,
}


def _name(value: JsonValue) -> JsonValue:
    return value.get("name") if isinstance(value, dict) else None


def _list_of(read: Callable[[JsonValue], JsonValue]) -> Callable[[JsonValue], JsonValue]:
    return lambda value: [read(each) for each in value] if isinstance(value, list) else []


def _id(value: JsonValue) -> JsonValue:
    return value.get("id") if isinstance(value, dict) else None


def _when(value: JsonValue) -> JsonValue:
    """The day or time; with an end both."""
    if not isinstance(value, dict):
        return None
    return {"start": value.get("start"), "end": value["end"]} if value.get("end") else value.get("start")


def _within(value: JsonValue) -> JsonValue:
    """The result of a formula or a rollup."""
    if not isinstance(value, dict):
        return None
    if value.get("type") == "array":
        return _list_of(lambda each: value_of(cast("Json", each)) if isinstance(each, dict) else None)(value.get("array"))
    return value_of(cast("Json", value))


def _file(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return None
    where = value.get(str(value.get("type"))) or value.get("external")
    return where.get("url") if isinstance(where, dict) else value.get("name")


def _serial(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return None
    return f"{value['prefix']}-{value.get('number')}" if value.get("prefix") else value.get("number")


_readers: Mapping[str, Callable[[JsonValue], JsonValue]] = {
    **dict.fromkeys(_named, _name),
    **dict.fromkeys(_ids, _list_of(_id)),
    **dict.fromkeys(("created_by", "last_edited_by"), _id),
    **dict.fromkeys(("formula", "rollup"), _within),
    "multi_select": _list_of(_name),
    "files": _list_of(_file),
    "date": _when,
    "unique_id": _serial,
}
