"""JSON in the dresses in which agents send it: fenced, in prose, wrapped, encoded twice, slightly broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, cast

from pydantic import JsonValue

from tenuto.core.catalog import late
from tenuto.core.errors import Invalid, InvalidOutput, Issue
from tenuto.core.language.schema import sentence, violations
from tenuto.core.values import JsonObject, checked, decode

_wrappers = ("result", "response", "data", "output", "content", "message", "text", "completion", "raw_response")
_fence = re.compile(r"```[\w-]*[ \t]*\r?\n?(.*?)```", re.DOTALL)
_opening = re.compile(r"[{\[]")
_starts = 50
"""So many places in prose are tried as the beginning of an object; more would be quadratic work."""
_levels = 4
_repairable = 200_000
"""Repairing is slow, and what is longer was cut off or is not meant as JSON."""


class Structured(NamedTuple):
    """The object, and whether the answer was exactly it."""

    value: JsonValue
    verbatim: bool


def structured(text: str, schema: JsonObject) -> Structured:
    """The first reading of an answer that the schema describes.

    Strict readings come first; only where none of them yields JSON at all the text is repaired, because repairs change
    values that were right. Raises `InvalidOutput` naming what is wrong with the first reading.
    """
    text = text.strip()
    first: tuple[Issue, ...] | None = None
    for readings in (_strictly(text, 0), _as_text(text, schema), _repaired(text)):
        for value in readings:
            issues = violations(value, schema)
            if not issues:
                return Structured(value, _is_verbatim(text, value))
            first = issues if first is None else first
        if first is not None:
            raise InvalidOutput(f"The agent answered something else than asked: {sentence(first)}.", issues=first, raw=text)
    raise InvalidOutput(
        "The agent was asked for JSON and answered text.", raw=text, fix="Set a response format on the agent in Lyzr Studio."
    )


def _strictly(text: str, level: int) -> Iterator[JsonValue]:
    """Everything in a text that is JSON as it stands, the whole text first."""
    if level > _levels:
        return
    whole = _decoded(text)
    if whole is not None:
        yield from _unwrapped(whole.value, level)
        return
    for fenced in _fence.finditer(text):
        inner = _decoded(fenced[1].strip())
        if inner is not None:
            yield from _unwrapped(inner.value, level)
    for value in _embedded(text):
        yield from _unwrapped(value, level)


def _unwrapped(value: JsonValue, level: int) -> Iterator[JsonValue]:
    """The value, and what it is a wrapper of: JSON encoded once more, or an object around the object."""
    match value:
        case str():
            yield from _strictly(value.strip(), level + 1)
            yield value
        case dict():
            yield value
            if level < _levels:
                for name in _wrappers:
                    if isinstance(inner := value.get(name), dict | list | str):
                        yield from _unwrapped(inner, level + 1)
        case _:
            yield value


def _embedded(text: str) -> Iterator[JsonValue]:
    """Objects and lists within prose, each only once and none that is a part of another."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    end = 0
    for count, place in enumerate(_opening.finditer(text)):
        if count == _starts:
            return
        if place.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, place.start())
            yield checked(cast("JsonValue", value))
        except (ValueError, RecursionError, Invalid):
            continue


def _repaired(text: str) -> Iterator[JsonValue]:
    """What `json-repair` makes of the fenced parts, and of the text from its first bracket on; only objects and lists count."""
    candidates = [fenced[1] for fenced in _fence.finditer(text)]
    if start := _opening.search(text):
        candidates.append(text[start.start() :])
    for candidate in candidates:
        try:
            value = cast("JsonValue", late("json_repair").loads(candidate[:_repairable], skip_json_loads=True))
        except ValueError:  # nested deeper than it can follow
            continue
        if isinstance(value, dict | list) and value:
            yield from _unwrapped(checked(value), 0)


class _Decoded(NamedTuple):
    value: JsonValue


def _decoded(text: str) -> _Decoded | None:
    try:
        return _Decoded(decode(text))
    except Invalid:
        return None


def _is_verbatim(text: str, value: JsonValue) -> bool:
    whole = _decoded(text)
    return value == text if whole is None else whole.value == value


def _as_text(text: str, schema: JsonObject) -> Iterator[JsonValue]:
    """Where a text is wanted, the answer itself is one."""
    if schema.get("type") == "string" and text:
        yield text


def _refuse(constant: str) -> JsonValue:
    raise ValueError(f"{constant} is not JSON")
