"""The crash matrix: a process is killed at every commit of a run and between them, and another one finishes the run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from tests.crash.matrix import Cell, Lane, baseline, cell, write
from tests.crash.program import Moment

from tenuto.core.execution import State

pytestmark = [pytest.mark.crash, pytest.mark.slow]

Place = tuple[Moment, int]
between: tuple[Moment, ...] = ("leaving", "sent", "answered")


async def test_a_process_may_be_killed_anywhere(lanes: list[Lane]) -> None:
    words, expected = await baseline(lanes[0])
    places: list[Place] = [("commit", n) for n in range(1, words.commits + 1)]
    for n in range(1, words.requests + 1):
        places.extend((moment, n) for moment in between)
    places.extend([("parked", 1), ("mailed", 1)])
    found = await _cells(lanes, places, expected)
    if os.environ.get("TENUTO_WRITE_MATRIX"):
        write(found)
    assert words.commits >= 50
    assert words.requests >= 15
    _check(found, len(places))


async def test_the_database_may_be_killed_after_any_commit(lane_of_its_own: Lane) -> None:
    """The process lives on: what it had sent is told as soon as there is somebody to tell it to."""
    words, expected = await baseline(lane_of_its_own)
    places: list[Place] = [("commit", n) for n in range(1, words.commits + 1)]
    _check(await _cells([lane_of_its_own], places, expected), len(places))


async def _cells(lanes: list[Lane], places: list[Place], expected: State) -> list[Cell]:
    queue = iter(enumerate(places))
    cells: dict[int, Cell] = {}

    async def work(lane: Lane, queue: Iterator[tuple[int, Place]]) -> None:
        for index, (moment, n) in queue:
            cells[index] = await cell(lane, lane.life(f"{moment}-{n}-of-all", moment=moment, n=n), expected)

    lived = asyncio.gather(*(work(lane, queue) for lane in lanes))
    async with asyncio.timeout(1800):
        # Where nobody brings the database back any more, nothing would come of waiting for it.
        await asyncio.wait({lived, *(lane.reviving for lane in lanes if lane.reviving)}, return_when=asyncio.FIRST_COMPLETED)
        assert lived.done(), [lane.reviving for lane in lanes]
        await lived
    return [cells[index] for index in sorted(cells)]


def _check(found: list[Cell], places: int) -> None:
    wrong = {each.killed: each.wrong for each in found if each.wrong}
    assert not wrong, "\n".join(f"{killed}: {what}" for killed, what in wrong.items())
    # How many commits there are depends on what goes together: a life may be over before its last places.
    reached = sum(each.reached for each in found)
    print(f"{reached} of {places} places")
    assert reached >= 0.9 * places
