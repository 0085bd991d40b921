"""OpenAPI's schemas as JSON schema 2020-12 without references."""

from __future__ import annotations

from tenuto.connectors.openapi.document import Document, Object, deepest, deepest_answer
from tenuto.core.values import JsonValue

_dropped = frozenset({"discriminator", "xml", "externalDocs", "example", "nullable", "readOnly", "writeOnly", "deprecated", "$schema"})
_single = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_many = ("allOf", "anyOf", "oneOf", "prefixItems")
_named = ("properties", "patternProperties")
_formats = frozenset({"date-time", "date", "time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname"})


cut: Object = {"$comment": "More is accepted here than is described."}
"""Where references are followed no further."""


def schema_of(document: Document, given: JsonValue, at: str, *, answer: bool = False, level: int = 0) -> Object:
    """The schema as the draft that we check with. `answer` leaves fields that are only written out, else those only read."""
    if not isinstance(given, dict):
        return {}
    if "$ref" in given:
        if level >= (deepest_answer if answer else deepest) or not document.follows():
            return {**cut}
        beside = {name: value for name, value in given.items() if name != "$ref"}
        return schema_of(document, {**document.resolved(given, at), **beside}, at, answer=answer, level=level + 1)
    made: Object = {name: value for name, value in given.items() if name not in _dropped and not name.startswith("x-")}
    _example(given, made)
    _bounds(made)
    if made.get("format") not in _formats:
        made.pop("format", None)  # int64, byte, password: hints, which the draft does not know
    _inner(document, made, at, answer=answer, level=level)
    _required(made)
    return _nullable(made) if given.get("nullable") else made


def _inner(document: Document, made: Object, at: str, *, answer: bool, level: int) -> None:
    for name in _single:
        if isinstance(made.get(name), dict):
            made[name] = schema_of(document, made[name], at, answer=answer, level=level)
    for name in _many:
        if isinstance(each := made.get(name), list):
            made[name] = [schema_of(document, one, at, answer=answer, level=level) for one in each]
    for name in _named:
        if isinstance(fields := made.get(name), dict):
            made[name] = _fields(document, fields, at, answer=answer, level=level)


def _fields(document: Document, fields: Object, at: str, *, answer: bool, level: int) -> Object:
    hidden = "writeOnly" if answer else "readOnly"
    kept = {name: field for name, field in fields.items() if not (isinstance(field, dict) and field.get(hidden))}
    return {name: schema_of(document, field, at, answer=answer, level=level) for name, field in kept.items()}


def _required(made: Object) -> None:
    """What has been left out is not asked for; OpenAPI 3.0 has `required: true` in old documents."""
    required, fields = made.get("required"), made.get("properties")
    if isinstance(required, list) and isinstance(fields, dict):
        made["required"] = [name for name in required if name in fields]
    elif "required" in made and not isinstance(required, list):
        del made["required"]


def _example(given: Object, made: Object) -> None:
    if "example" in given and not made.get("examples"):
        made["examples"] = [given["example"]]
    if not isinstance(made.get("examples", []), list):
        del made["examples"]


def _bounds(made: Object) -> None:
    """OpenAPI 3.0 says `exclusiveMaximum: true` beside `maximum`."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and bound in made:
            made[exclusive] = made.pop(bound)


def _nullable(made: Object) -> Object:
    if isinstance(kind := made.get("type"), str):
        made["type"] = [kind, "null"]
        if isinstance(values := made.get("enum"), list) and None not in values:
            made["enum"] = [*values, None]
        return made
    return {"anyOf": [made, {"type": "null"}]}
