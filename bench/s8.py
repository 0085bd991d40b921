"""S8: the history of three million runs, seeded by COPY, as the page asks for it over HTTP: pages, filters and searches."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import httpx2

from bench.ground import Ground
from bench.report import Part, most
from bench.served import served

_bar = 100
_many, _few = 3_000_000, 100_000
_at_once = 100_000
_asked, _asked_quick = 60, 15
_span = timedelta(days=180)
_workflows = 40
_statuses = {"completed": 930_000, "failed": 60_000, "cancelled": 9_000, "waiting": 900, "paused": 90, "unknown": 10}
_triggers = {"api": 60, "webhook": 25, "schedule": 14, "replay": 1}
_columns = (
    "workspace", "id", "public_id", "workflow_id", "workflow_name", "version_hash", "status", "head", "format", "simulated", "user_id",
    "trigger", "keys", "created_at", "started_at", "finished_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seed:
    """What is in the history."""

    runs: int
    end: datetime
    bytes: float
    """Of one run in the table of runs and its indexes."""

    def at(self, dice: random.Random) -> datetime:
        """Some time within it."""
        return self.end - _span * dice.random()


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """One house with one other workspace beside, one caller who asks one thing after another."""
    runs, asked = (_few, _asked_quick) if quick else (_many, _asked)
    async with ground.database() as dsn, served(dsn) as house:
        began = time.perf_counter()
        seed = await _seed(dsn, runs)
        part = Part(f"S8: the history of {runs:,} runs")
        part.notes.append(f"Seeded by COPY in {time.perf_counter() - began:.0f} s; a row with its indexes takes {seed.bytes:,.0f} bytes.")
        async with httpx2.AsyncClient(base_url=house.url, headers={"Authorization": f"Bearer {house.key}"}, timeout=60) as client:
            for what, questions in _questions(seed).items():
                p50, p95, slowest = await _time(client, questions, asked)
                part.bars.append(most(f"{what}, p95", p95, _bar, " ms"))
                part.notes.append(f"{what}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, slowest {slowest:.1f} ms.")
    return [part]


Question = dict[str, str | list[str]]


def _questions(seed: Seed) -> dict[str, Iterator[Question]]:
    dice = random.Random(8)

    def each(**made: object) -> Iterator[Question]:
        while True:
            yield {name: value() if callable(value) else value for name, value in made.items()}  # type: ignore[misc]

    def workflow() -> str:
        return f"workflow-{dice.randrange(_workflows)}"

    def some() -> int:
        return dice.randrange(seed.runs)

    return {
        "the newest": each(),
        "further pages, from any time": each(until=lambda: seed.at(dice).isoformat()),
        "of a workflow": each(workflow_id=workflow),
        "failed": each(status="failed"),
        "going on": each(status=["pending", "running", "waiting", "paused", "unknown", "compensating"]),
        "of unknown outcome, of which there are few": each(status="unknown"),
        "failed of a workflow": each(status="failed", workflow_id=workflow),
        "of unknown outcome of a workflow": each(status="unknown", workflow_id=workflow),
        "started by webhooks": each(trigger="webhook"),
        "replays of a workflow": each(trigger="replay", workflow_id=workflow),
        "failed within a day": each(status="failed", since=(seed.end - timedelta(days=1)).isoformat()),
        "replays that are paused": each(trigger="replay", status="paused"),
        "simulated": each(simulated="true"),
        "real": each(simulated="false"),
        "a business key": each(search=lambda: f"order-{some()}"),
        "two words of keys": each(search=lambda: f"customer {dice.randrange(50_000)}"),
        "a word that a third of all runs have": each(search="customer"),
        "a word within a business key": each(search=lambda: str(some())),
        "the beginning of an id": each(search=lambda: f"run-{some():08d}"[:10]),
        "the beginning of a workflow's name": each(search=lambda: f"Workflow number {dice.randrange(_workflows)}"),
        "a text that is nowhere": each(search=lambda: f"nothing-{some()}"),
        "a text that is nowhere, of a workflow that failed": each(
            search=lambda: f"nothing-{some()}", status="failed", workflow_id=workflow
        ),
    }


async def _time(client: httpx2.AsyncClient, questions: Iterator[Question], times: int) -> tuple[float, float, float]:
    """Milliseconds: p50, p95 and the slowest; each question with the page behind it."""
    spent: list[float] = []
    for _ in range(times):
        question, cursor = next(questions), None
        for _ in range(2):
            began = time.perf_counter()
            answer = await client.get("/api/executions", params={**question, **({"cursor": cursor} if cursor else {})})
            spent.append((time.perf_counter() - began) * 1000)
            cursor = answer.raise_for_status().json()["next"]
            if cursor is None:
                break
    spent.sort()
    return statistics.median(spent), spent[int(len(spent) * 0.95) - 1 if len(spent) > 1 else 0], spent[-1]


async def _seed(dsn: str, runs: int) -> Seed:
    link = await asyncpg.connect(dsn)
    try:
        before = await link.fetchval("select pg_total_relation_size('executions')")
        workspace, dice, end = await link.fetchval("select min(id) from workspaces"), random.Random(1), datetime.now(UTC)
        for first in range(0, runs, _at_once):
            rows = [_row(workspace, number, runs, end, dice) for number in range(first, min(first + _at_once, runs))]
            await link.copy_records_to_table("executions", records=rows, columns=_columns)
        await link.execute("vacuum analyze executions")
        after = await link.fetchval("select pg_total_relation_size('executions')")
        return Seed(runs, end, (after - before) / runs)
    finally:
        await link.close()


def _row(workspace: int, number: int, runs: int, end: datetime, dice: random.Random) -> tuple[object, ...]:
    """One run of a house that grows: workflows of very different use, three in ten runs with a key, one in ten of a neighbour."""
    at = end - _span * (1 - number / runs)
    workflow = min(int(dice.paretovariate(0.6)) - 1, _workflows - 1)
    status = dice.choices(list(_statuses), list(_statuses.values()))[0]
    ended = at + timedelta(seconds=dice.expovariate(0.1)) if status in ("completed", "failed", "cancelled") else None
    keys = [f"order-{number}", f"Customer {dice.randrange(50_000)}"] if dice.random() < 0.3 else []
    return (
        workspace if dice.random() < 0.9 else workspace + 1,
        UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number),
        f"run-{number:08d}", f"workflow-{workflow}", f"Workflow number {workflow}", "0" * 64, status, dice.randrange(4, 60), 1,
        dice.random() < 0.002, None, dice.choices(list(_triggers), list(_triggers.values()))[0], keys, at, at, ended,
    )  # fmt: skip
