"""What was measured, as a table with its bars, and the file it is kept in."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.child import root
from bench.meter import Figures

_file = root / "bench" / "RESULTS.md"
_head = "| system | runs/s | p50 ms | p99 ms | processor ms/run: own | database | memory MB | runs |\n|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Bar:
    """Something asked for, what was seen, and whether it is enough."""

    what: str
    asked: str
    seen: str
    met: bool


@dataclass(slots=True)
class Part:
    """One workload."""

    title: str
    rows: list[tuple[str, Figures]] = field(default_factory=list[tuple[str, Figures]])
    bars: list[Bar] = field(default_factory=list[Bar])
    notes: list[str] = field(default_factory=list[str])

    def text(self) -> str:
        """As Markdown."""
        lines = [f"## {self.title}", ""]
        if self.rows:
            lines += [_head, *(_row(name, figures) for name, figures in self.rows), ""]
        if self.bars:
            lines += ["| bar | asked | seen | |", "|---|---|---|---|"]
            lines += [f"| {bar.what} | {bar.asked} | {bar.seen} | {'met' if bar.met else '**not met**'} |" for bar in self.bars]
            lines.append("")
        return "\n".join([*lines, *(f"{note}\n" for note in self.notes)])


def least(what: str, seen: float, asked: float, unit: str = "") -> Bar:
    """At least so much."""
    return Bar(what, f"≥ {asked:,g}{unit}", f"{seen:,.1f}{unit}" if seen < 100 else f"{seen:,.0f}{unit}", seen >= asked)


def most(what: str, seen: float, asked: float, unit: str = "") -> Bar:
    """At most so much."""
    return Bar(what, f"≤ {asked:,g}{unit}", f"{seen:,.2f}{unit}", seen <= asked)


def write(parts: Sequence[Part], about: Sequence[str]) -> Path:
    """Keep the whole of a full run."""
    _file.write_text("\n".join([_beginning(about), *(part.text() for part in parts)]))
    return _file


def load_of_machine() -> str:
    """How busy the machine is with other things: whoever compares figures has to know."""
    return " / ".join(f"{value:.1f}" for value in os.getloadavg())


def _beginning(about: Sequence[str]) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC with `make bench`; commit {commit or 'unknown'}.",
        f"Machine: {_processor()}, {os.cpu_count()} cores, {_memory():.0f} GB, {platform.system()} {platform.release()}.",
        f"Python {platform.python_version()}, pydantic {version('pydantic')}, asyncpg {version('asyncpg')}, uvloop {version('uvloop')}.",
        *about,
    ]
    return (
        "# Results\n\n<!-- written by `make bench`; do not edit -->\n\n"
        + "\n".join(f"- {line}" for line in lines)
        + "\n\nClient, engine and database share the cores. Medians over repeats that alternate between the systems; memory is the largest seen,"
        " of the working process without the database. What is measured, and what limits us: `docs/explanation/speed.md`.\n"
    )


def _row(name: str, f: Figures) -> str:
    return f"| {name} | {f['rate']:,.1f} | {f['p50']:,.1f} | {f['p99']:,.1f} | {f['own']:,.2f} | {f['database']:,.2f} | {f['peak']:,.0f} | {f['runs']} |"


def _processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
