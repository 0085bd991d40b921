"""The log's own promises with two journals side by side: one start per public id, one owner who writes, each mail once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.crash.gate import gate
from tests.engine.test_run import value, workflow

from tenuto.core.events import NodeProgress, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Claim, Fenced, Mail, Projection, Start, Started
from tenuto.store.database import Database
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.claims import Claims
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.identity import Identity, new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox

_definition = workflow([value("a", 1)], [])
_event = WorkflowStarted(workflow_name="Test", version=_definition.version_hash)
_running = Projection(Status.running)
_know = "insert into processes (id, beat, started_at, host, pid, formats) values ($1, now() + interval '1 day', now(), 'here', 1, '{1}')"
"""Nothing beats here: it lives on until a test lets it die."""


class Process:
    """What a process has of the store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.identity = Identity()
        self.bell = Bell(database, self.identity.process)
        self.journal = Journal(database, Feed(self.bell), lambda: self.identity.process)
        self.claims = Claims(database, self.bell, self.identity)
        self.mailbox = Mailbox(database, self.bell)

    async def start(self, public_id: str, *, owned: bool = True) -> Started:
        run = ExecutionId(1, new_id())
        events = [(_event, event_data(_event))]
        return await self.journal.start(Start(run, public_id, _definition, events, _running, False, None, owned=owned))

    def progress(self, claim: Claim, head: int, *consumed: str) -> asyncio.Future[object]:
        event = NodeProgress(data=head)
        return self.journal.commit(claim, head, [(event, event_data(event))], _running, consumed)  # pyright: ignore[reportReturnType]  # its result is not looked at


@asynccontextmanager
async def process(dsn: str) -> AsyncGenerator[Process]:
    """One that the others know."""
    database = await Database.open(dsn)
    made = Process(database)
    await database.pool.execute(_know, made.identity.process)
    yield made
    await made.journal.close()
    await made.claims.close()
    await made.bell.close()
    await database.close()


@pytest.fixture
async def two(dsn: str) -> AsyncGenerator[tuple[Process, Process]]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(process(dsn)), await stack.enter_async_context(process(dsn))


def _claim(started: Started, epoch: int = 1, head: int = 1) -> Claim:
    return Claim(started.id, "", epoch, head, _definition.version_hash)


@given(left=st.lists(st.integers(0, 30), max_size=60), right=st.lists(st.integers(0, 30), max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_public_id_is_started_once_whoever_asks(two: tuple[Process, Process], left: list[int], right: list[int]) -> None:
    mark = str(new_id())
    async with asyncio.timeout(30):
        asked = [*(two[0].start(f"{mark} {n}") for n in left), *(two[1].start(f"{mark} {n}") for n in reversed(right))]
        answers = await asyncio.gather(*asked)
    names = [*left, *reversed(right)]
    for name in set(names):
        same = [answer for answer, each in zip(answers, names, strict=True) if each == name]
        assert len({answer.id for answer in same}) == 1
        assert sum(answer.new for answer in same) == 1
        assert [answer.owned for answer in same if answer.new] == [True]
    rows = await two[0].database.pool.fetchval("select count(*) from executions where workspace = 1 and public_id like $1", f"{mark} %")
    assert rows == len(set(names))


async def test_starts_of_the_same_runs_in_opposite_order_do_not_wait_in_a_circle(two: tuple[Process, Process]) -> None:
    before = await two[0].database.pool.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    for turn in range(20):
        names = [f"{turn} {n}" for n in range(200)]
        asked = [*(two[0].start(name) for name in names), *(two[1].start(name) for name in reversed(names))]
        assert sum(answer.new for answer in await asyncio.gather(*asked)) == 200
    after = await two[0].database.pool.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    assert after == before


async def test_who_was_taken_over_writes_nothing_more(two: tuple[Process, Process]) -> None:
    one, other = two
    started = await one.start("run")
    await asyncio.gather(*(one.progress(_claim(started), 1 + n) for n in range(50)))
    seized = await other.claims.seize(started.id)
    assert seized is not None
    assert (seized.epoch, seized.head) == (2, 51)
    late = await asyncio.gather(*(one.progress(_claim(started), 51 + n) for n in range(20)), return_exceptions=True)
    assert {type(answer) for answer in late} == {Fenced}
    with pytest.raises(Fenced):
        await one.claims.park(_claim(started), None)
    await other.progress(seized, 51)
    assert [recorded.seq for recorded in await one.journal.read(started.id)] == list(range(1, 53))


@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 0, 1, 0), (0, 0, 1, 1), (1, 1, 0, 0)])
async def test_who_was_taken_over_within_his_own_process_writes_nothing_more(two: tuple[Process, Process], order: tuple[int, ...]) -> None:
    """Both are in one batch: neither takes the other's events along under its claim."""
    one, _ = two
    started = await one.start("run")
    old = _claim(started)
    seized = await one.claims.seize(started.id)
    assert seized is not None
    heads = [seized.head, seized.head]
    asked: list[asyncio.Future[None]] = []
    for who in order:
        asked.append(asyncio.ensure_future(one.progress((old, seized)[who], heads[who])))
        heads[who] += 1
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, Fenced) for answer in answers] == [who == 0 for who in order], answers
    assert [recorded.seq for recorded in await one.journal.read(started.id)] == [1, 2, 3]


async def test_who_was_taken_over_within_his_own_process_parks_nothing(two: tuple[Process, Process]) -> None:
    one, _ = two
    started = await one.start("run")
    assert await one.claims.seize(started.id) is not None
    await one.database.pool.execute("update executions set ready_at = now() where id = $1", started.id.id)
    [claim] = await one.claims.claim(1)
    until = datetime.now(UTC) + timedelta(hours=1)
    parked = await asyncio.gather(one.claims.park(_claim(started), None), one.claims.park(claim, until), return_exceptions=True)
    assert isinstance(parked[0], Fenced)
    assert parked[1] is True
    assert await one.database.pool.fetchval("select ready_at from executions where id = $1", started.id.id) == until


async def test_each_mail_is_consumed_with_its_events_or_not_at_all(two: tuple[Process, Process]) -> None:
    one, other = two
    started = await one.start("run")
    sent = await asyncio.gather(*(each.mailbox.send(started.id, Mail(f"m{n}", "progress")) for n in range(20) for each in two))
    assert sum(sent) == 20
    await one.progress(_claim(started), 1, "m0", "m1")
    seized = await other.claims.seize(started.id)
    assert seized is not None
    with pytest.raises(Fenced):
        await one.progress(_claim(started), 2, "m2")
    assert {mail.key for mail in await other.mailbox.read(started.id)} == {f"m{n}" for n in range(2, 20)}
    await other.progress(seized, 2, *(f"m{n}" for n in range(2, 20)))
    assert not await other.mailbox.read(started.id)
    assert len(await other.journal.read(started.id)) == 3


async def test_the_dead_neither_claim_nor_own_what_they_start(two: tuple[Process, Process]) -> None:
    one, other = two
    await one.start("waits", owned=False)
    await one.database.pool.execute("update processes set beat = now() - interval '1 hour' where id = $1", one.identity.process)
    assert not await one.claims.claim(10)
    assert not (await one.start("late")).owned
    assert len(await other.claims.claim(10)) == 2


async def test_what_an_unknown_process_owns_is_freed(two: tuple[Process, Process]) -> None:
    one, other = two
    await one.start("run")
    await one.database.pool.execute("delete from processes where id = $1", one.identity.process)
    assert await other.claims.take_over() == 1
    assert len(await other.claims.claim(10)) == 1


async def test_an_answer_that_was_lost_is_not_taken_for_a_fence(dsn: str) -> None:
    async with gate(dsn) as way, process(way.dsn) as one:
        started = await one.start("run")
        link = await asyncpg.connect(dsn)
        transaction = link.transaction()
        await transaction.start()
        await link.execute("select 1 from executions where id = $1 for update", started.id.id)
        appended = asyncio.ensure_future(one.progress(_claim(started), 1))
        watcher = await asyncpg.connect(dsn)  # within a transaction the statistics stand still
        await _waiting(watcher, 1)
        way.lose()
        # The first statement still waits for the row, without a client; ours, sent again, queues up behind it.
        await _waiting(watcher, 2)
        await transaction.rollback()
        await asyncio.wait_for(appended, 30)
        assert [recorded.seq for recorded in await one.journal.read(started.id)] == [1, 2]
        await watcher.close()
        await link.close()


async def _waiting(link: asyncpg.Connection, number: int) -> None:
    async with asyncio.timeout(30):
        while await link.fetchval("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") < number:
            await asyncio.sleep(0.02)
