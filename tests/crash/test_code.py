"""Killed at every commit of a run of code and between: what was done is not done again, and what nobody knows is asked."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
from tests.crash import code
from tests.crash.matrix import Lane, bury
from tests.crash.program import Life, Moment, engine, found
from tests.engine.rig import Rig

from tenuto.core.events import NodeUnknown, Recorded
from tenuto.core.execution import ExecutionId, fold
from tenuto.core.run import Mail

pytestmark = [pytest.mark.crash, pytest.mark.slow]

Place = tuple[Moment, int]
between: tuple[Moment, ...] = ("leaving", "sent", "answered")
post = 7
"""Which request it is."""


async def test_code_may_be_killed_anywhere(lanes: list[Lane]) -> None:
    words = await lanes[0].nursery.live(lanes[0].life("untouched-code", code=True))
    assert (words.signal, words.error) == (0, ""), words.error
    assert words.commits >= 20
    assert words.requests >= 8
    places: list[Place] = [("commit", n) for n in range(1, words.commits + 1)]
    places.extend((moment, n) for n in range(1, words.requests + 1) for moment in between)
    wrong: dict[Place, list[str]] = {}
    asked: set[Place] = set()
    killed = 0

    async def work(lane: Lane, queue: Iterator[Place]) -> None:
        nonlocal killed
        for place in queue:
            life = lane.life(f"code-{place[0]}-{place[1]}", code=True, moment=place[0], n=place[1])
            words = await lane.nursery.live(life)
            killed += words.signal == signal.SIGKILL
            log, mistakes = await _finished(lane, life)
            if mistakes or words.error:
                wrong[place] = [*mistakes, words.error]
            if any(isinstance(recorded.event, NodeUnknown) for recorded in log):
                asked.add(place)

    queue = iter(places)
    async with asyncio.timeout(1200):
        await asyncio.gather(*(work(lane, queue) for lane in lanes))
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in sorted(wrong.items()))
    assert killed >= 0.9 * len(places), killed
    # The post can be looked up by nobody: killed before, while and after it was sent, it is asked about; nothing else ever is.
    assert {place for place in asked if place[0] != "commit"} == {(moment, post) for moment in between}
    assert len(asked) <= len(between) + 2, asked


async def _finished(lane: Lane, life: Life) -> tuple[list[Recorded], list[str]]:
    """Have another process finish the run; its log, and what is wrong then."""
    await bury(lane.dsn)
    async with engine(lane.dsn, lane.outside.addresses) as made:
        run = await found(made, life.run)
        await made.claims.take_over()
        log = await _to_its_end(made, run, lane, life.run)
    state, counts = fold(log), lane.outside.counts(life.run)
    wrong = [] if state.output == code.output(life.run) else [f"it gave {state.output} {state.error}"]
    return log, wrong + code.mistakes(log, counts)


async def _to_its_end(made: Rig, run: ExecutionId, lane: Lane, public_id: str) -> list[Recorded]:
    """Deciding, where it is asked, as a person does who looks outside."""
    seen: list[Recorded] = []
    async with asyncio.timeout(60), made.feed.watch(run, 0, made.journal.read) as watch:
        while not seen or not fold(seen).status.ended:
            events, _ = await watch.next(5)
            seen.extend(events)
            for recorded in events:
                if isinstance(recorded.event, NodeUnknown):
                    assert str(recorded.event.step).endswith(": http.request")
                    decision = "done" if code.posted(lane.outside.counts(public_id)) else "retry"
                    await made.mail(
                        run, Mail(f"decided {recorded.seq}", "decide", {"node": "code", "decision": decision, "by": "member:Ada"})
                    )
    return seen
