"""What a fork keeps of a run: everything settled that does not depend on the node where it begins anew, by the graph and not by time."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.errors import Conflict, NotFound
from tenuto.core.events import NodeCompleted, NodeSkipped, Recorded
from tenuto.core.execution import State
from tenuto.core.graph import Graph, reachable
from tenuto.core.workflow import NodeSpec


def refusal(state: State, graph: Graph, node: str) -> Conflict | NotFound | None:
    """Why a run cannot be forked from a node, if it cannot."""
    if node not in graph.specs:
        return NotFound(f'There is no node "{node}" in this execution\'s workflow.', node=node)
    found = state.nodes.get(node)
    if node in graph.undos.values():
        return Conflict(f'"{node}" undoes another node and is no place to begin at.', node=node)
    if found is None or found.status == "skipped":
        what = "was skipped: no edge led to it" if found else "has not been reached"
        return Conflict(f'The node "{node}" {what} in this execution.', node=node, fix="Fork from a node that was started.")
    return None


def kept(log: Sequence[Recorded], state: State, graph: Graph, wanted: Graph, node: str) -> Sequence[str]:
    """The nodes whose events are copied; `wanted` is the graph of the version that the fork will run.

    What failed, waits or runs begins anew, and so do an end and those who lost to a join that begins anew.
    """
    after = reachable(graph.leaving, node) | reachable(wanted.leaving, node)
    open_ones = {
        name
        for name, found in state.nodes.items()
        if not found.settled or (found.status == "failed" and found.port is None) or found.undoes
    }
    for _, _, event in log:
        match event:
            case NodeCompleted(ends=True):
                open_ones.add(event.node)
            case NodeSkipped(reason=reason) if reason == "failed" or (event.join in after):
                open_ones.add(event.node)
            case _:
                pass
    return [name for name in state.nodes if name not in after and name not in open_ones]


def differing(graph: Graph, wanted: Graph, nodes: Sequence[str]) -> Sequence[str]:
    """Those of the copied nodes that are not the same in another version, or are not led to by the same edges."""
    arriving, wanted_arriving = _arriving(graph), _arriving(wanted)
    return [
        name
        for name in nodes
        if name not in wanted.specs
        or _essence(graph.specs[name]) != _essence(wanted.specs[name])
        or arriving.get(name, set()) != wanted_arriving.get(name, set())
    ]


def _essence(spec: NodeSpec) -> NodeSpec:
    return spec.model_copy(update={"name": None, "notes": None, "position": None})


def _arriving(graph: Graph) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for source, leaving in graph.leaving.items():
        for port, target in leaving:
            found.setdefault(target, set()).add((source, port))
    return found
