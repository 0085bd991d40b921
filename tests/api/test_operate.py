"""What may be asked of runs, over HTTP: retry, many at once, and deciding about an effect that nobody can tell of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import asking, document, execute, until, value
from tests.doubles.moody import Moody, moody


@pytest.fixture
async def world() -> AsyncGenerator[Moody]:
    async with moody() as made:
        yield made


def call(world: Moody, node: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "http", "config": {"method": "POST", "url": f"{world.address}/{node}", "body": "x"}, **more}


async def test_a_failed_run_is_retried(owner: httpx2.AsyncClient, world: Moody) -> None:
    world.failures["/a"] = 2
    first = await execute(owner, document(call(world, "a"), value("b", 1)), wait=30)
    assert first["status"] == "failed"
    answer = await owner.post(f"/api/executions/{first['id']}/retry")
    assert answer.status_code == 200, answer.text
    assert answer.json()["settled"] is True
    await until(owner, str(first["id"]), "failed")
    wrong = await owner.post(f"/api/executions/{first['id']}/retry", json={"node": "b"})
    assert (wrong.status_code, wrong.json()["node"]) == (409, "b")
    assert (await owner.post(f"/api/executions/{first['id']}/retry", json={"node": "a"})).status_code == 200
    shown = await until(owner, str(first["id"]), "completed")
    assert (world.count("/a"), shown["error"]) == (3, None)
    assert (await owner.post(f"/api/executions/{first['id']}/retry")).status_code == 409
    assert (await owner.post("/api/executions/nobody/retry")).status_code == 404
    assert (await owner.post(f"/api/executions/{first['id']}/retry", json={"nodes": ["a"]})).status_code == 422


async def test_many_at_once_by_the_fields_of_the_list(owner: httpx2.AsyncClient, api: Api) -> None:
    ids = [str((await execute(owner, asking))["id"]) for _ in range(3)]
    for run in ids:
        await until(owner, run, "waiting")
    body: dict[str, JsonValue] = {"action": "cancel", "filter": {"status": ["waiting"], "workflow_id": "w"}, "limit": 2}
    looked = (await owner.post("/api/executions/bulk", json={**body, "dry_run": True})).json()
    assert (looked["matched"], looked["done"], len(looked["ids"])) == (2, 2, 2)
    assert (await api.as_role("viewer").post("/api/executions/bulk", json=body)).status_code == 403
    first = (await api.as_role("operator").post("/api/executions/bulk", json=body)).json()
    assert (first["matched"], first["done"], first["failed"]) == (2, 2, 0)
    rest = (await owner.post("/api/executions/bulk", json={**body, "cursor": first["next"]})).json()
    assert (rest["matched"], rest["done"], rest["next"]) == (1, 1, None)
    again = (await owner.post("/api/executions/bulk", json={"action": "pause", "filter": {}})).json()
    assert (again["done"], again["failed"], again["failures"][0]["problem"]["type"]) == (0, 3, "conflict")
    refused = await api.as_role("operator").post("/api/executions/bulk", json={"action": "delete", "filter": {}})
    assert refused.status_code == 403
    gone = (await api.as_role("editor").post("/api/executions/bulk", json={"action": "delete", "filter": {"search": ids[0]}})).json()
    assert (gone["matched"], gone["done"]) == (1, 1)
    assert (await owner.get(f"/api/executions/{ids[0]}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"action": "destroy", "filter": {}},
        {"action": "cancel"},
        {"action": "cancel", "filter": {"statuses": ["waiting"]}},
        {"action": "cancel", "filter": {"status": ["wating"]}},
        {"action": "cancel", "filter": {"workflow_id": "a\0b"}},
        {"action": "cancel", "filter": {"search": "\0"}},
        {"action": "cancel", "filter": {"since": "2025-01-01T00:00:00"}},
        {"action": "cancel", "filter": {}, "limit": 0},
        {"action": "cancel", "filter": {}, "limit": 100000},
    ],
)
async def test_a_filter_that_means_nothing_is_refused(owner: httpx2.AsyncClient, body: dict[str, JsonValue]) -> None:
    answer = await owner.post("/api/executions/bulk", json=body)
    assert answer.status_code == 422, answer.text


async def test_an_operator_sees_what_is_unknown_and_decides(owner: httpx2.AsyncClient, api: Api, world: Moody) -> None:
    world.held["/pay"] = asyncio.Event()
    run = str((await execute(owner, document(call(world, "pay", timeout="PT0.3S"), value("z", "{{ nodes.pay.output.id }}"))))["id"])
    await until(owner, run, "unknown")
    ops = api.as_role("operator")
    listed = (await ops.get("/api/executions", params={"status": "unknown"})).json()["executions"]
    assert [(each["id"], each["waiting_for"]) for each in listed] == [(run, "pay: a decision about an unknown effect")]
    node = (await ops.get(f"/api/executions/{run}/nodes/pay")).json()["node"]
    seen = node["unknown"]
    assert (seen["request"]["method"], seen["request"]["url"], seen["effect"]) == ("POST", f"{world.address}/pay", "write")
    assert seen["key"].endswith(":pay:1")
    assert seen["key"] == node["key"]
    assert seen["known"]["detail"]
    assert seen["began_at"] is not None
    assert (await api.as_role("viewer").post(f"/api/executions/{run}/decide", json={"node": "pay", "decision": "fail"})).status_code == 403
    said = await ops.post(f"/api/executions/{run}/decide", json={"node": "pay", "decision": "done", "output": {"id": 7}})
    assert said.status_code == 200, said.text
    shown = await until(owner, run, "completed")
    assert shown["output"] == 7
    assert (await ops.get(f"/api/executions/{run}/nodes/pay")).json()["node"]["unknown"] is None
    assert (await ops.post(f"/api/executions/{run}/decide", json={"node": "pay", "decision": "done"})).status_code == 409


async def test_a_run_is_forked(owner: httpx2.AsyncClient, api: Api, world: Moody) -> None:
    first = str((await execute(owner, document(call(world, "a"), value("b", "{{ input.n }}")), wait=30, input={"n": 1}))["id"])
    answer = await owner.post(f"/api/executions/{first}/fork", json={"node": "b", "input": {"n": 2}})
    assert answer.status_code == 201, answer.text
    shown = await until(owner, answer.json()["execution"]["id"], "completed")
    assert (shown["output"], shown["forked_from"], world.count("/a")) == (2, {"execution": first, "node": "b"}, 1)
    assert (await owner.get(f"/api/executions/{first}")).json()["execution"]["forks"] == [shown["id"]]
    assert (await owner.post(f"/api/executions/{first}/fork", json={"node": "nobody"})).status_code == 404
    assert (await owner.post("/api/executions/nobody/fork", json={"node": "b"})).status_code == 404
    wrong = await owner.post(f"/api/executions/{first}/fork", json={"node": "b", "config": {"nonsense": 1}})
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/config/nonsense")
    assert (await owner.post(f"/api/executions/{first}/fork", json={"node": "b", "version": "draft"})).status_code == 422
    assert (await api.as_role("viewer").post(f"/api/executions/{first}/fork", json={"node": "b"})).status_code == 403
