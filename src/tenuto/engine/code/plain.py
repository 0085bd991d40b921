"""What comes out of the sandbox, made plain JSON: counted while it is walked, because two kilobytes may unfold into everything."""

from __future__ import annotations

from typing import cast

from pydantic import JsonValue

max_depth = 40
max_values = 1_000_000
"""Of lists, objects, texts and numbers together: a list of nothing is two bytes of JSON and sixty of memory."""

_bits = 4096


class NotPlain(Exception):
    """The value cannot be kept as JSON; the message says why and names no part of it."""


def plain(value: object, *, limit: int) -> JsonValue:
    """The value as JSON of at most about `limit` bytes: tuples are lists. Raises `NotPlain`.

    A value that shares its parts (`a = [a] * 10`, thirty times) is small where it was made and has 10**30 elements as JSON.
    """
    return _Walk(limit).value(value, 0)


class _Walk:
    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit
        self.values = max_values

    def value(self, value: object, depth: int) -> JsonValue:
        if depth > max_depth:
            raise NotPlain(f"it is nested more than {max_depth} levels deep")
        self._take(2)
        self.values -= 1
        if self.values < 0:
            raise NotPlain(f"it holds more than {max_values:,} values")
        match value:
            case None | bool():
                return value
            case str():
                return self._text(value)
            case int():
                return self._integer(value)
            case float():
                return self._number(value)
            case list() | tuple():
                items = cast("list[object]", value)
                return [self.value(item, depth + 1) for item in items]
            case dict():
                pairs = cast("dict[object, object]", value)
                return {self._key(key): self.value(item, depth + 1) for key, item in pairs.items()}
            case _:
                raise NotPlain(f"{_named(value)} is no JSON value")

    def _take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise NotPlain(f"it is larger than {self.limit // 1024:,} kB")

    def _text(self, text: str) -> str:
        self._take(len(text))
        if not text.isascii():
            try:
                self._take(len(text.encode()) - len(text))
            except UnicodeEncodeError:
                raise NotPlain("it holds half of a surrogate pair, which is not text") from None
        return str(text)

    def _integer(self, number: int) -> int:
        self._take(number.bit_length() // 3)
        if number.bit_length() > _bits:
            raise NotPlain("it holds an integer of more than 1,200 digits")
        return int(number)

    def _number(self, number: float) -> float:
        self._take(16)
        if number - number != 0:
            raise NotPlain("NaN and infinity are no JSON values")
        return float(number)

    def _key(self, key: object) -> str:
        if not isinstance(key, str):
            raise NotPlain(f"the keys of an object are text, and {_named(key)} is not")
        return self._text(key)


def _named(value: object) -> str:
    name = type(value).__name__
    return f"a value of type {name}" if name.isidentifier() and len(name) < 60 else "such a value"
