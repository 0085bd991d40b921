"""The operations between two states of a draft, found by comparing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from pydantic import JsonValue

from tenuto.core.changes import Change, changes
from tenuto.core.documents.operations import Operation, body_of, edge_path, named, parts_of
from tenuto.core.values import JsonObject, pointer

_Object = dict[str, JsonValue]


def operations_between(before: JsonObject, after: JsonObject) -> tuple[Operation, ...]:
    """What it takes to come from one draft to another."""
    rest = _operations(changes(_around(before), _around(after)))
    return (*rest, *_scope(before, after, "", named))


def _scope(before: JsonObject, after: JsonObject, at: str, kinds: Sequence[str]) -> Iterator[Operation]:
    """The operations on the parts of a workflow, or of a body, which stands at `at`."""
    for kind in kinds:
        old, new = _by_id(before, kind), _by_id(after, kind)
        for name in dict.fromkeys([*old, *new]):
            here = at + pointer(kind, name)
            if name not in new:
                yield Operation(path=here, before=old[name])
            elif name not in old:
                yield Operation(path=here, after=new[name])
            else:
                yield from _part(old[name], new[name], here)
    yield from _edges(before, after, at)
    yield from _reordered(before, after, at)


def _part(before: _Object, after: _Object, at: str) -> Iterator[Operation]:
    old, new = body_of(before), body_of(after)
    if old is not None and new is not None:
        yield from _operations(changes(_hollow(before), _hollow(after), at))
        yield from _scope(old, new, at + "/config/body", ("nodes",))
    elif old is None and new is None:
        yield from _operations(changes(before, after, at))
    else:
        yield Operation(path=at, before=before, after=after)


def _edges(before: JsonObject, after: JsonObject, at: str) -> Iterator[Operation]:
    old, new = ({at + edge_path(edge): edge for edge in parts_of(each, "edges")} for each in (before, after))
    for path in dict.fromkeys([*old, *new]):
        if path not in new:
            yield Operation(path=path, before=old[path])
        elif path not in old:
            yield Operation(path=path, after=new[path])
        elif old[path] != new[path]:
            yield Operation(path=path, before=old[path], after=new[path])


def _reordered(before: JsonObject, after: JsonObject, at: str) -> Iterator[Operation]:
    old, new = list(_by_id(before, "nodes")), list(_by_id(after, "nodes"))
    here, there = set(old), set(new)
    expected = [*(name for name in old if name in there), *(name for name in new if name not in here)]
    if expected != new:
        yield Operation(path=f"{at}/order", before=cast("JsonValue", old), after=cast("JsonValue", new))


def _operations(found: Iterable[Change]) -> Iterator[Operation]:
    for change in found:
        sides: _Object = {}
        if change.kind != "added":
            sides["before"] = change.before
        if change.kind != "removed":
            sides["after"] = change.after
        yield Operation.model_validate({"path": change.pointer, **sides})


def _around(document: JsonObject) -> _Object:
    """The document without its parts. Settings and a drawing that are not there are empty ones: what is put into them is one thing each."""
    whole = {name: value for name, value in document.items() if name not in {*named, "edges"}}
    layout = document.get("layout", {})
    drawing: JsonValue = {"nodes": {}, "notes": {}, "groups": {}, **layout} if isinstance(layout, dict) else layout
    return {**whole, "settings": document.get("settings", {}), "layout": drawing}


def _hollow(node: _Object) -> _Object:
    """The node without the parts of its body."""
    config = cast("_Object", node["config"])
    body = cast("_Object", config["body"])
    return {**node, "config": {**config, "body": {name: value for name, value in body.items() if name not in {"nodes", "edges"}}}}


def _by_id(document: JsonObject, kind: str) -> dict[str, _Object]:
    return {str(part.get("id")): part for part in parts_of(document, kind)}
