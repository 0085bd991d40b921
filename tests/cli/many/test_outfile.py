"""The result file: in order, all at once, and never two commands in one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tenuto.cli.many.outfile import OutFile
from tenuto.core.errors import Conflict, Malformed


def test_lines_are_put_in_order_and_in_place_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("of yesterday\n")
    with OutFile(path) as out:
        for line in (3, 1, 2):
            out.add(line, {"line": line, "output": "ä" * line})
        assert path.read_text() == "of yesterday\n"
        out.finish()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"line": n, "output": "ä" * n} for n in (1, 2, 3)]
    assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl"]


def test_what_a_killed_command_left_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    (tmp_path / "out.jsonl.part").write_text('{"line": 9, "half of a')
    with OutFile(path) as out:
        out.add(1, {"line": 1})
        out.finish()
    assert path.read_text() == '{"line":1}\n'


def test_two_commands_do_not_write_one_file(tmp_path: Path) -> None:
    with OutFile(tmp_path / "out.jsonl"), pytest.raises(Conflict, match="Another command"):
        OutFile(tmp_path / "out.jsonl")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="cannot be written"):
        OutFile(tmp_path / "nowhere" / "out.jsonl")
