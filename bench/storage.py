"""How many bytes a run takes in the database: `python -m bench.storage` measures it and writes it into docs/explanation/storage.md."""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import uvloop
from pydantic import JsonValue

from bench import workloads
from bench.ground import ground
from bench.meter import Meter, in_flight
from bench.ours import opened, run
from tenuto.app.engine import Engine
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.keeping.retention import ExecutionRetention
from tenuto.store.database import Database

page = Path(__file__).parents[1] / "docs" / "explanation" / "storage.md"
begins, ends = "<!-- figures: written by bench/storage.py -->", "<!-- end of the figures -->"

_tables = ("executions", "execution_events", "blobs", "mailbox", "waits", "outbox", "definitions")
_sizes = """
select c.relname as name, pg_relation_size(c.oid) as rows, pg_indexes_size(c.oid) as indexes,
    pg_table_size(c.oid) - pg_relation_size(c.oid) as toast
from pg_class c where c.relname = any($1::text[]) and c.relkind = 'r'
"""


class Size(NamedTuple):
    """Bytes of a table: its rows, its indexes, and what is kept beside the rows (TOAST and the maps of free and visible pages)."""

    rows: int
    indexes: int
    toast: int

    @property
    def whole(self) -> int:
        """Altogether."""
        return sum(self)


class Line(NamedTuple):
    """What one kind of run takes."""

    what: str
    runs: int
    events: float
    tables: dict[str, Size]


async def sizes(database: Database) -> dict[str, Size]:
    """As they are after a vacuum, which is what they come to in the long run."""
    for table in _tables:
        await database.pool.execute(f"vacuum (analyze) {table}")
    rows = await database.pool.fetch(_sizes, list(_tables))
    return {row["name"]: Size(row["rows"], row["indexes"], row["toast"]) for row in rows}


async def measured(made: Engine, what: str, definition: WorkflowDefinition, runs: int) -> Line:
    """Runs of a workflow, and what they added."""
    count = "select count(*) from execution_events"
    before, events = await sizes(made.database), await made.database.pool.fetchval(count)

    async def one(number: int) -> None:
        await run(made, definition, number)

    await in_flight(Meter(None), one, runs, 20)
    while made.worker.active:
        await asyncio.sleep(0.05)
    after = await sizes(made.database)
    grown = {name: Size(*(b - a for a, b in zip(before[name], after[name], strict=True))) for name in _tables}
    return Line(what, runs, (await made.database.pool.fetchval(count) - events) / runs, grown)


def large(text: str) -> WorkflowDefinition:
    """One node whose output is this text, and one that hands it on."""
    nodes: list[JsonValue] = [
        {"id": "big", "type": "transform", "config": {"value": text}},
        {"id": "same", "type": "transform", "config": {"value": "{{ nodes.big.output }}"}},
    ]
    edges: list[JsonValue] = [{"from": "big", "to": "same"}]
    return WorkflowDefinition.model_validate({"name": "Large", "startNode": "big", "nodes": nodes, "edges": edges})


async def measure(runs: int) -> tuple[str, Sequence[Line], Sequence[tuple[str, int]]]:
    """The server's version, what runs take, and what deleting them gives back."""
    noise = random.Random(1).randbytes(2**19).hex()  # two characters of every byte: packed, it is about half of its size
    async with ground() as made_ground, made_ground.database() as dsn, opened(dsn) as made:
        lines = [
            await measured(made, "three agent turns of 1 KB", workloads.chain(3), runs),
            await measured(made, "three nodes that compute", workloads.pure(3), runs),
            await measured(made, "a value of 1 MB of words", large((workloads.question(1) * 1200)[: 2**20]), 50),
            await measured(made, "a value of 1 MB of hexadecimal noise", large(noise), 50),
        ]
        steps = [("full", await _whole(made.database))]
        await made.database.pool.execute(
            "update executions set created_at = created_at - interval '9 days', finished_at = finished_at - interval '9 days'"
        )
        await made.database.pool.execute("vacuum executions")
        deleted = await ExecutionRetention(made.database, timedelta(days=7)).once()
        steps.append((f"after {deleted:,} runs were deleted and a vacuum", await _whole(made.database)))
        await measured(made, "again", workloads.chain(3), runs)
        steps.append((f"after {runs:,} further runs of three turns", await _whole(made.database)))
        return made_ground.version, lines, steps


async def _whole(database: Database) -> int:
    return sum(size.whole for size in (await sizes(database)).values())


def table(version: str, lines: Sequence[Line], steps: Sequence[tuple[str, int]]) -> str:
    """As Markdown."""
    head = "| Run | Events | Rows | Indexes | TOAST and maps | Bytes a run |\n|---|---|---|---|---|---|"
    rows = [_row(line) for line in lines]
    parts = ["| Of a run of three agent turns | Rows | Indexes | TOAST and maps |\n|---|---|---|---|"]
    first = lines[0]
    for name, size in first.tables.items():
        if size.whole:
            parts.append(
                f"| `{name}` | {size.rows / first.runs:,.0f} | {size.indexes / first.runs:,.0f} | {size.toast / first.runs:,.0f} |"
            )
    whole = ["| The tables of runs | MB |\n|---|---|", *(f"| {what} | {size / 1e6:,.1f} |" for what, size in steps)]
    said = f"PostgreSQL {version}; {', '.join(f'{line.runs:,} runs of {line.what}' for line in lines)}; sizes after a vacuum."
    return "\n\n".join([said, "\n".join([head, *rows]), "\n".join(parts), "\n".join(whole)])


def _row(line: Line) -> str:
    total = Size(*(sum(part) for part in zip(*line.tables.values(), strict=True)))
    cells = [f"{each / line.runs:,.0f}" for each in (*total, total.whole)]
    return f"| {line.what} | {line.events:.0f} | {' | '.join(cells)} |"


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5_000)
    text = table(*uvloop.run(measure(parser.parse_args().runs)))
    print(text)
    before, _, rest = page.read_text(encoding="utf-8").partition(begins)
    after = rest.partition(ends)[2]
    page.write_text(f"{before}{begins}\n\n{text}\n\n{ends}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
