"""validate, export, version: answers, places and exit codes; nothing is opened and nothing is run."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Command, examples

from tenuto import __version__
from tenuto.cli.terminal import clean, one_line


def test_the_examples_are_valid(bare: Command) -> None:
    said = bare("validate", *sorted(examples.glob("*.yaml")))
    assert (said.code, said.err) == (0, "")
    assert said.out.count(": valid (") == len(list(examples.glob("*.yaml")))
    assert not (bare.folder / "data").exists()


def test_every_problem_has_its_place_and_its_fix(bare: Command) -> None:
    bare.file("bad.yaml", "name: x\nstartNode: a\nnodes:\n  - {id: a, type: agnt}\n  - {id: b, type: end}\nedges:\n  - {from: a, to: c}\n")
    said = bare("validate", "bad.yaml")
    assert said.code == 1
    assert "bad.yaml:4:" in said.out
    assert '"agent"' in said.out
    assert "bad.yaml:7:" in said.out
    assert "errors" in said.out
    found = bare("validate", "bad.yaml", "--json").json
    assert found["valid"] is False
    issues = found["files"][0]["issues"]  # pyright: ignore[reportArgumentType, reportIndexIssue, reportOptionalSubscript, reportCallIssue] - shape asserted by use
    assert {issue["pointer"] for issue in issues} >= {"/nodes/0/type", "/edges/0/to"}


def test_what_cannot_be_read_is_an_issue_with_a_line(bare: Command) -> None:
    bare.file("bad.json", '{"name": "x",\n "nodes": [}\n')
    said = bare("validate", "bad.json")
    assert said.code == 1
    assert said.out.startswith("bad.json:2:")


def test_a_file_that_is_not_there(bare: Command) -> None:
    said = bare("validate", "nothing.yaml")
    assert (said.code, said.out) == (3, "")
    assert said.err == "There is no file nothing.yaml.\n"
    assert bare("validate", "nothing.yaml", "--json").json["problem"] == {
        "type": "not-found",
        "status": 404,
        "detail": "There is no file nothing.yaml.",
        "retryable": False,
        "issues": [],
    }


def test_an_older_shape_is_exported_as_the_present_one(bare: Command) -> None:
    old = {"name": "Old", "startNode": "a", "nodes": [
        {"id": "a", "type": "transform", "config": {"inputVariable": "message", "transformation": "uppercase"}, "nextNodes": ["b"]},
        {"id": "b", "type": "transform", "config": {"inputVariable": "message", "transformation": "lowercase"}, "nextNodes": []},
    ]}  # fmt: skip
    bare.file("old.json", json.dumps(old))
    said = bare("export", "old.json", "--format", "json")
    assert said.code == 0
    assert said.json["edges"] == [{"from": "a", "to": "b"}]
    bare.file("new.yaml", bare("export", "old.json").out)
    assert bare("export", "new.yaml", "--json").json == said.json


@pytest.mark.parametrize(
    "arguments", [["run"], ["nonsense"], ["run", "x.yaml", "--input", "a", "--input-file", "b"], ["serve", "--port", "70000"]]
)
def test_wrong_usage_is_two(bare: Command, arguments: list[str]) -> None:
    said = bare(*arguments)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_the_help_ends_with_what_exit_codes_mean(bare: Command) -> None:
    assert "130 interrupted" in " ".join(bare("run", "--help").out.split())


def test_the_version_is_said(bare: Command) -> None:
    said = bare("--version")
    assert (said.code, said.out) == (0, bare("version").out)
    assert __version__ in said.out


def test_version(bare: Command) -> None:
    assert bare("version", "--json").json["version"] == "0.1.0"


def test_nothing_that_a_workflow_says_moves_the_cursor() -> None:
    assert clean("a\x1b[2J\x1b]0;title\x07b\x9bc\u202ed\r\ne\ttab\0") == "a[2J]0;titlebcd\ne\ttab"
    assert one_line("a\n\n b\rc" + "x" * 200, 10) == "a bcxxxxx…"
