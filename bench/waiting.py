"""Runs that wait, in a process of its own, as JSON on standard output: what they cost while they wait, and how soon one goes on."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import time

import uvloop

from bench import workloads
from bench.meter import Meter, Waiting, in_flight, resident_now
from bench.ours import opened
from tenuto.app.engine import Engine
from tenuto.core.events import WorkflowStarted
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Mail, Order
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.runs.identity import new_id

_owned = "select count(*) from executions where owner is not null"
_size = "select pg_total_relation_size('executions') + pg_total_relation_size('execution_events')"


async def _begin(made: Engine, definition: WorkflowDefinition, number: int) -> ExecutionId:
    """Start one, and go on when it waits and nobody has it any more."""
    new = ExecutionId(1, new_id())
    message = workloads.question(number)
    event = WorkflowStarted(workflow_name=definition.name, version=definition.version_hash, input={"message": message}, message=message)
    await made.worker.launch(Order(id=new, public_id=str(new.id), definition=definition, event=event))
    if made.worker.running(new) is None:
        raise SystemExit("The worker has no room for a run: this measures something else.")
    while made.worker.running(new) is not None:
        await asyncio.sleep(0.001)
    return new


async def _wake(made: Engine, run: ExecutionId) -> None:
    """Answer the question of one, and wait until its end is committed."""
    async with made.feed.watch(run, 0, made.journal.read) as watch:
        await made.mailbox.send(run, Mail("answer", "answer", {"node": "ask", "by": "bench", "data": {"decision": "approve"}}))
        while True:
            events, _ = await watch.next(30)
            if any(recorded.event.type == "workflow_completed" for recorded in events):
                return


async def measure(given: argparse.Namespace) -> Waiting:
    """Have so many wait, then wake some of them, one after the other."""
    definition = workloads.question_for_a_person()
    async with opened(given.dsn) as made:
        await asyncio.sleep(0.5)  # until the worker works
        for number in range(50):
            await _wake(made, await _begin(made, definition, number))
        gc.collect()
        before, began = resident_now(), time.perf_counter()
        runs: list[ExecutionId] = []

        async def start(number: int) -> None:
            runs.append(await _begin(made, definition, number))

        await in_flight(Meter(given.postmaster), start, given.runs, 50)
        while await made.database.pool.fetchval(_owned):
            await asyncio.sleep(0.05)
        started = given.runs / (time.perf_counter() - began)
        gc.collect()
        waiting = resident_now()
        size = await made.database.pool.fetchval(_size)
        meter = Meter(given.postmaster)
        chosen = random.Random(1).sample(runs, given.wakings)
        meter.begin()
        await in_flight(meter, lambda number: _wake(made, chosen[number]), given.wakings, 1)
        more = {"grown": waiting - before, "started": started, "bytes": size / given.runs}
        return Waiting(**meter.figures(), **more)


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--wakings", type=int, default=1000)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--postmaster", type=int)
    json.dump(uvloop.run(measure(parser.parse_args())), sys.stdout)


if __name__ == "__main__":
    main()
