"""How a graph is written as an indented tree: what follows stands below, the ways out of a fork stand indented under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenuto.core.graph import Graph, compile_graph
from tenuto.core.workflow import WorkflowDefinition


@dataclass(frozen=True, slots=True)
class Entry:
    """A node in its place."""

    node: str
    depth: int
    way: str
    """The port by which its branch begins, where the fork has several; empty else."""


def layout(definition: WorkflowDefinition) -> Sequence[Entry]:
    """Every node that can be reached, once.

    A node stands right below the one that every way to it leads through (its immediate dominator), so that a join comes back to the
    depth of its fork.
    """
    graph = compile_graph(definition)
    inside = _dominated(graph)
    found: list[Entry] = []
    frontier: list[Entry] = [Entry(definition.start_node, 0, "")]
    while frontier:
        entry = frontier.pop()
        found.append(entry)
        frontier += reversed(_below(graph, entry, inside[entry.node]))
    return found


def _below(graph: Graph, entry: Entry, inside: Sequence[str]) -> list[Entry]:
    leaving = graph.leaving[entry.node]
    ways = {target: port for port, target in leaving}
    forks = len(ways) > 1
    several = len({port for port, _ in leaving}) > 1
    branches = [node for node in ways if node in inside and forks and graph.arriving[node] == 1]
    after = [node for node in inside if node not in branches]
    return [
        *(Entry(node, entry.depth + 1, ways[node] if several else "") for node in branches),
        *(Entry(node, entry.depth, "") for node in after),
    ]


def _dominated(graph: Graph) -> dict[str, list[str]]:
    """For each node those whose immediate dominator it is, in topological order (Cooper, Harvey and Kennedy, 2001)."""
    order = graph.order
    arriving: dict[str, list[str]] = {node: [] for node in order}
    for node in order:
        for _, target in graph.leaving[node]:
            arriving[target].append(node)
    above: dict[str, str] = {}
    inside: dict[str, list[str]] = {node: [] for node in order}
    for node in sorted(order, key=lambda name: order[name]):
        if not arriving[node]:
            continue
        first, *others = arriving[node]
        for other in others:
            first = _meet(first, other, above, graph)
        above[node] = first
        inside[first].append(node)
    return inside


def _meet(one: str, other: str, above: dict[str, str], graph: Graph) -> str:
    while one != other:
        if graph.order[one] > graph.order[other]:
            one = above[one]
        else:
            other = above[other]
    return one
