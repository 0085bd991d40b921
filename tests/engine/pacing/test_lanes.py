"""At most so many runs of a workflow at once: over processes that die, by priority, and without a place getting lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import loopback, served
from tests.engine.pacing.program import workers
from tests.engine.rig import Rig
from tests.engine.rig import rig as bare_rig

from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

limit = 5
waits = "the concurrency limit of 1"


@dataclass
class Counter:
    """Counts, outside of everything, how many are in at the same time."""

    url: str
    now: int = 0
    most: int = 0
    together: int = 0
    """Nobody is answered before so many have been in at the same time."""
    came: list[str] = field(default_factory=list[str])

    async def answer(self, request: Request) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        self.came.append(request.url.path.removeprefix("/"))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(60):
            while self.most < self.together:
                await asyncio.sleep(0.01)
        self.now -= 1
        return JSONResponse({})


@asynccontextmanager
async def counter(*, together: int = 0) -> AsyncGenerator[Counter]:
    bound = loopback()
    made = Counter(f"http://127.0.0.1:{bound.getsockname()[1]}", together=together)
    async with served(Starlette(routes=[Route("/{path:path}", made.answer)]), bound, lambda: None):
        yield made


@asynccontextmanager
async def rig(database: Database, *, slots: int = 200) -> AsyncGenerator[Rig]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as sender, bare_rig(database, sender=sender, slots=slots) as made:
        yield made


def workflow(node: dict[str, object], *, id: str, **settings: object) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate({"id": id, "name": id.title(), "startNode": node["id"], "nodes": [node], "settings": settings})


def asking(url: str, *, most: int | None = limit, **settings: object) -> WorkflowDefinition:
    """A workflow that asks the counter once."""
    node = {"id": "go", "type": "http", "config": {"url": f"{url}/{{{{ execution.id }}}}"}, "retry": {"attempts": 5}}
    return workflow(node, id="asking", **({"concurrency": most} if most else {}), **settings)


def resting(*, most: int, **settings: object) -> WorkflowDefinition:
    """A workflow that waits for ever."""
    node = {"id": "rest", "type": "delay", "config": {"duration": "PT1H"}}
    return workflow(node, id="resting", concurrency=most, **settings)


@asynccontextmanager
async def holding(one: Rig) -> AsyncGenerator[None]:
    """The only place of a lane is taken until the block ends; then everybody gets it in turn."""
    node = {"id": "rest", "type": "delay", "config": {"duration": "PT1H"}}
    holder = await one.start(workflow(node, id="asking", concurrency=1))
    await one.until(holder.id, "workflow_waiting")
    yield
    await one.mail(holder.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
    await let_go(one)


async def ended(front: Rig, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await front.database.pool.fetchval("select count(*) from executions where finished_at is null"):
            await asyncio.sleep(0.05)


async def in_line(front: Rig, *runs: ExecutionId, seconds: float = 30) -> None:
    """Until these stand in line."""
    ids = [run.id for run in runs]
    query = "select count(*) from executions where id = any($1::uuid[]) and queued_at is not null and owner is null"
    async with asyncio.timeout(seconds):
        while await front.database.pool.fetchval(query, ids) < len(ids):
            await asyncio.sleep(0.02)


async def let_go(front: Rig) -> None:
    """Once every run has ended, no lane is left."""
    await ended(front)
    async with asyncio.timeout(30):
        while await front.database.pool.fetchval("select count(*) from lanes"):
            await asyncio.sleep(0.1)


async def store(front: Rig, definition: WorkflowDefinition) -> None:
    await front.journal.define(1, definition)
    pool = front.database.pool
    await pool.execute(
        "insert into workflows (workspace, id, name, draft, published_hash) values (1, $1, $2, $3, $4)",
        definition.id, definition.name, definition.canonical, definition.version_hash,
    )  # fmt: skip
    version = "insert into workflow_versions (workspace, workflow_id, number, hash) values (1, $1, 1, $2)"
    await pool.execute(version, definition.id, definition.version_hash)


@pytest.mark.slow
async def test_three_processes_never_exceed_the_limit_and_a_dead_one_takes_no_place_with_it(database: Database, dsn: str) -> None:
    async with counter(together=limit - 1) as seen, rig(database, slots=0) as front, workers(3, dsn, slots=50) as crew:
        await asyncio.gather(*(front.start(asking(seen.url)) for _ in range(200)))
        async with asyncio.timeout(60):
            while len(seen.came) < 60:
                await asyncio.sleep(0.02)
        crew[0].kill()
        # A dead process is taken for dead after ten seconds; the request that was under way then is asked once more.
        await ended(front, 120)
        rows = await database.pool.fetch("select status, count(*) as n from executions group by 1")
    assert {row["status"]: row["n"] for row in rows} == {"completed": 200}
    assert limit - 1 <= seen.most <= limit
    print(f"at most {seen.most} at once, {len(seen.came)} requests")


@pytest.mark.slow
async def test_a_process_that_dies_at_any_commit_takes_no_place_with_it_and_leaves_nobody_in_line(database: Database, dsn: str) -> None:
    """Three runs of which one may go on at a time; the process stops itself at its first, second, third, … commit."""
    async with counter() as seen, rig(database, slots=0) as front:
        for number in range(1, 100):
            async with workers(1, dsn, slots=10, dies_at=number) as [worker]:
                for _ in range(3):
                    await front.start(asking(seen.url, most=1))
                died = await _dies_or_does_all(front, worker)
            # Nobody has to wait until it is taken for dead.
            await database.pool.execute("update processes set beat = beat - interval '1 minute' where id <> $1", front.identity.process)
            async with rig(database) as other:
                await let_go(other)
            if not died:
                break
        rows = await database.pool.fetch("select status, count(*) as n from executions group by 1")
    assert {row["status"]: row["n"] for row in rows} == {"completed": 3 * number}
    assert seen.most == 1
    assert number > 10
    print(f"died at each of {number - 1} commits")


async def _dies_or_does_all(front: Rig, worker: asyncio.subprocess.Process) -> bool:
    done, dies = asyncio.ensure_future(ended(front)), asyncio.ensure_future(worker.wait())
    await asyncio.wait([done, dies], return_when=asyncio.FIRST_COMPLETED)
    died = dies.done()
    done.cancel()
    dies.cancel()
    await asyncio.gather(done, dies, return_exceptions=True)
    return died


async def test_who_stands_in_line_says_for_what_and_others_pass(database: Database) -> None:
    async with counter() as seen, rig(database) as one:
        first = await one.start(resting(most=1))
        await one.until(first.id, "workflow_waiting")
        second = await one.start(resting(most=1))
        await in_line(one, second.id)
        row = await database.pool.fetchrow("select status, waiting_for, owner from executions where id = $1", second.id.id)
        assert row is not None
        assert tuple(row) == ("pending", waits, None)
        await one.run(asking(seen.url, most=None))
        # Mail lets nobody in, and is read when its time comes.
        assert await one.mail(second.id, Mail("hello", "progress", {"data": 1}))
        await asyncio.sleep(1.5)
        await in_line(one, second.id)
        assert [r.event.type for r in await one.journal.read(second.id)] == ["workflow_started"]
        await one.mail(first.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        log = await one.until(second.id, "workflow_waiting")
        assert "node_progress" in [r.event.type for r in log]
        assert await database.pool.fetchval("select waiting_for from executions where id = $1", second.id.id) != waits
        await one.mail(second.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        await let_go(one)


async def test_who_stands_in_line_is_cancelled_at_once_and_nothing_of_it_happens(database: Database) -> None:
    async with rig(database) as one:
        first = await one.start(resting(most=1))
        await one.until(first.id, "workflow_waiting")
        second = await one.start(resting(most=1))
        await in_line(one, second.id)
        assert await one.mail(second.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        log = await one.end(second.id, seconds=30)
        assert [r.event.type for r in log] == ["workflow_started", "workflow_cancelled"]


async def test_who_is_cancelled_before_anybody_looked_at_it_needs_no_place(database: Database) -> None:
    async with counter() as seen, rig(database, slots=0) as front:
        run = await front.start(asking(seen.url, most=1))
        await front.mail(run.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        async with rig(database) as one:
            log = await one.end(run.id)
        assert [r.event.type for r in log] == ["workflow_started", "workflow_cancelled"]
        assert seen.came == []


async def test_the_next_one_is_let_in_where_whoever_ended_the_last_one_died_of_it(database: Database) -> None:
    async with counter() as seen, rig(database) as one:
        node = {"id": "rest", "type": "delay", "config": {"duration": "PT1H"}}
        holder = await one.start(workflow(node, id="asking", concurrency=1))
        await one.until(holder.id, "workflow_waiting")
        run = await one.start(asking(seen.url, most=1))
        await in_line(one, run.id)
        # What a process leaves behind that stops right after the commit of an end.
        ends = "update executions set status = 'cancelled', finished_at = now(), ready_at = null where id = $1"
        await database.pool.execute(ends, holder.id.id)
        assert fold(await one.end(run.id)).status is Status.completed
        await let_go(one)


async def test_who_stands_in_line_until_its_time_is_over_fails_without_having_begun(database: Database) -> None:
    async with counter() as seen, rig(database) as one:
        node = {"id": "rest", "type": "delay", "config": {"duration": "PT1H"}}
        first = await one.start(workflow(node, id="asking", concurrency=1))
        await one.until(first.id, "workflow_waiting")
        second = await one.start(asking(seen.url, most=1, timeout="PT2S"))
        log = await one.end(second.id)
        assert [r.event.type for r in log] == ["workflow_started", "workflow_failed"]
        assert seen.came == []


async def test_a_paused_run_whose_time_is_over_can_still_be_cancelled(database: Database) -> None:
    async with rig(database) as one:
        run = await one.start(resting(most=1, timeout="P1D"))
        await one.mail(run.id, Mail("wait", "pause", {"by": "Ada"}))
        await one.until(run.id, "workflow_paused")
        await one.later(2 * 86_400)
        await one.mail(run.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        assert (await one.end(run.id))[-1].event.type == "workflow_cancelled"


async def test_they_are_let_in_by_priority_and_age(database: Database) -> None:
    async with counter() as seen, rig(database) as one, holding(one):
        named = [(0, "n1"), (-1, "l1"), (0, "n2"), (1, "h1"), (1, "h2")]
        runs = [await one.start(asking(seen.url, most=1), public_id=name, priority=priority) for priority, name in named]
        await in_line(one, *(run.id for run in runs))
        # As if they had come one right after the other, however long this machine took for it.
        sets = "queued_at = queued_at - (created_at - $2) + $3 * interval '1 millisecond'"
        begun = await database.pool.fetchval("select min(created_at) from executions where queued_at is not null")
        moved = [(run.id.id, begun, number) for number, run in enumerate(runs)]
        await database.pool.executemany(f"update executions set {sets} where id = $1", moved)
    assert seen.came == ["h1", "h2", "n1", "n2", "l1"]


async def test_a_flood_of_high_priority_keeps_low_waiting_for_a_bounded_time_in_a_lane(database: Database) -> None:
    """Ten seconds of waiting make up for one step of priority, whatever comes meanwhile."""
    async with counter() as seen, rig(database) as one, holding(one):
        runs = [await one.start(asking(seen.url, most=1), public_id="low", priority=-1)]
        runs += [await one.start(asking(seen.url, most=1), public_id=f"before-{number}", priority=1) for number in range(10)]
        await in_line(one, *(run.id for run in runs))
        await database.pool.execute("update executions set queued_at = queued_at - interval '21 seconds' where queued_at is not null")
        runs += [await one.start(asking(seen.url, most=1), public_id=f"after-{number}", priority=1) for number in range(10)]
        await in_line(one, *(run.id for run in runs))
    assert seen.came.index("low") == 10, seen.came


async def test_a_limit_that_is_raised_holds_for_those_who_stand_in_line(database: Database) -> None:
    async with rig(database) as one:
        first = await one.start(resting(most=1))
        await one.until(first.id, "workflow_waiting")
        second, third = await one.start(resting(most=1)), await one.start(resting(most=1))
        await in_line(one, second.id, third.id)
        raised = await one.start(resting(most=3))
        for run in (second, third):
            await one.until(run.id, "workflow_waiting")
        await in_line(one, raised.id)


async def test_a_run_that_is_taken_up_again_stands_in_line_again(database: Database) -> None:
    async with rig(database) as one:
        failed = await one.start(
            workflow({"id": "go", "type": "http", "config": {"url": "http://127.0.0.1:1/"}}, id="asking", concurrency=1)
        )
        head = (await one.end(failed.id))[-1].seq
        async with holding(one):
            assert await one.mailbox.reopen(failed.id, head, Mail("retry:1", "retry", {"by": "Ada"}))
            await in_line(one, failed.id)
            row = await database.pool.fetchrow("select status, waiting_for from executions where id = $1", failed.id.id)
            assert row is not None
            assert tuple(row) == ("pending", waits)
        log = await one.journal.read(failed.id, head)
        assert [r.event.type for r in log] == ["workflow_resumed", "node_started", "node_failed", "workflow_failed"]


async def test_a_simulated_run_keeps_no_real_one_waiting(database: Database) -> None:
    async with rig(database) as one:
        trial = await one.start(resting(most=1), simulated=True)
        other = await one.start(resting(most=1), simulated=True)
        real = await one.start(resting(most=1))
        await one.until(real.id, "workflow_waiting")
        assert {trial.id, other.id} & {real.id} == set()


async def test_children_of_a_limited_workflow_stand_in_its_lane(database: Database) -> None:
    async with counter(together=2) as seen, rig(database) as one:
        await store(one, asking(seen.url, most=2))
        call = {"id": "sub", "type": "subworkflow", "config": {"workflow": "asking"}}
        body = {"startNode": "sub", "nodes": [call]}
        each = {"id": "all", "type": "map", "config": {"items": list(range(20)), "body": body, "concurrency": 20}}
        state = await one.run(workflow(each, id="caller", priority="low"))
        assert state.status is Status.completed, state.error
        assert (len(seen.came), seen.most) == (20, 2)
        await let_go(one)


async def test_a_workflow_that_calls_itself_shares_its_own_place(database: Database) -> None:
    """Otherwise it would wait for itself for ever."""
    async with rig(database) as one:
        again = {"id": "sub", "type": "subworkflow", "config": {"workflow": "counting", "input": {"n": "{{ input.n - 1 }}"}}}
        nodes: list[dict[str, object]] = [
            {"id": "start", "type": "condition", "config": {"condition": "{{ input.n > 0 }}"}},
            again,
        ]
        edges = [{"from": "start", "to": "sub", "port": "true"}]
        counting = WorkflowDefinition.model_validate(
            {"id": "counting", "name": "Counting", "startNode": "start", "nodes": nodes, "edges": edges, "settings": {"concurrency": 1}}
        )
        await store(one, counting)
        runs = await asyncio.gather(*(one.start(counting, input={"n": 3}) for _ in range(3)))
        for run in runs:
            state = fold(await one.end(run.id))
            assert state.status is Status.completed, state.error
        assert await database.pool.fetchval("select count(*) from executions") == 12
        await let_go(one)


def limited(id: str, calls: str, *, most: int = 1) -> WorkflowDefinition:
    """Calls another one until its input says that this is enough, after a moment."""
    down = {"n": "{{ input.n - 1 }}"}
    nodes = [
        {"id": "start", "type": "condition", "config": {"condition": "{{ input.n > 0 }}"}},
        {"id": "rest", "type": "delay", "config": {"duration": "PT1S"}},
        {"id": "sub", "type": "subworkflow", "config": {"workflow": calls, "input": down}},
    ]
    edges = [{"from": "start", "to": "rest", "port": "true"}, {"from": "rest", "to": "sub"}]
    settings = {"concurrency": most}
    return WorkflowDefinition.model_validate(
        {"id": id, "name": id, "startNode": "start", "nodes": nodes, "edges": edges, "settings": settings}
    )


async def test_workflows_that_wait_for_each_other_in_a_circle_go_on(database: Database) -> None:
    """Each has the other's only place; without one that is let in beyond its limit both would wait for ever."""
    async with rig(database) as one:
        ping, pong, peng = limited("ping", "pong"), limited("pong", "peng"), limited("peng", "ping")
        for definition in (ping, pong, peng):
            await store(one, definition)
        runs = [await one.start(definition, input={"n": 2}) for definition in (ping, pong, peng, ping, pong, peng)]
        for run in runs:
            state = fold(await one.end(run.id))
            assert state.status is Status.completed, state.error
        assert await database.pool.fetchval("select count(*) from executions") == 18
        await let_go(one)


async def test_a_lane_that_only_takes_long_is_no_circle(database: Database) -> None:
    """The holder waits for a child that waits for another workflow's place, whose holder waits for a person: nobody passes them."""
    async with rig(database) as one:
        await store(one, resting(most=1))
        call = {"id": "sub", "type": "subworkflow", "config": {"workflow": "resting"}}
        caller = workflow(call, id="caller", concurrency=1)
        await store(one, caller)
        holder = await one.start(resting(most=1))
        await one.until(holder.id, "workflow_waiting")
        first = await one.start(caller)
        await one.until(first.id, "workflow_waiting")
        outer = await one.start(workflow({"id": "sub", "type": "subworkflow", "config": {"workflow": "caller"}}, id="outer"))
        async with asyncio.timeout(30):
            while await database.pool.fetchval("select count(*) from executions where queued_at is not null and parent_id is not null") < 2:
                await asyncio.sleep(0.05)
        await asyncio.sleep(3)
        assert await database.pool.fetchval("select count(*) from executions where queued_at is not null") == 2
        await one.mail(holder.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        await one.mail(outer.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        await one.mail(first.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        await let_go(one)


async def test_children_in_line_end_with_their_parent(database: Database) -> None:
    async with rig(database) as one:
        await store(one, resting(most=1))
        body = {"startNode": "sub", "nodes": [{"id": "sub", "type": "subworkflow", "config": {"workflow": "resting"}}]}
        each = {"id": "all", "type": "map", "config": {"items": [1, 2, 3, 4], "body": body, "concurrency": 3}}
        parent = await one.start(workflow(each, id="caller"))
        async with asyncio.timeout(30):
            while await database.pool.fetchval("select count(*) from executions where queued_at is not null and finished_at is null") < 2:
                await asyncio.sleep(0.05)
        await one.mail(parent.id, Mail("stop", "cancel", {"by": "Ada", "reason": ""}))
        await let_go(one)
        rows = await database.pool.fetch("select distinct status from executions")
        assert [row["status"] for row in rows] == ["cancelled"]


async def test_a_low_priority_is_no_reason_to_wait_where_nobody_else_is(database: Database) -> None:
    async with counter() as seen, rig(database, slots=0) as front:
        run = await front.start(asking(seen.url, most=None), priority=-1)
        ready, created = await database.pool.fetchrow("select ready_at, created_at from executions where id = $1", run.id.id) or (
            None,
            None,
        )
        assert ready <= created, "anybody may take it from the moment it is there"
        async with rig(database) as one:
            await one.end(run.id)


async def test_a_flood_of_high_priority_keeps_low_waiting_for_a_bounded_time(database: Database) -> None:
    async with rig(database, slots=0) as front:
        low = await front.start(asking("http://127.0.0.1:1", most=None), priority=-1)
        for _ in range(30):
            await front.start(asking("http://127.0.0.1:1", most=None), priority=1)
        claimed = await front.claims.claim(10)
        assert low.id not in [claim.id for claim in claimed]
        await front.claims.release(claimed)
        # The difference between low and high later, those who come stand behind it.
        await database.pool.execute("update executions set ready_at = ready_at - interval '21 seconds'")
        for _ in range(30):
            await front.start(asking("http://127.0.0.1:1", most=None), priority=1)
        assert low.id in [claim.id for claim in await front.claims.claim(31)]
