"""Workflows and calls that the tests of runs share."""

from __future__ import annotations

import asyncio
import itertools

import httpx2
from pydantic import JsonValue


def value(node: str, given: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "transform", "config": {"value": given}}


def document(*nodes: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    """A workflow of nodes in a row."""
    edges: list[JsonValue] = [{"from": a["id"], "to": b["id"]} for a, b in itertools.pairwise(nodes)]
    return {"id": "w", "name": "Test", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": edges, **more}


asking: dict[str, JsonValue] = {
    "id": "w",
    "name": "Asking",
    "startNode": "ask",
    "nodes": [{"id": "ask", "type": "approval", "config": {"title": "May I?"}}, value("done", "{{ nodes.ask.output.decision }}")],
    "edges": [{"from": "ask", "port": "approved", "to": "done"}],
}


async def execute(client: httpx2.AsyncClient, workflow: JsonValue, *, wait: int = 0, **body: JsonValue) -> dict[str, JsonValue]:
    """Start a run and answer its record."""
    answer = await client.post(f"/api/workflow/execute?wait={wait}", json={"workflow": workflow, **body})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()["execution"]


async def refusal(client: httpx2.AsyncClient, path: str, body: JsonValue) -> httpx2.Response:
    """What a run says to what it does not take. Whoever is answered before it has reacted (202) asks again: nothing has come of it."""
    async with asyncio.timeout(60):
        while (answer := await client.post(path, json=body)).status_code == 202:
            pass
    return answer


async def until(client: httpx2.AsyncClient, run: str, status: str) -> dict[str, JsonValue]:
    """The run, once it has this true status."""
    async with asyncio.timeout(60):
        while True:
            found = (await client.get(f"/api/executions/{run}")).json()["execution"]
            if found["status"] == status:
                return found
            await asyncio.sleep(0.02)
