"""Killed at every commit of a run that has runs of its own, posts done and not done among them, another process brings all of them to their end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
from tests.crash import family
from tests.crash.matrix import Lane, bury
from tests.crash.program import engine, found

from tenuto.core.execution import fold

pytestmark = [pytest.mark.crash, pytest.mark.slow]


async def _mistakes(lane: Lane, run: str) -> list[str]:
    """Have another process finish the run; what is wrong then."""
    await bury(lane.dsn)
    async with engine(lane.dsn, lane.outside.addresses) as made:
        await made.claims.take_over()
        state = fold(await made.end(await found(made, run), seconds=90))
        async with asyncio.timeout(60):
            while await made.database.pool.fetchval("select (select count(*) from outbox) + (select count(*) from mailbox)"):
                await asyncio.sleep(0.05)
        left = await made.database.pool.fetchval("select count(*) from executions where finished_at is null")
        groups = await made.database.pool.fetch("select * from child_groups where done <> total or released <> total")
    puts: dict[str, set[str]] = {}
    for _, _, key, body, _ in lane.outside.counts(run)["http"]:
        puts.setdefault(body, set()).add(key)
    wrong = [] if state.output == family.output else [f"it gave {state.output} {state.error}"]
    wrong += [f"{body} has the keys {keys}" for body, keys in puts.items() if len(keys) != 1]
    wrong += [] if len(puts) == family.items + family.rounds else [f"{len(puts)} effects"]
    wrong += [f"{left} runs are left"] if left else []
    return wrong + [f"a group stands at {dict(group)}" for group in groups]


async def test_a_run_with_runs_of_its_own_may_be_killed_at_any_commit(lanes: list[Lane]) -> None:
    for lane in lanes:
        async with engine(lane.dsn, lane.outside.addresses) as made:
            await family.stored(made, lane.outside.addresses)
    words = await lanes[0].nursery.live(lanes[0].life("family", family=True))
    assert (words.signal, words.error) == (0, ""), words.error
    assert words.commits >= 25
    places = iter(range(1, words.commits + 1))
    wrong: dict[int, list[str]] = {}
    killed = 0

    async def work(lane: Lane, places: Iterator[int]) -> None:
        nonlocal killed
        for n in places:
            words = await lane.nursery.live(lane.life(f"family-{n}", family=True, moment="commit", n=n))
            # How many commits there are depends on what goes together: the last ones may not come.
            killed += words.signal == signal.SIGKILL
            if mistakes := await _mistakes(lane, f"family-{n}"):
                wrong[n] = mistakes

    async with asyncio.timeout(900):
        await asyncio.gather(*(work(lane, places) for lane in lanes))
    assert not wrong, "\n".join(f"after commit {n}: {what}" for n, what in sorted(wrong.items()))
    assert killed >= 0.7 * words.commits
