"""The language of Drive's `q`: terms joined by and, or and not.

From https://developers.google.com/workspace/drive/api/guides/search-files and …/guides/ref-search-terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from tests.doubles.google import Refusal, inner, many
from tests.doubles.vendor import Json

Test = Callable[[Json], bool]
_token = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([()={}<>]|!=|<=|>=)|([A-Za-z]+))", re.DOTALL)
_double = re.compile(r"\s*(!=|<=|>=)")
_texts = ("name", "fullText", "mimeType")
_times = ("modifiedTime", "createdTime", "viewedByMeTime")
_flags = ("trashed", "starred", "sharedWithMe")
_people = {"owners": ("owner",), "writers": ("owner", "organizer", "fileOrganizer", "writer"), "readers": ("owner", "writer", "reader")}
_compared: dict[str, Callable[[datetime, datetime], bool]] = {
    "=": lambda one, two: one == two, "!=": lambda one, two: one != two, "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two, ">": lambda one, two: one > two, ">=": lambda one, two: one >= two,
}  # fmt: skip


def query(text: str | None) -> Test:
    """What a file must be to be found; raises `Refusal` for what Drive does not read."""
    if not text:
        return lambda file: True
    reader = _Reader(text)
    found = reader.either()
    if reader.left:
        raise _invalid()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.left = list(_tokens(text))

    def next(self, *wanted: str) -> str:
        """The next token, which is one of those that are wanted, where some are."""
        if not self.left or (wanted and self.left[0] not in wanted):
            raise _invalid()
        return self.left.pop(0)

    def text(self) -> str:
        token = self.next()
        if not token.startswith("'"):
            raise _invalid()
        return token[1:]

    def either(self) -> Test:
        tests = [self.both()]
        while self.left and self.left[0] == "or":
            self.next()
            tests.append(self.both())
        return lambda file: any(test(file) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.left and self.left[0] == "and":
            self.next()
            tests.append(self.one())
        return lambda file: all(test(file) for test in tests)

    def one(self) -> Test:
        if self.left and self.left[0] == "not":
            self.next()
            test = self.one()
            return lambda file: not test(file)
        if self.left and self.left[0] == "(":
            self.next()
            test = self.either()
            self.next(")")
            return test
        return self.term()

    def term(self) -> Test:
        field = self.next()
        if field.startswith("'"):
            return self.member(field[1:])
        if field in _texts:
            return self.words(field)
        if field in _times:
            return self.time(field)
        if field in _flags:
            return self.flag(field)
        if field in ("properties", "appProperties"):
            return self.property(field)
        raise _invalid()

    def member(self, value: str) -> Test:
        self.next("in")
        of = self.next("parents", *_people)
        if of == "parents":
            return lambda file: value in many(file, "parents")
        roles = _people[of]
        return lambda file: any(each.get("emailAddress") == value and each["role"] in roles for each in many(file, "permissions"))

    def words(self, field: str) -> Test:
        does = self.next("contains") if field == "fullText" else self.next("contains", "=", "!=")
        value = self.text().lower()
        if field == "fullText":
            return lambda file: value.strip('"') in f"{file['name']} {file.get('description', '')} {file['_text']}".lower()
        if does == "contains":
            # A name is found by how its words begin, a media type by its own beginning.
            pattern = re.compile((r"\b" if field == "name" else "") + re.escape(value))
            return lambda file: bool(pattern.search(file[field].lower()))
        return lambda file: (file[field].lower() == value) == (does == "=")

    def time(self, field: str) -> Test:
        compare = _compared[self.next(*_compared)]
        try:
            value = datetime.fromisoformat(self.text())
        except ValueError:
            raise _invalid() from None
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return lambda file: compare(datetime.fromisoformat(file[field]), value)

    def flag(self, field: str) -> Test:
        if field == "sharedWithMe" and (not self.left or self.left[0] not in ("=", "!=")):
            return lambda file: not file.get("ownedByMe", True)
        wanted = (self.next("=", "!=") == "=") == (self.next("true", "false") == "true")
        name = "trashed" if field == "trashed" else field
        return lambda file: bool(file.get(name, False)) == wanted

    def property(self, field: str) -> Test:
        for each in ("has", "{", "key", "="):
            self.next(each)
        key = self.text()
        for each in ("and", "value", "="):
            self.next(each)
        value = self.text()
        self.next("}")
        return lambda file: cast("str | None", inner(file, field).get(key)) == value


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while text[place:].strip():
        found = _double.match(text, place) or _token.match(text, place)
        if found is None:
            raise _invalid()
        place = found.end()
        quoted = found[1] if found.re is _token else None
        tokens.append("'" + re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found[0].strip())
    return tokens


def _invalid() -> Refusal:
    return Refusal(400, "invalid", "Invalid Value", "q")
