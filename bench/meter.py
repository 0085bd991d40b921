"""What a measurement costs: time of each run, processor time of us and of the database, memory. Needs nothing but Python and Linux.

The peers are measured by the same code, from their own virtual environments: nothing of ours is imported here.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypedDict

_tick = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Figures(TypedDict):
    """One repeat of one workload by one system."""

    runs: int
    seconds: float
    rate: float
    p50: float
    """Milliseconds, as the others."""
    p99: float
    own: float
    """Processor milliseconds a run, of the process that works."""
    database: float
    """Processor milliseconds a run, of every process of the database."""
    peak: float
    """MB that the working process held at most; the database is not in it."""


class Waiting(Figures):
    """The same of wake-ups, and what the runs cost that wait."""

    grown: float
    """MB that the process held more when all of them waited."""
    started: float
    """Runs a second, from the first start until all were parked."""
    bytes: float
    """Of the database, for each of them."""


class Meter:
    """Measures a block of work: `begin`, then `note` for each run, then `figures`."""

    def __init__(self, postmaster: int | None) -> None:
        """`postmaster` is the pid of the PostgreSQL server."""
        self._postmaster = postmaster
        self._milliseconds: list[float] = []

    def begin(self) -> None:
        """Forget what was before: the warm-up does not count."""
        self._milliseconds.clear()
        self._database = processor_of(self._postmaster)
        self._own = time.process_time()
        self._began = time.perf_counter()

    def note(self, began: float) -> None:
        """A run that began at `perf_counter() == began` has ended."""
        self._milliseconds.append((time.perf_counter() - began) * 1000)

    def figures(self) -> Figures:
        """What has been seen since `begin`."""
        seconds = time.perf_counter() - self._began
        own = time.process_time() - self._own
        database = processor_of(self._postmaster) - self._database
        runs = len(self._milliseconds)
        return Figures(
            runs=runs,
            seconds=seconds,
            rate=runs / seconds,
            p50=percentile(self._milliseconds, 50),
            p99=percentile(self._milliseconds, 99),
            own=own * 1000 / runs,
            database=database * 1000 / runs,
            peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )


async def in_flight(meter: Meter, work: Callable[[int], Awaitable[object]], runs: int, flight: int) -> None:
    """Do `work(0)` to `work(runs - 1)`, always `flight` of them at the same time."""
    numbers = iter(range(runs))

    async def lane() -> None:
        for number in numbers:
            began = time.perf_counter()
            await work(number)
            meter.note(began)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(min(flight, runs)):
            lanes.create_task(lane())


def in_threads(meter: Meter, work: Callable[[int], object], runs: int, threads: int) -> None:
    """The same with threads, for a library that blocks."""

    def one(number: int) -> None:
        began = time.perf_counter()
        work(number)
        meter.note(began)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(one, range(runs)):
            pass


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def processor_of(server: int | None) -> float:
    """Seconds that a PostgreSQL server and its children, living and gone, have used; 0 where /proc is not there."""
    if server is None or not Path("/proc/self/stat").exists():
        return 0.0
    processes = [_stat(int(folder.name)) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    children = sum(process.own for process in processes if process.parent == server)
    postmaster = _stat(server)
    return (postmaster.own + postmaster.gone + children) / _tick


def processor_of_one(pid: int) -> float:
    """Seconds that one process has used."""
    return _stat(pid).own / _tick


def resident_now() -> float:
    """MB that this process holds at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def resident_of(pid: int) -> float:
    """MB that a process held at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


class _Process(NamedTuple):
    parent: int
    own: int
    """Ticks of its own."""
    gone: int
    """Ticks of children that have ended."""


def _stat(pid: int) -> _Process:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return _Process(0, 0, 0)
    return _Process(int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]))
