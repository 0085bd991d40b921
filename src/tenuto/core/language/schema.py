"""JSON schema (draft 2020-12): whether a value is what a schema describes, and if not, where and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import NoReturn

from jsonschema_rs import ReferencingError, RegexOptions, ValidationError, Validator, validator_for
from pydantic import JsonValue

from tenuto.core.errors import Invalid, Issue
from tenuto.core.values import JsonObject, encode, pointer

max_issues = 20


def violations(value: JsonValue, schema: JsonObject, at: str = "") -> tuple[Issue, ...]:
    """The first 20 ways in which a value is not what the schema describes, formats included; none if it is.

    `at` is the JSON pointer of the value itself. Nothing is fetched: a `$ref` to elsewhere makes the schema wrong. Patterns are
    matched in linear time, whatever they are. Raises `Invalid` if the schema itself is wrong.
    """
    found: list[Issue] = []
    for error in islice(_compiled(encode(schema, what="The schema")).iter_errors(value), max_issues):
        message = error.message if len(error.message) <= 300 else error.message[:300] + "…"
        found.append(Issue(pointer=at + pointer(*error.instance_path), code=_kebab(str(error.schema_path[-1])), message=message))
    return tuple(found)


def sentence(issues: Iterable[Issue]) -> str:
    """The issues in one sentence: `/urgency: 11 is greater than the maximum of 10; …`."""
    return "; ".join(f"{issue.pointer or '/'}: {issue.message}" for issue in issues)


@lru_cache(maxsize=512)
def _compiled(schema: bytes) -> Validator:
    def refuse(uri: str) -> NoReturn:
        raise ValueError(f"{uri} is elsewhere, and nothing is fetched")

    try:
        return validator_for(schema.decode(), validate_formats=True, pattern_options=RegexOptions(), retriever=refuse)
    except ValidationError as error:
        place = pointer(*error.instance_path) or "its root"
        raise Invalid(f"The JSON schema is wrong at {place}: {error.message[:300]}.") from None
    except (ReferencingError, ValueError) as error:
        raise Invalid(f"The JSON schema cannot be used: {str(error)[:300]}.", fix="Put all definitions into the schema itself.") from None


def _kebab(keyword: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", keyword).lower()
