"""S1: many three-step runs, 50 at the same time, beside DBOS and LangGraph on the same database; and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.child import measured, median, ours
from bench.ground import Ground
from bench.meter import Figures
from bench.peers import dbos, installed, langgraph
from bench.report import Part, least, most
from bench.served import generator, load, missing, served

_flight = 50


async def measure(ground: Ground, *, quick: bool) -> Sequence[Part]:
    """In process, then over HTTP."""
    return [await _in_process(ground, quick=quick), await _over_http(ground, quick=quick)]


async def _in_process(ground: Ground, *, quick: bool) -> Part:
    await installed()
    runs, theirs, repeats = (1000, 150, 1) if quick else (4000, 400, 5)
    systems = {
        "Tenuto": (ours, True, {"runs": runs, "warm": 300, "flight": _flight}),
        "DBOS, asynchronous": (dbos.command, False, {"runs": theirs, "flight": _flight}),
        "DBOS, 8 threads": (dbos.command, False, {"runs": theirs, "threads": 8}),
        "LangGraph, PostgreSQL, sync durability": (langgraph.command, False, {"runs": theirs, "flight": _flight}),
    }
    seen: dict[str, list[Figures]] = {name: [] for name in systems}
    for _ in range(repeats):
        for name, (command, migrated, options) in systems.items():
            seen[name].append(await measured(ground, command, migrated=migrated, **options))
    middle = {name: median(figures) for name, figures in seen.items()}
    mine = middle["Tenuto"]
    best = max(middle["DBOS, asynchronous"]["rate"], middle["DBOS, 8 threads"]["rate"])
    graph = middle["LangGraph, PostgreSQL, sync durability"]
    part = Part("S1: three durable steps with 1 KB results, 50 in flight, in process", list(middle.items()))
    part.bars = [
        least("runs/s", mine["rate"], 2000),
        least("times the best form of DBOS", mine["rate"] / best, 15, " ×"),
        least("times LangGraph", mine["rate"] / graph["rate"], 15, " ×"),
        most("our own processor ms per run", mine["own"], 0.45),
    ]
    part.notes = [
        f"Rates of Tenuto in the repeats: {', '.join(str(round(figures['rate'])) for figures in seen['Tenuto'])}.",
        _processor_times(middle),
        "Our steps also write their prose (about a quarter of our processor time); those of the peers return a prepared text.",
    ]
    return part


def _processor_times(middle: Mapping[str, Figures]) -> str:
    """What each peer uses against us: unlike rates, it hardly depends on what else the machine does."""
    used = {name: figures["own"] + figures["database"] for name, figures in middle.items()}
    others = [f"{name} {each / used['Tenuto']:.1f} ×" for name, each in used.items() if name != "Tenuto"]
    return f"Processor time a run, database included, against ours ({used['Tenuto']:.2f} ms): {', '.join(others)}."


async def _over_http(ground: Ground, *, quick: bool) -> Part:
    part = Part("S1 and S2 over HTTP: `tenuto serve`, submit and wait, a stored workflow, an API key")
    if generator() is None:
        part.notes.append(f"Not measured: {missing}.")
        return part
    seconds = 4 if quick else 10
    async with ground.database() as dsn, served(dsn) as target:
        many = median([await load(ground, target, flight=_flight, seconds=seconds) for _ in range(1 if quick else 3)])
        alone = median([await load(ground, target, flight=1, seconds=max(3, seconds // 2)) for _ in range(1 if quick else 3)])
    part.rows = [("50 in flight", many), ("one alone", alone)]
    part.bars = [least("runs/s, 50 in flight", many["rate"], 1000), most("p50 alone", alone["p50"], 12, " ms")]
    part.notes.append(f"Load generator: `{generator()}`, one thread, on the same cores. One server process.")
    return part
