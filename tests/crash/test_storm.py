"""Three hundred runs in flight while servers and the database are killed, workers are stopped and come back as zombies."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.crash.chaos import options
from tests.crash.counter import Outside, outside
from tests.crash.matrix import bury

from tenuto.core.events import Recorded, event_from
from tenuto.core.execution import ExecutionId, State, fold
from tenuto.core.run import Mail
from tenuto.store.database import Database
from tenuto.store.migrate import migrate
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.mailbox import Mailbox
from tenuto.store.server.embedded import Embedded, embedded_server

pytestmark = [pytest.mark.crash, pytest.mark.slow]

runs = 300


@dataclass
class Storm:
    """The place, and who is there."""

    folder: Path
    server: Embedded
    database: Database
    outside: Outside

    @asynccontextmanager
    async def worker(self, starts: int = 0) -> AsyncGenerator[asyncio.subprocess.Process]:
        """A server process; at the end of the block it is asked to stop if it still runs."""
        command = [sys.executable, "-m", "tests.crash.chaos", str(self.folder), json.dumps(self.outside.addresses), str(starts)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            await process.stdout.readline()
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                await asyncio.wait_for(process.communicate(), 60)

    async def left(self) -> int:
        """Runs that have not ended; those that wait for a decision are decided as a person would, who looks outside."""
        question = "select id, public_id, status from executions where workspace = 1 and finished_at is null"
        rows = await self._asked(question)
        mailbox = Mailbox(self.database, Bell(self.database, new_id()))
        for row in rows:
            if row["status"] == "unknown":
                counts = await asyncio.to_thread(self.outside.counts, row["public_id"])
                done = any(call[1] == "/effect/post" for call in counts["http"])
                head = (await self._asked("select head from executions where workspace = 1 and id = $1", row["id"]))[0]["head"]
                signal_ = {"node": "post", "decision": "done" if done else "retry", "by": "member:Ada"}
                await mailbox.send(ExecutionId(1, row["id"]), Mail(f"decided {head}", "decide", signal_))
        there = (await self._asked("select count(*) as n from executions where workspace = 1"))[0]["n"]
        return runs - there + len(rows)

    async def ended(self, seconds: float) -> None:
        """Wait until every run has ended."""
        async with asyncio.timeout(seconds):
            while await self.left():
                await asyncio.sleep(0.2)

    async def states(self) -> dict[str, tuple[list[Recorded], State]]:
        """Every run's log and what it comes to."""
        names = {row["id"]: row["public_id"] for row in await self._asked("select id, public_id from executions where workspace = 1")}
        logs: dict[str, list[Recorded]] = {name: [] for name in names.values()}
        for row in await self._asked("select * from execution_events where workspace = 1 order by execution_id, seq"):
            logs[names[row["execution_id"]]].append(Recorded(row["seq"], row["at"], event_from(row["type"], row["node"], row["data"])))
        return {name: (log, fold(log)) for name, log in logs.items()}

    def kill_database(self) -> None:
        """As the kernel would, short of memory."""
        os.kill(int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)

    async def _asked(self, question: str, *arguments: object) -> list[asyncpg.Record]:
        while True:
            try:
                return await self.database.pool.fetch(question, *arguments)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)


@pytest.fixture
def folder() -> Generator[Path]:
    above = Path(tempfile.mkdtemp(prefix="tenuto-s-", dir="/tmp"))
    above.chmod(0o755)
    yield above / "data"
    shutil.rmtree(above, ignore_errors=True)


@pytest.fixture
async def storm(folder: Path) -> AsyncGenerator[Storm]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(embedded_server(folder, options=options))
        await migrate(server.dsn)
        database = await Database.open(server.dsn, revive=server.ensure)
        stack.push_async_callback(database.close)
        yield Storm(folder, server, database, stack.enter_context(outside()))


async def test_three_hundred_runs_survive_ten_killed_servers_and_three_killed_databases(storm: Storm) -> None:
    dice = random.Random(20261123)
    for life in range(10):
        async with storm.worker(runs) as server:
            await asyncio.sleep(dice.uniform(0.2, 1.2))
            if life in (2, 5, 8):
                storm.kill_database()
                await asyncio.sleep(dice.uniform(0.2, 1.2))
            server.kill()
            await server.wait()
        await _buried(storm)
    async with storm.worker(runs):
        await storm.ended(150)
    await _check(storm)


async def test_of_two_workers_one_is_killed_and_one_comes_back_as_a_zombie(storm: Storm) -> None:
    async with storm.worker(runs) as first, storm.worker() as second:
        await asyncio.sleep(1.5)
        first.send_signal(signal.SIGSTOP)
        # No clock is helped here: ten seconds without a heartbeat make it dead, and the other takes over what it had.
        await asyncio.sleep(12)
        first.send_signal(signal.SIGCONT)
        async with storm.worker(runs):
            await asyncio.sleep(0.5)
            second.kill()
            await second.wait()
            await storm.ended(120)
    await _check(storm)


async def _buried(storm: Storm) -> None:
    """Let the dead be dead at once; ours is no worker, and the database may be away."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await bury(storm.server.dsn)
            except (OSError, asyncpg.PostgresError):
                await storm.server.ensure()


async def _check(storm: Storm) -> None:
    states = await storm.states()
    assert len(states) == runs
    wrong: dict[str, Any] = {}
    for name, (log, state) in states.items():
        if [recorded.seq for recorded in log] != list(range(1, len(log) + 1)):
            wrong[name] = "a gap"
        if (state.status.value, state.output) != ("completed", name):
            wrong[name] = (state.status, state.error)
        completed = Counter(r.event.node for r in log if r.event.type == "node_completed")  # pyright: ignore[reportAttributeAccessIssue]  # the type says that it has one
        if set(completed.values()) != {1}:
            wrong[name] = completed
        counts = storm.outside.counts(name)
        posted = sum(call[4] for call in counts["http"] if call[1] == "/effect/post")
        keys = {call[2] for call in counts["http"] if call[1] == "/effect/put"}
        if posted != 1 or len(keys) != 1:
            wrong[name] = (posted, keys)
    assert not wrong
    asked = sum(any(r.event.type == "node_unknown" for r in log) for log, _ in states.values())
    print(f"{len(states)} runs, {sum(len(log) for log, _ in states.values())} events, {asked} with an unknown effect")
