"""A definition's graph, compiled once: who follows whom by which port, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenuto.core.workflow import NodeSpec, WorkflowDefinition


@dataclass(frozen=True)
class Graph:
    """Look-ups of constant time over a valid definition."""

    definition: WorkflowDefinition
    specs: Mapping[str, NodeSpec]
    leaving: Mapping[str, Sequence[tuple[str, str]]]
    """For each node its (port, target) pairs."""
    arriving: Mapping[str, int]
    """For each node the number of edges that arrive from nodes that can be reached."""
    order: Mapping[str, int]
    """A topological order of the nodes that can be reached."""
    undos: Mapping[str, str]
    """For each node that can be undone, the node that does it."""
    rivals: Mapping[str, Sequence[str]]
    """For each `first` join the nodes from which every way leads into it and nowhere else, in topological order."""


def compile_graph(definition: WorkflowDefinition) -> Graph:
    """The graph of a definition whose edges all exist and which has no cycle.

    Edges that leave nodes which cannot be reached from the start are left out: they can never fire.
    """
    specs = {node.id: node for node in definition.nodes}
    every: dict[str, list[tuple[str, str]]] = {name: [] for name in specs}
    for edge in definition.edges:
        every[edge.source].append((edge.port, edge.target))
    reached = reachable(every, definition.start_node)
    arriving = dict.fromkeys(specs, 0)
    for name in reached:
        for _, target in every[name]:
            arriving[target] += 1
    order: dict[str, int] = {}
    counts, frontier = dict(arriving), [definition.start_node]
    while frontier:
        name = frontier.pop()
        order[name] = len(order)
        for _, target in every[name]:
            counts[target] -= 1
            if counts[target] == 0:
                frontier.append(target)
    firsts = [name for name, spec in specs.items() if spec.join == "first" and arriving[name] > 1]
    rivals = _rivals(every, order, firsts) if firsts else {}
    undos = {name: spec.undo for name, spec in specs.items() if spec.undo is not None}
    return Graph(definition=definition, specs=specs, leaving=every, arriving=arriving, order=order, undos=undos, rivals=rivals)


def reachable(leaving: Mapping[str, Sequence[tuple[str, str]]], start: str) -> set[str]:
    """The nodes that can be reached from `start`, itself included."""
    seen, frontier = {start}, [start]
    while frontier:
        for _, target in leaving.get(frontier.pop(), ()):
            if target not in seen:
                seen.add(target)
                frontier.append(target)
    return seen


def _rivals(leaving: Mapping[str, Sequence[tuple[str, str]]], order: Mapping[str, int], joins: Sequence[str]) -> dict[str, Sequence[str]]:
    """Backwards from each join, over those nodes alone of which no way leads elsewhere."""
    before: dict[str, list[str]] = {}
    for name in order:
        for _, target in leaving[name]:
            before.setdefault(target, []).append(name)
    found: dict[str, Sequence[str]] = {}
    for join in joins:
        open_ways: dict[str, int] = {}
        only: list[str] = []
        frontier = [join]
        while frontier:
            for name in before.get(frontier.pop(), ()):
                left = open_ways[name] = open_ways.get(name, len(leaving[name])) - 1
                if left == 0:
                    only.append(name)
                    frontier.append(name)
        found[join] = sorted(only, key=lambda name: order[name])
    return found
