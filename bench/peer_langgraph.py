"""One measurement of LangGraph in its own virtual environment: three nodes that return 1 KB, each checkpoint written before the next."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TypedDict
from uuid import uuid4

import uvloop
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.meter import Figures, Meter, in_flight
from bench.text import answer


class State(TypedDict, total=False):
    """What the nodes hand on."""

    question: str
    one: str
    two: str
    three: str


async def one(state: State) -> State:
    """A turn."""
    return {"one": answer(state["question"])}


async def two(state: State) -> State:
    """A turn."""
    return {"two": answer(state["one"])}


async def three(state: State) -> State:
    """A turn."""
    return {"three": answer(state["two"])}


async def measure(given: argparse.Namespace) -> Figures:
    """`flight` invocations at the same time in one event loop, with a pool of connections."""
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(given.dsn, min_size=10, max_size=10, kwargs=options, open=False) as pool:
        # A saver lets one caller at a time through, pool or not: ten of them are four times as fast as one.
        savers = [AsyncPostgresSaver(pool) for _ in range(10)]
        await savers[0].setup()
        graph = StateGraph(State)
        for name, node in (("ask", one), ("check", two), ("close", three)):
            graph.add_node(name, node)
        for here, there in ((START, "ask"), ("ask", "check"), ("check", "close"), ("close", END)):
            graph.add_edge(here, there)
        compiled = [graph.compile(checkpointer=saver) for saver in savers]

        async def run(number: int) -> None:
            config = {"configurable": {"thread_id": str(uuid4())}}
            await compiled[number % len(compiled)].ainvoke({"question": answer(str(number))}, config, durability="sync")

        meter = Meter(given.postmaster)
        await in_flight(meter, run, given.warm, given.flight)
        meter.begin()
        await in_flight(meter, run, given.runs, given.flight)
        return meter.figures()


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--warm", type=int, default=50)
    parser.add_argument("--flight", type=int, default=50)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--postmaster", type=int)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(parser.parse_args()))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
