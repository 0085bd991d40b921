"""The operations between two states of a draft, found by comparing them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue

from tenuto.core.changes import Change, changes
from tenuto.core.documents.operations import Operation, edge_path, named, parts_of
from tenuto.core.values import JsonObject

_Object = dict[str, JsonValue]


def operations_between(before: JsonObject, after: JsonObject) -> tuple[Operation, ...]:
    """What it takes to come from one draft to another."""
    kept_before, kept_after = _by_name(before), _by_name(after)
    found = [_operation(change) for change in changes(kept_before, kept_after)]
    edges_before, edges_after = _edges(before), _edges(after)
    removed = [Operation(path=path, before=edge) for path, edge in edges_before.items() if path not in edges_after]
    added = [Operation(path=path, after=edge) for path, edge in edges_after.items() if path not in edges_before]
    changed = [
        Operation(path=path, before=edges_before[path], after=edge)
        for path, edge in edges_after.items()
        if path in edges_before and edges_before[path] != edge
    ]
    return (*found, *removed, *added, *changed, *_reordered(before, after))


def _operation(change: Change) -> Operation:
    sides: dict[str, JsonValue] = {}
    if change.kind != "added":
        sides["before"] = change.before
    if change.kind != "removed":
        sides["after"] = change.after
    return Operation.model_validate({"path": change.pointer, **sides})


def _by_name(document: JsonObject) -> _Object:
    """The document with its named lists as objects, and without edges."""
    whole = {name: value for name, value in document.items() if name != "edges"}
    # What is not there and what is empty are the same, so that parts are added and removed one by one and not with all around them.
    lists = {kind: cast("JsonValue", {str(part["id"]): part for part in parts_of(document, kind)}) for kind in named}
    layout = document.get("layout", {})
    drawing: JsonValue = {"nodes": {}, "notes": {}, "groups": {}, **layout} if isinstance(layout, dict) else layout
    return {**whole, "settings": document.get("settings", {}), **lists, "layout": drawing}


def _edges(document: JsonObject) -> dict[str, JsonValue]:
    return {edge_path(edge): edge for edge in parts_of(document, "edges")}


def _reordered(before: JsonObject, after: JsonObject) -> Iterator[Operation]:
    old, new = ([str(part["id"]) for part in parts_of(each, "nodes")] for each in (before, after))
    here, there = set(old), set(new)
    expected = [*(name for name in old if name in there), *(name for name in new if name not in here)]
    if expected != new:
        yield Operation(path="/order", before=cast("JsonValue", old), after=cast("JsonValue", new))
