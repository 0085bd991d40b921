"""Edits of drafts as operations: what is applied is what was found, and what does not fit is refused with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.core.documents.edits import operations_between
from tenuto.core.documents.operations import Operation, applied, keepable
from tenuto.core.errors import Conflict, Invalid

draft: dict[str, Any] = {
    "name": "W",
    "startNode": "a",
    "nodes": [
        {"id": "a", "type": "code", "config": {"list": [1, 2], "x/y~z": 1}},
        {"id": "b/c", "type": "end"},
        {"id": "each", "type": "map", "config": {"items": [1], "body": {"startNode": "s", "nodes": [{"id": "s"}]}}},
    ],
    "edges": [{"from": "a", "to": "b/c"}],
}


def op(path: str, **sides: object) -> Operation:
    return Operation.model_validate({"path": path, **sides})


def done(*operations: Operation) -> dict[str, Any]:
    before = copy.deepcopy(draft)
    after = applied(draft, operations)
    assert draft == before, "what is given stays as it is"
    return after


def test_parts_are_named_and_not_counted() -> None:
    after = done(
        op("/nodes/b~1c/name", after="Stop"),
        op("/nodes/a/config/x~1y~0z", before=1, after=2),
        op("/nodes/a/config/list/1", before=2, after=3),
        op("/nodes/a/config/list/-", after=4),
        op("/nodes/d", after={"id": "d", "type": "delay"}),
        op("/edges/a/true/d", after={}),
        op("/edges/a/out/b~1c"),
        op("/settings/timeout", after="PT1H"),
        op("/layout/nodes/d", after={"x": 1, "y": 2}),
        op("/order", after=["d", "b/c", "a"]),
        op("/nodes/each/config/body/nodes/t", after={"id": "t"}),
        op("/nodes/each/config/body/edges/s/out/t", after={}),
        op("/nodes/each/config/body/nodes/s/name", after="Send"),
        op("/nodes/each/config/body/order", after=["t", "s"]),
        op("/nodes/each/config/body/startNode", after="t"),
    )
    assert [node["id"] for node in after["nodes"]] == ["d", "b/c", "a", "each"]
    assert after["nodes"][3]["config"]["body"] == {
        "startNode": "t", "nodes": [{"id": "t"}, {"id": "s", "name": "Send"}], "edges": [{"from": "s", "to": "t"}],
    }  # fmt: skip
    assert after["nodes"][1]["name"] == "Stop"
    assert after["nodes"][2]["config"] == {"list": [1, 3, 4], "x/y~z": 2}
    assert after["edges"] == [{"from": "a", "port": "true", "to": "d"}]
    assert (after["settings"], after["layout"]) == ({"timeout": "PT1H"}, {"nodes": {"d": {"x": 1, "y": 2}}})


@pytest.mark.parametrize(
    ("operation", "problem", "at"),
    [
        (op("/nodes/nobody/name", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes", after=[]), Invalid, "/ops/1/path"),
        (op("/nodes/a/id", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes/d", after={"id": "e"}), Invalid, "/ops/1/path"),
        (op("/nodes/d", after=7), Invalid, "/ops/1/path"),
        (op("/edges/a/b", after={}), Invalid, "/ops/1/path"),
        (op("nodes/a/name", after="x"), Invalid, "/ops/1/path"),
        (op("/name/first", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes/each/config/body/nodes/nobody/name", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes/each/config/body/nodes", after=[]), Invalid, "/ops/1/path"),
        (op("/nodes/a/config/list/9", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes/a/config/list/01", after="x"), Invalid, "/ops/1/path"),
        (op("/nodes/a/config/list/x", after="x"), Invalid, "/ops/1/path"),
        (op("/order", after="a"), Invalid, "/ops/1/path"),
        (op("/name", before="Z", after="x"), Conflict, "/ops/1/before"),
        (op("/nodes/a", before={"id": "a"}), Conflict, "/ops/1/before"),
        (op("/edges/a/out/b~1c", before={"from": "a", "to": "z"}), Conflict, "/ops/1/before"),
        (op("/description", before="x", after="y"), Conflict, "/ops/1/before"),
        (op("/nodes/a/config/list/0", before=True, after="y"), Conflict, "/ops/1/before"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(operation: Operation, problem: type[Exception], at: str) -> None:
    with pytest.raises(problem) as refused:
        done(op("/name", after="W"), operation)
    assert refused.value.data.pointer == at  # type: ignore[attr-defined] - both are problems


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"name": ""}, "/name"), ({"name": 7}, "/name"), ({"name": "x" * 201}, "/name"), ({"description": 7}, "/description"),
        ({"nodes": {}}, "/nodes"), ({"nodes": [7]}, "/nodes"), ({"nodes": [{"type": "end"}]}, "/nodes/0/id"),
        ({"nodes": [{"id": "a"}, {"id": "a"}]}, "/nodes/1/id"), ({"edges": [{"from": "a"}]}, "/edges/0"),
        ({"edges": [{"from": "a", "to": "b", "port": True}]}, "/edges/0"), ({"triggers": [{}]}, "/triggers/0/id"),
    ],
)  # fmt: skip
def test_parts_that_cannot_be_told_apart_are_not_kept(wrong: dict[str, Any], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        keepable({**draft, **wrong})
    assert refused.value.data.pointer == at


ids = st.sampled_from(["a", "b", "c/d", "e~f", ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("x/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("y/~", max_size=2), inner, max_size=3),
    max_leaves=6,
)
nodes = st.lists(
    st.builds(lambda name, config: {"id": name, "config": config}, ids.filter(bool), values), max_size=4, unique_by=lambda node: node["id"]
)
edges = st.lists(
    st.builds(lambda a, b, port: {"from": a, "to": b} if port == "out" else {"from": a, "port": port, "to": b}, ids, ids, st.sampled_from(["out", "x/y"])),
    max_size=4, unique_by=lambda edge: (edge["from"], edge.get("port"), edge["to"]),
)  # fmt: skip
bodies = st.builds(
    lambda name, nodes, edges: {"id": name, "config": {"body": {"nodes": nodes, "edges": edges}}}, ids.filter(bool), nodes, edges
)
whole = st.lists(nodes.map(lambda some: some[0] if some else {"id": "z"}) | bodies, max_size=4, unique_by=lambda node: node["id"])
drafts = st.builds(
    lambda nodes, edges, settings, places: {
        "name": "W", "nodes": nodes, "edges": edges, "settings": settings, "layout": {"nodes": places, "notes": {}, "groups": {}}, "triggers": [], "agents": [],
    },
    whole, edges, st.dictionaries(st.text("s/", min_size=1, max_size=2), values, max_size=2), st.dictionaries(ids, values, max_size=3),
)  # fmt: skip


@settings(deadline=None)
@given(drafts, drafts)
def test_what_is_found_between_two_drafts_leads_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = operations_between(before, after)
    made = applied(before, found)
    assert _sorted(made) == _sorted(after)
    assert (found == ()) == (operations_between(made, after) == found)
    assert [Operation.model_validate(each.model_dump()) for each in found] == list(found), "they are sent as they are"


def _sorted(value: Any) -> Any:
    """With the edges of each graph in an order; theirs says nothing."""
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: _sorted(item) for name, item in value.items()}
    return {**made, "edges": sorted(made["edges"], key=str)} if isinstance(made.get("edges"), list) else made
