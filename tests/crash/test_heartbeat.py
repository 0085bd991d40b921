"""A process that cannot beat drops its runs before anybody takes them; a blocked loop is told; a process comes back to life."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import asyncpg
import pytest
import structlog
from tests.crash.gate import gate
from tests.crash.matrix import bury
from tests.engine.rig import rig
from tests.engine.test_run import value, workflow

from tenuto.core.execution import Status, fold
from tenuto.store.database import Database
from tenuto.store.door import Door
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.heartbeat import Heartbeat, blocked_after, gives_up_after
from tenuto.store.runs.identity import Identity, dead_after, new_id
from tenuto.store.runs.life import Life

pytestmark = [pytest.mark.crash]

_known = "insert into processes (id, beat, started_at, host, pid, formats) values ($1, now(), now(), 'here', 1, '{1}') returning now()"


class Witness:
    """Tells how long this process stood still as a whole: by so much nobody in it can be in time."""

    def __init__(self) -> None:
        self.stood = 0.0
        """Seconds."""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        began = time.monotonic()
        while not self._end.wait(0.05):
            began, late = time.monotonic(), time.monotonic() - began - 0.05
            self.stood += late if late > 0.2 else 0


@asynccontextmanager
async def heart(dsn: str, died: asyncio.Event, on_death: Callable[[], None] | None = None) -> AsyncGenerator[tuple[UUID, Heartbeat]]:
    """A heart that beats."""
    me, link = new_id(), await asyncpg.connect(dsn)
    at: datetime = await link.fetchval(_known, me)
    await link.close()
    beating = Heartbeat(Door(dsn), me, on_death=on_death or died.set, on_others=lambda _: None)
    beating.start(at)
    try:
        yield me, beating
    finally:
        await beating.stop()


@pytest.mark.slow
async def test_a_process_that_cannot_beat_stops_before_others_may_take_over(dsn: str) -> None:
    died = asyncio.Event()
    told: list[tuple[datetime, bool]] = []

    def on_death() -> None:
        told.append((datetime.now(UTC), beating.alive))
        died.set()

    link = await asyncpg.connect(dsn)
    with Witness() as witness:
        async with heart(dsn, died, on_death) as (me, beating), asyncio.timeout(60):
            await asyncio.sleep(1)
            transaction = link.transaction()
            await transaction.start()
            # The beat waits for this lock: the database is there, but does not answer.
            beat: datetime = await link.fetchval("select beat from processes where id = $1 for update", me)
            assert not told
            await died.wait()
            await transaction.rollback()
    [(at, alive)] = told
    assert not alive, "it gave up while it still had time"
    assert (at - beat).total_seconds() - witness.stood < dead_after.total_seconds()
    await link.close()


def test_it_gives_up_well_before_others_take_over() -> None:
    assert gives_up_after < dead_after.total_seconds() - 1


@pytest.mark.slow
async def test_a_loop_that_is_blocked_is_told_with_its_stack(dsn: str) -> None:
    died = asyncio.Event()
    with structlog.testing.capture_logs() as logs:
        async with heart(dsn, died):
            await asyncio.sleep(0.1)
            blocked = _blocked_until_told(logs)
            await asyncio.sleep(0.1)
    assert not died.is_set()
    assert "in _blocked_until_told" in blocked[0]["stack"]
    assert blocked[0]["seconds"] >= blocked_after


def _blocked_until_told(logs: Sequence[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    """What was logged of a loop that does not turn until something is."""
    limit = time.monotonic() + 60
    while not (told := [entry for entry in logs if entry["event"] == "loop.blocked"]):
        assert time.monotonic() < limit, "nobody has noticed"
        time.sleep(0.1)
    return told


async def test_a_process_taken_for_dead_comes_back_and_its_runs_are_finished_once(database: Database, dsn: str) -> None:
    definition = workflow(
        [{"id": "nap", "type": "delay", "config": {"duration": "PT0.3S"}}, value("then", 1)], [{"from": "nap", "to": "then"}]
    )
    async with rig(database) as one, rig(database) as two:
        first = one.identity.process
        runs = [(await one.start(definition)).id for _ in range(20)]
        await bury(dsn)
        states = [fold(await two.end(run)) for run in runs]
        assert {state.status for state in states} == {Status.completed}
        async with asyncio.timeout(30):
            while one.identity.process == first:
                await asyncio.sleep(0.05)
            again = await one.start(definition)
            assert fold(await one.end(again.id)).status is Status.completed


async def test_a_process_is_born_again_however_long_the_database_is_away(dsn: str) -> None:
    died = asyncio.Event()

    async def on_death() -> None:
        # The last thing it hears of the database for a while.
        way.shut = True
        way.lose()
        died.set()

    async with gate(dsn) as way:
        database = await Database.open(way.dsn)
        identity = Identity()
        first = identity.process
        life = Life(database, Bell(database, first), identity)
        await life.enter(on_death)
        await bury(dsn)
        async with asyncio.timeout(30):
            await died.wait()
            await asyncio.sleep(1)
            way.shut = False
            link = await asyncpg.connect(dsn)
            while not await link.fetchval("select true from processes where id <> $1 and beat > now() - interval '9 seconds'", first):
                await asyncio.sleep(0.05)
        assert await link.fetchval("select true from processes where id = $1", identity.process)
        await link.close()
        await life.end()
        await database.close()
