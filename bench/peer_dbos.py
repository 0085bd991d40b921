"""One measurement of DBOS in its own virtual environment: three durable steps that return 1 KB, on the same PostgreSQL."""

from __future__ import annotations

import argparse
import json
import logging
import sys

import uvloop
from dbos import DBOS, DBOSConfig

from bench.meter import Figures, Meter, in_flight, in_threads
from bench.text import answer


@DBOS.step()
def step(question: str) -> str:
    """A turn."""
    return answer(question)


@DBOS.workflow()
def three(question: str) -> str:
    """Three turns, each asked what the one before answered."""
    return step(step(step(question)))


@DBOS.step()
async def step_async(question: str) -> str:
    """A turn."""
    return answer(question)


@DBOS.workflow()
async def three_async(question: str) -> str:
    """The same, asynchronous."""
    return await step_async(await step_async(await step_async(question)))


async def measure_async(meter: Meter, given: argparse.Namespace) -> Figures:
    """`flight` workflows at the same time in one event loop."""

    async def one(number: int) -> None:
        await three_async(answer(str(number)))

    await in_flight(meter, one, given.warm, given.flight)
    meter.begin()
    await in_flight(meter, one, given.runs, given.flight)
    return meter.figures()


def measure_threads(meter: Meter, given: argparse.Namespace) -> Figures:
    """Synchronous workflows in threads: more threads than eight made it slower."""

    def one(number: int) -> None:
        three(answer(str(number)))

    in_threads(meter, one, given.warm, given.threads)
    meter.begin()
    in_threads(meter, one, given.runs, given.threads)
    return meter.figures()


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--warm", type=int, default=50)
    parser.add_argument("--flight", type=int, default=50)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--postmaster", type=int)
    given = parser.parse_args()
    config = DBOSConfig(name="bench", system_database_url=given.dsn, run_admin_server=False, log_level="ERROR")
    DBOS(config=config)
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS.launch()
    meter = Meter(given.postmaster)
    figures = measure_threads(meter, given) if given.threads else uvloop.run(measure_async(meter, given))
    DBOS.destroy()
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
