"""Which part of a workflow a test runs, and what of the rest it is given: found by the graph and by what expressions read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.documents.inputs import references_in
from tenuto.core.documents.scope import Node, Scope, read_scope
from tenuto.core.errors import Invalid, NotFound
from tenuto.core.graph import reachable
from tenuto.core.values import JsonObject
from tenuto.services.authoring.samples import Sample, Source

Origin: TypeAlias = Source | Literal["given"]
"""Where an answer is from; `given` by whoever asked for the test."""
How: TypeAlias = Literal["run", "given", "passed"]
"""`passed`: no value is known and none is read, so that the test goes on behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The part that is asked for: from a node on, up to a node, or everything."""

    begin: str | None = None
    until: str | None = None
    given: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Answers of nodes, in place of what is known of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A node of the part."""

    node: str
    how: How
    sample: Sample | None = None
    source: Origin | None = None
    port: str = "out"
    """Where a node that is not run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a test runs."""

    document: JsonObject
    """The workflow without what the part does not need."""
    steps: Sequence[Step]


def part_of(document: JsonObject, wish: Wish, known: Callable[[str], Sample | None]) -> Part:
    """The part with everything before it that it needs. Raises `NotFound` and `Invalid` for nodes that are no beginning or end.

    What stands before a beginning answers what is known of it. Where nothing is known it is run if somebody reads its answer, and
    passed otherwise: running from a node on does not do once more what was done before it.
    """
    return _Parting(document, wish, known).part()


class _Parting:
    def __init__(self, document: JsonObject, wish: Wish, known: Callable[[str], Sample | None]) -> None:
        self.document, self.wish, self.known = document, wish, known
        self.scope = read_scope(document)
        for name, at in ((wish.begin, "/from"), (wish.until, "/until")):
            if name is not None and name not in self.scope.nodes:
                hint = "Take the step whose body it is in." if "/" in name else None
                raise NotFound(f'The workflow has no node "{name[:128]}" of its own.', pointer=at, fix=hint)
        self.arriving = _arriving(self.scope)

    def part(self) -> Part:
        wanted = self._wanted()
        kept = set(wanted)
        for name in wanted:
            kept |= self._before(name)
        order = self._in_order(kept)
        steps = self._steps(order, wanted)
        return Part(document=self._restricted(kept, order), steps=steps)

    def _wanted(self) -> set[str]:
        begin, until = self.wish.begin, self.wish.until
        if begin is None:
            return set(self.scope.nodes) if until is None else {until, *self._before(until)}
        wanted = reachable(self.scope.leaving, begin)
        if until is None:
            return wanted
        if until not in wanted:
            raise Invalid(f'No way leads from "{begin[:128]}" to "{until[:128]}".', pointer="/until", fix="Choose a step behind it.")
        return wanted & self._before(until)

    def _before(self, name: str) -> set[str]:
        return reachable(self.arriving, name)

    def _in_order(self, kept: set[str]) -> list[str]:
        """Everyone behind those who lead there. A circle, which is told when the part is checked, is in any order."""
        open_ways = {name: sum(source in kept for _, source in self.arriving[name]) for name in self.scope.nodes if name in kept}
        frontier, order = [name for name, count in open_ways.items() if not count], list[str]()
        while frontier:
            order.append(name := frontier.pop(0))
            for _, target in self.scope.leaving[name]:
                if target in open_ways:
                    open_ways[target] -= 1
                    if not open_ways[target]:
                        frontier.append(target)
        return [*order, *(name for name in open_ways if name not in order)]

    def _steps(self, order: Sequence[str], wanted: set[str]) -> list[Step]:
        begin, until = self.wish.begin, self.wish.until
        steps: dict[str, Step] = {}
        read: set[str] = set()
        for name in reversed(order):
            sample = None if name == begin or (begin is None and name == until) else self._sample(name)
            inside = name in wanted
            if sample is not None and (not inside or begin is None or sample.source == "pinned" or name in self.wish.given):
                source: Origin = "given" if name in self.wish.given else sample.source
                steps[name] = Step(node=name, how="given", sample=sample, source=source, port=self._port(name, sample.port))
            elif inside or name in read:
                steps[name] = Step(node=name, how="run")
                read |= self._read_by(self.scope.nodes[name])
            else:
                steps[name] = Step(node=name, how="passed", port=self._port(name, None))
        return [steps[name] for name in order]

    def _sample(self, name: str) -> Sample | None:
        if name in self.wish.given:
            return Sample(node=name, value=self.wish.given[name], source="test")
        return self.known(name)

    def _read_by(self, node: Node) -> set[str]:
        own = {each.raw.get("output_variable"): name for name, each in self.scope.nodes.items() if each.raw.get("output_variable")}
        names: set[str] = set()
        for each in references_in(dict(node.config)):
            if each.node is not None:
                names.add(each.node)
            elif each.root == "vars" and each.path and each.path[0] in own:
                names.add(own[each.path[0]])
        return names

    def _port(self, name: str, answered: str | None) -> str:
        """The way to where the test begins, if the node is before that; else the way that it took."""
        leaving = self.scope.leaving[name]
        goal = self.wish.begin
        toward = [port for port, target in leaving if goal is not None and goal in reachable(self.scope.leaving, target)]
        ports = toward or [port for port, _ in leaving]
        if answered is not None and (answered in ports or not ports):
            return answered
        return ports[0] if ports else answered or "out"

    def _restricted(self, kept: set[str], order: Sequence[str]) -> JsonObject:
        """The workflow with these nodes; those that undo them come along."""
        for name in order:
            undo = self.scope.nodes[name].raw.get("undo")
            if isinstance(undo, str) and undo in self.scope.nodes:
                kept |= reachable(self.scope.leaving, undo)
        nodes: list[JsonValue] = [dict(self._placed(node)) for node in self.scope.every if node.id in kept]
        edges = self.document.get("edges")
        whole = isinstance(edges, list)
        links: list[JsonValue] = [
            edge for edge in (edges if whole else [])
            if isinstance(edge, dict) and edge.get("from", edge.get("source")) in kept and edge.get("to", edge.get("target")) in kept
        ]  # fmt: skip
        start = self.scope.start if self.scope.start in kept else order[0] if order else self.scope.start
        left_out = ("layout", "triggers", "start_node")
        found: dict[str, JsonValue] = {name: value for name, value in self.document.items() if name not in left_out}
        found |= {"startNode": start, "nodes": nodes}
        return found | {"edges": links} if whole else found

    def _placed(self, node: Node) -> JsonObject:
        """With its place on the canvas, so that the run is drawn as the draft is."""
        layout = self.document.get("layout")
        places = layout.get("nodes") if isinstance(layout, dict) else None
        place = places.get(node.id) if isinstance(places, dict) else None
        if not isinstance(place, dict) or "x" not in place or "y" not in place:
            return node.raw
        return {**node.raw, "position": {"x": place["x"], "y": place["y"]}}


def _arriving(scope: Scope) -> Mapping[str, Sequence[tuple[str, str]]]:
    arriving: dict[str, list[tuple[str, str]]] = {name: [] for name in scope.nodes}
    for source, leaving in scope.leaving.items():
        for port, target in leaving:
            arriving[target].append((port, source))
    return arriving
