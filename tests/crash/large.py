"""A run whose values are too large for the log: from node to node, to and from runs of its own, round after round."""

from __future__ import annotations

import itertools

from tenuto.core.workflow import WorkflowDefinition

size = 100_000
_text = f"{{{{ input.run[:1] * {size} }}}}"
_item = f"{{{{ str(item) * {size} + input.run[:1] }}}}"
_round = f"{{{{ item + 'x' * {size} }}}}"


def _value(id: str, given: object) -> dict[str, object]:
    return {"id": id, "type": "transform", "config": {"value": given}}


def _definition() -> WorkflowDefinition:
    body = {"startNode": "item", "nodes": [_value("item", _item)]}
    again = {"startNode": "round", "nodes": [_value("round", _round)]}
    nodes = [
        _value("big", _text),
        {"id": "rest", "type": "delay", "config": {"duration": "PT0.1S"}},
        {"id": "each", "type": "map", "config": {"items": [1, 2], "body": body}},
        {"id": "again", "type": "loop", "config": {"until": f"{{{{ len(item) > {2 * size} }}}}", "state": "s", "body": again}},
        _value("end", ["{{ nodes.big.output }}", "{{ nodes.each.output.results }}", "{{ nodes.again.output.output }}"]),
    ]
    names = [str(node["id"]) for node in nodes]
    edges = [{"from": a, "to": b} for a, b in itertools.pairwise(names)]
    return WorkflowDefinition.model_validate({"name": "Large", "startNode": "big", "nodes": nodes, "edges": edges})


definition = _definition()


def output(run: str) -> object:
    """What it gives, whatever happens."""
    return [run[0] * size, [str(n) * size + run[0] for n in (1, 2)], "s" + "x" * 2 * size]
