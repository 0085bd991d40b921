"""JSON values: what may be stored, how it becomes bytes and comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias, cast

import pydantic_core
from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue

from tenuto.core.errors import Invalid, TooLarge

__all__ = ["Frozen", "JsonObject", "JsonValue", "Plain", "checked", "decode", "digest", "encode", "pointer"]

JsonObject: TypeAlias = Mapping[str, JsonValue]

max_depth = 64
max_value = 4 * 1024 * 1024
_always_sound = frozenset({int, bool, type(None)})


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
        data = pydantic_core.to_json(value, by_alias=True, exclude_none=True, timedelta_mode="float", inf_nan_mode="constants")
    except ValueError:
        data = None
    # The short way is four times as fast, and says neither what is wrong nor that NaN is: the long way does. A text may hold the words.
    if data is None or b"NaN" in data or b"Infinity" in data:
        data = _encoded_with_care(value, what)
    if len(data) > limit:
        raise TooLarge(
            f"{what} has {len(data):,} bytes; at most {limit:,} are accepted.",
            fix="Pass a reference (a URL or a file id) instead of the content.",
        )
    return data


def digest(value: JsonValue) -> str:
    """SHA-256, in hexadecimal, of a value's canonical JSON: keys in order, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def decode(data: bytes | str) -> JsonValue:
    """The value of a JSON document. Raises `Invalid` for what is not JSON (NaN and infinity included)."""
    try:
        return cast("JsonValue", pydantic_core.from_json(data, allow_inf_nan=False))
    except ValueError as error:
        raise Invalid(f"This is not JSON: {error}.") from None


def checked(value: JsonValue, at: str = "") -> JsonValue:
    """The value itself, if it can be stored. Raises `Invalid` with the JSON pointer of the first part that cannot."""
    try:
        _check(value, 0)
    except _Unstorable as found:
        raise Invalid(found.detail, pointer=at + pointer(*reversed(found.path)), fix=found.fix) from None
    return value


Plain = Annotated[JsonValue, AfterValidator(checked)]
"""A JSON value that was checked at the edge of the house."""


def _encoded_with_care(value: object, what: str) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default).encode()
    except UnicodeEncodeError:
        raise Invalid(f"{what} contains half of a surrogate pair, which is not text.", fix="Send valid Unicode.") from None
    except ValueError as error:
        if "Exceeds the limit" in str(error):
            raise Invalid(f"{what} contains an integer with more than 4,300 digits.") from None
        raise Invalid(f"{what} contains NaN or infinity, which JSON cannot hold.", fix="Use null or a string instead.") from None
    except RecursionError:
        raise Invalid(f"{what} is nested too deeply (at most {max_depth} levels).") from None


class _Unstorable(Exception):
    """What cannot be stored, and the way to it, innermost part first: nobody pays for pointers to millions of sound parts."""

    def __init__(self, detail: str, fix: str | None = None) -> None:
        super().__init__(detail)
        self.detail, self.fix = detail, fix
        self.path: list[str | int] = []


def _check(value: JsonValue, depth: int) -> None:
    if depth > max_depth:
        raise _Unstorable(f"Nested more than {max_depth} levels deep.")
    match value:
        case str():
            _check_text(value)
        case float() if value - value != 0:
            raise _Unstorable("NaN and infinity are not JSON.", "Use null or a string instead.")
        case Mapping():
            for key in value:
                _check_text(key)
            _check_each(value.items(), depth)
        case Sequence():
            _check_each(enumerate(value), depth)
        case _:
            pass


def _check_each(items: Iterable[tuple[str | int, JsonValue]], depth: int) -> None:
    for part, item in items:
        if type(item) in _always_sound:
            continue
        try:
            _check(item, depth + 1)
        except _Unstorable as found:
            found.path.append(part)
            raise


def texts(value: JsonValue) -> Iterator[str]:
    """Every text in a value, in its order; names of fields are none."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts(item)
        case dict():
            for item in value.values():
                yield from texts(item)
        case _:
            return


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Unstorable("Half of a surrogate pair is not text.", "Send valid Unicode.") from None


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
