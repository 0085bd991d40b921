"""The part of a run that is runs of its own: a map whose body calls a stored workflow, and a loop; every one does something outside, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue
from tests.crash.counter import Addresses
from tests.engine.rig import Rig

from tenuto.core.execution import ExecutionId
from tenuto.core.workflow import WorkflowDefinition

items, rounds = 3, 2
output: JsonValue = [[n * 10 for n in range(items)], rounds]
"""What it gives, whatever happens."""

given: JsonValue = ["{{ nodes.each.output.results }}", "{{ nodes.again.output.output }}"]
"""The expression of it."""


def nodes(addresses: Addresses) -> dict[str, tuple[str, dict[str, JsonValue]]]:
    """Two at a time of three, then two rounds: kind and config by id."""
    call: JsonValue = {"workflow": "called", "input": {"run": "{{ input.run }}", "n": "{{ item }}"}}
    inner: JsonValue = {"startNode": "sub", "nodes": [{"id": "sub", "type": "subworkflow", "config": call}]}
    step: JsonValue = {"id": "next", "type": "transform", "config": {"value": "{{ item + 1 }}"}}
    body: JsonValue = {
        "startNode": "put",
        "nodes": [_put(addresses, "round {{ index }}"), step],
        "edges": [{"from": "put", "to": "next"}],
    }
    return {
        "each": ("map", {"items": list(range(items)), "concurrency": 2, "body": inner}),
        "again": ("loop", {"until": f"{{{{ item >= {rounds} }}}}", "state": 0, "body": body}),
    }


def called(addresses: Addresses) -> WorkflowDefinition:
    """The stored workflow: an effect, and what it was given."""
    made = [_put(addresses, "item {{ input.n }}"), {"id": "give", "type": "transform", "config": {"value": "{{ input.n * 10 }}"}}]
    return WorkflowDefinition.model_validate(
        {"name": "Called", "startNode": "put", "nodes": made, "edges": [{"from": "put", "to": "give"}]}
    )


async def stored(made: Rig, addresses: Addresses) -> None:
    """See that the workflow it calls is there."""
    definition = called(addresses)
    await made.journal.define(1, definition)
    await made.database.pool.execute(
        "insert into workflows (workspace, id, name, draft, published_hash) values (1, 'called', $1, $2, $3) on conflict do nothing",
        definition.name, definition.canonical, definition.version_hash,
    )  # fmt: skip


def mistakes(http: Sequence[list[Any]]) -> list[str]:
    """What contradicts the promise: each of them asked under one key, and all of them."""
    keys: dict[str, set[str]] = {}
    for _, _, key, body, _ in (call for call in http if call[1] == "/effect/kin"):
        keys.setdefault(body, set()).add(key)
    wrong = [f"{body} has the keys {found}" for body, found in keys.items() if len(found) != 1]
    return wrong if len(keys) == items + rounds else [*wrong, f"{len(keys)} effects of its own runs"]


async def left(made: Rig) -> list[str]:
    """What is left of runs that should have ended: posts, mail, runs, groups that are not done."""
    asked = {
        "posts": "select count(*) from outbox",
        "mail": "select count(*) from mailbox",
        "runs": "select count(*) from executions where finished_at is null",
        "groups": "select count(*) from child_groups where done <> total or released <> total",
    }
    counted = {what: await made.database.pool.fetchval(question) for what, question in asked.items()}
    return [f"{number} {what} are left" for what, number in counted.items() if number]


async def newest(made: Rig, run: ExecutionId) -> str:
    """The last event among the runs of its own that have not ended, in words."""
    question = """select v.type, v.node from execution_events v join executions e on e.workspace = v.workspace and e.id = v.execution_id
                  where e.workspace = $1 and e.id <> $2 and e.finished_at is null order by v.at desc, v.seq desc limit 1"""
    row = await made.database.pool.fetchrow(question, *run)
    return "" if row is None else f"; below: `{row['type']}` {row['node'] or ''}".rstrip()


def _put(addresses: Addresses, what: str) -> dict[str, JsonValue]:
    body: JsonValue = {"run": "{{ input.run }}", "what": what}
    return {"id": "put", "type": "http", "config": {"method": "PUT", "url": f"{addresses.counter}/effect/kin", "body": body}}
