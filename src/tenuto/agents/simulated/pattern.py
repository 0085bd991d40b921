"""A text that matches a regular expression, from Python's own parse of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from tenuto.core.catalog import late
from tenuto.core.errors import Invalid
from tenuto.core.language.schema import violations

_categories = {"CATEGORY_DIGIT": "7", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_SPACE": "a"}
_alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.@/"

_longest = 10_000


def matching(pattern: str, roll: Callable[[str], int]) -> str | None:
    """A short text in which `pattern` is found, or None where it needs more than literals, classes, groups and repeats.

    `roll` gives a number for a salt; the same numbers give the same text.
    """
    try:
        parsed = late("re._parser").parse(pattern)
        text = "".join(_spelled(cast("_Parsed", parsed), roll, "r"))
        # Whether it fits is asked of the matcher of schemas, whose time is linear: Python's own takes ages for `(a|a){40}$b`.
        return text if not violations(text, {"type": "string", "pattern": pattern}) else None
    except (re.error, KeyError, RecursionError, Invalid):
        return None


# One item of a parse is (operator, argument), where the argument's shape depends on the operator; the module has no types.
_Parsed = Sequence[tuple[object, Any]]


def _spelled(parsed: _Parsed, roll: Callable[[str], int], salt: str) -> list[str]:
    return [_one(str(operator), argument, roll, f"{salt}.{index}") for index, (operator, argument) in enumerate(parsed)]


def _one(operator: str, argument: Any, roll: Callable[[str], int], salt: str) -> str:
    match operator:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return "a" if chr(argument) != "a" else "b"
        case "ANY":
            return "a"
        case "IN":
            return _member(argument, roll(salt))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = argument
            return _repeated(low, high, inner, roll, salt)
        case "SUBPATTERN":
            return "".join(_spelled(argument[3], roll, salt))
        case "ATOMIC_GROUP":
            return "".join(_spelled(argument, roll, salt))
        case "BRANCH":
            return "".join(_spelled(argument[1][roll(salt) % len(argument[1])], roll, salt))
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
        case _:
            raise KeyError(operator)


def _repeated(low: int, high: int, inner: _Parsed, roll: Callable[[str], int], salt: str) -> str:
    count = max(low, min(high, 3 if low == 0 and high > 1 else low or 1, _longest))
    if count == 0:
        return ""
    first = "".join(_spelled(inner, roll, f"{salt}.0"))
    if not first or len(first) * count > _longest:
        raise KeyError("repeats of repeats: four of them are more text than there is memory, or more nothing than there is time")
    return first + "".join("".join(_spelled(inner, roll, f"{salt}.{n}")) for n in range(1, count))


def _member(items: Sequence[tuple[object, Any]], number: int) -> str:
    if str(items[0][0]) == "NEGATE":
        excluded = "".join(_characters(items[1:]))
        return next(letter for letter in _alphabet if letter not in excluded)
    options = "".join(_characters(items))
    return options[number % len(options)]


def _characters(items: Sequence[tuple[object, Any]]) -> list[str]:
    found: list[str] = []
    for operator, argument in items:
        match str(operator):
            case "LITERAL":
                found.append(chr(argument))
            case "RANGE":
                found.append("".join(map(chr, range(argument[0], min(argument[1], argument[0] + 127) + 1))))
            case _:
                found.append(_categories[str(argument)])
    return found
