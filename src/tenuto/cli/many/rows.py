"""Rows of an input file, one run each: CSV or JSON lines; a bad row is told by its line, and the reading goes on after it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import Invalid, Malformed, NotFound
from tenuto.core.values import JsonObject, checked, decode

_longest_row = 1_000
"""Physical lines that one CSV row may span; more means that a quotation mark was never closed."""
_reasons = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "field larger than field limit": "a field is too long, or a quotation mark is opened and never closed",
    "',' expected after '\"'": "something stands between a closing quotation mark and the end of its field",
}
_message_names = ("message", "text", "question", "prompt")


@dataclass(frozen=True, slots=True)
class Row:
    """One run's input."""

    line: int
    """Where the row begins in the file, counted from 1, header and blank lines included."""
    input: JsonObject


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be run, and why."""

    line: int
    reason: str


Read: TypeAlias = Row | BadRow


def read_rows(path: Path) -> Iterator[Read]:
    """Every row in order. `.jsonl` and `.ndjson` are JSON lines, `.csv` and `.tsv` are CSV; else the first character tells.

    Text is UTF-8. CSV has a header, whose names become the fields of the input; JSON lines are objects, or strings as messages.
    An input without `message` gets one from `text`, `question` or `prompt`. Raises `NotFound`, and `Malformed` for a file without rows
    or with a header that cannot be used.
    """
    try:
        # An undecodable byte becomes half of a surrogate pair, so that it spoils its own row only.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _json_rows(file) if _is_json(path) else _csv_rows(file, path)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror or error}.") from None


def _is_json(path: Path) -> bool:
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return True
        case ".csv" | ".tsv":
            return False
        case _:
            with path.open("rb") as file:
                return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b'"'}


def _json_rows(file: TextIO) -> Iterator[Read]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        if not _is_text(line):
            yield BadRow(number, "it holds bytes that are not UTF-8")
            continue
        try:
            value = checked(decode(line))
        except Invalid as problem:
            yield BadRow(number, problem.data.detail.rstrip(".").replace(" at line 1 column", " at column"))
            continue
        yield _json_row(number, value)


def _json_row(number: int, value: JsonValue) -> Read:
    match value:
        case str():
            return Row(number, {"message": value})
        case dict():
            return Row(number, _with_message(value))
        case _:
            return BadRow(number, "it is neither an object nor a text")


@dataclass
class _Lines:
    """Physical lines with their numbers, which can be put back."""

    file: TextIO
    taken: int = 0
    back: deque[str] = field(default_factory=deque[str])

    def take(self) -> str | None:
        line = self.back.popleft() if self.back else next(self.file, None)
        self.taken += line is not None
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        self.back.extendleft(reversed(lines))
        self.taken -= len(lines)


def _csv_rows(file: TextIO, path: Path) -> Iterator[Read]:
    lines = _Lines(file)
    names, delimiter = _header(lines, path)
    while True:
        line = lines.taken + 1
        row = _csv_row(lines, delimiter)
        if row is None:
            return
        if isinstance(row, str):
            yield BadRow(line, row)
        elif row:
            yield _named(line, names, row)


def _header(lines: _Lines, path: Path) -> tuple[list[str], str]:
    first = lines.take()
    if first is None:
        raise Malformed(f"{path} is empty.", fix="Its first line names the columns.")
    delimiter = max(",;\t", key=first.count)
    lines.put_back([first])
    names = _csv_row(lines, delimiter)
    if not isinstance(names, list) or not _is_text(first):
        raise Malformed(f"The header of {path} cannot be read: {names}.", fix="Its first line names the columns.")
    names = [name.strip() for name in names]
    if not all(names) or len(set(names)) != len(names):
        raise Malformed(f"The columns of {path} need names, each its own; they are: {', '.join(names)}.", fix="Mend its first line.")
    return names, delimiter


def _csv_row(lines: _Lines, delimiter: str) -> list[str] | str | None:
    """The fields of the next row, which may span lines; a text says what is wrong with it, None that there is none."""
    used: list[str] = []

    def feed() -> Iterator[str]:
        while len(used) < _longest_row and (line := lines.take()) is not None:
            used.append(line)
            yield line

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        lines.put_back(used[1:])
        return _reasons.get(str(error).split(" (")[0], str(error))


def _named(line: int, names: Sequence[str], row: Sequence[str]) -> Read:
    if len(row) != len(names):
        return BadRow(line, f"it has {len(row)} columns, and the header names {len(names)}")
    if not all(map(_is_text, row)):
        return BadRow(line, "it holds bytes that are not UTF-8")
    return Row(line, _with_message(dict(zip(names, row, strict=True))))


def _with_message(given: JsonObject) -> JsonObject:
    if "message" in given:
        return given
    said = next((given[name] for name in _message_names if isinstance(given.get(name), str)), None)
    return given if said is None else {**given, "message": said}


def _is_text(text: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in text) if not text.isascii() else True
