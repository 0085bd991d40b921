"""The formulas by which Airtable filters: read once, asked of each record. From https://support.airtable.com/docs/formula-field-reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from tests.doubles.vendor import Json

_token = re.compile(r"""\s*(?:(?P<field>\{(?:[^}\\]|\\.)+\})|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)|"""
                    r"""(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[=<>&+*/(),-]))""")  # fmt: skip
Term = Callable[[Json], Any]
_functions: dict[str, Callable[[list[Any]], Any]] = {
    "AND": lambda given: all(truth(each) for each in given),
    "OR": lambda given: any(truth(each) for each in given),
    "NOT": lambda given: not truth(given[0]),
    "IF": lambda given: given[1] if truth(given[0]) else (given[2:] or [""])[0],
    "BLANK": lambda given: "",
    "TRUE": lambda given: True,
    "FALSE": lambda given: False,
    "LOWER": lambda given: _text(given[0]).lower(),
    "UPPER": lambda given: _text(given[0]).upper(),
    "LEN": lambda given: len(_text(given[0])),
    "TRIM": lambda given: _text(given[0]).strip(),
    "FIND": lambda given: _text(given[1]).find(_text(given[0])) + 1,
    "SEARCH": lambda given: _text(given[1]).lower().find(_text(given[0]).lower()) + 1 or "",
    "ARRAYJOIN": lambda given: (given[1:] or [", "])[0].join(map(str, given[0] or [])),
    "IS_AFTER": lambda given: _text(given[0]) > _text(given[1]),
    "IS_BEFORE": lambda given: _text(given[0]) < _text(given[1]),
    "IS_SAME": lambda given: _text(given[0])[:10] == _text(given[1])[:10],
    "REGEX_MATCH": lambda given: re.search(_text(given[1]), _text(given[0])) is not None,
}


def parsed(formula: str, fields: set[str]) -> Term:
    """A formula as a function of a record. `ValueError` for one that Airtable refuses, or that this double does not know."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while formula[place:].strip():
        found = _token.match(formula, place)
        if found is None or found.lastgroup is None:
            raise ValueError("Invalid formula")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return _Reader(tokens, fields).whole()


class _Reader:
    """Reads a formula's tokens by precedence: comparison, `&`, + -, * /, and what stands alone."""

    levels = (("=", "!=", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))

    def __init__(self, tokens: list[tuple[str, str]], fields: set[str]) -> None:
        self.tokens, self.fields = tokens, fields

    def whole(self) -> Term:
        term = self.level(0)
        if self.tokens:
            raise ValueError("Invalid formula")
        return term

    def level(self, number: int) -> Term:
        if number == len(self.levels):
            return self.single()
        left = self.level(number + 1)
        while self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in self.levels[number]:
            sign = self.tokens.pop(0)[1]
            left = _joined(sign, left, self.level(number + 1))
        return left

    def single(self) -> Term:
        kind, text = self.tokens.pop(0) if self.tokens else ("", "")
        match kind:
            case "field":
                return self.field(re.sub(r"\\(.)", r"\1", text[1:-1]))
            case "text":
                value = re.sub(r"\\(.)", r"\1", text[1:-1])
                return lambda _record: value
            case "number":
                return lambda _record: float(text)
            case "name" if self.tokens and self.tokens[0] == ("sign", "("):
                return self.call(text.upper())
            case "name":
                return self.field(text)
            case "sign" if text == "(":
                term = self.level(0)
                self.expect(")")
                return term
            case "sign" if text == "-":
                term = self.single()
                return lambda record: -_number(term(record))
            case _:
                raise ValueError("Invalid formula")

    def field(self, name: str) -> Term:
        if name not in self.fields:
            raise ValueError(f"Unknown field names: {name.lower()}")
        return lambda record: record["fields"].get(name, "")

    def call(self, name: str) -> Term:
        self.expect("(")
        terms: list[Term] = []
        while self.tokens and self.tokens[0][1] != ")":
            terms.append(self.level(0))
            if self.tokens and self.tokens[0] == ("sign", ","):
                self.tokens.pop(0)
        self.expect(")")
        if name in ("RECORD_ID", "CREATED_TIME"):
            return lambda record: record["id" if name == "RECORD_ID" else "createdTime"]
        if name not in _functions:
            raise ValueError(f"Unknown function {name}")
        return lambda record: _functions[name]([each(record) for each in terms])

    def expect(self, sign: str) -> None:
        if not self.tokens or self.tokens.pop(0)[1] != sign:
            raise ValueError("Invalid formula")


def _joined(sign: str, left: Term, right: Term) -> Term:
    match sign:
        case "&":
            return lambda record: _text(left(record)) + _text(right(record))
        case "+" | "-" | "*" | "/":
            compute = {"+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": float.__truediv__}[sign]
            return lambda record: compute(_number(left(record)), _number(right(record)))
        case "=":
            return lambda record: _same(left(record), right(record))
        case "!=":
            return lambda record: not _same(left(record), right(record))
        case _:
            compare: dict[str, Callable[[Any, Any], bool]] = {
                "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
            }  # fmt: skip
            return lambda record: compare[sign](ordered(left(record)), ordered(right(record)))


def _same(one: Any, other: Any) -> bool:
    return one == other or _text(one) == _text(other)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[Any]", value)))
    if isinstance(value, bool) or value is None:
        return "1" if value else ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _number(value: Any) -> float:
    return float(value or 0)


def truth(value: Any) -> bool:
    """Whether a value counts as true."""
    return value not in (None, "", 0, False, [])


def ordered(value: Any) -> tuple[int, float, str]:
    """By what a value is sorted: nothing first, then numbers, then texts."""
    number = isinstance(value, int | float)
    return (0 if value in (None, "") else 1, float(value) if number else 0, "" if number else _text(value).lower())
