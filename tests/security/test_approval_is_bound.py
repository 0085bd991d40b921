"""Threat 24: an approval is void when an argument changes. What was approved is what is done, whoever changes it on the way."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig

from tenuto.core.events import NodeProgress, NodeWaiting
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

payment: JsonValue = {"to": "{{ input.to }}", "amount": "{{ input.amount }}"}


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


def definition() -> WorkflowDefinition:
    return WorkflowDefinition.model_validate(
        {
            "name": "Pay",
            "startNode": "sure",
            "nodes": [
                {"id": "sure", "type": "approval", "config": {"title": "Pay?", "arguments": payment}},
                {"id": "pay", "type": "transform", "config": {"value": "{{ nodes.sure.output.arguments }}"}},
            ],
            "edges": [{"from": "sure", "port": "approved", "to": "pay"}],
        }
    )


async def asked(engine: Rig, **given: JsonValue) -> tuple[ExecutionId, str]:
    started = await engine.start(definition(), input=given)
    log = await engine.until(started.id, "workflow_waiting")
    data = next(recorded.event.data for recorded in log if isinstance(recorded.event, NodeWaiting))
    return started.id, str(data["digest"])


async def answer(engine: Rig, run: ExecutionId, key: str, **data: JsonValue) -> None:
    signal: dict[str, JsonValue] = {"node": "sure", "by": "member:Ada", "data": {"decision": "approve", **data}}
    assert await engine.mail(run, Mail(key, "answer", signal))


async def test_an_approval_is_void_when_an_argument_changes(engine: Rig) -> None:
    seen, digest = await asked(engine, to="ada", amount=20)
    changed, other = await asked(engine, to="ada", amount=2000)
    same, again = await asked(engine, to="ada", amount=20)
    assert digest != other
    assert digest == again, "the same question has the same digest"
    await answer(engine, changed, "old", digest=digest)
    refusal = (await engine.until(changed, "node_progress"))[-1].event
    assert isinstance(refusal, NodeProgress)
    assert refusal.kind == "answer_refused"
    assert isinstance(refusal.data, dict)
    assert refusal.data["type"] == "conflict"
    await answer(engine, changed, "blind")
    await answer(engine, changed, "right", digest=other)
    log = await engine.end(changed)
    assert [r.event.kind for r in log if isinstance(r.event, NodeProgress)] == ["answer_refused", "answer_refused"]
    assert fold(log).output == {"to": "ada", "amount": 2000}
    for run in (seen, same):
        await answer(engine, run, "right", digest=digest)
        state = fold(await engine.end(run))
        assert (state.status, state.output) == (Status.completed, {"to": "ada", "amount": 20})


async def test_what_is_done_is_what_was_approved(engine: Rig) -> None:
    run, digest = await asked(engine, to="ada", amount=20)
    await answer(engine, run, "form", digest=digest, form={"amount": 9999}, comment="{{ input.amount }}")
    state = fold(await engine.end(run))
    assert state.output == {"to": "ada", "amount": 20}
    assert isinstance(state.nodes["sure"].output, dict)
    assert state.nodes["sure"].output["digest"] == digest


async def test_an_answer_to_an_earlier_attempt_does_not_count(engine: Rig) -> None:
    run, digest = await asked(engine, to="ada", amount=20)
    signal: dict[str, JsonValue] = {
        "node": "sure", "by": "member:Ada", "attempt": 0, "data": {"decision": "approve", "digest": digest}
    }  # fmt: skip
    assert await engine.mail(run, Mail("old", "answer", signal))
    refusal = (await engine.until(run, "node_progress"))[-1].event
    assert isinstance(refusal, NodeProgress)
    assert refusal.answers == "old"
    assert isinstance(refusal.data, dict)
    assert "anew" in str(refusal.data["detail"])
