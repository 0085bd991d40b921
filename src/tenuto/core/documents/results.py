"""What a node will answer, as far as its definition tells: the JSON schema of its output, and an example of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from tenuto.core.catalog import Catalog
from tenuto.core.documents.scope import Node
from tenuto.core.errors import NotFound
from tenuto.core.values import JsonObject

_answer: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "examples": ["An answer in words."]},
        "artifacts": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["text"],
}
_response: JsonObject = {
    "type": "object",
    "properties": {"status": {"type": "integer", "examples": [200]}, "headers": {"type": "object"}, "body": {}},
    "required": ["status", "headers", "body"],
}
_waited: JsonObject = {"type": "object", "properties": {"data": {}, "event": {"type": ["string", "null"]}}, "required": ["data"]}


def result_schema(node: Node, catalog: Catalog) -> JsonObject | None:
    """The schema of what the node answers; None where only running it tells."""
    match node.type:
        case "integration":
            return _of_action(str(node.config.get("integration")), str(node.config.get("action")), catalog)
        case "agent":
            asked = node.config.get("output_schema")
            return asked if isinstance(asked, dict) else _answer
        case "approval":
            return _decision(node.config.get("form"))
        case "http":
            return _response
        case "wait":
            return _waited
        case _:
            return None


def example_of(schema: JsonValue, depth: int = 8) -> JsonValue:
    """A value as the schema describes it: its examples where there are some, else what its types say."""
    if not isinstance(schema, dict) or depth == 0:
        return None
    return _example(schema, schema, depth)


def _example(schema: JsonObject, root: JsonObject, depth: int) -> JsonValue:
    examples, choices = schema.get("examples"), schema.get("enum")
    if isinstance(examples, list) and examples:
        return examples[0]
    if "const" in schema or "default" in schema:
        return schema.get("const", schema.get("default"))
    if isinstance(choices, list) and choices:
        return choices[0]
    if depth == 0:
        return None
    if isinstance(schema.get("$ref"), str):
        return _example(_resolved(str(schema["$ref"]), root), root, depth - 1)
    for several in ("anyOf", "oneOf", "allOf"):
        options = schema.get(several)
        if isinstance(options, list) and options and isinstance(options[0], dict):
            return _example(options[0], root, depth - 1)
    return _of_type(schema, root, depth)


def _of_type(schema: JsonObject, root: JsonObject, depth: int) -> JsonValue:
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "object":
            properties = schema.get("properties")
            fields = properties if isinstance(properties, dict) else {}
            return {name: _example(field, root, depth - 1) for name, field in fields.items() if isinstance(field, dict)}
        case "array":
            items = schema.get("items")
            return [_example(items, root, depth - 1)] if isinstance(items, dict) else []
        case "string":
            return "text"
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return None


def _resolved(pointer: str, root: JsonObject) -> JsonObject:
    """What a `$ref` within the schema means; nothing for one to elsewhere."""
    found: JsonValue = cast("JsonValue", root)
    for step in pointer.removeprefix("#/").split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _of_action(connector: str, action: str, catalog: Catalog) -> JsonObject | None:
    try:
        found = catalog.action(connector, action)
    except NotFound:
        return None
    return cast("Mapping[str, JsonValue]", found.result.model_json_schema(by_alias=True, mode="serialization"))


def _decision(form: JsonValue) -> JsonObject:
    properties: dict[str, JsonValue] = {
        "decision": {"type": "string", "examples": ["approve"]},
        "form": form if isinstance(form, dict) else {"type": "object"},
        "by": {"type": "string", "examples": ["member:Ana"]},
        "comment": {"type": "string"},
        "arguments": {},
    }
    return {"type": "object", "properties": properties, "required": ["decision"]}
