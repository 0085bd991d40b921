"""A process stopped between the commit of a start and its request comes back when others have done its work: it sends nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from tests.crash.matrix import Lane, bury, finish, mistakes
from tests.crash.program import engine, found

from tenuto.core.execution import Status, fold

pytestmark = [pytest.mark.crash, pytest.mark.slow]


async def test_a_zombie_sends_nothing(lanes: list[Lane]) -> None:
    lane = lanes[0]
    for node, commit in (await _starts(lane, ["post", "mail"])).items():
        life = lane.life(f"zombie-{node}", moment="commit", n=commit, stop=True)
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.crash.program", life.model_dump_json())
        try:
            await _stopped(process.pid)
            await asyncio.sleep(9)  # its own clock has to tell it; the others are helped
            last = await _last_event(lane.dsn, life.run)
            assert (last["type"], last["node"]) == ("node_started", node)
            await bury(lane.dsn)
            async with engine(lane.dsn, lane.outside.addresses) as made:
                run = await found(made, life.run)
                log = await finish(made, run, lane.outside, life.run)
                process.send_signal(signal.SIGCONT)
                await asyncio.sleep(2)
            assert not mistakes(log, lane.outside.counts(life.run))
            assert fold(log).status is Status.completed
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _starts(lane: Lane, nodes: list[str]) -> dict[str, int]:
    """The commits that start these nodes: found by lives that end at one after the other."""
    found_at: dict[str, int] = {}
    for n in range(1, 100):
        life = lane.life(f"probe-{n}", moment="commit", n=n)
        assert (await lane.nursery.live(life)).signal == signal.SIGKILL, f"there are only {n} commits, and found were {found_at}"
        last = await _last_event(lane.dsn, life.run, forget=True)
        if last["type"] == "node_started" and last["node"] in nodes:
            found_at[last["node"]] = n
        if len(found_at) == len(nodes):
            break
    return found_at


async def _last_event(dsn: str, public_id: str, *, forget: bool = False) -> asyncpg.Record:
    link = await asyncpg.connect(dsn)
    try:
        question = """select v.type, v.node from execution_events v join executions e on e.workspace = v.workspace and e.id = v.execution_id
                      where e.workspace = 1 and e.public_id = $1 order by v.seq desc limit 1"""
        row = await link.fetchrow(question, public_id)
        assert row is not None
        if forget:  # nobody is to go on with it: the runs that count have the place to themselves
            await link.execute("delete from executions where workspace = 1 and public_id = $1", public_id)
        return row
    finally:
        await link.close()


async def _stopped(pid: int) -> None:
    async with asyncio.timeout(60):
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            await asyncio.sleep(0.05)
