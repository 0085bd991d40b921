"""JSON schema (draft 2020-12): whether a value is what a schema describes, and if not, where and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol, cast

from pydantic import JsonValue

from tenuto.core.catalog import late
from tenuto.core.errors import Invalid, Issue
from tenuto.core.values import JsonObject, decode, encode, pointer

max_issues = 20


class Violation(Protocol):
    """What is used of `jsonschema.ValidationError`."""

    message: str
    validator: str
    absolute_path: Iterable[str | int]


class Validator(Protocol):
    """What is used of a compiled `jsonschema` validator."""

    def iter_errors(self, instance: JsonValue) -> Iterable[Violation]: ...


def violations(value: JsonValue, schema: JsonObject, at: str = "") -> tuple[Issue, ...]:
    """The first 20 ways in which a value is not what the schema describes, formats included; none if it is.

    `at` is the JSON pointer of the value itself. Nothing is fetched: a `$ref` to elsewhere makes the schema wrong.
    Raises `Invalid` if the schema itself is wrong.
    """
    validator = _compiled(encode(schema, what="The schema"))
    found: list[Issue] = []
    try:
        for error in validator.iter_errors(value):
            message = error.message if len(error.message) <= 300 else error.message[:300] + "…"
            found.append(Issue(pointer=at + pointer(*error.absolute_path), code=_kebab(error.validator), message=message))
            if len(found) == max_issues:
                break
    except _wrong_schema() as error:
        raise Invalid(f"The JSON schema cannot be used: {str(error)[:300]}.", fix="Put all definitions into the schema itself.") from None
    return tuple(found)


def sentence(issues: Iterable[Issue]) -> str:
    """The issues in one sentence: `/urgency: 11 is greater than the maximum of 10; …`."""
    return "; ".join(f"{issue.pointer or '/'}: {issue.message}" for issue in issues)


@lru_cache(maxsize=512)
def _compiled(schema: bytes) -> Validator:
    module = late("jsonschema")
    document = cast("Mapping[str, object]", decode(schema))
    kind = module.validators.validator_for(document, default=module.Draft202012Validator)
    try:
        kind.check_schema(document)
    except module.SchemaError as error:
        place = pointer(*error.absolute_path) or "its root"
        raise Invalid(f"The JSON schema is wrong at {place}: {error.message[:300]}.") from None
    nothing_fetched = late("referencing").Registry()
    return cast("Validator", kind(document, format_checker=kind.FORMAT_CHECKER, registry=nothing_fetched))


def _wrong_schema() -> tuple[type[Exception], ...]:
    return (late("referencing").exceptions.Unresolvable, re.error, RecursionError)


def _kebab(keyword: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", keyword).lower()
