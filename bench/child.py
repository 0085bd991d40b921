"""Measurements in processes of their own: ours and those of the peers, each on a fresh database."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from bench.ground import Ground
from bench.meter import Figures

root = Path(__file__).resolve().parents[1]
ours = (sys.executable, "-m", "bench.ours")


async def measured(ground: Ground, command: Sequence[str], *, migrated: bool = True, patience: float = 240.0, **options: object) -> Figures:
    """The figures of one child. Raises `SystemExit` with what it said if it fails."""
    async with ground.database(migrated=migrated) as dsn:
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        line = [*command, *given, "--dsn", dsn, "--postmaster", str(ground.postmaster)]
        child = await asyncio.create_subprocess_exec(*line, cwd=root, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(patience):
                out, err = await child.communicate()
        except TimeoutError:
            child.kill()
            raise SystemExit(f"{' '.join(line)} did not end within {patience:.0f} seconds.") from None
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(line)} failed:\n{err.decode(errors='replace')[-2000:]}")
    return cast("Figures", json.loads(out.decode().strip().splitlines()[-1]))


def median(repeats: Sequence[Figures]) -> Figures:
    """The median of each figure; of the memory the largest."""
    names = ("seconds", "rate", "p50", "p99", "own", "database")
    middle: Mapping[str, float] = {name: statistics.median(each[name] for each in repeats) for name in names}
    return cast("Figures", {"runs": repeats[0]["runs"], **middle, "peak": max(each["peak"] for each in repeats)})
