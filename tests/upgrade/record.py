"""Runs in flight as a version of the program left them: recorded once by that version, continued by every later one.

Run in a checkout of the version to be recorded: `python -m tests.upgrade.record tests/fixtures/upgrade/<version>.json`. One process for
each commit starts the run and kills itself there; what is in the database then is the record.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
from tests.engine.rig import rig

from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.migrate import migrate
from tenuto.store.server.embedded import embedded_server

_parked, _mailed = 0, -1
_way = ["big", "topic", "shape", "ask", "sort", "fetch", "tell", "pause", "nap", "sure", "done"]


def definition() -> WorkflowDefinition:
    """Every kind of node that the first version has; simulated, so that nothing outside is needed to go on."""
    schema = {"type": "object", "properties": {"urgent": {"type": "boolean"}}, "required": ["urgent"]}
    slack = {"integration": "slack", "action": "send_message", "params": {"channel": "#ops", "text": "{{ nodes.ask.output.text }}"}}
    configs: dict[str, tuple[str, dict[str, Any]]] = {
        "big": ("condition", {"condition": "{{ input.n > 3 }}"}),
        "topic": ("switch", {"value": "{{ input.topic }}", "cases": [{"when": "cards", "port": "cards"}]}),
        "shape": ("transform", {"value": {"n": "{{ input.n * 6 }}"}}),
        "ask": ("agent", {"agent": "writer", "message": "{{ input.topic }} {{ nodes.shape.output.n }}"}),
        "sort": ("agent", {"agent": "writer", "message": "{{ nodes.ask.output.text }}", "output_schema": schema}),
        "fetch": ("http", {"url": "https://example.com/"}),
        "tell": ("integration", slack),
        "pause": ("delay", {"duration": "PT0.03S"}),
        "nap": ("delay", {"duration": "PT0.6S"}),
        "sure": ("approval", {"title": "Go on?"}),
        "done": ("end", {"output": {"n": "{{ nodes.shape.output.n }}", "by": "{{ nodes.sure.output.by }}"}}),
        "never": ("transform", {"value": "not taken"}),
    }
    ports = {"big": "true", "topic": "cards", "sure": "approved"}
    edges = [{"from": a, "port": ports.get(a, "out"), "to": b} for a, b in pairwise(_way)]
    edges += [{"from": "big", "port": "false", "to": "never"}, {"from": "sure", "port": "rejected", "to": "never"}]
    nodes = [{"id": node, "type": kind, "config": config} for node, (kind, config) in configs.items()]
    agents = [{"id": "writer", "name": "Writer", "provider": "lyzr", "agent_id": "a-1", "description": "Writes."}]
    return WorkflowDefinition.model_validate({"name": "In flight", "startNode": "big", "agents": agents, "nodes": nodes, "edges": edges})


async def _live(dsn: str, n: int) -> None:
    """Run, and be killed at the n-th commit, or where the run waits for its answer; or say that there are fewer commits."""
    commits = 0

    def tick() -> None:
        nonlocal commits
        commits += 1
        if commits == n:
            os.kill(os.getpid(), signal.SIGKILL)

    database = await Database.open(dsn)
    async with rig(database, tick=tick) as made:
        started = await made.start(definition(), input={"n": 7, "topic": "cards"}, simulated=True, public_id=f"in-flight-{n}")
        await made.until(started.id, "node_waiting", node="sure")
        while n in (_parked, _mailed) and await database.pool.fetchval("select owner from executions where id = $1", started.id.id):
            await asyncio.sleep(0.01)
        if n == _parked:
            os.kill(os.getpid(), signal.SIGKILL)
        if n == _mailed:
            made.worker.slots = 0
        await made.mail(started.id, Mail("answer", "answer", {"node": "sure", "by": "member:Ada", "data": {"decision": "approve"}}))
        if n == _mailed:
            os.kill(os.getpid(), signal.SIGKILL)
        await made.end(started.id)
    await database.close()


async def _taken(dsn: str, n: int) -> dict[str, Any]:
    link = await asyncpg.connect(dsn)
    try:
        run = await link.fetchrow("select * from executions where public_id = $1", f"in-flight-{n}")
        assert run is not None
        events = await link.fetch("select seq, at, type, node, data from execution_events where execution_id = $1 order by seq", run["id"])
        mail = await link.fetch("select key, kind, signal from mailbox where execution_id = $1", run["id"])
        body = await link.fetchval("select body from definitions where hash = $1", run["version_hash"])
    finally:
        await link.close()
    return {
        "execution": {name: _plain(value) for name, value in run.items() if value is not None and name != "owner"},
        "events": [{name: _plain(value) for name, value in row.items()} for row in events],
        "mail": [{name: _plain(value) for name, value in row.items()} for row in mail],
        "definition": json.loads(body),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return value if value is None or isinstance(value, (bool, int, str, list)) else str(value)


async def _record(target: Path) -> None:
    taken: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tenuto-record-") as folder:
        Path(folder).chmod(0o755)
        async with embedded_server(Path(folder) / "data") as server:
            await migrate(server.dsn)
            # Commits of one run are not always as many: the last few places are there in some lives only.
            for n in (_mailed, _parked, *range(1, 25)):
                line = [sys.executable, "-m", "tests.upgrade.record", "--live", server.dsn, str(n)]
                if subprocess.run(line, check=False).returncode == -signal.SIGKILL:
                    taken.append(await _taken(server.dsn, n))
    seen = {(place["execution"]["head"], len(place["mail"])): place for place in taken}
    taken = [seen[key] for key in sorted(seen)]
    target.write_text(json.dumps(taken, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(taken)} places recorded: {target}")


if __name__ == "__main__":
    if sys.argv[1] == "--live":
        asyncio.run(_live(sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(_record(Path(sys.argv[1])))
