"""What a run used stands on its events, in its state and in its row: retries and failures included, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from tests.engine.rig import Rig, rig

from tenuto.agents.simulated import Simulated
from tenuto.core.agent import Agent, Reply, ToolCall, Turn, TurnContext
from tenuto.core.errors import InvalidOutput, RateLimited, Unreachable, VendorFailed
from tenuto.core.events import NodeCompleted, NodeRetrying, StepCompleted
from tenuto.core.execution import Status, fold
from tenuto.core.usage import Usage, added
from tenuto.core.values import decode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database


@dataclass(frozen=True)
class Scripted(Simulated):
    """A provider that answers as it is told."""

    key: str = "scripted"
    replies: list[Reply | Exception] = field(default_factory=list[Reply | Exception])

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def workflow(**node: JsonValue) -> WorkflowDefinition:
    config: JsonValue = {"agent": "a", "message": "Well?"}
    agent: JsonValue = {"id": "a", "name": "A", "provider": "scripted", "model": "openai:gpt-5-mini", "tools": node.pop("tools", [])}
    return WorkflowDefinition.model_validate(
        {"name": "W", "startNode": "ask", "agents": [agent], "nodes": [{"id": "ask", "type": "agent", "config": config, **node}]}
    )


def said(text: str = "Yes.", **usage: object) -> Reply:
    return Reply(text=text, usage=Usage.model_validate({"input_tokens": 1_000, "output_tokens": 100, **usage}))


async def row(made: Rig, public_id: str) -> Usage:
    data = await made.database.pool.fetchval("select usage from executions where public_id = $1", public_id)
    return Usage.model_validate(decode(data))


async def run(database: Database, definition: WorkflowDefinition, replies: Sequence[Reply | Exception], *, simulated: bool = False):
    provider = Scripted(replies=list(replies))
    async with rig(database, providers={"scripted": provider, "simulated": Simulated()}) as made:
        started = await made.start(definition, public_id=f"run-{len(replies)}", simulated=simulated)
        log = await made.end(started.id)
        return log, fold(log), await row(made, f"run-{len(replies)}")


async def test_a_turn_is_on_the_event_that_ends_it_with_the_price_that_was_used(database: Database) -> None:
    log, state, shown = await run(database, workflow(), [said()])
    event = next(r.event for r in log if isinstance(r.event, NodeCompleted))
    assert event.usage is not None
    assert (event.usage.cost, event.usage.model, event.usage.provider) == (450, "openai:gpt-5-mini", "scripted")
    assert event.usage.price is not None
    assert event.usage.price.input == 0.25
    assert state.usage == shown == event.usage


async def test_tool_rounds_are_on_their_steps_and_the_node_sums_them_up(database: Database) -> None:
    call = ToolCall(id="c", name="github.list_issues", arguments={})
    asks = said("").model_copy(update={"tool_calls": (call,)})
    definition = workflow(tools=["github.list_issues"])
    log, state, shown = await run(database, definition, [asks, said(cached_tokens=1_000)])
    steps = [r.event for r in log if isinstance(r.event, StepCompleted)]
    assert [step.step for step in steps] == ["turn 1", "call 1: github.list_issues", "turn 2"]
    assert [step.usage.calls if step.usage else 0 for step in steps] == [1, 0, 1], "the call never left: it lacks its parameters"
    assert [step.usage.cost for step in steps if step.usage] == [450, 225]
    assert state.usage is not None
    assert (state.usage.turns, state.usage.cost, state.usage.cached_tokens) == (2, 675, 1_000)
    assert state.usage == state.nodes["ask"].usage == shown


async def test_what_failed_and_was_tried_again_counts_too(database: Database) -> None:
    failures = [VendorFailed("No."), InvalidOutput("What?", raw="x" * 400), RateLimited("Slowly."), Unreachable("Nobody there.")]
    retry: JsonValue = {"attempts": 9, "delay": "PT0S"}
    first, second, third, last = failures
    log, state, shown = await run(database, workflow(retry=retry), [first, third, last, said()])
    seen = [r.event.usage for r in log if isinstance(r.event, NodeRetrying)]
    assert [(u.calls, u.turns) if u else None for u in seen] == [(1, 1), (2, 1), (2, 1)], "refused is a call; what never left is none"
    assert (shown.calls, shown.turns, shown.estimated) == (3, 2, True)
    assert state.usage == shown
    _, state, shown = await run(database, workflow(), [second])
    assert state.status is Status.failed
    assert (shown.turns, shown.output_tokens) == (1, 101)


async def test_a_model_nobody_knows_costs_something_unknown(database: Database) -> None:
    definition = workflow()
    agent = definition.agents[0].model_copy(update={"model": None})
    _, _, shown = await run(database, definition.model_copy(update={"agents": (agent,)}), [Reply(text="Hello there.")])
    assert (shown.cost, shown.unpriced, shown.estimated) == (None, 1, True)
    assert shown.tokens > 0


async def test_a_simulated_turn_costs_nothing_and_says_that_it_is_simulated(database: Database) -> None:
    _, _, shown = await run(database, workflow(), [], simulated=True)
    assert (shown.cost, shown.simulated, shown.estimated) == (0, True, True)
    assert shown.tokens > 0


async def test_a_run_that_uses_nothing_has_no_usage(database: Database) -> None:
    nodes: JsonValue = [{"id": "t", "type": "transform", "config": {"value": 1}}]
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "t", "nodes": nodes})
    async with rig(database) as made:
        started = await made.start(definition, public_id="plain")
        assert fold(await made.end(started.id)).usage is None
        assert await made.database.pool.fetchval("select usage from executions where public_id = 'plain'") is None


async def test_requests_count_as_calls(database: Database) -> None:
    nodes: JsonValue = [{"id": "t", "type": "http", "config": {"url": "https://example.com"}}]
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "t", "nodes": nodes})
    async with rig(database) as made:
        state = await made.run(definition, simulated=True)
    assert state.usage == added(None, Usage(simulated=True))


def over(items: int, **node: JsonValue) -> WorkflowDefinition:
    """A map whose body is one turn."""
    whole = workflow().model_dump(mode="json", by_alias=True, exclude_none=True)
    body: JsonValue = {"startNode": "ask", "nodes": whole["nodes"]}
    each: JsonValue = {"id": "each", "type": "map", "config": {"items": list(range(items)), "concurrency": 1, "body": body}, **node}
    return WorkflowDefinition.model_validate({"name": "W", "startNode": "each", "agents": whole["agents"], "nodes": [each]})


async def test_a_run_has_used_what_its_own_runs_used(database: Database) -> None:
    log, state, shown = await run(database, over(3), [said(), said(), said()])
    assert state.status is Status.completed, state.error
    assert state.usage == shown == state.nodes["each"].usage
    assert (shown.turns, shown.calls, shown.input_tokens, shown.cost, shown.model) == (3, 3, 3_000, 1_350, "openai:gpt-5-mini")
    assert [r.event.usage for r in log if isinstance(r.event, NodeCompleted)] == [shown]


async def test_what_a_failed_attempt_of_a_map_used_counts_once(database: Database) -> None:
    retry: JsonValue = {"attempts": 2, "delay": "PT0S"}
    _, state, shown = await run(database, over(3, retry=retry), [said(), Unreachable("gone"), said(), said()])
    assert state.status is Status.completed, state.error
    assert state.usage == shown
    assert (shown.turns, shown.input_tokens) == (3, 3_000), "of the four the one that never arrived used nothing"
