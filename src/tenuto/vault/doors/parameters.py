"""Values of JSON as PostgreSQL's types have them: what a statement gives a parameter decides, not what the value looks like."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, cast
from uuid import UUID

from asyncpg import Type
from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from tenuto.core.errors import Invalid
from tenuto.core.values import encode


def _bits(count: int) -> object:
    return Annotated[int, Field(ge=-(2 ** (count - 1)), lt=2 ** (count - 1))]


_unsigned = Annotated[int, Field(ge=0, lt=2**32)]
_adapters: Mapping[str, TypeAdapter[object]] = {
    name: TypeAdapter(cast("type[object]", kind))
    for kind, names in (
        (bool, "bool"),
        (_bits(16), "int2"),
        (_bits(32), "int4"),
        (_bits(64), "int8"),
        (_unsigned, "oid"),
        (float, "float4 float8"),
        (Decimal, "numeric money"),
        (datetime, "timestamptz timestamp"),
        (date, "date"),
        (time, "time timetz"),
        (timedelta, "interval"),
        (UUID, "uuid"),
    )
    for name in names.split()
}
_documents = ("json", "jsonb")


def bound(value: JsonValue, type: Type, place: str) -> object:
    """The value as asyncpg takes it for a type. Raises `Invalid` at `place` for one that the type cannot have."""
    name = _element(type) if type.kind == "array" else type.name
    try:
        if type.kind == "array" and isinstance(value, list):
            return [_one(each, name) for each in value]
        return _one(value, name)
    except (ValidationError, ValueError, TypeError):
        raise Invalid(f"{place.rpartition('/')[2]} is no {type.name}.", pointer=place, fix=_hints.get(name)) from None


def _one(value: JsonValue, name: str) -> object:
    if name in _documents:
        return encode(value, what="A parameter").decode()
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise TypeError  # of an array its elements are asked for; an object is for json alone
    if name == "bytea":
        return base64.b64decode(str(value), validate=True)
    if adapter := _adapters.get(name):
        if isinstance(value, bool) and name != "bool":
            raise TypeError
        return _zoned(adapter.validate_python(str(value) if isinstance(value, float) and name == "numeric" else value), name)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _zoned(value: object, name: str) -> object:
    """With a zone where the type has one (UTC where none was said), and without where it has none."""
    if isinstance(value, datetime | time):
        if name.endswith("tz"):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, datetime) and value.tzinfo:
            return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _element(type: Type) -> str:
    return type.name.removesuffix("[]").removeprefix("_")


_hints: Mapping[str, str] = {
    "bytea": "Give bytes in base64.",
    "interval": "Give a duration such as P1DT12H.",
    "timestamptz": "Give a time such as 2026-01-02T03:04:05Z.",
    "date": "Give a date such as 2026-01-02.",
    "uuid": "Give a UUID.",
}
