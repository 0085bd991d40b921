"""Budgets hold: before the call, for everything a run does side by side, in several processes, and through crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig
from tests.engine.test_map import emptied

from tenuto.agents.simulated import Simulated
from tenuto.core.agent import Agent, Reply, Turn, TurnContext
from tenuto.core.errors import VendorFailed
from tenuto.core.events import NodeRetrying, Recorded, StepCompleted, WorkflowPaused, WorkflowResumed
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.usage import Usage
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database


@dataclass(frozen=True)
class Metered(Simulated):
    """A provider that uses what it is told, and notes who is being asked at the same time."""

    key: str = "metered"
    tokens: int = 1_000
    pause: float = 0.01
    together: int = 0
    """After the first one nobody is answered before so many have been asked at the same time."""
    asked: list[str] = field(default_factory=list[str])
    failing: list[Exception] = field(default_factory=list[Exception])
    now: list[int] = field(default_factory=lambda: [0, 0])
    """How many are being asked, and how many were at most."""

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        self.asked.append(turn.message)
        self.now[0] += 1
        self.now[1] = max(self.now)
        await asyncio.sleep(self.pause)
        async with asyncio.timeout(60):
            while len(self.asked) > 1 and self.now[1] < self.together:
                await asyncio.sleep(0.01)
        self.now[0] -= 1
        if self.failing:
            raise self.failing.pop(0)
        return Reply(text="Yes.", usage=Usage(input_tokens=self.tokens - 10, output_tokens=10))


def workflow(nodes: int, *, prices: JsonValue = None, **budget: JsonValue) -> WorkflowDefinition:
    """That many agents side by side."""
    agent: JsonValue = {"id": "a", "name": "A", "provider": "metered", "model": "openai:gpt-5-mini", "prices": prices}
    begin: JsonValue = {"id": "begin", "type": "transform", "config": {"value": 1}}
    asks: list[JsonValue] = [{"id": f"n{n}", "type": "agent", "config": {"agent": "a", "message": f"{n}"}} for n in range(nodes)]
    edges: list[JsonValue] = [{"from": "begin", "to": f"n{n}"} for n in range(nodes)]
    given: JsonValue = {"name": "W", "id": "w", "startNode": "begin", "agents": [agent], "nodes": [begin, *asks], "edges": edges}
    return WorkflowDefinition.model_validate({**given, "settings": {"budget": budget or None}})


@asynccontextmanager
async def processes(database: Database, provider: Metered, count: int = 1) -> AsyncGenerator[list[Rig]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(rig(database, providers={"metered": provider})) for _ in range(count)]


async def spent(made: Rig) -> Sequence[tuple[str, int, int, int, int]]:
    rows = await made.database.pool.fetch("select period, usd, tokens, calls, turns from spending order by period")
    return [tuple(row) for row in rows]


async def held(made: Rig) -> int:
    return await made.database.pool.fetchval("select count(*) from spending_holds")


async def paused(made: Rig, run: ExecutionId) -> list[Recorded]:
    """The log once the run stands still."""
    log = await made.until(run, "workflow_paused")
    async with asyncio.timeout(60):
        while fold(log).nodes and any(node.status == "running" for node in fold(log).nodes.values()):
            await asyncio.sleep(0.05)
            log = list(await made.journal.read(run))
    return log


async def test_without_a_budget_nothing_is_asked_or_written(database: Database) -> None:
    async with processes(database, provider := Metered(together=2)) as [made]:
        state = await made.run(workflow(5))
        assert state.status is Status.completed
        assert await spent(made) == []
    assert provider.now[1] > 1


async def test_what_fits_goes_through_and_is_counted(database: Database) -> None:
    async with processes(database, Metered()) as [made]:
        state = await made.run(workflow(5, tokens=100_000, calls=5, usd=1))
        assert state.status is Status.completed, state.error
        assert await spent(made) == [("run", 5 * 268, 5_000, 5, 5)]
        assert await held(made) == 0


@pytest.mark.parametrize("budget", [{"calls": 7}, {"tokens": 6_500}, {"usd": 0.0018}])
async def test_fifty_side_by_side_exceed_it_by_one_call_at_most(database: Database, budget: dict[str, JsonValue]) -> None:
    """7 calls are allowed, or the seventh is the one that exceeds 6,500 tokens or 1,800 micro-dollars at 268 each."""
    async with processes(database, provider := Metered()) as [made]:
        started = await made.start(workflow(50, **budget))
        log = await paused(made, started.id)
        assert len(provider.asked) == 7
        assert fold(log).status is Status.paused
        assert sum(node.status == "retrying" for node in fold(log).nodes.values()) == 43
        assert [r.event.type for r in log].count("workflow_paused") == 1
        assert await held(made) == 0


async def test_far_from_its_end_a_budget_holds_nobody_up(database: Database) -> None:
    """The first turn goes alone, for nobody knows yet what a turn uses; then all the others at the same time."""
    async with processes(database, provider := Metered(together=11)) as [made]:
        state = await made.run(workflow(20, tokens=100_000))
    assert state.status is Status.completed
    assert provider.now[1] > 10


async def test_several_processes_share_one_account(database: Database) -> None:
    """Ten runs of a workflow with a budget for the day, driven by two processes."""
    async with processes(database, provider := Metered(), 2) as [one, two]:
        definition = workflow(10, tokens=20_500, period="day")
        runs = [await each.start(definition, public_id=f"{n}{i}") for n in range(5) for i, each in enumerate((one, two))]
        moving = "select count(*) from executions where status not in ('paused', 'completed')"
        async with asyncio.timeout(60):
            while await one.database.pool.fetchval(moving) or await held(one):
                await asyncio.sleep(0.05)
        assert len(provider.asked) == 21
        logs = [await one.journal.read(run.id) for run in runs]
        told = [r.event.waiting_for[0] for log in logs for r in log if isinstance(r.event, WorkflowPaused)]
        assert len(told) >= 8, "at most two of the ten runs got all of their turns"
        assert all("This workflow has today used 21,000 of 20,500 tokens" in each for each in told)
        rows = await spent(one)
        assert [row[:1] + row[2:] for row in rows] == [("day", 21_000, 21, 21)]


async def test_it_says_what_was_spent_and_fails_where_that_is_wanted(database: Database) -> None:
    async with processes(database, Metered()) as [made]:
        state = await made.run(workflow(3, calls=1, on_budget="fail"))
        assert state.status is Status.failed
        assert state.error is not None
        assert (state.error.type, state.error.status) == ("budget-exceeded", 402)
        assert state.error.detail == "This run has made 1 of 1 calls: its budget is used up."


async def test_a_paused_run_goes_on_when_it_may_and_asks_nobody_twice(database: Database) -> None:
    async with processes(database, provider := Metered()) as [made]:
        started = await made.start(workflow(4, calls=2))
        log = await paused(made, started.id)
        waits = fold(log).waiting_for
        assert "This run has made 2 of 2 calls" in waits[0]
        assert "Raise the budget" in waits[0]
        row = await made.database.pool.fetchrow("select status, waiting_for from executions where id = $1", started.id.id)
        assert row is not None
        assert (row["status"], row["waiting_for"]) == ("paused", waits[0])
        await made.mail(started.id, Mail("r1", "resume", {"by": "member:Ada"}))
        async with asyncio.timeout(60):
            while sum(r.event.type == "workflow_paused" for r in log) < 2:
                await asyncio.sleep(0.05)
                log = list(await made.journal.read(started.id))
        assert len(provider.asked) == 2, "resumed without more, it asks again"
        await emptied(made)  # what is looked at after a pause has been
        await made.database.pool.execute("update spending set limit_calls = 4")
        await made.mail(started.id, Mail("r2", "resume", {"by": "member:Ada", "budget": {"calls": 4}}))
        log = await made.end(started.id)
        assert fold(log).status is Status.completed
        assert sorted(provider.asked) == ["0", "1", "2", "3"]
        assert [r.event.budget for r in log if isinstance(r.event, WorkflowResumed)] == [None, {"calls": 4}]


async def test_an_attempt_that_no_budget_allowed_is_not_one_of_the_nodes_attempts(database: Database) -> None:
    definition = workflow(1, calls=1)
    node = definition.nodes[1].model_copy(update={"retry": definition.nodes[1].retry.model_copy(update={"attempts": 2})})
    definition = definition.model_copy(update={"nodes": (definition.nodes[0], node)})
    async with processes(database, provider := Metered(failing=[VendorFailed("No.")])) as [made]:
        started = await made.start(definition)
        await paused(made, started.id)
        await made.database.pool.execute("update spending set lifted = true")
        await made.mail(started.id, Mail("r", "resume", {"by": "member:Ada", "budget": {"unlimited": True}}))
        log = await made.end(started.id)
    assert fold(log).status is Status.completed
    assert len(provider.asked) == 2, "one that failed counts, and one that succeeded"
    assert [r.event.problem.type for r in log if isinstance(r.event, NodeRetrying)] == ["vendor-failed", "budget-exceeded"]


async def test_a_budget_in_dollars_needs_prices(database: Database) -> None:
    definition = workflow(1, usd=1)
    agents = (definition.agents[0].model_copy(update={"model": None}),)
    async with processes(database, provider := Metered()) as [made]:
        state = await made.run(definition.model_copy(update={"agents": agents}))
        assert state.error is not None
        assert "what A costs is not known" in state.error.detail
        assert "prices" in (state.error.fix or "")
    assert provider.asked == []


async def test_a_simulated_run_spends_nothing_of_the_month(database: Database) -> None:
    async with rig(database) as made:
        state = await made.run(workflow(2, calls=1, period="month"), simulated=True)
        assert state.status is Status.completed
        assert await spent(made) == []
        state = await made.run(workflow(2, calls=1, on_budget="fail"), simulated=True)
        assert state.status is Status.failed


async def test_what_a_dead_process_held_is_adopted_by_who_does_its_work_again(database: Database) -> None:
    slow = Metered(pause=30)
    async with processes(database, slow) as [made]:
        started = await made.start(workflow(1, calls=5))
        async with asyncio.timeout(60):
            while not await held(made):
                await asyncio.sleep(0.02)
        made.worker.slots = 0
        await made.worker.drop()
        async with asyncio.timeout(60):  # what was stopped is counted by nobody who waits for it
            while await held(made):
                await asyncio.sleep(0.02)
        # As a process leaves it that is killed: held, and by nobody who lives.
        await made.database.pool.execute(
            "insert into spending_holds (workspace, hold, period, key, execution_id, process, usd, tokens, turns) "
            "select 1, $1, 'run', $2, $3, gen_random_uuid(), 500, 900, 1",
            f"{started.id.id}:n0:1:turn 1 ", str(started.id.id), started.id.id,
        )  # fmt: skip
        await made.database.pool.execute("update spending set usd = 0, tokens = 0, calls = 0, turns = 0")
        await made.database.pool.execute("update processes set beat = beat - interval '1 minute' where id = $1", made.identity.process)
        async with processes(database, Metered()) as [other]:
            await other.claims.take_over()
            log = await other.end(started.id)
            assert fold(log).status is Status.completed
            assert await held(other) == 0
            assert [row[2:] for row in await spent(other)] == [(1_000, 1, 1)], "counted once"


async def test_what_nobody_holds_any_more_counts_as_spent(database: Database) -> None:
    async with processes(database, provider := Metered()) as [made]:
        definition = workflow(3, calls=3, period="month", on_budget="fail")
        assert (await made.run(definition)).status is Status.completed
        await made.database.pool.execute("update spending set calls = 1")
        ghosts = "select 1, gen_random_uuid()::text, period, key, gen_random_uuid(), gen_random_uuid(), 0, 700, 1 from spending"
        columns = "workspace, hold, period, key, execution_id, process, usd, tokens, turns"
        for _ in range(2):
            await made.database.pool.execute(f"insert into spending_holds ({columns}) {ghosts}")
        state = await made.run(definition.model_copy(update={"name": "W again"}))
        assert state.status is Status.failed
        assert await held(made) == 0
        assert [row[2:4] for row in await spent(made)] == [(3_000 + 1_400, 3)]
    assert len(provider.asked) == 3


async def test_what_undoes_is_counted_and_never_refused(database: Database) -> None:
    """The second call of two is refused, so that the first one is undone by a third."""
    http: JsonValue = {"url": "https://example.com", "method": "POST"}
    nodes: JsonValue = [
        {"id": "book", "type": "http", "config": http, "undo": "cancel"},
        {"id": "pay", "type": "http", "config": http},
        {"id": "cancel", "type": "http", "config": http},
    ]
    edges: JsonValue = [{"from": "book", "to": "pay"}]
    settings: JsonValue = {"budget": {"calls": 1, "on_budget": "fail"}}
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "book", "nodes": nodes, "edges": edges, "settings": settings})
    async with rig(database) as made:
        state = await made.run(definition, simulated=True)
        assert state.status is Status.failed
        assert state.error is not None
        assert state.error.type == "budget-exceeded"
        assert state.undone == ("book",)
        assert await spent(made) == [("run", 0, 0, 2, 0)]


async def test_code_cannot_catch_that_no_budget_allows_a_call_and_goes_on_where_it_stood(database: Database) -> None:
    """The first call is done and stays so; the second is refused, and made when the run may go on."""
    code = """
a = await http.request(url="https://example.com/a")
try:
    b = await http.request(url="https://example.com/b")
except Exception:
    b = "caught"
[a, b]
"""
    node: JsonValue = {"id": "c", "type": "code", "config": {"code": code}}
    given: JsonValue = {"name": "W", "startNode": "c", "nodes": [node], "settings": {"budget": {"calls": 1}}}
    async with rig(database) as made:
        started = await made.start(WorkflowDefinition.model_validate(given), simulated=True)
        log = await paused(made, started.id)
        assert [r.event.step for r in log if isinstance(r.event, StepCompleted)] == ["0: http.request"]
        await made.database.pool.execute("update spending set limit_calls = 2")
        await made.mail(started.id, Mail("r", "resume", {"by": "member:Ada", "budget": {"calls": 2}}))
        state = fold(await made.end(started.id))
        assert state.status is Status.completed, state.error
        output = state.nodes["c"].output
        assert "caught" not in str(output)
        assert [row[3] for row in await spent(made)] == [2]


async def test_children_count_on_the_run_that_they_belong_to(database: Database) -> None:
    """A map of twenty items within a map of two: forty runs that share what their root may do."""
    agent: JsonValue = {"id": "a", "name": "A", "provider": "metered"}
    ask: JsonValue = {"id": "ask", "type": "agent", "config": {"agent": "a", "message": "{{ item }}"}}
    body: JsonValue = {"startNode": "ask", "nodes": [ask], "edges": []}
    inner: JsonValue = {"id": "inner", "type": "map", "config": {"items": list(range(20)), "concurrency": 20, "body": body}}
    outer: JsonValue = {"startNode": "inner", "nodes": [inner], "edges": []}
    nodes: JsonValue = [{"id": "outer", "type": "map", "config": {"items": [1, 2], "concurrency": 2, "body": outer}}]
    definition = WorkflowDefinition.model_validate(
        {"name": "W", "startNode": "outer", "agents": [agent], "nodes": nodes, "settings": {"budget": {"tokens": 9_500}}}
    )
    async with processes(database, provider := Metered(), 2) as [made, _]:
        started = await made.start(definition)
        standing = "select count(*) from executions where status = 'paused'"
        async with asyncio.timeout(60):
            while await made.database.pool.fetchval(standing) < 33:
                await asyncio.sleep(0.05)
        assert len(provider.asked) == 10, "thirty of the forty stand still, and so do those they belong to"
        assert "This run has used 10,000 of 9,500 tokens" in fold(await made.journal.read(started.id)).waiting_for[0]
        rows = await made.database.pool.fetch("select period, key, calls from spending")
        assert [tuple(row) for row in rows] == [("run", str(started.id.id), 10)]
        paused_runs = await made.database.pool.fetch("select id from executions where status = 'paused'")
        await made.database.pool.execute("update spending set lifted = true")
        for row in paused_runs:
            await made.mail(ExecutionId(1, row["id"]), Mail("r", "resume", {"by": "member:Ada"}))
        log = await made.end(started.id)
    assert fold(log).status is Status.completed, fold(log).error
    assert len(provider.asked) == 40
