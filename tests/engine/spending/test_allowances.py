"""What a budget holds goes on when it may, with the runs around it, whoever allowed more and whenever: nothing is left standing still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig
from tests.engine.spending.test_budget import Metered, held, processes, workflow
from tests.engine.test_map import emptied

from tenuto.core.agent import Agent, Reply, Turn, TurnContext
from tenuto.core.errors import Unavailable
from tenuto.core.events import Event, WorkflowPaused, WorkflowResumed
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.spending import Account, Hold
from tenuto.core.usage import Usage
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.actions.steps import Step, Steps
from tenuto.engine.large.cache import Cache
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.spending.meter import Meter
from tenuto.engine.spending.prices import Prices
from tenuto.engine.spending.purse import Purse
from tenuto.store.database import Database
from tenuto.store.runs.spending import Accounts


@dataclass(frozen=True)
class Gated(Metered):
    """It answers once the gate is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self) -> None:
        """Until somebody stands before it."""
        async with asyncio.timeout(60):
            while not self.asked:
                await asyncio.sleep(0.02)

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        reply = await super().turn(agent, turn, ctx)
        await self.gate.wait()
        return reply


def family(items: int, **budget: JsonValue) -> WorkflowDefinition:
    """A run with a run within it, and that many runs within that."""
    agent: JsonValue = {"id": "a", "name": "A", "provider": "metered"}
    ask: JsonValue = {"id": "ask", "type": "agent", "config": {"agent": "a", "message": "{{ item }}"}}
    body: JsonValue = {"startNode": "ask", "nodes": [ask], "edges": []}
    inner: JsonValue = {"id": "inner", "type": "map", "config": {"items": list(range(items)), "concurrency": items, "body": body}}
    outer: JsonValue = {"startNode": "inner", "nodes": [inner], "edges": []}
    nodes: JsonValue = [{"id": "outer", "type": "map", "config": {"items": [1], "body": outer}}]
    given: JsonValue = {"name": "W", "startNode": "outer", "agents": [agent], "nodes": nodes, "settings": {"budget": budget}}
    return WorkflowDefinition.model_validate(given)


async def standing(made: Rig, count: int) -> list[ExecutionId]:
    """The runs that stand still once there are so many, the outermost first."""
    async with asyncio.timeout(60):
        while True:
            rows = await made.database.pool.fetch("select id from executions where status = 'paused' order by depth, item")
            if len(rows) >= count:
                return [ExecutionId(1, row["id"]) for row in rows]
            await asyncio.sleep(0.02)


async def lift(made: Rig) -> None:
    await made.database.pool.execute("update spending set lifted = true")


async def go_on(made: Rig, run: ExecutionId, by: str = "member:Ada") -> None:
    await made.mail(run, Mail("r", "resume", {"by": by}))


@asynccontextmanager
async def nobody_tells(made: Rig, run: ExecutionId) -> AsyncGenerator[None]:
    """Whoever has a letter for this run waits with it until the block ends."""
    async with made.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("select from executions where id = $1 for no key update", run.id)
        yield


async def test_runs_around_it_go_on_with_the_last_one_that_was_held(database: Database) -> None:
    async with processes(database, provider := Metered(), 2) as [made, _]:
        started = await made.start(family(3, calls=1))
        root, middle, *leaves = await standing(made, 4)
        await emptied(made)  # each of them has looked at its budget, and found that it may not
        assert root == started.id
        await lift(made)
        await go_on(made, leaves[0], by="budget")
        async with asyncio.timeout(60):
            while len(provider.asked) < 2:
                await asyncio.sleep(0.02)
        for run in (root, middle):
            assert fold(await made.journal.read(run)).status is Status.paused, "one of the two that were held is held still"
        await go_on(made, leaves[1], by="budget")
        log = await made.end(root)
        assert fold(log).status is Status.completed, fold(log).error
        assert [r.event.by for r in log if isinstance(r.event, WorkflowResumed)] == ["budget"]
        assert len(provider.asked) == 3


async def test_a_letter_that_was_under_way_pauses_nobody_for_what_has_gone_on(database: Database) -> None:
    """The child waits for more, is allowed it and goes on, all while the letter about it is on its way to the run around it."""
    async with processes(database, provider := Gated()) as [made]:
        started = await made.start(family(2, calls=1))
        await provider.reached()
        async with nobody_tells(made, started.id):
            provider.gate.set()
            middle, leaf = await standing(made, 2)
            await lift(made)
            await go_on(made, leaf)
            await go_on(made, middle)
            async with asyncio.timeout(60):
                while await made.database.pool.fetchval("select status from executions where id = $1", middle.id) != "completed":
                    await asyncio.sleep(0.02)
        log = await made.end(started.id)
    assert fold(log).status is Status.completed, fold(log).error
    assert len(provider.asked) == 2


async def test_more_that_is_allowed_between_the_refusal_and_the_pause_is_not_missed(database: Database) -> None:
    """Whoever allowed it saw a run that was not paused yet, and told nobody to go on."""
    allowing = """
    create function allow_more() returns trigger language plpgsql as $$
        begin update spending set limit_calls = 2; return new; end
    $$;
    create trigger allow_more before insert on execution_events
        for each row when (new.type = 'workflow_paused') execute function allow_more()
    """
    async with processes(database, provider := Metered()) as [made]:
        await made.database.pool.execute(allowing)
        try:
            log = await made.end((await made.start(workflow(2, calls=1))).id)
        finally:
            await made.database.pool.execute("drop function allow_more cascade")
    assert fold(log).status is Status.completed, fold(log).error
    assert [r.event.by for r in log if isinstance(r.event, WorkflowPaused | WorkflowResumed)] == ["budget", "budget"]
    assert len(provider.asked) == 2


async def test_who_ends_what_is_held_holds_nobody_any_more(database: Database) -> None:
    async with processes(database, Metered()) as [made]:
        started = await made.start(family(2, calls=1))
        *_, leaf = await standing(made, 3)
        await made.mail(leaf, Mail("c", "cancel", {"by": "member:Ada"}))
        log = await made.end(started.id)
    state = fold(log)
    assert state.status is Status.failed, "what was cancelled is missing: nothing waits for it"
    assert await held(made) == 0


async def test_what_a_person_has_paused_no_budget_lets_go_on(database: Database) -> None:
    async with processes(database, provider := Gated()) as [made]:
        started = await made.start(family(2, calls=1))
        await provider.reached()
        await made.mail(started.id, Mail("p", "pause", {"by": "member:Ada"}))
        await made.until(started.id, "workflow_paused")
        provider.gate.set()
        root, middle, leaf = await standing(made, 3)
        await lift(made)
        await go_on(made, leaf)
        await made.end(middle)
        await made.until(root, "node_completed", node="outer")
        log = await made.journal.read(root)
        assert fold(log).status is Status.paused
        assert [r.event.by for r in log if isinstance(r.event, WorkflowPaused)] == ["member:Ada"]
        await go_on(made, root)
        assert fold(await made.end(root)).status is Status.completed


async def test_who_lets_one_go_on_lets_all_go_on_that_belong_together(database: Database) -> None:
    """As when the day is over that the budget was for: the outermost run is the one that a person sees."""
    async with processes(database, provider := Metered(), 2) as [made, _]:
        started = await made.start(family(4, calls=1))
        await standing(made, 5)
        await lift(made)
        await go_on(made, started.id)
        assert fold(await made.end(started.id)).status is Status.completed
    assert len(provider.asked) == 4


async def test_a_person_who_pauses_what_a_budget_holds_is_the_one_who_lets_it_go_on(database: Database) -> None:
    async with processes(database, provider := Metered()) as [made]:
        started = await made.start(family(2, calls=1))
        root, middle, leaf = await standing(made, 3)
        await made.mail(middle, Mail("p", "pause", {"by": "member:Ada"}))
        await lift(made)
        await go_on(made, leaf)
        await made.end(leaf)
        await made.until(middle, "node_completed", node="inner")
        log = await made.until(root, "workflow_resumed")
        assert [r.event.by for r in log if isinstance(r.event, WorkflowPaused | WorkflowResumed)] == ["budget", "budget"]
        log = await made.journal.read(middle)
        assert [r.event.by for r in log if isinstance(r.event, WorkflowPaused | WorkflowResumed)] == ["budget", "member:Ada"]
        await go_on(made, middle)
        assert fold(await made.end(started.id)).status is Status.completed
    assert len(provider.asked) == 2


async def test_a_look_at_a_day_that_nobody_has_spent_of_refuses_nothing(database: Database) -> None:
    async with processes(database, Metered()) as [made]:
        accounts = Accounts(database, made.identity)
        account = Account(period="day", key="w", calls=1)
        now = made.life.now()
        assert not await accounts.refuses(1, str(uuid4()), [(account, account.row(now))])
        assert await accounts.reserve(ExecutionId(1, uuid4()), "r", [(account, account.row(now))], "k", Hold()) == "go"
        await accounts.settle(ExecutionId(1, uuid4()), "k", Usage())
        assert await accounts.refuses(1, str(uuid4()), [(account, account.row(now))])
        later = now + timedelta(days=1)
        assert not await accounts.refuses(1, str(uuid4()), [(account, account.row(later))])


async def test_what_is_admitted_and_not_made_is_held_by_nobody(database: Database) -> None:
    """Else every further call would wait for one that nobody makes."""
    async with processes(database, Metered(), 2) as [one, other]:
        run, account = ExecutionId(1, uuid4()), Account(period="run", key="r", calls=1)
        first, second = Accounts(database, one.identity), Accounts(database, other.identity)
        purse = Purse(accounts=(account,), store=first, run=run, root="r", now=one.life.now)
        meter = Meter(Prices(), simulated=False, observe=lambda _: None, purse=purse)

        async def lost(_: Sequence[Event]) -> None:
            raise Unavailable("The database is away.", fix="Try again.", retry_after=1)

        steps = Steps(
            node="n", attempt=1, key="k", record=lost, meter=meter, payloads=Payloads(one.journal.blobs, run, Cache()), simulated=False
        )
        with pytest.raises(Unavailable):
            await steps.once(Step(name="s", effect="read", do=lambda key: asyncio.sleep(0, key), reserved=True))
        async with asyncio.timeout(60):
            while await held(one):
                await asyncio.sleep(0.02)
        assert await first.reserve(run, "r", [(account, "r")], "k2", Hold()) == "go"
        await second.release(run, "k2")
        assert await held(one) == 1, "another process has nothing to let go"
