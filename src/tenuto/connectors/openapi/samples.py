"""Values that schemas describe, for forms, documentation and simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from tenuto.connectors.openapi.document import Object
from tenuto.connectors.openapi.schemas import cut
from tenuto.core.values import JsonValue

_samples: Mapping[str, JsonValue] = {
    "date-time": "2026-01-05T09:30:00Z", "date": "2026-01-05", "time": "09:30:00Z", "email": "ada@example.com", "uri": "https://example.com/",
    "uuid": "6f1c1c1e-3b1a-4a53-9a77-0d9f8a6f9a10", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "hostname": "example.com",
}  # fmt: skip


def sample(schema: Object, level: int = 0) -> JsonValue:
    """A value that the schema describes: its first example, default or choice, else one of its kind."""
    if schema == cut:
        return {}
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("examples", "enum"):
        if isinstance(found := schema.get(name), list) and found:
            return found[0]
    return _composed(schema, level)


def _composed(schema: Object, level: int) -> JsonValue:
    for name in ("anyOf", "oneOf"):
        if isinstance(found := schema.get(name), list) and found and isinstance(found[0], dict):
            return sample(found[0], level)
    if isinstance(every := schema.get("allOf"), list) and every:
        return _together([sample(cast("Object", each), level) for each in every], schema, level)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    first = kind[0] if isinstance(kind, list) and kind else kind
    return _kinds.get(str(first), _text)(schema, level)


def _together(parts: list[JsonValue], schema: Object, level: int) -> JsonValue:
    objects = [each for each in (*parts, _object(schema, level)) if isinstance(each, dict)]
    return {name: value for each in objects for name, value in each.items()} if objects else parts[0]


def _object(schema: Object, level: int) -> JsonValue:
    fields = schema.get("properties")
    if not isinstance(fields, dict):
        return {}
    required = schema.get("required")
    asked = required if isinstance(required, list) else []
    kept = [name for name, field in fields.items() if name in asked or (level < 2 and field != cut)]
    return {name: sample(cast("Object", fields[name]), level + 1) for name in kept if isinstance(fields[name], dict)}


def _items(schema: Object, level: int) -> JsonValue:
    items, least = schema.get("items"), schema.get("minItems")
    if items == cut:
        return []
    count = max(1, least if isinstance(least, int) else 0)
    return [sample(items if isinstance(items, dict) else {}, level + 1)] * min(count, 10)


def _number(schema: Object, _level: int) -> JsonValue:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    if isinstance(least, (int, float)):
        return least + 1 if "exclusiveMinimum" in schema else least
    if isinstance(most, (int, float)) and most < 1:
        return most - 1 if "exclusiveMaximum" in schema else most
    return 1


def _text(schema: Object, _level: int) -> JsonValue:
    if isinstance(form := schema.get("format"), str) and form in _samples:
        return _samples[form]
    least, most = schema.get("minLength"), schema.get("maxLength")
    text = "text".ljust(least if isinstance(least, int) else 0, "x")
    return text[:most] if isinstance(most, int) else text


_kinds: Mapping[str, Callable[[Object, int], JsonValue]] = {
    "object": _object,
    "array": _items,
    "integer": _number,
    "number": _number,
    "boolean": lambda _schema, _level: True,
    "null": lambda _schema, _level: None,
    "string": _text,
}
