"""Whose turn it is among those who wait in memory, and when those come back who do not."""

from __future__ import annotations

import asyncio
import time

import pytest

from tenuto.core.limits import Place
from tenuto.engine.pacing.turns import Turns


async def test_lines_take_turns_and_whoever_has_begun_goes_first() -> None:
    turns: Turns[int] = Turns()
    loop = asyncio.get_running_loop()
    names = {loop.create_future(): name for name in ("a1", "a2", "a3", "b1", "b2", "begun")}
    for waiter, name in names.items():
        turns.add(Place(name[0], begun=name == "begun"), waiter)
    expected = ["begun", "a1", "b1", "a2", "b2", "a3"]
    assert [names[waiter] for _, waiter in turns.inspect()] == expected
    assert [names[turns.next()] for _ in range(len(turns))] == expected
    assert not turns
    with pytest.raises(IndexError):
        turns.next()


async def test_who_is_removed_is_not_served() -> None:
    turns: Turns[int] = Turns()
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    turns.add(Place("a"), first)
    turns.add(Place("a"), second)
    turns.remove(Place("a"), first)
    assert len(turns) == 1
    assert turns.next() is second


async def test_appointments_follow_each_other_within_a_line_and_not_across() -> None:
    turns: Turns[int] = Turns()
    begun = time.monotonic()
    mine = [turns.appointment(Place("a"), 10, 2) for _ in range(4)]
    other = turns.appointment(Place("b"), 10, 2)
    # Who comes in vain does not stand at the end of its line again.
    again = turns.appointment(Place("a", again=True), 10, 2)
    took = time.monotonic() - begun  # an appointment counts from when it is asked for: nothing, unless this process stood still
    assert mine == pytest.approx([10, 10.5, 11, 11.5], abs=0.2 + took)
    assert (other, again) == pytest.approx((10, 10))
