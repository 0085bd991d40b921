"""A process stopped between the commit of a start and its request comes back when others have done its work: it sends nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.crash.matrix import Lane, bury, finish, mistakes
from tests.crash.program import engine, found

from tenuto.core.execution import Status, fold

pytestmark = [pytest.mark.crash, pytest.mark.slow]


async def test_a_zombie_sends_nothing(lanes: list[Lane]) -> None:
    lane = lanes[0]
    commits = {"post": 14, "mail": 15}
    for node, commit in commits.items():
        life = lane.life(f"zombie-{node}", moment="commit", n=commit, stop=True)
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.crash.program", life.model_dump_json())
        try:
            await _stopped(process.pid)
            await asyncio.sleep(9)  # its own clock has to tell it; the others are helped
            await bury(lane.dsn)
            async with engine(lane.dsn, lane.outside.addresses) as made:
                run = await found(made, life.run)
                before = await made.journal.read(run)
                assert getattr(before[-1].event, "node", None) == node, before[-1]
                log = await finish(made, run, lane.outside, life.run)
                process.send_signal(signal.SIGCONT)
                await asyncio.sleep(2)
            assert not mistakes(log, lane.outside.counts(life.run))
            assert fold(log).status is Status.completed
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _stopped(pid: int) -> None:
    async with asyncio.timeout(60):
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            await asyncio.sleep(0.05)
