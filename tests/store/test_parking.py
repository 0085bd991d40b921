"""The parking handshake over interleavings of its statements on real connections: mail is never left with a run that sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import cast
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.core.events import NodeSkipped
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Claim, Projection
from tenuto.store.database import Database
from tenuto.store.runs import statements
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.parameters import Append, append_parameters

Step = Callable[[], Coroutine[object, object, object]]
workers = 2
senders = 2


class Actor:
    """A connection that takes its steps one at a time; a step that waits for a lock is left to wait."""

    def __init__(self, link: asyncpg.Connection) -> None:
        self.link = link
        self.steps: list[Step] = []
        self.pending: asyncio.Task[object] | None = None

    @property
    def can_go(self) -> bool:
        return bool(self.steps) and (self.pending is None or self.pending.done())

    async def go(self) -> None:
        if self.pending is not None:
            await self.pending
        self.pending = asyncio.ensure_future(self.steps.pop(0)())
        await asyncio.wait([self.pending], timeout=0.02)


class Table:
    """One run, owned by a process that wants to park it, and those who send it mail at the same time."""

    def __init__(self, links: list[asyncpg.Connection]) -> None:
        self.links = links
        self.run = new_id()
        self.process = new_id()
        self.parked: bool | None = None
        self.sent = 0

    async def lay(self) -> list[Actor]:
        insert = (
            "insert into executions (workspace, id, public_id, workflow_name, version_hash, status, head, format, simulated, keys,"
            " trigger, owner, epoch, ready_at, imported) values (1, $1, $2, 'T', '', 'running', 1, 1, false, '{}', 'api', $3, 1, now(), false)"
        )
        await self.links[0].execute(insert, self.run, str(self.run), self.process)
        parker, *others = [Actor(link) for link in self.links]
        parker.steps = [self._begin(parker), self._lock(parker), self._park(parker), self._commit(parker)]
        for number, sender in enumerate(others):
            sender.steps = [self._begin(sender), self._post(sender, f"mail {number}"), self._commit(sender)]
        return [parker, *others]

    def _begin(self, actor: Actor) -> Step:
        return lambda: actor.link.execute("begin")

    def _commit(self, actor: Actor) -> Step:
        return lambda: actor.link.execute("commit")

    def _lock(self, actor: Actor) -> Step:
        return lambda: actor.link.fetch(statements.lock_owned, [1], [self.run], [1], self.process)

    def _park(self, actor: Actor) -> Step:
        async def park() -> None:
            rows = await actor.link.fetch(statements.park, [1], [self.run], cast("list[object]", [None]))
            self.parked = bool(rows)

        return park

    def _post(self, actor: Actor, key: str) -> Step:
        async def post() -> None:
            rows = await actor.link.fetch(statements.post, 1, self.run, key, "answer", b"{}")
            self.sent += bool(rows)

        return post


@pytest.fixture
async def links(dsn: str) -> list[asyncpg.Connection]:
    return [await asyncpg.connect(dsn) for _ in range(1 + senders)]


@given(schedule=st.lists(st.integers(0, senders), min_size=12, max_size=12))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_mail_never_waits_at_a_run_that_sleeps(links: list[asyncpg.Connection], schedule: list[int]) -> None:
    table = Table(links)
    actors = await table.lay()
    for turn in [*schedule, *[0, 1, 2] * 4]:
        if actors[turn].can_go:
            await actors[turn].go()
    async with asyncio.timeout(60):
        while any(actor.steps or (actor.pending is not None and not actor.pending.done()) for actor in actors):
            for actor in actors:
                if actor.can_go:
                    await actor.go()
            await asyncio.sleep(0.001)
    for actor in actors:
        if actor.pending is not None:
            await actor.pending
    row = await links[0].fetchrow("select owner, ready_at <= now() as ready from executions where workspace = 1 and id = $1", table.run)
    assert row is not None
    assert table.sent == senders
    if table.parked:
        # Parked before any mail was there: whoever sent it afterwards has woken the run.
        assert row["owner"] is None
        assert row["ready"] is True
    else:
        # Mail was there: the owner keeps the run and reads it.
        assert row["owner"] == table.process


async def test_two_processes_that_append_in_opposite_orders_do_not_deadlock(database: Database) -> None:
    pool = database.pool
    runs = [new_id() for _ in range(30)]
    await pool.executemany(
        "insert into executions (workspace, id, public_id, workflow_name, version_hash, status, head, format, simulated, keys, trigger,"
        " owner, epoch, ready_at, imported) values (1, $1, $2, 'T', '', 'running', 0, 1, false, '{}', 'api', $3, 1, now(), false)",
        [(run, str(run), new_id()) for run in runs],
    )

    def step(run: UUID, head: int) -> Append:
        claim = Claim(ExecutionId(1, run), str(run), epoch=1, head=head, version_hash="")
        return Append(claim, head, [(NodeSkipped(node="a"), b"{}")], Projection(Status.running), ())

    async def append(order: list[UUID]) -> int:
        moved = 0
        for head in range(20):
            with suppress(asyncpg.UniqueViolationError):
                moved += len(await pool.fetch(statements.append, *append_parameters([step(run, head) for run in order])))
        return moved

    async with asyncio.timeout(60):
        moved = await asyncio.gather(append(runs), append(list(reversed(runs))))
    heads = await pool.fetch("select head from executions where workspace = 1")
    assert {row["head"] for row in heads} == {20}
    assert sum(moved) == 20 * len(runs)
