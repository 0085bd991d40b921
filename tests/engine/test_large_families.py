"""Large values in families: items, what a body sees, and what children give stay out of every log, and go when the family goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig
from tests.engine.test_children import store
from tests.engine.test_map import body, each, value, workflow

from tenuto.core.blob import Reference
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.store.database import Database

large = 200_000


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


async def longest(engine: Rig) -> int:
    return await engine.database.pool.fetchval("select max(length(data)) from execution_events")


async def kept(engine: Rig, run: ExecutionId) -> int:
    return await engine.database.pool.fetchval("select count(distinct sha256) from blobs where workspace = $1 and execution_id = $2", *run)


async def test_large_items_and_results_stay_out_of_every_log(engine: Rig) -> None:
    items: JsonValue = [letter * large for letter in "abc"]
    inner = body(value("twice", "{{ item + item }}"))
    after = value("after", "{{ [len(each) for each in nodes.each.output.results] }}")
    started = await engine.start(
        workflow(each("{{ input.items }}", inner), after, edges=[{"from": "each", "to": "after"}]), input={"items": items}
    )
    state = fold(await engine.end(started.id))
    assert state.status is Status.completed, state.error
    assert state.output == [2 * large] * 3
    assert await longest(engine) < 20_000


async def test_large_results_are_not_loaded_to_be_handed_up(database: Database) -> None:
    """Three of them together are more than one value may be."""
    async with rig(database, largest=500_000) as engine:
        inner = body(value("a", f"{{{{ str(item) * {large} }}}}"))
        after = value("after", "{{ len(nodes.each.output.results[2]) }}")
        state = await engine.run(workflow(each([1, 2, 3], inner), after, edges=[{"from": "each", "to": "after"}]))
        assert state.status is Status.completed, state.error
        assert state.output == large
        results = cast("dict[str, JsonValue]", state.nodes["each"].output)["results"]
        assert [type(each) for each in cast("list[object]", results)] == [Reference] * 3


async def test_a_loop_hands_a_large_state_on(engine: Rig) -> None:
    loop: dict[str, object] = {
        "id": "each",
        "type": "loop",
        "config": {
            "until": f"{{{{ len(item) > 3 * {large} }}}}",
            "state": "s",
            "body": body(value("a", f"{{{{ item + 'x' * {large} }}}}")),
        },
    }
    after = value("after", "{{ [nodes.each.output.iterations, len(nodes.each.output.output)] }}")
    started = await engine.start(workflow(loop, after, edges=[{"from": "each", "to": "after"}]))
    state = fold(await engine.end(started.id))
    assert state.status is Status.completed, state.error
    assert state.output == [3, 3 * large + 1]
    assert await longest(engine) < 20_000
    async with asyncio.timeout(30):
        while await kept(engine, started.id) != 1:  # what the rounds before gave is swept at the end
            await asyncio.sleep(0.02)


async def test_a_workflow_that_is_called_takes_and_gives_large_values(engine: Rig) -> None:
    await store(engine, "called", workflow(value("a", "{{ input.text + '!' }}")))
    call: dict[str, object] = {"id": "call", "type": "subworkflow", "config": {"workflow": "called", "input": {"text": "{{ input.text }}"}}}
    started = await engine.start(workflow(call), input={"text": "t" * large})
    state = fold(await engine.end(started.id))
    assert isinstance(state.output, Reference)
    assert state.output.blob.size == large + 3
    assert await longest(engine) < 20_000
    (child,) = await engine.database.pool.fetch("select workspace, id from executions where parent_id = $1", started.id.id)
    assert await engine.journal.blobs.read(started.id, state.output.blob) == await engine.journal.blobs.read(
        ExecutionId(child["workspace"], child["id"]), state.output.blob
    )
