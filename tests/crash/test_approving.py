"""Killed at every commit around a tool that a person approves, and between: what was allowed happens once, what was refused never."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
from tests.crash import approving
from tests.crash.matrix import Lane, bury
from tests.crash.program import Life, Moment, engine, found

pytestmark = [pytest.mark.crash, pytest.mark.slow]

Place = tuple[Moment, int]
between: tuple[Moment, ...] = ("leaving", "sent", "answered")


async def test_an_approved_tool_is_called_once_wherever_the_process_is_killed(lanes: list[Lane]) -> None:
    words = await lanes[0].nursery.live(lanes[0].life("untouched-approving", approving=True))
    assert (words.signal, words.error) == (0, ""), words.error
    assert words.commits >= 10
    assert words.requests == 4, "three turns and one call"
    places: list[Place] = [("commit", n) for n in range(1, words.commits + 1)]
    places.extend((moment, n) for n in range(1, words.requests + 1) for moment in between)
    wrong: dict[Place, list[str]] = {}
    killed, short = 0, 0

    async def work(lane: Lane, queue: Iterator[Place]) -> None:
        nonlocal killed, short
        for place in queue:
            life = lane.life(f"approving-{place[0]}-{place[1]}", approving=True, moment=place[0], n=place[1])
            words = await lane.nursery.live(life)
            killed += words.signal == signal.SIGKILL
            # How many commits there are depends on what goes together: a life may be over before its last places.
            short += not words.signal and not words.error and place[0] == "commit" and words.commits < place[1]
            if mistakes := [*await _finished(lane, life), *filter(None, [words.error])]:
                wrong[place] = mistakes

    queue = iter(places)
    async with asyncio.timeout(600):
        await asyncio.gather(*(work(lane, queue) for lane in lanes))
    print({"places": len(places), "killed": killed})
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in sorted(wrong.items()))
    assert killed + short == len(places), (killed, short)
    assert killed >= 0.8 * len(places), killed


async def _finished(lane: Lane, life: Life) -> list[str]:
    """Have another process finish the run; what is wrong then."""
    await bury(lane.dsn)
    async with engine(lane.dsn, lane.outside.addresses) as made:
        run = await found(made, life.run)
        await made.claims.take_over()
        async with asyncio.timeout(60):
            await approving.decide(made, run, life.run)
        log = await made.journal.read(run)
    return approving.mistakes(log, lane.outside.counts(life.run), life.run)
