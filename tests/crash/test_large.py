"""Killed at every commit of a run with large values, those of the values themselves among them: nothing is lost, nothing is left over."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection, Iterator
from uuid import UUID

import pytest
from tests.crash import large
from tests.crash.matrix import Lane, bury
from tests.crash.program import engine, found
from tests.engine.rig import Rig

from tenuto.core.blob import filled, references, value_of
from tenuto.core.events import WorkflowStarted
from tenuto.core.execution import ExecutionId, fold
from tenuto.store.execution_log import erase
from tenuto.store.executions import Executions

pytestmark = [pytest.mark.crash, pytest.mark.slow]
_outlived = (
    "select count(*) from blobs b where not exists (select 1 from executions e where e.workspace = b.workspace and e.id = b.execution_id)"
)


async def _mistakes(lane: Lane, run: str) -> list[str]:
    """Have another process finish the run; what is wrong then."""
    await bury(lane.dsn)
    async with engine(lane.dsn, lane.outside.addresses) as made:
        pool = made.database.pool
        over = {row["id"] for row in await pool.fetch("select id from executions where finished_at is not null")}
        await made.claims.take_over()
        mine = await found(made, run)
        state = fold(await made.end(mine, seconds=90))
        loaded = {
            each.blob.digest: value_of(each.blob, await made.journal.blobs.read(mine, each.blob)) for _, each in references(state.output)
        }
        wrong = [] if filled(state.output, loaded) == large.output(run) else [f"it gave {str(state.output)[:500]} {state.error}"]
        async with asyncio.timeout(60):
            while await pool.fetchval("select count(*) from executions where owner is not null or finished_at is null"):
                await asyncio.sleep(0.05)
        for _ in range(600):  # a run is swept when it has ended
            if not (left := await _left_over(made, over)):
                break
            await asyncio.sleep(0.05)
        async with made.database.transaction(1) as tx:
            await erase(tx, await Executions(tx).remove([mine.id]))
        wrong += ["a value outlived its run"] if await pool.fetchval(_outlived) else []
        return wrong + left


async def _left_over(made: Rig, over: Collection[UUID]) -> list[str]:
    """Values that no event of their run names; but those of runs that were killed after their end, which go with them."""
    wrong: list[str] = []
    rows = await made.database.pool.fetch("select workspace, execution_id, array_agg(distinct sha256) as there from blobs group by 1, 2")
    for row in rows:
        if row["execution_id"] in over:
            continue
        named: set[bytes] = set()
        for recorded in await made.journal.read(ExecutionId(row["workspace"], row["execution_id"])):
            event = recorded.event
            item = event.within.item if isinstance(event, WorkflowStarted) and event.within else None
            named |= {each.digest for _, each in references([vars(event), item])}
        if lost := set(row["there"]) - named:
            wrong.append(f"{len(lost)} values of {row['execution_id']} are named by nobody")
    return wrong


async def test_a_run_with_large_values_may_be_killed_at_any_commit(lanes: list[Lane]) -> None:
    words = await lanes[0].nursery.live(lanes[0].life("large", large=True))
    assert (words.signal, words.error) == (0, ""), words.error
    assert words.commits >= 20
    places = iter(range(1, words.commits + 1))
    wrong: dict[int, list[str]] = {}
    killed = 0

    async def work(lane: Lane, places: Iterator[int]) -> None:
        nonlocal killed
        for n in places:
            words = await lane.nursery.live(lane.life(f"{n}-large", large=True, moment="commit", n=n))
            killed += words.signal == signal.SIGKILL
            if mistakes := await _mistakes(lane, f"{n}-large"):
                wrong[n] = mistakes

    async with asyncio.timeout(900):
        await asyncio.gather(*(work(lane, places) for lane in lanes))
    assert not wrong, "\n".join(f"after commit {n}: {what}" for n, what in sorted(wrong.items()))
    assert killed >= 0.7 * words.commits
