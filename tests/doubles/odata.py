"""The part of OData 4.01 that Microsoft Graph's lists understand: `$filter`, `$orderby`, `$select`, and what they refuse.

From https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html (5.1.1) and
https://learn.microsoft.com/en-us/graph/filter-query-parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, cast

Json = dict[str, Any]
Test = Callable[[Json], bool]

_tokens = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)|(?P<number>-?\d+)"
    r"|(?P<name>[@A-Za-z_][\w.]*(?:/\w+)*)|(?P<sign>[(),:]))"
)
_compare: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
}
_texts: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda value, part: value.startswith(part),
    "endswith": lambda value, part: value.endswith(part),
    "contains": lambda value, part: part in value,
}


class Invalid(Exception):
    """What is wrong with a query, in Graph's words."""


class Filter:
    """A parsed `$filter`: whether an item passes, and the properties in the order in which they are named."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        """Raises `Invalid`; `known` are the properties that there are."""
        self.names: list[str] = []
        self._known = known
        self._left = self._cut(text)
        self.passes = self._any()
        if self._left:
            raise Invalid(f"Invalid filter clause: Syntax error at '{self._left[0][1]}' in '{text}'.")

    def _cut(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        place, text = 0, text.strip()
        while place < len(text):
            match = _tokens.match(text, place)
            if match is None or match.lastgroup is None:
                raise Invalid(
                    f"Invalid filter clause: Syntax error: character '{text[place]}' is not valid at position {place} in '{text}'."
                )
            found.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        return found

    def _next(self, wanted: str | None = None) -> tuple[str, str]:
        if not self._left or wanted not in (None, self._left[0][1]):
            raise Invalid(f"Invalid filter clause: Expression expected at position {len(self._left)}.")
        return self._left.pop(0)

    def _sees(self, word: str) -> bool:
        return bool(self._left) and self._left[0][1].lower() == word

    def _any(self) -> Test:
        tests = [self._all()]
        while self._sees("or"):
            self._next()
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._sees("and"):
            self._next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        kind, word = self._next()
        if word == "not":
            test = self._one()
            return lambda item: not test(item)
        if word == "(":
            inner = self._any()
            self._next(")")
            return inner
        if word.lower() in _texts:
            return self._text(_texts[word.lower()])
        if word.lower().endswith("/any"):
            return self._each(word[:-4])
        if kind != "name":
            raise Invalid(f"Invalid filter clause: A property was expected, not {word}.")
        return self._comparison(word)

    def _text(self, compare: Callable[[str, str], bool]) -> Test:
        self._next("(")
        name = self._property(self._next()[1])
        self._next(",")
        part = self._value(name)
        self._next(")")
        return lambda item: compare(str(at(item, name) or "").lower(), str(part).lower())

    def _each(self, name: str) -> Test:
        """`categories/any(c:c eq 'Red')`, and the same over objects: the variable is the item itself."""
        self._next("(")
        variable = self._next()[1]
        self._next(":")
        names, known = list(self.names), self._known
        self._known = [variable]
        inner = self._any()
        self._known = known
        self.names = [*names, self._property(name)]
        self._next(")")
        return lambda item: any(inner({variable: each}) for each in _many(at(item, name)))

    def _comparison(self, name: str) -> Test:
        name = self._property(name)
        word = self._next()[1].lower()
        if word not in _compare:
            raise Invalid(f"Invalid filter clause: '{word}' is no operator.")
        wanted = self._value(name)
        return lambda item: _compare[word](_same(at(item, name), wanted), wanted)

    def _property(self, name: str) -> str:
        if name.split("/", 1)[0] not in self._known:
            raise Invalid(f"Could not find a property named '{name}' on type 'microsoft.graph.outlookItem'.")
        self.names.append(name)
        return name

    def _value(self, name: str) -> Any:
        kind, word = self._next()
        moment = name.endswith("DateTime")
        if moment != (kind == "time") and word != "null":
            raise Invalid("A binary operator with incompatible types was detected.")
        match kind:
            case "text":
                return word[1:-1].replace("''", "'")
            case "number":
                return int(word)
            case "time":
                return _moment(word)
            case _ if word in ("true", "false", "null"):
                return {"true": True, "false": False, "null": None}[word]
            case _:
                raise Invalid(f"Invalid filter clause: '{word}' is no value.")


def at(item: Json, path: str) -> Any:
    """What stands at `a/b/c`."""
    found: Any = item
    for part in path.split("/"):
        found = cast("Json", found).get(part) if isinstance(found, dict) else None
    return found


def order(text: str, known: Collection[str]) -> list[tuple[str, bool]]:
    """`(property, whether it descends)` of an `$orderby`. Raises `Invalid`."""
    found: list[tuple[str, bool]] = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        if name.split("/", 1)[0] not in known or direction.strip() not in ("", "asc", "desc"):
            raise Invalid(f"Could not find a property named '{name}' on type 'microsoft.graph.outlookItem'.")
        found.append((name, direction.strip() == "desc"))
    return found


def _many(value: Any) -> list[Any]:
    return value or []


def _same(value: Any, wanted: Any) -> Any:
    return _moment(value) if isinstance(wanted, datetime) and isinstance(value, str) else value


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
