"""One measurement of Tenuto in a process of its own, as JSON on standard output: what `bench.child` asks for."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvloop
from prometheus_client import CollectorRegistry

from bench import workloads
from bench.meter import Figures, Meter, in_flight
from bench.slow import slow_server
from tenuto.api.around.metrics import UsageMetrics
from tenuto.app.collecting import collect_seldom
from tenuto.app.engine import Engine, engine
from tenuto.core.catalog import discover
from tenuto.core.events import WorkflowStarted
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Order
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.outside.addresses import Addresses
from tenuto.engine.spending.prices import read_prices
from tenuto.store.database import Database
from tenuto.store.runs.identity import new_id
from tenuto.vault.crypto import Keyring
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

_status = "select status from executions where workspace = $1 and id = $2"


@asynccontextmanager
async def opened(dsn: str, *, working: bool = True) -> AsyncGenerator[Engine]:
    """An engine as the served product has it, on a migrated database; without `working` it starts runs and leaves them to others."""
    database = await Database.open(dsn)
    catalog = discover()
    try:
        async with (
            VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as sender,
            engine(
                database,
                catalog,
                sender,
                catalog.providers,
                slots=200,
                working=working,
                prices=read_prices({}),
                addresses=Addresses("http://127.0.0.1", Keyring([bytes(32)]).signatures),
                observe=UsageMetrics(CollectorRegistry()).count,
            ) as made,
        ):
            collect_seldom()
            yield made
    finally:
        await database.close()


async def run(made: Engine, definition: WorkflowDefinition, number: int, *, simulated: bool = True) -> None:
    """Submit one run and wait until its end is committed."""
    new = await submit(made, definition, number, simulated=simulated)
    if any(node.type == "map" for node in definition.nodes):
        await _over(made, new)  # it is parked while its items run
    elif (going := made.worker.running(new)) is not None:
        course = await going.ended
        if course.state.status is not Status.completed:
            raise SystemExit(f"A run ended as {course.state.status}: {course.state.error}")


async def submit(made: Engine, definition: WorkflowDefinition, number: int, *, simulated: bool) -> ExecutionId:
    """Start one run."""
    message = workloads.question(number)
    new = ExecutionId(1, new_id())
    event = WorkflowStarted(
        workflow_name=definition.name,
        version=definition.version_hash,
        input={"message": message},
        vars={"message": message},
        message=message,
        simulated=simulated,
    )
    await made.worker.launch(Order(id=new, public_id=str(new.id), definition=definition, event=event))
    return new


async def _over(made: Engine, run: ExecutionId) -> None:
    while (status := await made.database.pool.fetchval(_status, *run)) not in ("completed", "failed"):
        await asyncio.sleep(0.01)
    if status == "failed":
        raise SystemExit("A run failed.")


async def measure(given: argparse.Namespace) -> Figures:
    """Warm up, then measure."""
    async with opened(given.dsn) as made, _definition(given) as definition:
        simulated = given.shape != "calls"
        meter = Meter(given.postmaster)

        async def one(number: int) -> None:
            await run(made, definition, number, simulated=simulated)

        await in_flight(meter, one, given.warm, given.flight)
        meter.begin()
        await in_flight(meter, one, given.runs, given.flight)
        return meter.figures()


@asynccontextmanager
async def _definition(given: argparse.Namespace) -> AsyncGenerator[WorkflowDefinition]:
    if given.shape == "calls":
        async with slow_server(milliseconds=20) as url:
            yield workloads.calls(url)
    else:
        yield {"chain": workloads.chain, "fan": workloads.fan, "pure": workloads.pure, "map": workloads.mapped}[given.shape](given.size)


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=["chain", "fan", "pure", "map", "calls"], default="chain")
    parser.add_argument("--size", type=int, default=3)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--warm", type=int, default=200)
    parser.add_argument("--flight", type=int, default=50)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--postmaster", type=int)
    figures = uvloop.run(measure(parser.parse_args()))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
