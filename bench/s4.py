"""S4: runs that wait for the outside: three HTTP calls of 20 ms each through the guarded sender, 50 runs at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from bench.child import measured, median, ours
from bench.ground import Ground
from bench.report import Part, least


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """500 runs; with no costs at all it would be 833 a second."""
    repeats = [await measured(ground, ours, shape="calls", runs=500, warm=50, flight=50) for _ in range(1 if quick else 3)]
    seen = median(repeats)
    part = Part("S4: three HTTP calls of 20 ms, 50 in flight (ideal 833 runs/s)", [("Tenuto", seen)])
    part.bars = [least("runs/s", seen["rate"], 400)]
    return [part]
