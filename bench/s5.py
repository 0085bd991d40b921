"""S5: 1, 2 and 4 `tenuto worker` processes of 20 slots each on one backlog of runs that mostly wait: how far from linear it grows."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

from asyncpg import Record

from bench import workloads
from bench.child import median, root
from bench.ground import Ground
from bench.meter import Figures, percentile, processor_of, processor_of_one, resident_of
from bench.ours import opened, submit
from bench.report import Part, least
from bench.slow import slow_server
from tenuto.app.engine import Engine

_crews = (1, 2, 4)
_slots = 20
_milliseconds = 500
_calls = 3
_rounds = 12
_patience = 300.0
_ends = """
select e.status, v.at as began, e.finished_at as ended, extract(epoch from e.finished_at - v.at)::float8 * 1000 as milliseconds
from executions e join execution_events v on v.workspace = e.workspace and v.execution_id = e.id and v.type = 'node_started' and v.node = 'one'
where e.workspace = 1 and e.finished_at is not null
"""


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """The crews in turn, so that what else the machine does meets all of them."""
    seen: dict[int, list[Figures]] = {crew: [] for crew in _crews}
    for _ in range(1 if quick else 3):
        for crew in _crews:
            seen[crew].append(await _crew(ground, crew, rounds=4 if quick else _rounds))
    middle = {crew: median(repeats) for crew, repeats in seen.items()}
    ideal = _slots / (_calls * _milliseconds / 1000)
    part = Part(
        f"S5: {', '.join(map(str, _crews))} workers of {_slots} slots, three calls of {_milliseconds} ms (ideal {ideal:.1f} runs/s each)"
    )
    part.rows = [(f"{crew} worker{'s' if crew > 1 else ''}", figures) for crew, figures in middle.items()]
    part.bars = [
        least(f"{after} workers against {before}", _share(middle, before, after), 90, " % of linear") for before, after in pairwise(_crews)
    ]
    part.bars.append(least(f"{_crews[-1]} workers against 1", _share(middle, 1, _crews[-1]), 90, " % of linear"))
    part.notes.append(
        "Each crew gets as many runs for each slot. The time is from the first node to the last end; p50 and p99 run from a run's first node to its end."
    )
    return [part]


def _share(middle: Mapping[int, Figures], before: int, after: int) -> float:
    return 100 * middle[after]["rate"] / middle[before]["rate"] * before / after


async def _crew(ground: Ground, crew: int, *, rounds: int) -> Figures:
    """One repeat on a fresh database: the workers stand ready, then the backlog comes."""
    runs = crew * _slots * rounds
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(ground.database())
        url = await stack.enter_async_context(slow_server(milliseconds=_milliseconds))
        front = await stack.enter_async_context(opened(dsn, working=False))
        pids = [await stack.enter_async_context(_worker(dsn)) for _ in range(crew)]
        await _until(front, "select count(*) from processes", crew + 1)
        own, database = sum(map(processor_of_one, pids)), processor_of(ground.postmaster)
        definition = workloads.calls(url)
        await asyncio.gather(*(submit(front, definition, number, simulated=False) for number in range(runs)))
        await _until(front, "select count(*) from executions where finished_at is not null", runs)
        own, database = sum(map(processor_of_one, pids)) - own, processor_of(ground.postmaster) - database
        rows = await front.database.pool.fetch(_ends)
        return _figures(rows, runs=runs, own=own, database=database, peak=max(map(resident_of, pids)))


def _figures(rows: Sequence[Record], *, runs: int, own: float, database: float, peak: float) -> Figures:
    if len(rows) != runs or any(row["status"] != "completed" for row in rows):
        raise SystemExit(f"Of {runs} runs {sum(row['status'] == 'completed' for row in rows)} were completed.")
    seconds = (max(row["ended"] for row in rows) - min(row["began"] for row in rows)).total_seconds()
    took = [row["milliseconds"] for row in rows]
    return Figures(
        runs=runs, seconds=seconds, rate=runs / seconds, p50=statistics.median(took), p99=percentile(took, 99),
        own=own * 1000 / runs, database=database * 1000 / runs, peak=peak,
    )  # fmt: skip


@asynccontextmanager
async def _worker(dsn: str) -> AsyncGenerator[int]:
    """The pid of a `tenuto worker`, as anybody starts it."""
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        settings = {"DATABASE_URL": dsn, "TENUTO_DATA_DIR": folder, "TENUTO_SLOTS": str(_slots), "TENUTO_EGRESS_ALLOW": "127.0.0.0/8"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tenuto", "worker",
            cwd=folder, env={**os.environ, **settings, "PYTHONPATH": str(root / "src")}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


async def _until(front: Engine, question: str, count: int) -> None:
    async with asyncio.timeout(_patience):
        while await front.database.pool.fetchval(question) < count:
            await asyncio.sleep(0.1)
