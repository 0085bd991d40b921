"""What a JSON schema says about a value, and that nothing is fetched for it."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tenuto.core.errors import Invalid
from tenuto.core.language.schema import sentence, violations

person: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "born": {"type": "string", "format": "date"}, "a/b": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}


def test_a_value_that_fits_has_no_issues() -> None:
    assert violations({"name": "Ada", "born": "1815-12-10"}, person) == ()


def test_each_violation_has_its_place_and_name() -> None:
    found = violations({"name": "", "born": "then", "a/b": "x", "more": 1}, person, "/form")
    assert {(issue.pointer, issue.code) for issue in found} == {
        ("/form/name", "min-length"),
        ("/form/born", "format"),
        ("/form/a~1b", "type"),
        ("/form", "additional-properties"),
    }
    assert '/form/born: "then" is not a "date"' in sentence(found)


def test_no_more_than_twenty_and_none_longer_than_a_sentence() -> None:
    texts: list[JsonValue] = ["x" * 10_000] * 50
    found = violations(texts, {"items": {"type": "integer"}})
    assert len(found) == 20
    assert all(len(issue.message) < 310 for issue in found)


@pytest.mark.parametrize("schema", [{"type": "strnig"}, {"$ref": "http://127.0.0.1:9/schema"}, {"$ref": "#/nowhere"}, {"pattern": "("}])
def test_a_schema_that_is_wrong_says_so(schema: dict[str, JsonValue]) -> None:
    with pytest.raises(Invalid, match="schema"):
        violations("x", schema)


def test_a_schema_that_is_itself_and_a_pattern_that_backtracks_come_to_an_end() -> None:
    assert violations("x", {"$ref": "#"}) == ()
    assert violations("a" * 5_000 + "!", {"pattern": "^(a+)+$"})


def test_a_boolean_in_json_is_no_number() -> None:
    assert violations(True, {"type": "integer"})
