"""S3: wide and long workflows and maps, and whether the time grows with the number of nodes and not faster."""

from __future__ import annotations

from collections.abc import Sequence

from bench.child import measured, median, ours
from bench.ground import Ground
from bench.meter import Figures
from bench.report import Part, most

_sizes = (10, 100, 1000)
_items = (10, 100, 1_000, 10_000)
_shapes = {"chain": "in a row, each committed", "fan": "side by side", "pure": "in a row, computing only"}


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """Each shape with 10, 100 and 1,000 nodes."""
    part = Part("S3: 1,000 nodes")
    for shape, what in _shapes.items():
        seen: dict[int, list[Figures]] = {size: [] for size in _sizes}
        for _ in range(1 if quick else 3):
            for size in _sizes:
                runs = max(1 if quick else 2, 200 // size)
                seen[size].append(await measured(ground, ours, shape=shape, size=size, runs=runs, warm=2, flight=1))
        middle = {size: median(repeats) for size, repeats in seen.items()}
        part.rows += [(f"{size:,} nodes {what}", figures) for size, figures in middle.items()]
        # By processor time, which the machine's other work changes least.
        growth = (middle[1000]["own"] / 1000) / (middle[100]["own"] / 100)
        if shape != "pure":
            part.bars.append(most(f"1,000 {what}", middle[1000]["p50"] / 1000, 1.5, " s"))
        part.bars.append(most(f"processor time per node at 1,000 against 100, {what}", growth, 1.3, " ×"))
    part.notes.append("Nodes in a row are agent turns, each of which is committed before the next one is asked.")
    return [part, await _map(ground, quick=quick)]


async def _map(ground: Ground, *, quick: bool) -> Part:
    """One run whose items are runs of their own: 10 to 10,000 of them."""
    part = Part("S3: map over 10,000 items")
    middle: dict[int, Figures] = {}
    for size in _items:
        repeats = [
            await measured(ground, ours, shape="map", size=size, runs=max(1, 100 // size), warm=1, flight=1)
            for _ in range(1 if quick else 3)
        ]
        middle[size] = median(repeats)
        part.rows.append((f"map over {size:,} items, an agent turn each, fifty at a time", middle[size]))
    part.bars.append(most("map over 10,000 items", middle[10_000]["p50"] / 1000, 15, " s"))
    growth = (middle[10_000]["own"] / 10_000) / (middle[1_000]["own"] / 1_000)
    part.bars.append(most("processor time per item at 10,000 against 1,000", growth, 1.3, " ×"))
    memory = middle[10_000]["peak"] / middle[1_000]["peak"]
    part.bars.append(most("memory at 10,000 items against 1,000", memory, 1.3, " ×"))
    return part
