"""What an operation is given: each argument with its schema and its place in the request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from tenuto.connectors.openapi.document import Document, Object, Operation, first_sentence, part, text
from tenuto.connectors.openapi.samples import sample
from tenuto.connectors.openapi.schemas import schema_of
from tenuto.core.connector import QueryValue
from tenuto.core.errors import Invalid
from tenuto.core.values import JsonValue

Place = Literal["path", "query", "header", "field", "body"]
_never = frozenset({"authorization", "content-type", "accept", "content-length", "host", "cookie", "user-agent"})
idempotency = frozenset({"idempotency-key", "x-idempotency-key"})
"""Headers by which an API does a thing once (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)."""
_json = "application/json"
_form = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One of an operation's arguments: `name` as people give it, `sent_as` as the API knows it."""

    name: str
    sent_as: str
    place: Place
    required: bool
    schema: Object
    doc: str
    example: JsonValue
    style: str = ""
    explode: bool = True


@dataclass(frozen=True, kw_only=True)
class Given:
    """All arguments of an operation, and how its body is sent."""

    arguments: Sequence[Argument]
    media: str | None
    body_required: bool
    """Whether a body is sent although nobody gave anything for it."""
    idempotent: str | None
    """The header that takes our key, where it has one."""


def arguments_of(document: Document, operation: Operation) -> Given:
    """Raises `Invalid` where one that is needed cannot be sent."""
    found: dict[str, Argument] = {}
    idempotent = None
    for parameter in document.parameters(operation):
        if text(parameter.get("in")) == "header" and text(parameter.get("name")).lower() in idempotency:
            idempotent = text(parameter.get("name"))
        elif (argument := _parameter(document, operation, parameter)) is not None:
            found[_free(argument.name, argument.place, found)] = argument
    for name in re.findall(r"\{([^{}]+)\}", operation.path):
        if name not in found:  # a document that forgot it
            found[name] = Argument(
                name=name, sent_as=name, place="path", required=True, schema={"type": "string"}, doc=_unsaid(name), example="text"
            )
    media, required, body = _body(document, operation)
    for argument in body:
        found[_free(argument.name, argument.place, found)] = argument
    named = [_renamed(argument, name) for name, argument in found.items()]
    return Given(arguments=sorted(named, key=lambda each: not each.required), media=media, body_required=required, idempotent=idempotent)


def _unsaid(name: str) -> str:
    return f"The path parameter {name}."


def _free(name: str, place: str, found: dict[str, Argument]) -> str:
    return f"{place}_{name}" if name in found else name


def _renamed(argument: Argument, name: str) -> Argument:
    return replace(argument, name=name)


def _parameter(document: Document, operation: Operation, parameter: Object) -> Argument | None:
    name, place, required = text(parameter.get("name")), text(parameter.get("in")), parameter.get("required") is True
    if place == "header" and name.lower() in _never:
        return None
    if not name or place not in ("path", "query", "header"):
        if required:
            raise Invalid(f"It needs {name or 'a parameter'} in {place or 'no place'}.", pointer=operation.at)
        return None
    content = part(parameter, "content")
    given = parameter.get("schema") if not content else part(cast("Object", next(iter(content.values()))), "schema")
    schema = schema_of(document, given or {}, operation.at)
    default_style = "form" if place == "query" else "simple"
    style = "json" if content else text(parameter.get("style")) or default_style
    return Argument(
        name=name,
        sent_as=name,
        place=cast("Place", place),
        required=required or place == "path",
        schema=schema,
        doc=first_sentence(text(parameter.get("description")) or text(schema.get("description"))) or f"The {place} parameter {name}.",
        example=_example(parameter, schema),
        style=style,
        explode=explode if isinstance(explode := parameter.get("explode"), bool) else style == "form",
    )


def _example(parameter: Object, schema: Object) -> JsonValue:
    if "example" in parameter:
        return parameter["example"]
    for each in part(parameter, "examples").values():
        if isinstance(each, dict) and "value" in each:
            return each["value"]
    return sample(schema)


def _body(document: Document, operation: Operation) -> tuple[str | None, bool, Sequence[Argument]]:
    if "requestBody" not in operation.content:
        return None, False, ()
    body = document.resolved(operation.content["requestBody"], operation.at + "/requestBody")
    content, required = part(body, "content"), body.get("required") is True
    media = next((each for each in content if each.split(";")[0].endswith("json")), None) or next(
        (each for each in content if each == _form), None
    )
    if media is None:
        if required or not content:
            raise Invalid(
                f"Its body is {' or '.join(content) or 'of no kind'}, which is not offered.", pointer=operation.at + "/requestBody"
            )
        return None, False, ()
    whole = part(content, media)
    schema = schema_of(document, whole.get("schema") or {}, operation.at + "/requestBody")
    return media, required, [*_fields(schema, whole, required=required)]


def _fields(schema: Object, media: Object, *, required: bool) -> Iterator[Argument]:
    """An object's fields one by one; anything else as `body`."""
    fields, asked = schema.get("properties"), schema.get("required")
    given = media.get("example")
    example = cast("Object", given) if isinstance(given, dict) else {}
    plain = isinstance(fields, dict) and fields and not any(name in schema for name in ("allOf", "anyOf", "oneOf")) and _closed(schema)
    if not plain:
        shown = given if given is not None else sample(schema)
        doc = first_sentence(text(schema.get("description"))) or "What is sent."
        yield Argument(name="body", sent_as="", place="body", required=required, schema=schema, doc=doc, example=shown)
        return
    for name, field in cast("Object", fields).items():
        inner = cast("Object", field)
        yield Argument(
            name=name,
            sent_as=name,
            place="field",
            required=required and isinstance(asked, list) and name in asked,
            schema=inner,
            doc=first_sentence(text(inner.get("description"))) or f"The field {name}.",
            example=example.get(name, sample(inner)),
        )


def _closed(schema: Object) -> bool:
    extra = schema.get("additionalProperties")
    return not isinstance(extra, dict) or not extra


def query_of(argument: Argument, value: JsonValue) -> dict[str, QueryValue]:
    """How a value stands in the query (OpenAPI 3.1.1, 4.8.12.3): form, deepObject and the delimited styles."""
    name = argument.sent_as
    if argument.style == "json":
        return {name: json.dumps(value, ensure_ascii=False)}
    if isinstance(value, dict):
        if argument.style == "deepObject":
            return {f"{name}[{key}]": plain(each) for key, each in value.items()}
        if argument.explode:
            return {key: plain(each) for key, each in value.items()}
        return {name: ",".join(f"{key},{plain(each)}" for key, each in value.items())}
    if isinstance(value, list):
        between = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(argument.style, ",")
        return {name: [plain(each) for each in value] if argument.explode else between.join(plain(each) for each in value)}
    return {name: plain(value)}


def plain(value: JsonValue) -> str:
    """A value as text: JSON's words for what is no text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def simple(value: JsonValue) -> str:
    """A value in a path or a header, style `simple`."""
    if isinstance(value, list):
        return ",".join(plain(each) for each in value)
    if isinstance(value, dict):
        return ",".join(f"{key},{plain(each)}" for key, each in value.items())
    return plain(value)


def form_of(fields: Object) -> dict[str, str]:
    """A form; what is nested is spelled with brackets, as most APIs read it."""
    made: dict[str, str] = {}

    def put(name: str, value: JsonValue) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                put(f"{name}[{key}]", each)
        elif isinstance(value, list):
            for number, each in enumerate(value):
                put(f"{name}[{number}]", each)
        else:
            made[name] = plain(value)

    for name, value in fields.items():
        put(name, value)
    return made


__all__ = ["Argument", "Given", "arguments_of", "form_of", "plain", "query_of", "simple"]
