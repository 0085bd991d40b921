"""A process killed between what it reserved and what it settled: nothing is counted twice, and nothing is forgotten."""

from __future__ import annotations

import signal
from typing import NamedTuple

import asyncpg
import pytest
from tests.crash.matrix import Lane, bury, finish
from tests.crash.program import Moment, engine, found
from tests.engine.rig import Rig

from tenuto.core.execution import ExecutionId, Status, fold

pytestmark = [pytest.mark.crash, pytest.mark.slow]


class Account(NamedTuple):
    """What stands on a run's account."""

    calls: int
    held: int


async def test_what_a_killed_process_had_reserved_is_counted_once(lanes: list[Lane]) -> None:
    """The first requests of the scenario: turns of agents, and a tool's write, of which nobody knows whether it happened."""
    lane = lanes[0]
    assert (await lane.nursery.live(lane.life("budget-whole"))).error == ""
    async with engine(lane.dsn, lane.outside.addresses) as made:
        whole = await _account(made, await found(made, "budget-whole"))
    assert whole.calls > 8
    assert whole.held == 0
    moments: list[Moment] = ["leaving", "sent", "answered"]
    for moment in moments:
        for n in range(1, 5):
            run = f"budget-{moment}-{n}"
            assert (await lane.nursery.live(lane.life(run, moment=moment, n=n))).signal == signal.SIGKILL
            # Looked at before there is anybody who may take it over.
            assert await _held(lane.dsn, run) == 1, f"{run}: what was under way is held"
            await bury(lane.dsn)
            async with engine(lane.dsn, lane.outside.addresses) as made:
                id_ = await found(made, run)
                log = await finish(made, id_, lane.outside, run)
                assert fold(log).status is Status.completed
                after = await _account(made, id_)
            # A write of which a person said what became of it is not made again under the key that holds: it stays held, as spent.
            unknown = any(recorded.event.type == "node_unknown" for recorded in log)
            assert after.held == (1 if unknown else 0), run
            assert after.calls + after.held in ((whole.calls, whole.calls + 1) if unknown else (whole.calls,)), (run, after, whole)


async def _held(dsn: str, public_id: str) -> int:
    link = await asyncpg.connect(dsn)
    try:
        question = (
            "select count(*) from spending_holds where workspace = 1 and execution_id = (select id from executions where public_id = $1)"
        )
        return await link.fetchval(question, public_id)
    finally:
        await link.close()


async def _account(made: Rig, run: ExecutionId) -> Account:
    calls = await made.database.pool.fetchval("select calls from spending where workspace = 1 and period = 'run' and key = $1", str(run.id))
    held = await made.database.pool.fetchval("select count(*) from spending_holds where workspace = 1 and execution_id = $1", run.id)
    return Account(calls or 0, held)
