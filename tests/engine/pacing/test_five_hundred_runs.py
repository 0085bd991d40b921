"""Issue 3, done when 6: five hundred runs against a hundred requests a minute, and a second workflow that must not wait for all of them."""

from __future__ import annotations

import asyncio

import pytest
from tests.doubles.limited import LimitedDouble, limited_double
from tests.engine.pacing.program import workers
from tests.engine.rig import Rig, rig

from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

minute = 6
"""Seconds; the double's headers say so, and it counts by it."""
first, second = 500, 20


def listing(owner: str) -> WorkflowDefinition:
    params = {"owner": "octocat", "repo": owner, "limit": 1}
    node = {"id": "list", "type": "integration", "config": {"integration": "github", "action": "list_issues", "params": params}}
    return WorkflowDefinition.model_validate({"id": owner, "name": owner, "startNode": "list", "nodes": [node]})


@pytest.mark.slow
async def test_nobody_is_refused_and_a_second_workflow_is_not_starved(database: Database, dsn: str) -> None:
    async with limited_double(100, minute) as double, rig(database, slots=0) as front:
        base = double.url
        async with workers(2, dsn, slots=200, base=base):
            await asyncio.gather(*(front.start(listing("first")) for _ in range(first)))
            await _until(
                front, "select count(*) > 250 from executions where waiting_for like 'list: the rate limit of github:default, until %'"
            )
            # Some three windows of a hundred are left to the first, however long this machine took to get there.
            await asyncio.gather(*(front.start(listing("second")) for _ in range(second)))
            joined = len(double.arrivals)
            await _until(front, "select count(*) = 0 from executions where finished_at is null", seconds=180)
            rows = await front.database.pool.fetch("select workflow_name, status, count(*) as n from executions group by 1, 2")
    assert {(row["workflow_name"], row["status"]): row["n"] for row in rows} == {
        ("first", "completed"): first,
        ("second", "completed"): second,
    }
    _check(double, joined)


def _check(double: LimitedDouble, joined: int) -> None:
    assert len(double.arrivals) == first + second, "a request was sent twice, or not at all"
    assert not double.refused, "the first answer says what is allowed: even the one refusal that would be forgiven is not needed"
    order = ["second" if "/second/" in arrival.path else "first" for arrival in double.arrivals]
    came, served = order.index("second"), len(order) - order[::-1].index("second")
    print(f"{len(order)} requests in {double.arrivals[-1].at - double.arrivals[0].at:.1f} s; the second workflow's are {came} to {served}")
    # Alone it would need a part of one window of a hundred; as the workflows take turns it needs a part of the next one or two, and does
    # not wait until the first workflow is done.
    latest = joined + 10 + 2 * 100
    assert latest < first, "it joined so late that this would show nothing"
    assert served <= latest


async def _until(front: Rig, question: str, *, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await front.database.pool.fetchval(question):
            await asyncio.sleep(0.1)
