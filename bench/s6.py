"""S6: a thousand watchers of live runs over server-sent events, through a server that is killed and started again."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import random
import secrets
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx2

from bench.child import root
from bench.ground import Ground
from bench.report import Part, least, most

_steps, _pause = 60, 0.48
"""Runs that go on: a wait of more than half a second takes a run out of memory, and what it costs to wake one is measured by S7."""
_each = 10
"""Watchers of each run."""
_before_kill = 14.0
_settle = 2.0
"""Seconds after all are connected from which on is timed."""
_ends = tuple(f'data: {{"type":"workflow_{how}"'.encode() for how in ("completed", "failed", "cancelled"))


@dataclass(slots=True)
class Watcher:
    """What one client has seen: each event's number, when it was committed, as text, and when it came, in seconds of the clock on the wall."""

    run: str
    seen: list[tuple[int, bytes, float]] = field(default_factory=list[tuple[int, bytes, float]])
    connected: list[float] = field(default_factory=list[float])
    """When each of its connections was answered; what was committed before is caught up on, and its way there is not timed."""
    returns: int = 0


@dataclass(slots=True)
class House:
    """A server that may be killed and started again at the same address with the same data."""

    dsn: str
    folder: str
    port: int
    key: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it is ready."""
        limits = {"TENUTO_CALLS_PER_ADDRESS": "1000000", "TENUTO_CALLS_PER_CALLER": "1000000", "TENUTO_STREAMS_PER_CALLER": "10000"}
        places = {
            "DATABASE_URL": self.dsn,
            "TENUTO_DATA_DIR": self.folder,
            "TENUTO_BOOTSTRAP_KEY": self.key,
            "PYTHONPATH": str(root / "src"),
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tenuto", "serve", "--port", str(self.port), "--json",
            env={**os.environ, **limits, **places}, cwd=self.folder, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout
        json.loads(await asyncio.wait_for(self.process.stdout.readline(), 60))

    async def end(self, how: signal.Signals) -> None:
        """By a signal."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """Of the runs watched two thirds go on and the others wait for somebody; the load generator shares the machine with the server and its database."""
    busy, quiet = (7, 3) if quick else (68, 32)
    async with ground.database() as dsn:
        with tempfile.TemporaryDirectory(prefix="tenuto-bench-", dir="/tmp") as folder:
            Path(folder).chmod(0o755)
            house = House(dsn, folder, _free_port(), f"bench-{secrets.token_hex(20)}")
            await house.start()
            gc.collect()
            gc.disable()  # What the clients keep grows; looking through it would hold all of them up, for 0.2 s at a time.
            try:
                watchers, down = await _watched(house, busy, quiet)
            finally:
                gc.enable()
                await house.end(signal.SIGTERM)
    return [_part(watchers, down, busy, quiet)]


async def _watched(house: House, busy: int, quiet: int) -> tuple[Sequence[Watcher], tuple[float, float]]:
    """What everybody saw, and from when to when there was no server."""
    address = f"http://127.0.0.1:{house.port}"
    async with httpx2.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {house.key}"}, timeout=60) as client:
        started = [
            await client.post("/api/workflow/execute", json={"workflow": each}) for each in (*[_asking()] * quiet, *[_ticking()] * busy)
        ]
        runs = [str(answer.raise_for_status().json()["execution"]["id"]) for answer in started]
        watchers = [Watcher(run) for run in runs for _ in range(_each)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_watch(house, watcher)) for watcher in watchers]
            await asyncio.sleep(_before_kill)
            killed = time.time()
            await house.end(signal.SIGKILL)
            await house.start()
            back = time.time()
            await asyncio.gather(*tasks[quiet * _each :])
            for run in runs[:quiet]:
                (await client.post(f"/api/executions/{run}/cancel", json={"reason": "Nobody answered."})).raise_for_status()
    return watchers, (killed, back)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _ticking() -> dict[str, object]:
    nodes = [{"id": f"n{number}", "type": "delay", "config": {"duration": f"PT{_pause}S"}} for number in range(_steps)]
    edges = [{"from": f"n{number}", "to": f"n{number + 1}"} for number in range(_steps - 1)]
    return {"id": "ticking", "name": "Ticking", "startNode": "n0", "nodes": nodes, "edges": edges}


def _asking() -> dict[str, object]:
    return {
        "id": "asking",
        "name": "Asking",
        "startNode": "ask",
        "nodes": [{"id": "ask", "type": "approval", "config": {"title": "May it go?"}}],
    }


async def _watch(house: House, watcher: Watcher) -> None:
    """Follows a run to its end as an EventSource does: who is cut off comes back with the number of the last event."""
    while not await _follow(house, watcher):
        watcher.returns += 1
        await asyncio.sleep(0.2 + random.random() * 0.6)


async def _follow(house: House, watcher: Watcher) -> bool:
    """One connection; whether the run's end was told. Read without a library: a thousand of one would be what is measured."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1 << 20)
    except OSError:
        return False
    last = f"Last-Event-ID: {watcher.seen[-1][0]}\r\n" if watcher.seen else ""
    head = f"GET /api/workflows/monitor?execution_id={watcher.run} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n"
    writer.write(f"{head}Authorization: Bearer {house.key}\r\nAccept: text/event-stream\r\n{last}\r\n".encode())
    try:
        status = await reader.readline()
        if b" 204 " in status:
            return True
        if b" 200 " in status:
            watcher.connected.append(time.time())
        number, at, ended = 0, b"", False
        while line := await reader.readline():
            if line.startswith(b"id:"):
                number = int(line[3:])
            elif line.startswith(b"data:"):
                at, ended = _committed(line), line.startswith(_ends)
            elif line == b"\n" and number:
                watcher.seen.append((number, at, time.time()))
                number = 0
                if ended:
                    return True
    except OSError:
        pass
    finally:
        writer.close()
    return False


def _committed(line: bytes) -> bytes:
    begin = line.rindex(b'"timestamp":"') + len(b'"timestamp":"')
    return line[begin : line.index(b'"', begin)]


def _part(watchers: Sequence[Watcher], down: tuple[float, float], busy: int, quiet: int) -> Part:
    killed, back = down
    whole: Counter[str] = Counter()
    for watcher in watchers:
        whole[watcher.run] = max(whole[watcher.run], *(number for number, _, _ in watcher.seen), 0)
    wrong: Counter[str] = Counter()
    for watcher in watchers:
        numbers = [number for number, _, _ in watcher.seen]
        wrong["lost"] += len(set(range(1, whole[watcher.run] + 1)) - set(numbers))
        wrong["doubled"] += len(numbers) - len(set(numbers))
        wrong["reordered"] += sum(later <= earlier for earlier, later in itertools.pairwise(numbers))
    here = max(watcher.connected[0] for watcher in watchers) + _settle
    again = max(watcher.connected[-1] for watcher in watchers) + _settle
    # Read only now: while they come, the clients take time from the server beside them.
    times = {at: datetime.fromisoformat(at.decode()).timestamp() for at in {at for watcher in watchers for _, at, _ in watcher.seen}}
    steady = sorted(
        (came - times[at]) * 1000
        for watcher in watchers
        for _, at, came in watcher.seen
        if here < times[at] < killed - 0.5 or times[at] > again
    )
    first = {watcher.run: [times[at] for _, at, _ in watcher.seen] for watcher in watchers}
    committed = sum(here < at < killed - 0.5 for seen in first.values() for at in seen) / (killed - 0.5 - here)
    part = Part(f"S6: {len(watchers):,} watchers of {busy + quiet} live runs")
    part.bars = [
        most("from commit to client, p99", steady[int(len(steady) * 0.99) - 1], 50, " ms"),
        least("events a second, in all runs", committed, 500 if busy > 60 else 50),
        *(most(f"events {word}, through a kill and a new start", wrong[word], 0) for word in ("lost", "doubled", "reordered")),
    ]
    part.notes.append(
        f"p50 {statistics.median(steady):.1f} ms, slowest {steady[-1]:.0f} ms, of {len(steady):,} deliveries ({committed * _each:,.0f} a second). "
        f"{busy} of the runs take a step every {_pause} s, {quiet} wait for somebody; each has {_each} watchers. "
        f"Timed is what was committed from {_settle:.0f} s after all were connected. The server was away for {back - killed:.1f} s; {again - _settle - back:.1f} s later "
        f"all had come back, after {sum(watcher.returns for watcher in watchers):,} attempts in all. "
        "An event's time is that of its transaction's beginning, so the commit itself is within. Server, database and all clients share the machine."
    )
    return part
