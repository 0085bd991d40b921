"""Edits of a draft as operations on paths: two people's edits can be told apart and put together.

A path is a JSON pointer into the document in which parts are named and not counted: `/nodes/<id>/config/message`,
`/edges/<from>/<port>/<to>`, `/agents/<id>`, `/triggers/<id>`, `/layout/nodes/<id>`, `/settings/timeout`, and `/order` for the
order of the nodes; within a body again: `/nodes/<id>/config/body/nodes/<id>`. In other lists the places are numbers. What is
added has no `before`, what is removed no `after`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import cast

from pydantic import Field, GetJsonSchemaHandler, JsonValue, SerializerFunctionWrapHandler, model_serializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.values import Frozen, JsonObject, Plain, pointer

named = ("nodes", "agents", "triggers")
"""The lists whose parts have an id of their own."""

most_operations = 2_000
_absent = object()
_Object = dict[str, JsonValue]


class Operation(Frozen):
    """One value that becomes another."""

    path: str = Field(min_length=2, max_length=2_000, description="Where: `/nodes/<id>/config/message`.")
    before: Plain = Field(default=None, description="What was there; left out where nothing was, or where it does not matter.")
    after: Plain = Field(default=None, description="What is there now; left out where something was removed.")

    @model_serializer(mode="wrap")
    def _as_sent(self, serialize: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        told = cast("dict[str, JsonValue]", serialize(self))
        return {name: value for name, value in told.items() if name in self.model_fields_set}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The fields, whichever way it goes: the serializer above only leaves some of them out."""
        return handler(cast("CoreSchema", {name: part for name, part in core_schema.items() if name != "serialization"}))

    @property
    def removes(self) -> bool:
        """Whether nothing is there afterwards."""
        return "after" not in self.model_fields_set


def keepable(document: JsonObject) -> None:
    """Raises `Invalid` for a document whose parts cannot be told apart; what else is wrong with a draft is for `validate` to say."""
    name = document.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or "\0" in name:
        raise Invalid("A draft has a name, of at most 200 characters.", pointer="/name")
    if not isinstance(document.get("description", ""), str) or "\0" in str(document.get("description", "")):
        raise Invalid("The description is text without NUL.", pointer="/description")
    _told_apart(document, "", named)


def _told_apart(scope: JsonObject, at: str, kinds: Sequence[str]) -> None:
    for kind in kinds:
        seen: set[str] = set()
        for index, part in enumerate(parts_of(scope, kind, at)):
            name = part.get("id")
            if not isinstance(name, str) or not name or name in seen:
                raise Invalid(f"Each of the {kind} has an id of its own, as text.", pointer=at + pointer(kind, index, "id"))
            seen.add(name)
            if (body := body_of(part)) is not None:
                _told_apart(body, f"{at}{pointer(kind, index)}/config/body", ("nodes",))
    for index, edge in enumerate(parts_of(scope, "edges", at)):
        if not all(isinstance(edge.get(end, "out"), str) for end in ("from", "port", "to")) or not {"from", "to"} <= edge.keys():
            raise Invalid("An edge is {from, port, to}, the ids of two nodes and a port, as text.", pointer=at + pointer("edges", index))


def applied(document: JsonObject, operations: Sequence[Operation]) -> dict[str, JsonValue]:
    """The document after all of the operations; the given one stays as it is.

    Raises `Invalid` with a pointer to the operation that cannot be done, and `Conflict` where something else than `before` is there.
    """
    work = copy.deepcopy(dict(document))
    for index, operation in enumerate(operations):
        try:
            _at(work, _tokens(operation.path), operation, named)
        except Invalid as problem:
            raise Invalid(problem.data.detail, fix=problem.data.fix, pointer=pointer("ops", index, "path")) from None
        except Conflict as problem:
            raise Conflict(problem.data.detail, fix=problem.data.fix, pointer=pointer("ops", index, "before")) from None
    return work


def parts_of(scope: JsonObject, kind: str, at: str = "") -> list[dict[str, JsonValue]]:
    """The parts of a list. Raises `Invalid` where it is none; `at` is the place of what it is a list of."""
    parts = scope.get(kind)
    if parts is None:
        return []
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise Invalid(f"{kind} is a list of objects.", pointer=f"{at}/{kind}")
    return cast("list[_Object]", parts)


def body_of(node: JsonObject) -> dict[str, JsonValue] | None:
    """The graph within a node, as maps and loops have one."""
    config = node.get("config")
    body = config.get("body") if isinstance(config, dict) else None
    return body if isinstance(body, dict) and isinstance(body.get("nodes"), list) else None


def edge_path(edge: JsonObject) -> str:
    """The path of an edge."""
    return pointer("edges", str(edge.get("from")), str(edge.get("port", "out")), str(edge.get("to")))


def _at(scope: _Object, path: Sequence[str], operation: Operation, kinds: Sequence[str]) -> None:
    """Do an operation within a workflow, or within a body, whose parts are named too."""
    match path:
        case ["order"]:
            _order(scope, operation.after)
        case ["edges", source, port, target]:
            _edge(scope, (source, port, target), operation)
        case ["edges", *_]:
            raise Invalid("An edge is named /edges/<from>/<port>/<to>.", fix="Escape ~ and / in ids as ~0 and ~1.")
        case [kind] if kind in kinds:
            raise Invalid(f"The {kind} are changed one by one.", fix=f"Name one: /{kind}/<id>.")
        case [kind, name] if kind in kinds:
            _part(scope, kind, name, operation)
        case [kind, name, *rest] if kind in kinds:
            _within(_found(scope, kind, name), rest, operation)
        case _:
            _set(scope, path, operation)


def _found(scope: _Object, kind: str, name: str) -> _Object:
    found = next((part for part in parts_of(scope, kind) if part.get("id") == name), None)
    if found is None:
        raise Invalid(f'There is no "{name[:128]}" among the {kind}.', fix="Add it first.")
    return found


def _within(part: _Object, path: Sequence[str], operation: Operation) -> None:
    match path:
        case ["id"]:
            raise Invalid("An id does not change.", fix="Remove the part and add another.")
        case ["config", "body", "nodes" | "edges" | "order", *_] if (body := body_of(part)) is not None:
            _at(body, path[2:], operation, ("nodes",))
        case _:
            _set(part, path, operation)


def _order(document: _Object, wanted: JsonValue) -> None:
    if not isinstance(wanted, list):
        raise Invalid("The order is a list of the ids of nodes.")
    places = {str(name): place for place, name in enumerate(wanted)}
    nodes = parts_of(document, "nodes")
    document["nodes"] = cast("JsonValue", sorted(nodes, key=lambda node: places.get(str(node.get("id")), len(places))))


def _part(document: _Object, kind: str, id: str, operation: Operation) -> None:
    parts = parts_of(document, kind)
    place = next((index for index, part in enumerate(parts) if part.get("id") == id), None)
    _expect(operation, parts[place] if place is not None else _absent)
    if operation.removes:
        if place is not None:
            del parts[place]
    elif not isinstance(operation.after, dict) or operation.after.get("id") != id:
        raise Invalid(f'What is put at {operation.path} is an object with the id "{id[:128]}".')
    elif place is None:
        parts.append(operation.after)
    else:
        parts[place] = operation.after
    document[kind] = cast("JsonValue", parts)


def _edge(document: _Object, name: tuple[str, str, str], operation: Operation) -> None:
    edges = parts_of(document, "edges")
    path = pointer("edges", *name)
    there = next((edge for edge in edges if edge_path(edge) == path), None)
    _expect(operation, there if there is not None else _absent)
    kept = [edge for edge in edges if edge is not there]
    if not operation.removes:
        source, port, target = name
        edge: _Object = {"from": source, "to": target} if port == "out" else {"from": source, "port": port, "to": target}
        kept = [*edges] if there is not None else [*kept, edge]
    document["edges"] = cast("JsonValue", kept)


def _set(container: JsonValue, path: Sequence[str], operation: Operation) -> None:
    """Put a value into an object or a list, by a path within it."""
    *way, last = path
    for token in way:
        container = _step(container, token)
    if isinstance(container, dict):
        _expect(operation, container.get(last, _absent))
        if operation.removes:
            container.pop(last, None)
        else:
            container[last] = operation.after
    elif isinstance(container, list):
        _set_item(container, last, operation)
    else:
        raise Invalid("There is nothing that could hold this.", fix="Set what is around it first.")


def _set_item(items: list[JsonValue], token: str, operation: Operation) -> None:
    place = len(items) if token == "-" else _index(token)  # noqa: S105 - the end of a list in JSON Patch
    _expect(operation, items[place] if place < len(items) else _absent)
    if place > len(items) or (place == len(items) and operation.removes):
        raise Invalid(f"The list has {len(items)} items.")
    if operation.removes:
        del items[place]
    elif place == len(items):
        items.append(operation.after)
    else:
        items[place] = operation.after


def _step(container: JsonValue, token: str) -> JsonValue:
    if isinstance(container, dict):
        # A layout, settings or a config that nobody has written yet is made by the first thing that is put into it.
        return container.setdefault(token, {})
    if isinstance(container, list) and token.isdecimal() and _index(token) < len(container):
        return container[_index(token)]
    raise Invalid("There is nothing that could hold this.", fix="Set what is around it first.")


def _index(token: str) -> int:
    if not token.isdecimal() or len(token) > 6 or token != str(int(token)):
        raise Invalid(f'"{token[:20]}" is no place in a list.', fix="Count from 0, or write - for the end.")
    return int(token)


def _expect(operation: Operation, there: object) -> None:
    """Raises `Conflict` where the operation says what was there and that is not so."""
    if "before" in operation.model_fields_set and (there is _absent or not _same(operation.before, cast("JsonValue", there))):
        raise Conflict(f"Something else than `before` is at {operation.path[:300]}.", fix="Read the draft again and repeat the change.")


def _same(one: JsonValue, other: JsonValue) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _tokens(path: str) -> list[str]:
    if not path.startswith("/"):
        raise Invalid("A path is a JSON pointer that begins with a slash.")
    return [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]
