"""Which JSON is found in an answer, and that nothing right is repaired."""

from __future__ import annotations

import json

import pytest
from pydantic import JsonValue

from tenuto.agents.lyzr.structured import structured
from tenuto.core.errors import InvalidOutput

schema: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"urgency": {"type": "integer", "maximum": 10}, "link": {"type": "string"}},
    "required": ["urgency"],
    "additionalProperties": False,
}
value: JsonValue = {"urgency": 8, "link": "https://example.com/a//b?x='y',...}"}
bare = json.dumps(value)


def test_exactly_the_object_is_verbatim() -> None:
    assert structured(bare, schema) == (value, True)
    assert structured(f"  {bare}\n", schema) == (value, True)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{bare}\n```",
        f"```\n{bare}```",
        f"Here you are [as asked]:\n\n{bare}\n\nAnything else?",
        f"First {{no json}} then ```json\n{bare}\n``` and that was it.",
        json.dumps(bare),
        json.dumps(json.dumps(bare)),
        json.dumps({"result": value}),
        json.dumps({"status": "success", "result": {"response": bare}, "message": "ok", "metadata": {"agent_name": "x"}}),
        json.dumps({"raw_response": f"```json\n{bare}\n```"}),
        f'{{"urgency": 99}} was wrong, rather {bare}',
    ],
)
def test_dressed_json_is_found_unchanged(text: str) -> None:
    assert structured(text, schema) == (value, False)


@pytest.mark.parametrize(
    "text",
    [
        "{'urgency': 8, 'link': 'https://example.com/a'}",
        '{"urgency": 8, "link": "https://example.com/a",}',
        '```json\n{"urgency": 8, "link": "https://example.com/a"\n```',
        '{urgency: 8, link: "https://example.com/a"}',
    ],
)
def test_broken_json_is_repaired(text: str) -> None:
    assert structured(text, schema) == ({"urgency": 8, "link": "https://example.com/a"}, False)


def test_python_literals_are_repaired() -> None:
    flag: dict[str, JsonValue] = {"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}}, "required": ["a", "b"]}
    assert structured("{'a': True, 'b': None}", flag).value == {"a": True, "b": None}


def test_json_that_does_not_fit_is_not_repaired_into_something_that_does() -> None:
    with pytest.raises(InvalidOutput, match="/urgency: 99 is greater") as caught:
        structured('{"urgency": 99}', schema)
    assert caught.value.data.raw == '{"urgency": 99}'
    assert [issue.pointer for issue in caught.value.data.issues] == ["/urgency"]


@pytest.mark.parametrize("text", ["", "Certainly!", "No idea, sorry.", "NaN", "[" * 1_000, "{" * 3_000])
def test_text_is_no_object(text: str) -> None:
    with pytest.raises(InvalidOutput) as caught:
        structured(text, schema)
    assert (caught.value.data.raw or "") == text[:2000]


def test_other_schemas_than_objects() -> None:
    assert structured("[1, 2]", {"type": "array"}) == ([1, 2], True)
    assert structured("7", {"type": "integer"}) == (7, True)
    assert structured("null", {"type": "null"}) == (None, True)
    assert structured("plain words", {"type": "string"}) == ("plain words", True)
    assert structured('"quoted"', {"type": "string"}).value == "quoted"
    assert structured('{"result": 1, "response": {"a": 1}}', {"type": "object"}).value == {"result": 1, "response": {"a": 1}}
