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
    assert (answer.status_code, answer.json()["settled"]) in ((200, True), (202, False)), "it has reacted, or does so later"
    async with asyncio.timeout(60):
        while world.count("/a") < 2:
            await asyncio.sleep(0.02)
    await until(owner, str(first["id"]), "failed")
    wrong = await owner.post(f"/api/executions/{first['id']}/retry", json={"node": "b"})
    assert (wrong.status_code, wrong.json()["node"]) == (409, "b")
    assert (await owner.post(f"/api/executions/{first['id']}/retry", json={"node": "a"})).status_code in (200, 202)
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
    world.lost.add("/pay")
    run = str((await execute(owner, document(call(world, "pay"), value("z", "{{ nodes.pay.output.id }}"))))["id"])
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
    assert said.status_code in (200, 202), said.text
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


async def test_a_run_is_replayed_against_another_version(owner: httpx2.AsyncClient, api: Api, world: Moody) -> None:
    flow = {**document(call(world, "a"), value("b", {"n": "{{ input.n }}"})), "id": "flow"}
    assert (await owner.post("/api/workflows", json=flow)).status_code == 200
    assert (await owner.post("/api/workflows/flow/publish")).status_code == 200
    started = await owner.post("/api/workflow/execute?wait=30", json={"workflow_id": "flow", "input": {"n": 1}})
    first = started.json()["execution"]["id"]
    changed = {**flow, "nodes": [call(world, "a"), value("b", {"n": "{{ input.n + 1 }}"})]}
    assert (await owner.put("/api/workflows", json=changed)).status_code == 200
    for against, differs in (
        ({}, []),
        ({"version": 1}, []),
        ({"version": "draft"}, ["output", "nodes"]),
        ({"workflow": changed}, ["output", "nodes"]),
    ):
        answer = await owner.post(f"/api/executions/{first}/replay?wait=30", json=against)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["execution"]["simulated"], answer.json()["difference"]["differs"]) == (True, differs)
    made = answer.json()["execution"]["id"]
    found = (await api.as_role("viewer").get(f"/api/executions/{made}/difference")).json()["difference"]
    assert found["output"]["changes"] == [{"pointer": "/n", "kind": "changed", "before": 1, "after": 2}]
    assert (found["nodes"]["a"]["recorded"], world.count("/a")) == (True, 1)
    shown = (await owner.get(f"/api/executions/{made}")).json()["execution"]
    assert shown["replay_of"] == {"execution": first, "against": "given", "answers": "recorded"}
    at_once = await owner.post(f"/api/executions/{first}/replay")
    assert (at_once.status_code, at_once.json()["difference"]) == (201, None)
    assert (await owner.get(f"/api/executions/{first}/difference", params={"with": made})).json()["difference"]["same"] is False
    assert (await owner.get(f"/api/executions/{first}/difference")).status_code == 409
    assert (await api.as_role("viewer").post(f"/api/executions/{first}/replay")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"version": 7}, 404),
        ({"version": 0}, 422),
        ({"version": 2**40}, 422),
        ({"version": "newest"}, 422),
        ({"versions": 1}, 422),
        ({"answers": "none"}, 422),
        ({"version": "draft"}, 422),
        ({"version": 1, "workflow": {}}, 422),
        ({"workflow": {}}, 422),
        ({"workflow": "text"}, 422),
        ({"workflow": {"name": "x", "startNode": "a", "nodes": [{"id": "a", "type": "nonsense"}]}}, 422),
    ],
)
async def test_a_replay_against_nothing_that_runs_is_refused(owner: httpx2.AsyncClient, body: dict[str, JsonValue], status: int) -> None:
    flow = {**document(value("a", 1)), "id": "flow"}
    await owner.post("/api/workflows", json=flow)
    await owner.post("/api/workflows/flow/publish")
    first = (await owner.post("/api/workflow/execute?wait=30", json={"workflow_id": "flow"})).json()["execution"]["id"]
    await owner.put("/api/workflows", json={**flow, "nodes": [value("a", "{{ nodes.nobody.output }}")]})
    answer = await owner.post(f"/api/executions/{first}/replay", json=body)
    assert answer.status_code == status, answer.text
    assert (await owner.get("/api/replays")).json()["replays"] == []


async def test_many_are_replayed_and_found_by_their_key(owner: httpx2.AsyncClient) -> None:
    flow = document(value("b", "{{ input.n // 2 }}"))
    ids = [str((await execute(owner, flow, wait=30, input={"n": n}))["id"]) for n in (0, 1, 4)]
    against = {"workflow": document(value("b", "{{ input.n // 4 }}"))}
    body: dict[str, JsonValue] = {"action": "replay", "filter": {"workflow_id": "w"}, "replay": against, "key": "before the change"}
    done = (await owner.post("/api/executions/bulk", json=body)).json()
    assert (done["matched"], done["done"], done["failed"], done["key"]) == (3, 3, 0, "before the change")
    for _ in range(600):
        found = (await owner.get("/api/replays", params={"key": "before the change"})).json()["replays"]
        if all(each["ended"] for each in found):
            break
        await asyncio.sleep(0.05)
    assert {each["of"]: (each["same"], each["differs"]) for each in found} == {
        ids[0]: (True, []), ids[1]: (True, []), ids[2]: (False, ["output", "nodes"]),
    }  # fmt: skip
    again = (await owner.post("/api/executions/bulk", json={**body, "key": "again"})).json()
    assert (again["matched"], again["done"]) == (3, 3), "replays are not replayed"
    assert (await owner.post("/api/executions/bulk", json={**body, "action": "cancel"})).status_code == 422
    gone = await owner.delete(f"/api/executions/{ids[0]}")
    assert gone.status_code == 200
    listed = (await owner.get("/api/replays", params={"key": ids[0]})).json()["replays"]
    assert [(each["same"], each["problem"]["type"]) for each in listed] == [(None, "not-found")] * 2
