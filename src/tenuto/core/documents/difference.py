"""What changed between two definitions: parts added, removed and changed, each change with its JSON pointer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from pydantic import Field, JsonValue

from tenuto.core.values import Frozen, JsonObject, pointer

_missing = object()
_lists = ("nodes", "edges", "agents", "triggers")


class Change(Frozen):
    """One value that is another now."""

    pointer: str = Field(description="JSON pointer into the part that changed.")
    kind: Literal["added", "removed", "changed"]
    before: JsonValue = None
    after: JsonValue = None


class Changed(Frozen):
    """A part that is in both, and what is different in it."""

    id: str
    changes: tuple[Change, ...]


class Parts(Frozen):
    """What became of the parts of one kind; added and removed ones are shown whole."""

    added: tuple[dict[str, JsonValue], ...] = ()
    removed: tuple[dict[str, JsonValue], ...] = ()
    changed: tuple[Changed, ...] = ()


class Difference(Frozen):
    """Everything that is different between two definitions; their ids and the order of parts do not count."""

    same: bool
    nodes: Parts
    edges: Parts = Field(description="An edge is added or removed, never changed.")
    agents: Parts
    triggers: Parts
    settings: tuple[Change, ...] = Field(description="Pointers begin at the settings.")
    other: tuple[Change, ...] = Field(description="Name, description and start node; pointers begin at the definition.")


_Object: TypeAlias = dict[str, JsonValue]


def difference(before: JsonObject, after: JsonObject) -> Difference:
    """What it takes to come from one document of today's shape to another."""
    settings = tuple(_changes(before.get("settings", {}), after.get("settings", {}), ""))
    left_out = {*_lists, "settings", "id"}
    other = tuple(_changes(_without(before, left_out), _without(after, left_out), ""))
    parts = {name: _parts(_by_id(before, name), _by_id(after, name)) for name in _lists}
    same = not settings and not other and all(found == Parts() for found in parts.values())
    return Difference(same=same, settings=settings, other=other, **parts)


def _parts(before: Mapping[str, _Object], after: Mapping[str, _Object]) -> Parts:
    both = [(name, before[name], after[name]) for name in before if name in after]
    changed = [Changed(id=name, changes=found) for name, old, new in both if (found := tuple(_changes(old, new, "")))]
    return Parts(
        added=tuple(part for name, part in after.items() if name not in before),
        removed=tuple(part for name, part in before.items() if name not in after),
        changed=tuple(changed),
    )


def _changes(before: JsonValue, after: JsonValue, at: str) -> Iterator[Change]:
    """Objects are compared field by field; lists, texts and numbers as a whole, as JSON writes them (1 is not true)."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            here, old, new = at + pointer(key), before.get(key, _missing), after.get(key, _missing)
            if old is _missing:
                yield Change(pointer=here, kind="added", after=after[key])
            elif new is _missing:
                yield Change(pointer=here, kind="removed", before=before[key])
            else:
                yield from _changes(before[key], after[key], here)
    elif json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True):
        yield Change(pointer=at, kind="changed", before=before, after=after)


def _by_id(document: JsonObject, name: str) -> dict[str, _Object]:
    """The parts of a list by what identifies them: their id, or all of an edge."""
    items = document.get(name)
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if name != "edges":
        return {str(part.get("id")): part for part in found}
    edges: list[_Object] = [{"from": edge.get("from"), "port": edge.get("port", "out"), "to": edge.get("to")} for edge in found]
    return {json.dumps(edge): edge for edge in edges}


def _without(document: JsonObject, names: set[str]) -> _Object:
    return {name: value for name, value in document.items() if name not in names}
