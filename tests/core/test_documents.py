"""Definitions as text: what is read, what is refused with its place, and that what is written is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.core.documents.reader import dump_yaml, locate, read_document
from tenuto.core.errors import Malformed, TooLarge

examples = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("0049", "0049"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("|\n    two\n    lines\n", "two\nlines\n"),
    ],
)
def test_an_unquoted_scalar_is_what_json_would_make_of_it(written: str, read: object) -> None:
    found = read_document(f"key: {written}")
    assert found == {"key": read}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(read)


def test_names_of_fields_are_always_text() -> None:
    assert read_document("{on: 1, true: 2, 3: 4, 2026-01-31: 5}") == {"on": 1, "true": 2, "3": 4, "2026-01-31": 5}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", r'"a" is written twice .*line 3, column 1'),
        ('{"a": 1, "b": {"x": 1,\n "x": 2}}', r'"x" is written twice .*line 2, column 2'),
        ("a: !!python/object/apply:os.system [id]", r"tag .* is not accepted.*line 1"),
        ("a: !custom x", r"tag !custom is not accepted"),
        ("a: !!binary aGk=", r"tag .*binary is not accepted"),
        ("? [a, b]\n: 1", r"name of a field is text.*line 1, column 3"),
        ("{{ input.x }}: 1", r"name of a field is text"),
        ("a: &x [*x]", r"alias \*x stands for nothing.*line 1, column 8"),
        ("a: *nowhere", r"not YAML|stands for nothing"),
        ("base: &b {a: 1}\nc:\n  <<: *b", r"Merge keys .*line 3, column 3"),
        ("a: 1\n---\nb: 2", r"second document begins here.*line 2"),
        ("a: [1, 2", r"not YAML.*line"),
        ("a: b: c", r"not YAML.*line 1, column 5"),
        ("a: .nan", r"JSON can hold"),
        ("a: -.inf", r"JSON can hold"),
        ("a: 1e999", r"too large"),
        ("a: " + "9" * 5000, r"too large"),
        ("a: \x00", r"not YAML"),
        ("", "empty"),
        ("# nothing", "empty"),
        ('{"a": NaN}', r"not JSON.*line 1, column 7"),
        ('{"a": 1e999}', r"too large.*line 1, column 7"),
        ('{"a": -Infinity}', r"not JSON"),
        ('{"a": 1,}', r"not JSON.*line 1, column 9"),
        ('{"a":\n  nope}', r"not JSON.*line 2"),
        ('{"a": "\\ud800"}', r"not JSON"),
        ('{"a": 1} x', r"not JSON"),
        ("[" * 70 + "]" * 70, "nested|levels"),
        ("[" * 100_000, "not JSON|levels"),
        ("a: " + "[" * 70 + "]" * 70, "more than 64 levels"),
        ("a: " + "[" * 100_000, "more than 64 levels"),
        ("\n".join("  " * depth + "a:" for depth in range(70)), "more than 64 levels deep .line 6"),
        (b"a: \xff", "not UTF-8"),
        ("a: '\ud800'", "not UTF-8"),
    ],
)
def test_what_is_refused_is_malformed_and_says_where(text: str | bytes, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        read_document(text)


def test_brackets_in_texts_do_not_nest() -> None:
    text = json.dumps({"a": "[" * 500 + '"{'})
    assert read_document(text) == json.loads(text)


def test_a_document_of_more_than_two_megabytes_is_too_large() -> None:
    with pytest.raises(TooLarge, match="at most 2,097,152"):
        read_document("a: " + "x" * (2 * 1024 * 1024))


def test_an_alias_repeats_a_value() -> None:
    text = "retry: &r {attempts: 3}\na: {retry: *r}\nb: {retry: *r}"
    assert read_document(text) == {"retry": {"attempts": 3}, "a": {"retry": {"attempts": 3}}, "b": {"retry": {"attempts": 3}}}


def test_an_alias_bomb_is_refused_before_it_is_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(Malformed, match="too large when its aliases"):
        read_document("\n".join(lines))


def test_many_aliases_are_refused() -> None:
    with pytest.raises(Malformed, match="More than 100 aliases"):
        read_document("a: &a 1\nb: [" + ", ".join(["*a"] * 101) + "]")


def test_the_form_can_be_stated() -> None:
    assert read_document("{a: b}", "yaml") == {"a": "b"}
    with pytest.raises(Malformed, match="not JSON"):
        read_document("a: b", "json")


@settings(deadline=None)
@given(values)
def test_json_is_read_as_json(value: Any) -> None:
    document = {"value": value}
    assert read_document(json.dumps(document)) == document


@settings(deadline=None)
@given(values)
def test_what_is_dumped_is_read_back(value: Any) -> None:
    document = {"value": value}
    found = read_document(dump_yaml(document), "yaml")
    assert found == document
    assert json.dumps(found) == json.dumps(document)  # tells 1 from 1.0 and true, too


@pytest.mark.parametrize(
    "text", ["1e5", "1", "true", "null", "~", "", ".nan", "on", "<<", "=", "2026-01-31", "- a", "a: b", "# a", "{{ a }}", "&a", "*a"]
)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert read_document(dump_yaml({"a": text, text: "b"}), "yaml") == {"a": text, text: "b"}


def test_long_text_is_a_block_and_small_objects_are_a_line() -> None:
    document = {"nodes": [{"id": "a", "config": {"text": "one\ntwo\n"}}], "edges": [{"from": "a", "to": "b"}]}
    assert dump_yaml(document) == "nodes:\n- id: a\n  config:\n    text: |\n      one\n      two\nedges:\n- {from: a, to: b}\n"


def test_a_pointer_is_found_in_the_text() -> None:
    text = "name: x\nnodes:\n  - id: a\n    config:\n      value: 1\n"
    assert locate(text, "/nodes/0/config/value") == (5, 14)
    assert locate(text, "/nodes/0/config/missing") == (5, 7)
    assert locate(text, "") == (1, 1)
    assert locate('{"a": [1,\n 2]}', "/a/1") == (2, 2)
    assert locate("a: [", "/a") is None


@pytest.mark.parametrize("path", examples, ids=lambda path: path.stem)
def test_examples_survive_a_round_trip(path: Path) -> None:
    document = read_document(path.read_bytes())
    assert isinstance(document, dict)
    assert read_document(dump_yaml(document)) == document
