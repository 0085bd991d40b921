"""A server for the storm: one process that works on whatever is there, on an embedded database that it brings back.

As a process: `python -m tests.crash.chaos FOLDER ADDRESSES START` starts its share of the runs (idempotent, as a client that tries again)
and works until it is told to stop.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from itertools import pairwise
from pathlib import Path

from tests.crash import scenario
from tests.crash.counter import Addresses
from tests.engine.rig import Rig, rig

from tenuto.core.errors import Unavailable
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.server.embedded import embedded_server

options = {"fsync": "off", "full_page_writes": "off"}
"""Enough for processes that are killed; only a machine that loses its power needs more."""


def definition(addresses: Addresses) -> WorkflowDefinition:
    """An agent, effects of three kinds, a wait in memory and one without a process."""
    effect = f"{addresses.counter}/effect"
    nodes = [
        {"id": "ask", "type": "agent", "config": {"agent": "helper", "message": "Where is my card?"}},
        {"id": "fetch", "type": "http", "config": {"url": effect + "/fetch/{{ execution.id }}"}},
        {"id": "put", "type": "http", "config": {"method": "PUT", "url": effect + "/put", "body": {"run": "{{ execution.id }}"}}},
        {"id": "nap", "type": "delay", "config": {"duration": "PT0.7S"}},
        {"id": "post", "type": "http", "config": {"method": "POST", "url": effect + "/post", "body": {"run": "{{ execution.id }}"}}},
        {"id": "pause", "type": "delay", "config": {"duration": "PT0.03S"}},
        {"id": "end", "type": "transform", "config": {"value": "{{ execution.id }}"}},
    ]
    for node in nodes:
        if node["type"] == "http":
            node["retry"] = {"attempts": 5, "delay": 0.1}
    edges = [{"from": a["id"], "to": b["id"]} for a, b in pairwise(nodes)]
    agents = [{"id": "helper", "name": "Helper", "provider": "simulated"}]
    return WorkflowDefinition.model_validate({"name": "Storm", "startNode": "ask", "agents": agents, "nodes": nodes, "edges": edges})


async def _main(folder: Path, addresses: Addresses, count: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with embedded_server(folder, options=options) as server:
        database = await Database.open(server.dsn, revive=server.ensure)
        async with scenario.door() as door, rig(database, catalog=scenario.catalog, sender=door, slots=100) as made:
            print("up", flush=True)
            starting = asyncio.create_task(_start(made, definition(addresses), count))
            await stop.wait()
            starting.cancel()
        await database.close()


async def _start(made: Rig, storm: WorkflowDefinition, count: int) -> None:
    """Ask for the runs until each of them is answered for."""
    gate = asyncio.Semaphore(20)

    async def one(number: int) -> None:
        while True:
            try:
                async with gate:
                    await made.start(storm, public_id=f"storm-{number:03}")
            except Unavailable:
                await asyncio.sleep(0.1)
            else:
                return

    await asyncio.gather(*(one(number) for number in range(count)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Addresses(*json.loads(sys.argv[2])), int(sys.argv[3])))
