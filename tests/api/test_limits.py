"""What people see and do where runs of a workflow are limited in number."""

from __future__ import annotations

import asyncio

import httpx2
from pydantic import JsonValue
from tests.api.runs import asking, execute, until, value

one_at_once: dict[str, JsonValue] = {**asking, "settings": {"concurrency": 1}}


async def in_line(client: httpx2.AsyncClient, run: str) -> None:
    async with asyncio.timeout(30):
        while (await client.get(f"/api/executions/{run}")).json()["execution"]["waiting_for"] != "the concurrency limit of 1":
            await asyncio.sleep(0.02)


async def test_who_stands_in_line_says_so_and_is_cancelled_at_once(owner: httpx2.AsyncClient) -> None:
    first = str((await execute(owner, one_at_once))["id"])
    await until(owner, first, "waiting")
    second, third = str((await execute(owner, one_at_once))["id"]), str((await execute(owner, one_at_once))["id"])
    await in_line(owner, second)
    await in_line(owner, third)
    listed = (await owner.get("/api/executions?status=pending")).json()["executions"]
    assert {run["id"]: run["waiting_for"] for run in listed} == dict.fromkeys((second, third), "the concurrency limit of 1")
    answer = await owner.post(f"/api/executions/{second}/cancel")
    assert (answer.status_code, answer.json()["execution"]["status"]) == (200, "cancelled")
    assert (await owner.post(f"/api/executions/{first}/cancel")).status_code == 200
    await until(owner, third, "waiting")


async def test_a_fork_stands_in_line_like_any_other(owner: httpx2.AsyncClient) -> None:
    workflow: dict[str, JsonValue] = {
        **one_at_once,
        "startNode": "begin",
        "nodes": [value("begin", 1), {"id": "ask", "type": "approval", "config": {"title": "May I?"}}],
        "edges": [{"from": "begin", "to": "ask"}],
    }
    first = str((await execute(owner, workflow))["id"])
    await until(owner, first, "waiting")
    answer = await owner.post(f"/api/executions/{first}/fork", json={"node": "ask"})
    assert answer.status_code in (200, 201, 202), answer.text
    fork = answer.json()["execution"]["id"]
    await in_line(owner, fork)
    assert (await owner.post(f"/api/executions/{first}/cancel")).status_code == 200
    shown = await until(owner, fork, "waiting")
    assert shown["waiting_for"] != "the concurrency limit of 1"
