"""Forms with brackets (`items[0][price]=p`), which openapi-core cannot read, held against the schema of their operation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, validate
from tests.connectors.contracts import Json, Refused

form_type = "application/x-www-form-urlencoded"


def check_form(operation: Json, form: Mapping[str, str]) -> None:
    """Raises `Refused` for what the schema does not know."""
    content = operation.get("requestBody", {}).get("content", {})
    if form_type not in content:
        raise Refused("this operation takes no form")
    _validate(spelled(content[form_type]["schema"]), nested(form))


def check_query(parameters: Sequence[Json], query: Mapping[str, object]) -> None:
    """The parameters whose fields are in brackets (`created[gte]=1`), which openapi-core cannot read either."""
    sent = nested({name: str(value) for name, value in query.items() if "[" in name})
    for parameter in parameters:
        if parameter["name"] in sent:
            _validate(spelled(parameter["schema"]), sent[parameter["name"]])


def _validate(schema: Json, value: Any) -> None:
    try:
        validate(value, schema, cls=Draft202012Validator)
    except ValidationError as refused:
        raise Refused(f"{refused.json_path}: {refused.message}") from refused


def nested(form: Mapping[str, str]) -> Json:
    """The structure that the names spell."""
    found: Json = {}
    for name, value in form.items():
        first, *rest = [each for each in re.split(r"[\[\]]+", name) if each] + ([""] if name.endswith("[]") else [])
        place, steps = found, [first, *rest]
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in cast("Json", value).items()}
    return list(inner.values()) if all(re.fullmatch(r"\d*", name) for name in inner) else inner


def spelled(schema: Json) -> Json:
    """The schema of what a form can say: strings that spell numbers and booleans; objects allow what they name, and no more."""
    made = {
        name: value for name, value in schema.items() if name not in ("format", "title", "description", "nullable", "expansionResources")
    }
    match schema.get("type"):
        case "integer":
            made |= {"type": "string", "pattern": r"^-?\d+$"}
        case "number":
            made |= {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
        case "boolean":
            made |= {"type": "string", "enum": ["true", "false"]}
        case "array":
            made["items"] = spelled(schema.get("items", {}))
        case "object":
            made["properties"] = {name: spelled(each) for name, each in schema.get("properties", {}).items()}
            extra = schema.get("additionalProperties", False)
            made["additionalProperties"] = spelled(cast("Json", extra)) if isinstance(extra, dict) else extra
        case _:
            pass
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            made[word] = [spelled(each) for each in schema[word]]
    return made
