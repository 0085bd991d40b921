"""What is different between two JSON values, each difference with its JSON pointer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, JsonValue

from tenuto.core.values import Frozen, pointer

_missing = object()


class Change(Frozen):
    """One value that is another now."""

    pointer: str = Field(description="JSON pointer into the part that changed.")
    kind: Literal["added", "removed", "changed"]
    before: JsonValue = None
    after: JsonValue = None


def changes(before: JsonValue, after: JsonValue, at: str = "", *, into_lists: bool = False) -> Iterator[Change]:
    """Objects are compared field by field, lists as a whole or, where told, item by item; texts and numbers as JSON writes them (1 is not true)."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _fields(before, after, at, into_lists=into_lists)
    elif into_lists and isinstance(before, list) and isinstance(after, list):
        yield from _fields(_by_place(before), _by_place(after), at, into_lists=True)
    elif json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True):
        yield Change(pointer=at, kind="changed", before=before, after=after)


def _fields(before: dict[str, JsonValue], after: dict[str, JsonValue], at: str, *, into_lists: bool) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        here, old, new = at + pointer(key), before.get(key, _missing), after.get(key, _missing)
        if old is _missing:
            yield Change(pointer=here, kind="added", after=after[key])
        elif new is _missing:
            yield Change(pointer=here, kind="removed", before=before[key])
        else:
            yield from changes(before[key], after[key], here, into_lists=into_lists)


def _by_place(items: list[JsonValue]) -> dict[str, JsonValue]:
    return {str(place): item for place, item in enumerate(items)}
