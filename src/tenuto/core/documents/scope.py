"""The graph of a document that may be wrong, as far as it can be read, and the rules that a graph has to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from tenuto.core.catalog import suggest
from tenuto.core.errors import Issue
from tenuto.core.graph import reachable
from tenuto.core.values import JsonObject, pointer

max_cycles = 10


@dataclass(frozen=True)
class Node:
    """A node that has an id; `type` is empty if it has none that can be read, `at` is its pointer."""

    id: str
    type: str
    at: str
    raw: JsonObject

    @cached_property
    def config(self) -> JsonObject:
        """Its config, empty if that is not an object."""
        config = self.raw.get("config")
        return config if isinstance(config, dict) else {}

    @property
    def body(self) -> tuple[str, JsonObject] | None:
        """The pointer and the graph of its body, if it has one."""
        body = self.config.get("body")
        return (f"{self.at}/config/body", body) if isinstance(body, dict) and isinstance(body.get("nodes"), list) else None

    def issue(self, part: str, code: str, message: str, fix: str | None = None, severity: str = "error") -> Issue:
        """A problem of a part of this node."""
        return Issue(pointer=self.at + part, code=code, message=message, fix=fix, node=self.id, severity=severity)


@dataclass(frozen=True)
class Link:
    """An edge whose ends are texts."""

    source: str
    port: str
    target: str
    at: str


@dataclass(frozen=True)
class Scope:
    """One graph: the workflow's own or a node's body."""

    at: str
    start: JsonValue
    every: Sequence[Node]
    links: Sequence[Link]
    empty: bool
    """Whether its list of nodes is there and has none."""
    around: tuple[Scope, Node] | None = None
    """Of a body: the graph that its node is in, and that node."""

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The first node of each id."""
        nodes: dict[str, Node] = {}
        for node in self.every:
            nodes.setdefault(node.id, node)
        return nodes

    @cached_property
    def leaving(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """(port, target) of the edges whose ends exist."""
        leaving: dict[str, list[tuple[str, str]]] = {name: [] for name in self.nodes}
        for link in self.links:
            if link.source in leaving and link.target in leaving:
                leaving[link.source].append((link.port, link.target))
        return leaving

    @cached_property
    def outgoing(self) -> Mapping[str, Sequence[Link]]:
        """The edges that leave each node."""
        outgoing: dict[str, list[Link]] = {}
        for link in self.links:
            outgoing.setdefault(link.source, []).append(link)
        return outgoing

    @cached_property
    def compensations(self) -> Mapping[str, str]:
        """For each node that undoes another one, that one."""
        return {undo: node.id for node in self.every if isinstance(undo := node.raw.get("undo"), str) and undo in self.nodes}

    def precedes(self, first: str, then: str) -> bool:
        """Whether a way of edges leads from one node to the other; true for all if there are cycles, which are told anyway."""
        bits, masks = self._upstream
        return not masks or bool(masks[then] >> bits[first] & 1)

    @cached_property
    def _upstream(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """For each node its bit, and the bits of the nodes before it: 2,000 nodes are 500 kB and a millisecond."""
        bits = {name: index for index, name in enumerate(self.nodes)}
        masks, waiting = dict.fromkeys(bits, 0), dict.fromkeys(bits, 0)
        for targets in self.leaving.values():
            for _, target in targets:
                waiting[target] += 1
        frontier, done = [name for name, count in waiting.items() if not count], 0
        while frontier:
            name = frontier.pop()
            done += 1
            mask = masks[name] | 1 << bits[name]
            for _, target in self.leaving[name]:
                masks[target] |= mask
                waiting[target] -= 1
                if not waiting[target]:
                    frontier.append(target)
        for undo, node in self.compensations.items():
            masks[undo] |= masks[node] | 1 << bits[node]
        return bits, masks if done == len(bits) else {}


def read_scope(graph: JsonObject, at: str = "", around: tuple[Scope, Node] | None = None) -> Scope:
    """What can be read of `{startNode, nodes, edges}`; the rest is told by the check of its shape."""
    nodes: list[Node] = []
    for index, raw in _objects(graph.get("nodes")):
        name, kind = raw.get("id"), raw.get("type")
        if isinstance(name, str):
            nodes.append(Node(name, kind if isinstance(kind, str) else "", at + pointer("nodes", index), raw))
    links: list[Link] = []
    for index, raw in _objects(graph.get("edges")):
        source, port, target = raw.get("from", raw.get("source")), raw.get("port", "out"), raw.get("to", raw.get("target"))
        if isinstance(source, str) and isinstance(port, str) and isinstance(target, str):
            links.append(Link(source, port, target, at + pointer("edges", index)))
    return Scope(at, graph.get("startNode", graph.get("start_node")), nodes, links, graph.get("nodes") == [], around)


def graph_issues(scope: Scope) -> Iterator[Issue]:
    """Everything that is wrong with a graph, whatever its nodes do."""
    yield from _ids(scope)
    yield from _start(scope)
    yield from _links(scope)
    cycles = list(_cycles(scope))
    yield from cycles
    yield from _unreachable(scope)


def known(names: Mapping[str, object], wrong: str) -> str:
    """A suggestion for a wrong name; of many names only the near ones are told."""
    if len(names) <= 20:
        return suggest(wrong, names).strip()
    return suggest(wrong, names).partition(" Known: ")[0].strip() or f"There are {len(names):,} others."


def _objects(value: JsonValue) -> list[tuple[int, JsonObject]]:
    return [(index, item) for index, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []


def _ids(scope: Scope) -> Iterator[Issue]:
    for node in scope.every:
        if scope.nodes[node.id] is not node:
            first = scope.nodes[node.id].at
            yield node.issue(
                "/id", "duplicate-node-id", f'The id "{node.id}" is used twice; first at {first}.', "Give this node another id."
            )
        undo = node.raw.get("undo")
        if isinstance(undo, str) and (undo not in scope.nodes or undo == node.id):
            sentence = "A node cannot undo itself." if undo == node.id else f'There is no node "{undo}" that could undo this one.'
            yield node.issue("/undo", "unknown-undo", sentence, known(scope.nodes, undo))


def _start(scope: Scope) -> Iterator[Issue]:
    at = f"{scope.at}/startNode"
    if scope.empty:
        yield Issue(
            pointer=f"{scope.at}/nodes", code="no-nodes", message="The workflow has no nodes.", fix="Add one and name it in startNode."
        )
    elif isinstance(scope.start, str) and scope.every and scope.start not in scope.nodes:
        sentence = f'The start "{scope.start}" is not one of the nodes.'
        yield Issue(pointer=at, code="missing-start", message=sentence, fix=known(scope.nodes, scope.start))
    elif scope.start is None and scope.every:
        begins = sorted(set(scope.nodes) - {target for targets in scope.leaving.values() for _, target in targets})
        fix = f'Set startNode to "{begins[0]}".' if len(begins) == 1 else "Set startNode to the id of the first node."
        yield Issue(pointer=at, code="missing-start", message="Nothing says where the workflow starts.", fix=fix)


def _links(scope: Scope) -> Iterator[Issue]:
    seen: dict[tuple[str, str, str], str] = {}
    for link in scope.links:
        node = next((name for name in (link.source, link.target) if name in scope.nodes), None)
        for part, name in (("from", link.source), ("to", link.target)):
            if name not in scope.nodes:
                sentence = f'This edge {"leaves" if part == "from" else "leads to"} "{name}", which is not a node.'
                fix = known(scope.nodes, name)
                yield Issue(pointer=f"{link.at}/{part}", code="dangling-edge", message=sentence, fix=fix, node=node)
        triple = (link.source, link.port, link.target)
        if triple in seen:
            sentence = f"The same edge is there already, at {seen[triple]}."
            yield Issue(pointer=link.at, code="duplicate-edge", message=sentence, fix="Remove one of the two.", node=node)
        seen.setdefault(triple, link.at)


def _cycles(scope: Scope) -> Iterator[Issue]:
    """One issue for each edge that leads back to a node on the way to it, in a depth-first walk without recursion."""
    done: set[str] = set()
    found = 0
    for root in scope.nodes:
        path: dict[str, Iterator[tuple[str, str]]] = {} if root in done else {root: iter(scope.leaving[root])}
        while path and found < max_cycles:
            name = next(reversed(path))
            step = next(path[name], None)
            if step is None:
                path.pop(name)
                done.add(name)
            elif step[1] in path:
                found += 1
                yield _cycle(scope, list(path), name, step)
            elif step[1] not in done:
                path[step[1]] = iter(scope.leaving[step[1]])


def _cycle(scope: Scope, path: list[str], name: str, step: tuple[str, str]) -> Issue:
    port, target = step
    around = [*path[path.index(target) :], target]
    shown = around if len(around) <= 12 else [*around[:6], "…", *around[-5:]]
    at = next((link.at for link in scope.links if (link.source, link.port, link.target) == (name, port, target)), scope.at)
    return Issue(
        pointer=at,
        code="cycle",
        message=f"The edges go round in a circle: {' → '.join(shown)}.",
        fix="To repeat something, put it into the body of a loop node.",
        node=name,
    )


def _unreachable(scope: Scope) -> Iterator[Issue]:
    if not isinstance(scope.start, str) or scope.start not in scope.nodes:
        return
    reached = reachable(scope.leaving, scope.start)
    for undo in scope.compensations:
        reached |= reachable(scope.leaving, undo)
    for node in scope.nodes.values():
        if node.id not in reached:
            sentence = f'No way leads from the start to "{node.id}", so it never runs.'
            yield node.issue("", "unreachable-node", sentence, "Lead an edge to it, or remove it.", "warning")
