"""JSON values: what may be stored, how it becomes bytes and comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias, cast

import pydantic_core
from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue

from tenuto.core.errors import Invalid, TooLarge

__all__ = ["Frozen", "JsonObject", "JsonValue", "Plain", "checked", "decode", "encode", "pointer"]

JsonObject: TypeAlias = Mapping[str, JsonValue]

max_depth = 64
max_value = 4 * 1024 * 1024


class Frozen(BaseModel):
    """A noun of the house: frozen, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def encode(value: object, *, limit: int = max_value, what: str = "The value") -> bytes:
    """UTF-8 JSON of a value, at most `limit` bytes. NUL is kept.

    Raises `Invalid` for NaN, infinity, lone surrogates and cycles, which no JSON document can hold, and `TooLarge`.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default)
        data = text.encode()
    except UnicodeEncodeError:
        raise Invalid(f"{what} contains half of a surrogate pair, which is not text.", fix="Send valid Unicode.") from None
    except ValueError as error:
        if "Exceeds the limit" in str(error):
            raise Invalid(f"{what} contains an integer with more than 4,300 digits.") from None
        raise Invalid(f"{what} contains NaN or infinity, which JSON cannot hold.", fix="Use null or a string instead.") from None
    except RecursionError:
        raise Invalid(f"{what} is nested too deeply (at most {max_depth} levels).") from None
    if len(data) > limit:
        raise TooLarge(
            f"{what} has {len(data):,} bytes; at most {limit:,} are accepted.",
            fix="Pass a reference (a URL or a file id) instead of the content.",
        )
    return data


def decode(data: bytes | str) -> JsonValue:
    """The value of a JSON document. Raises `Invalid` for what is not JSON (NaN and infinity included)."""
    try:
        return cast("JsonValue", pydantic_core.from_json(data, allow_inf_nan=False))
    except ValueError as error:
        raise Invalid(f"This is not JSON: {error}.") from None


def checked(value: JsonValue, at: str = "") -> JsonValue:
    """The value itself, if it can be stored. Raises `Invalid` with the JSON pointer of the first part that cannot."""
    _check(value, at, 0)
    return value


Plain = Annotated[JsonValue, AfterValidator(checked)]
"""A JSON value that was checked at the edge of the house."""


def _check(value: JsonValue, at: str, depth: int) -> None:
    if depth > max_depth:
        raise Invalid(f"Nested more than {max_depth} levels deep.", pointer=at)
    match value:
        case str():
            _check_text(value, at)
        case float() if value - value != 0:
            raise Invalid("NaN and infinity are not JSON.", pointer=at, fix="Use null or a string instead.")
        case Mapping():
            for key, item in value.items():
                _check_text(key, at)
                _check(item, at + pointer(key), depth + 1)
        case Sequence():
            for index, item in enumerate(value):
                _check(item, at + pointer(index), depth + 1)
        case _:
            pass


def _check_text(text: str, at: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid(
            "Half of a surrogate pair is not text.", pointer=at.encode(errors="replace").decode(), fix="Send valid Unicode."
        ) from None


def _default(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError(f"{type(value).__name__} is not a JSON value")
