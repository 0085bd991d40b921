"""Input files: what becomes of good rows, and how bad ones are told without stopping at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenuto.cli.many.rows import BadRow, Row, read_rows
from tenuto.core.errors import Malformed, NotFound


def read(folder: Path, content: str | bytes, name: str = "rows.csv") -> list[Row | BadRow]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_rows(path))


def test_columns_become_fields_and_text_the_message(tmp_path: Path) -> None:
    assert read(tmp_path, "text,category\nhello,a\n") == [Row(2, {"text": "hello", "category": "a", "message": "hello"})]


def test_a_message_column_is_kept_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, "text,message\nhello,other\n") == [Row(2, {"text": "hello", "message": "other"})]


@pytest.mark.parametrize("name", ["text", "question", "prompt"])
def test_other_names_of_a_message(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{name}\nhello\n") == [Row(2, {name: "hello", "message": "hello"})]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    found = read(tmp_path, 'text,n\n"two\nlines",1\n\nnext,2\n')
    assert [(row.line, row.input["n"]) for row in found if isinstance(row, Row)] == [(2, "1"), (5, "2")]


def test_bad_rows_are_told_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, b'text,n\na,1\nb\nc,2,3\n\xff,4\n"d"x,5\n"never,6\ne,7\n')
    assert [row.line for row in found] == [2, 3, 4, 5, 6, 7, 8]
    assert [row.line for row in found if isinstance(row, Row)] == [2, 8]
    reasons = {row.line: row.reason for row in found if isinstance(row, BadRow)}
    assert "1 columns" in reasons[3]
    assert "3 columns" in reasons[4]
    assert "UTF-8" in reasons[5]
    assert "closing quotation mark" in reasons[6]
    assert "never closed" in reasons[7]


def test_many_quotation_marks_that_are_never_closed_take_no_longer_than_their_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "text\n" + 'a "" b\n' * 10 + '"open\nfine\n' * 1500)
    assert sum(isinstance(row, Row) for row in found) >= 10
    assert found[-1] == Row(3011, {"text": "fine", "message": "fine"})


def test_other_delimiters_are_seen_in_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, "text;n\na,b;1\n") == [Row(2, {"text": "a,b", "n": "1", "message": "a,b"})]
    assert read(tmp_path, "text\tn\na\t1\n", "rows.tsv") == [Row(2, {"text": "a", "n": "1", "message": "a"})]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbftext\nhello\n") == [Row(2, {"text": "hello", "message": "hello"})]


def test_json_lines_are_objects_or_messages(tmp_path: Path) -> None:
    found = read(tmp_path, '{"n": 1}\n\n"hello"\n[1]\n{"a": \n{"a": NaN}\n"\\ud800"\n', "rows.jsonl")
    assert [row for row in found if isinstance(row, Row)] == [Row(1, {"n": 1}), Row(3, {"message": "hello"})]
    assert [row.line for row in found if isinstance(row, BadRow)] == [4, 5, 6, 7]


def test_what_a_file_is_can_be_seen_without_its_ending(tmp_path: Path) -> None:
    assert read(tmp_path, '{"message": "hi"}\n', "rows") == [Row(1, {"message": "hi"})]
    assert read(tmp_path, "message\nhi\n", "rows.txt") == [Row(2, {"message": "hi"})]


@pytest.mark.parametrize("content", ["", "a,\n1,2\n", "a,a\n1,2\n", '"a\n'])
def test_a_header_that_names_no_columns_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Malformed):
        read(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"rows\.csv"):
        list(read_rows(tmp_path / "rows.csv"))
