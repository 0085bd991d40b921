"""The crash matrix: a process is killed at every commit of a run and between them, and another one finishes the run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from tests.crash.matrix import Cell, Lane, baseline, cell, write
from tests.crash.program import Moment

pytestmark = [pytest.mark.crash, pytest.mark.slow]

between: tuple[Moment, ...] = ("leaving", "sent", "answered")


async def test_a_process_may_be_killed_anywhere(lanes: list[Lane]) -> None:
    words, expected = await baseline(lanes[0])
    places: list[tuple[Moment, int]] = [("commit", n) for n in range(1, words.commits + 1)]
    places += [(moment, n) for n in range(1, words.requests + 1) for moment in between]
    places += [("parked", 1), ("mailed", 1)]
    queue = iter(enumerate(places))
    cells: dict[int, Cell] = {}

    async def work(lane: Lane, queue: Iterator[tuple[int, tuple[Moment, int]]]) -> None:
        for index, (moment, n) in queue:
            cells[index] = await cell(lane, lane.life(f"{moment}-{n}", moment=moment, n=n), expected)

    async with asyncio.timeout(600):
        await asyncio.gather(*(work(lane, queue) for lane in lanes))
    found = [cells[index] for index in sorted(cells)]
    if os.environ.get("TENUTO_WRITE_MATRIX"):
        write(found)
    wrong = {each.killed: each.wrong for each in found if each.wrong}
    assert not wrong, "\n".join(f"{killed}: {what}" for killed, what in wrong.items())
    assert words.commits >= 20
    assert words.requests >= 10
    assert len(found) == words.commits + 3 * words.requests + 2
