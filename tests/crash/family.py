"""A run with runs of its own: a map whose body calls a stored workflow, and a loop; every one of them does something outside, once."""

from __future__ import annotations

from tests.crash.counter import Addresses
from tests.engine.rig import Rig

from tenuto.core.workflow import WorkflowDefinition

items, rounds = 4, 2


def _put(id: str, addresses: Addresses, what: str) -> dict[str, object]:
    body = {"run": "{{ input.run }}", "what": what}
    return {"id": id, "type": "http", "config": {"method": "PUT", "url": f"{addresses.counter}/effect/put", "body": body}}


def called(addresses: Addresses) -> WorkflowDefinition:
    """The stored workflow: an effect, and what it was given."""
    nodes = [_put("put", addresses, "item {{ input.n }}"), {"id": "give", "type": "transform", "config": {"value": "{{ input.n * 10 }}"}}]
    return WorkflowDefinition.model_validate(
        {"name": "Called", "startNode": "put", "nodes": nodes, "edges": [{"from": "put", "to": "give"}]}
    )


def definition(addresses: Addresses) -> WorkflowDefinition:
    """Two at a time of four, then two rounds."""
    call = {"workflow": "called", "input": {"run": "{{ input.run }}", "n": "{{ item }}"}}
    inner = {"startNode": "sub", "nodes": [{"id": "sub", "type": "subworkflow", "config": call}]}
    body = {
        "startNode": "put",
        "nodes": [_put("put", addresses, "round {{ index }}"), {"id": "next", "type": "transform", "config": {"value": "{{ item + 1 }}"}}],
        "edges": [{"from": "put", "to": "next"}],
    }
    nodes = [
        {"id": "each", "type": "map", "config": {"items": list(range(items)), "concurrency": 2, "body": inner}},
        {"id": "again", "type": "loop", "config": {"until": f"{{{{ item >= {rounds} }}}}", "state": 0, "body": body}},
        {"id": "end", "type": "transform", "config": {"value": ["{{ nodes.each.output.results }}", "{{ nodes.again.output.output }}"]}},
    ]
    edges = [{"from": "each", "to": "again"}, {"from": "again", "to": "end"}]
    return WorkflowDefinition.model_validate({"name": "Family", "startNode": "each", "nodes": nodes, "edges": edges})


output = [[n * 10 for n in range(items)], rounds]
"""What it gives, whatever happens."""


async def stored(made: Rig, addresses: Addresses) -> None:
    """See that the workflow it calls is there."""
    definition = called(addresses)
    await made.journal.define(1, definition)
    await made.database.pool.execute(
        "insert into workflows (workspace, id, name, draft, published_hash) values (1, 'called', $1, $2, $3) on conflict do nothing",
        definition.name, definition.canonical, definition.version_hash,
    )  # fmt: skip
