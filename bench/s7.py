"""S7: 100,000 runs that wait for a person: what they cost meanwhile, and how soon one of them goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import cast

from bench.child import measured
from bench.ground import Ground
from bench.meter import Waiting
from bench.report import Part, most

_child = (sys.executable, "-m", "bench.waiting")


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """Few and many, so that it is seen whether a waiting run costs memory and whether a wake-up gets slower."""
    few, many = (100, 2_000) if quick else (1_000, 100_000)
    part = Part(f"S7: {many:,} waiting runs")
    for runs in (few, many):
        seen = cast("Waiting", await measured(ground, _child, runs=runs, wakings=min(runs, 1_000), patience=1_200))
        part.rows.append((f"an answer until the end is committed, {runs:,} waiting", seen))
        part.notes.append(
            f"{runs:,} were started at {seen['started']:,.0f} a second; parked, they are {seen['bytes']:,.0f} bytes each in the database, "
            f"and the process had grown by {seen['grown']:.1f} MB."
        )
        if runs == many:
            part.bars.append(most("a wake-up, p99", seen["p99"], 20, " ms"))
            part.bars.append(most("memory of the process a waiting run", max(0.0, seen["grown"]) * 1024 / runs, 0.1, " KB"))
    return [part]
