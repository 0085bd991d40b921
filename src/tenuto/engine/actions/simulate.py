"""An action without its vendor: the result its model's examples describe, the same for the same step every time."""

from __future__ import annotations

import hashlib
import string
from typing import Annotated, Literal, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tenuto.core.connector import Action, unique
from tenuto.core.errors import Invalid
from tenuto.core.values import JsonObject, JsonValue, pointer
from tenuto.engine.actions.act import validated

_alphabets = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_hexadecimal = frozenset("0123456789abcdef")


def simulate(action: Action, params: JsonObject, *, key: str) -> JsonValue:
    """What the action could answer, as JSON; the caller says that it is simulated.

    Parameters are checked as in earnest. A result field that is named like a parameter answers it; fields marked `unique` are
    made from `key`; every other one has its first example. Raises `Invalid` for wrong parameters, and for a result model
    whose fields have neither example nor default.
    """
    given = validated(action, params).model_dump(mode="json", by_alias=True, exclude_none=True)
    result = _model(action.result, given, key)
    return cast("JsonValue", action.result.model_validate(result).model_dump(mode="json", by_alias=True))


def _model(model: type[BaseModel], given: dict[str, JsonValue], key: str) -> dict[str, object]:
    made: dict[str, object] = {}
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        if name in given and _fits(field, given[name]):
            made[name] = given[name]
        elif field.examples:
            example: object = field.examples[0]
            made[name] = _varied(example, f"{key}/{name}") if _is_unique(field) else example
        elif (nested := _nested(field.annotation)) is not None:
            inner = _model(nested[0], {}, f"{key}/{name}")
            made[name] = [inner] if nested[1] else inner
        elif field.is_required():
            raise Invalid(f"{model.__name__}.{name} cannot be simulated.", pointer=pointer(name), fix="Give the field an example.")
    return made


def _fits(field: FieldInfo, value: JsonValue) -> bool:
    try:
        TypeAdapter[object](cast("type[object]", Annotated[field.annotation, *field.metadata, "field"])).validate_python(value)
    except ValidationError:
        return False
    return True


def _nested(annotation: object) -> tuple[type[BaseModel], bool] | None:
    """The model inside an annotation, and whether there are several of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) in (None, Literal, dict):
        return None
    several = get_origin(annotation) in (tuple, list)
    for argument in get_args(annotation):
        if (found := _nested(argument)) is not None:
            return found[0], found[1] or several
    return None


def _is_unique(field: FieldInfo) -> bool:
    return field.json_schema_extra == unique


def _varied(example: object, key: str) -> object:
    """Another value of the example's shape: letters and digits replaced by others of their kind.

    The first character stays, and all before the last separator: the time in `1767605400.000100`, the prefix of an id.
    """
    digest = hashlib.shake_256(key.encode()).digest(256)
    match example:
        case bool():
            return example
        case int():
            return int(_respell(str(example), digest))
        case str():
            return _respell(example, digest)
        case _:
            return example


def _respell(text: str, digest: bytes) -> str:
    letters = ["0123456789abcdef"] if set(text) <= _hexadecimal and not text.isdecimal() else list(_alphabets)
    kept = max(1, *(text.rfind(separator) + 1 for separator in "./-_@:"))
    spelled = [text[:kept]]
    for index, character in enumerate(text[kept:]):
        kind = next((letters_ for letters_ in letters if character in letters_), None)
        spelled.append(kind[digest[index % len(digest)] % len(kind)] if kind else character)
    return "".join(spelled)
