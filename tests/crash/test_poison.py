"""What PostgreSQL refuses fails the run it belongs to, at once and in words, and nothing that travelled with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, Literal, cast

import pytest
from pydantic import BaseModel
from tests.crash.scenario import catalog
from tests.engine.rig import rig

from tenuto.core.errors import Invalid
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome, Suspended, Wakening
from tenuto.core.run import Mail
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.runs.batch import Batch


class _Nothing(BaseModel):
    pass


class Poisoned(NodeKind, frozen=True):
    """A contribution with a bug: the reason why it waits holds a NUL, which no text column takes."""

    example: ClassVar[JsonObject] = {}

    type: Literal["poisoned"] = "poisoned"
    config: _Nothing

    async def run(self, ctx: NodeContext) -> Outcome:
        return Suspended(cast("Any", "because\0"))

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome:
        return Completed()


poisoned_catalog = replace(catalog, kinds=MappingProxyType({**catalog.kinds, "poisoned": Poisoned}))


def workflow(name: str, *nodes: dict[str, object]) -> WorkflowDefinition:
    edges = [{"from": a["id"], "to": b["id"]} for a, b in pairwise(nodes)]
    return WorkflowDefinition.model_validate({"name": name, "startNode": nodes[0]["id"], "nodes": nodes, "edges": edges})


nap: dict[str, object] = {"id": "nap", "type": "delay", "config": {"duration": "PT0.02S"}}


async def test_an_append_that_postgres_refuses_fails_its_run_only(database: Database) -> None:
    sick, well = workflow("Sick", nap, {"id": "bad", "type": "poisoned"}), workflow("Well", nap)
    async with rig(database, catalog=poisoned_catalog) as engine:
        bad = await engine.start(sick)
        good = [await engine.start(well) for _ in range(30)]
        ended = [fold(await engine.end(each.id, seconds=20)) for each in good]
        log = await engine.end(bad.id, seconds=20)
        assert {state.status for state in ended} == {Status.completed}
        assert fold(log).status is Status.failed
        error = fold(log).error
        assert error is not None
        assert error.type == "internal"
        assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
        await engine.idle()


async def test_a_start_that_postgres_refuses_takes_no_other_with_it(database: Database) -> None:
    async with rig(database) as engine:
        starts = [engine.start(workflow("N\0L" if n == 7 else "Plain", nap), public_id=f"run {n}") for n in range(20)]
        answers = await asyncio.gather(*starts, return_exceptions=True)
        assert isinstance(answers[7], Invalid)
        for number, answer in enumerate(answers):
            if number != 7:
                assert not isinstance(answer, BaseException), answer
                assert fold(await engine.end(answer.id)).status is Status.completed
        await engine.idle()


async def test_mail_sent_again_after_it_was_consumed_does_not_keep_the_run_awake(database: Database) -> None:
    asking = workflow("Ask", {"id": "ask", "type": "approval", "config": {"title": "?", "required": 2}})
    async with rig(database) as engine:
        run = (await engine.start(asking)).id
        await engine.until(run, "workflow_waiting")
        data = {"decision": "approve"}
        for _ in range(3):
            await engine.mail(run, Mail("first", "answer", {"node": "ask", "by": "member:Ada", "data": data}))
            await _parked(engine.database, run)
        await engine.mail(run, Mail("second", "answer", {"node": "ask", "by": "member:Bo", "data": data}))
        assert fold(await engine.end(run)).status is Status.completed


async def _parked(database: Database, run: ExecutionId) -> None:
    """Wait until the run sleeps and its mailbox is empty."""
    question = (
        "select owner is null and not exists (select 1 from mailbox m where m.workspace = e.workspace and m.execution_id = e.id)"
        " from executions e where workspace = $1 and id = $2"
    )
    async with asyncio.timeout(20):
        while not await database.pool.fetchval(question, *run):
            await asyncio.sleep(0.01)


async def test_a_batch_that_fails_is_repeated_one_by_one() -> None:
    flushed: list[Sequence[int]] = []

    async def flush(items: Sequence[int]) -> Sequence[int | BaseException]:
        flushed.append(list(items))
        if 13 in items:
            raise ValueError("thirteen")
        return [item * 2 if item != 4 else KeyError("four") for item in items]

    batch = Batch(flush, limit=6, weigh=lambda item: item, heaviest=30)
    answers = await asyncio.gather(*(batch.submit(n) for n in (1, 2, 13, 4, 40, 5)), return_exceptions=True)
    assert [type(answer) if isinstance(answer, BaseException) else answer for answer in answers] == [2, 4, ValueError, KeyError, 80, 10]
    # One heavier than a whole batch goes alone; what failed together was tried alone, in its order, and once.
    assert flushed == [[1, 2, 13, 4], [1], [2], [13], [4], [40], [5]]
    await batch.close()
    with pytest.raises(RuntimeError, match="closed"):
        batch.submit(1)
