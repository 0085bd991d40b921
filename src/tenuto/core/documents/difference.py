"""What changed between two definitions: parts added, removed and changed, each change with its JSON pointer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from pydantic import Field, JsonValue

from tenuto.core.changes import Change, changes
from tenuto.core.values import Frozen, JsonObject

_lists = ("nodes", "edges", "agents", "triggers")


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
    """Everything that is different between two definitions; their ids, the order of parts and how they are drawn do not count."""

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
    settings = tuple(changes(before.get("settings", {}), after.get("settings", {}), ""))
    left_out = {*_lists, "settings", "id", "layout"}
    other = tuple(changes(_without(before, left_out), _without(after, left_out), ""))
    parts = {name: _parts(_by_id(before, name), _by_id(after, name)) for name in _lists}
    same = not settings and not other and all(found == Parts() for found in parts.values())
    return Difference(same=same, settings=settings, other=other, **parts)


def _parts(before: Mapping[str, _Object], after: Mapping[str, _Object]) -> Parts:
    both = [(name, before[name], after[name]) for name in before if name in after]
    changed = [Changed(id=name, changes=found) for name, old, new in both if (found := tuple(changes(old, new, "")))]
    return Parts(
        added=tuple(part for name, part in after.items() if name not in before),
        removed=tuple(part for name, part in before.items() if name not in after),
        changed=tuple(changed),
    )


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
