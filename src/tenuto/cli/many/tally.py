"""Many runs counted while they end: a bar with rate and time left, and the closing table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tenuto.cli.exits import ExitCode
from tenuto.cli.many.batch import Done
from tenuto.cli.terminal import one_line, say
from tenuto.core.usage import Usage, added, dollars, nothing

_line_every = 5.0
_most_reasons = 20


@dataclass
class Tally:
    """What the rows have come to so far."""

    total: int
    branching: Mapping[str, str]
    """Names of the nodes that choose a way, by id."""
    statuses: Counter[str] = field(default_factory=Counter[str])
    branches: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    errors: Counter[str] = field(default_factory=Counter[str])
    bad_rows: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    usage: Usage = nothing
    here: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def add(self, done: Done) -> None:
        """Count a row."""
        self.statuses[done.status] += 1
        self.here += done.here
        self.usage = added(self.usage, done.usage)
        for node, port in done.branches.items():
            self.branches.setdefault(node, Counter())[port] += 1
        if isinstance(done.error, dict):
            detail = str(done.error.get("detail"))
            if done.id is None:
                self.bad_rows.append((done.line, detail))
            else:
                self.errors[f"{done.error.get('type')}: {one_line(detail, 90)}"] += 1
        self.seconds = time.monotonic() - self.began

    @property
    def counted(self) -> int:
        """Rows that are done with."""
        return self.statuses.total()

    @property
    def rate(self) -> float:
        """Runs a second that this command started and saw end."""
        return self.here / self.seconds if self.seconds else 0.0

    @property
    def pace(self) -> float:
        """Rows a second, those included whose runs had ended before."""
        return self.counted / self.seconds if self.seconds else 0.0

    @property
    def exit_code(self) -> ExitCode:
        """Ok if every row completed."""
        if any(self.statuses[status] for status in ("failed", "cancelled", "invalid")):
            return ExitCode.failed
        return ExitCode.ok if self.statuses.total() == self.statuses["completed"] else ExitCode.unfinished

    def document(self) -> dict[str, JsonValue]:
        """The closing table as JSON."""
        return {
            "rows": self.total,
            "statuses": dict(self.statuses),
            "branches": {node: dict(counts) for node, counts in self.branches.items()},
            "errors": dict(self.errors),
            "bad_rows": [{"line": line, "reason": reason} for line, reason in self.bad_rows],
            "started_here": self.here,
            "found": self.counted - self.here - self.statuses["invalid"],
            "seconds": round(self.seconds, 3),
            "runs_per_second": round(self.rate, 1),
            "usage": self.usage.model_dump(mode="json", exclude_none=True) if self.usage.calls else None,
        }


class Advance(Protocol):
    """Shows how far we are."""

    def __call__(self) -> None: ...


@contextmanager
def progress(out: Console, tally: Tally) -> Generator[Advance]:
    """A bar where a person looks, else a line every five seconds."""
    if not out.is_terminal:
        yield _line_by_line(tally)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(tally), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=out, refresh_per_second=5) as bar:
        task: TaskID = bar.add_task("Running", total=tally.total)
        yield lambda: bar.update(task, completed=tally.counted)
        bar.update(task, completed=tally.counted)


def show_closing(out: Console, tally: Tally) -> None:
    """The closing table, and the bad rows by line."""
    table = Table(title=None, show_header=False, box=None, padding=(0, 2, 0, 0))
    for status, count in tally.statuses.most_common():
        table.add_row("status", Text(status, style=_style(status)), Text(f"{count:,}", justify="right"))
    for node, counts in tally.branches.items():
        for port, count in sorted(counts.items()):
            table.add_row(
                "branch", f"{one_line(tally.branching.get(node, node), 40)} → {one_line(port, 30)}", Text(f"{count:,}", justify="right")
            )
    for reason, count in tally.errors.most_common(_most_reasons):
        table.add_row("error", one_line(reason, 110), Text(f"{count:,}", justify="right"))
    for what, detail, count in _used(tally.usage):
        table.add_row(what, detail, Text(count, justify="right"))
    table.add_row("time", "", Text(f"{tally.seconds:,.1f} s", justify="right"))
    table.add_row("speed", f"{tally.here:,} runs started here", Text(f"{tally.rate:,.1f} runs/s", justify="right"))
    out.print(table)
    for line, reason in sorted(tally.bad_rows)[:_most_reasons]:
        say(f"line {line}: {one_line(reason, 200)}", stderr=True)
    if len(tally.bad_rows) > _most_reasons:
        say(f"… and {len(tally.bad_rows) - _most_reasons:,} more rows that could not be run; --out lists them all.", stderr=True)


def _used(usage: Usage) -> Iterator[tuple[str, str, str]]:
    simulated = "simulated" if usage.simulated else ""
    if usage.calls:
        yield "calls", simulated, f"{usage.calls:,}"
    if usage.turns:
        yield "tokens", "in" + (", estimated" if usage.estimated else ""), f"{usage.input_tokens:,}"
        yield "tokens", "out" + (", estimated" if usage.estimated else ""), f"{usage.output_tokens:,}"
        unknown = f"without {usage.unpriced:,} turns of unknown price" if usage.unpriced else ""
        yield "cost", simulated or unknown, dollars(usage.cost)


class _Rate(ProgressColumn):
    """Runs a second."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def render(self, task: Task) -> Text:
        """The rate, and what failed."""
        del task
        failed = self._tally.statuses["failed"] + self._tally.statuses["cancelled"] + self._tally.statuses["invalid"]
        said = Text(f"{self._tally.pace:,.0f} rows/s", style="cyan")
        return said.append(f"  {failed:,} failed", style="red") if failed else said


def _line_by_line(tally: Tally) -> Advance:
    last = time.monotonic()

    def advance() -> None:
        nonlocal last
        if time.monotonic() - last >= _line_every:
            last = time.monotonic()
            say(f"{tally.counted:,} of {tally.total:,} rows, {tally.pace:,.0f} rows/s", stderr=True)

    return advance


def _style(status: str) -> str:
    return {"completed": "green", "failed": "red", "invalid": "red", "cancelled": "red"}.get(status, "yellow")
