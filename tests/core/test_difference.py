"""Differences of definitions: what counts, what does not, and where."""

from __future__ import annotations

from typing import Any

from tenuto.core.changes import Change
from tenuto.core.documents.difference import difference

one: dict[str, Any] = {
    "id": "x",
    "name": "N",
    "nodes": [{"id": "a", "config": {"v": 1, "l": [1]}}, {"id": "b"}],
    "edges": [{"from": "a", "to": "b"}],
}


def test_the_same_and_what_does_not_count() -> None:
    other: dict[str, Any] = one | {"id": "y", "nodes": one["nodes"][::-1], "edges": [{"to": "b", "port": "out", "from": "a"}]}
    assert difference(one, other).same
    assert difference({}, {}).same


def test_values_are_compared_as_json_writes_them() -> None:
    other: dict[str, Any] = one | {"nodes": [{"id": "a", "config": {"v": True, "l": [1, 2]}}, {"id": "b", "a/b~": None}]}
    found = difference(one, other)
    assert {part.id: part.changes for part in found.nodes.changed} == {
        "a": (
            Change(pointer="/config/v", kind="changed", before=1, after=True),
            Change(pointer="/config/l", kind="changed", before=[1], after=[1, 2]),
        ),
        "b": (Change(pointer="/a~1b~0", kind="added", after=None),),
    }


def test_it_is_the_other_way_round_backwards() -> None:
    other: dict[str, Any] = one | {"nodes": one["nodes"][:1], "edges": [], "settings": {"budget": {"usd": 1}}}
    there, back = difference(one, other), difference(other, one)
    assert there.nodes.removed == back.nodes.added == (one["nodes"][1],)
    assert there.edges.removed == back.edges.added == ({"from": "a", "port": "out", "to": "b"},)
    assert there.settings == (Change(pointer="/budget", kind="added", after={"usd": 1}),)
    assert back.settings == (Change(pointer="/budget", kind="removed", before={"usd": 1}),)
