"""S2: one run alone, and what each further step adds."""

from __future__ import annotations

from collections.abc import Sequence

from bench.child import measured, median, ours
from bench.ground import Ground
from bench.meter import Figures
from bench.report import Part, most


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """Three steps, then thirteen."""
    runs, repeats = (100, 1) if quick else (400, 3)
    three: list[Figures] = []
    thirteen: list[Figures] = []
    for _ in range(repeats):
        three.append(await measured(ground, ours, size=3, runs=runs, warm=50, flight=1))
        thirteen.append(await measured(ground, ours, size=13, runs=runs // 4, warm=10, flight=1))
    short, long = median(three), median(thirteen)
    part = Part("S2: one run alone", [("three steps", short), ("thirteen steps", long)])
    further = (long["p50"] - short["p50"]) / 10
    part.bars = [most("p50 of three steps", short["p50"], 6, " ms"), most("each further step", further, 2, " ms")]
    return [part]
