"""S9: from the command to a server that is ready, with a data folder that exists: its database has to be started as well."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2

from bench.child import root
from bench.ground import Ground
from bench.meter import resident_of
from bench.report import Part, most


async def measure(_ground: Ground, *, quick: bool) -> Sequence[Part]:
    """A first start that creates everything, then starts that find it; each with the embedded database, as `make run` does."""
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-", dir="/tmp") as above:
        Path(above).chmod(0o755)
        first, _ = await _start(Path(above) / "data")
        later = [await _start(Path(above) / "data") for _ in range(2 if quick else 5)]
    seconds, memory = statistics.median(each for each, _ in later), max(each for _, each in later)
    part = Part("S9: from the command to ready")
    part.bars = [
        most("start with an existing data folder", seconds, 3, " s"),
        most("S10: memory of server and worker, idle", memory, 150, " MB"),
    ]
    part.notes.append(f"The first start of all, which creates the database, took {first:.2f} s. Median of {len(later)} later ones.")
    return [part]


async def _start(folder: Path) -> tuple[float, float]:
    """Seconds until `/readyz` says yes, and MB that the process holds then."""
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tenuto", "serve", "--port", "0", "--json",
        env={**environment, "TENUTO_DATA_DIR": str(folder), "PYTHONPATH": str(root / "src")}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    try:
        url = json.loads(await asyncio.wait_for(process.stdout.readline(), 120))["url"]
        async with httpx2.AsyncClient(base_url=url) as client:
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        await asyncio.sleep(2)
        return seconds, resident_of(process.pid)
    finally:
        process.terminate()
        await process.wait()
