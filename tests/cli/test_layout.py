"""A graph as a tree: joins come back to the depth of their fork."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.cli.layout import layout
from tenuto.core.workflow import WorkflowDefinition


def drawn(*edges: tuple[str, str] | tuple[str, str, str]) -> list[str]:
    names = dict.fromkeys(name for edge in edges for name in edge[:2])
    nodes: list[JsonValue] = [{"id": name, "type": "transform"} for name in names]
    ways: list[JsonValue] = [{"from": e[0], "to": e[1]} | ({"port": e[2]} if len(e) == 3 else {}) for e in edges]
    definition = WorkflowDefinition.model_validate({"name": "n", "startNode": edges[0][0], "nodes": nodes, "edges": ways})
    return ["." * entry.depth + (f"{entry.way}:" if entry.way else "") + entry.node for entry in layout(definition)]


def test_a_row_stays_at_one_depth() -> None:
    assert drawn(("a", "b"), ("b", "c"), ("c", "d")) == ["a", "b", "c", "d"]


def test_a_choice_is_indented_with_its_ports_and_its_join_is_not() -> None:
    ways = drawn(("a", "b", "true"), ("a", "c", "false"), ("b", "d"), ("c", "d"))
    assert ways == ["a", ".true:b", ".false:c", "d"]


def test_a_fork_has_no_ports_to_tell() -> None:
    assert drawn(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e")) == ["a", ".b", ".c", "d", "e"]


def test_a_way_past_a_node_joins_after_it() -> None:
    assert drawn(("a", "b", "true"), ("a", "c", "false"), ("b", "c")) == ["a", ".true:b", "c"]


def test_forks_within_forks() -> None:
    found = drawn(("a", "b", "x"), ("a", "e", "y"), ("b", "c"), ("b", "d"), ("c", "f"), ("d", "f"), ("f", "g"), ("e", "g"))
    assert found == ["a", ".x:b", "..c", "..d", ".f", ".y:e", "g"]
