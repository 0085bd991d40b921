"""`python -m bench [s1 s2 …] [--quick]`: measure, print, and keep a full run in bench/RESULTS.md."""

from __future__ import annotations

import argparse
import sys
import time

import uvloop

from bench import s1, s2, s3, s4, s5, s6, s7, s8, s9
from bench.ground import ground
from bench.peers import dbos, langgraph
from bench.report import Part, load_of_machine, write

_workloads = {
    "s1": s1.measure,
    "s2": s2.measure,
    "s3": s3.measure,
    "s4": s4.measure,
    "s5": s5.measure,
    "s6": s6.measure,
    "s7": s7.measure,
    "s8": s8.measure,
    "s9": s9.measure,
}


async def _measure(names: list[str], *, quick: bool) -> None:
    parts: list[Part] = []
    about = [f"Load of the machine before: {load_of_machine()} (1, 5 and 15 minutes)."]
    async with ground() as stood_on:
        about.append(f"PostgreSQL {stood_on.version}, embedded, with fsync, synchronous_commit and full_page_writes on.")
        for name in names:
            began = time.monotonic()
            found = await _workloads[name](stood_on, quick=quick)
            parts += found
            for part in found:
                print(part.text(), flush=True)
            print(f"({name} took {time.monotonic() - began:.0f} s; load of the machine {load_of_machine()})\n", file=sys.stderr)
    if "s1" in names:
        about.append(f"Beside us: DBOS {dbos.version()}, LangGraph {langgraph.version()}, each in a virtual environment of its own.")
    about.append(f"Load of the machine after: {load_of_machine()}.")
    if set(names) == set(_workloads) and not quick:
        print(f"Written: {write(parts, about)}")


def main() -> None:
    """Measure what was asked for; everything if nothing was."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast Tenuto is, beside other engines.")
    parser.add_argument("workloads", nargs="*", choices=[*_workloads, []], help=f"{', '.join(_workloads)}; all of them by default")
    parser.add_argument("--quick", action="store_true", help="one short repeat of each; nothing is written")
    given = parser.parse_args()
    uvloop.run(_measure(given.workloads or list(_workloads), quick=given.quick))


if __name__ == "__main__":
    main()
