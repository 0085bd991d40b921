"""History, detail and operation of runs over HTTP."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import asking, document, execute, refusal, until, value

record: dict[str, JsonValue] = {
    "id": "old-1",
    "workflow_id": "w",
    "status": "failed",
    "current_node": "b",
    "results": {"a": {"x": 1}, "b": None},
    "started": "2025-03-01T09:00:00.123456Z",
    "completed": "2025-03-01T09:01:00Z",
    "error": "boom",
}


async def test_history_in_the_kept_shape(owner: httpx2.AsyncClient) -> None:
    first = await execute(owner, document(value("a", 1)), wait=30)
    second = await execute(owner, {**document(value("a", 2)), "id": "other"}, wait=30)
    listed = (await owner.get("/api/workflows/executions")).json()
    assert (listed["success"], listed["total"]) == (True, 2)
    assert listed["executions"] == [second, first]
    assert (await owner.get("/api/workflows/executions", params={"workflow_id": "other"})).json()["executions"] == [second]
    assert (await owner.get("/api/workflows/executions", params={"limit": 1})).json()["executions"] == [second]
    assert (await owner.get("/api/workflows/executions", params={"status": "failed"})).json()["executions"] == []
    assert (await owner.get("/api/workflows/executions", params={"id": first["id"]})).json() == {"success": True, "execution": first}


@pytest.mark.parametrize(
    ("params", "status"), [({"id": "nobody"}, 404), ({"status": "nonsense"}, 422), ({"limit": "x"}, 422), ({"limit": "0"}, 422)]
)
async def test_history_refuses_with_a_sentence(owner: httpx2.AsyncClient, params: dict[str, str], status: int) -> None:
    answer = await owner.get("/api/workflows/executions", params=params)
    assert answer.status_code == status
    assert answer.json()["success"] is False


async def test_a_record_is_kept_and_read_only(owner: httpx2.AsyncClient) -> None:
    saved = await owner.post("/api/workflows/executions", json={"execution": record})
    assert saved.status_code == 200
    assert saved.json()["execution"] == record
    assert (await owner.get("/api/workflows/executions", params={"id": "old-1"})).json()["execution"] == record
    again = await owner.post("/api/workflows/executions", json={"execution": {**record, "error": "other"}})
    assert again.status_code == 409
    assert (await owner.post("/api/executions/old-1/cancel")).status_code == 409
    shown = (await owner.get("/api/executions/old-1")).json()["execution"]
    assert (shown["imported"], shown["graph"]) == (True, None)


async def test_a_record_without_a_time_zone_is_refused(owner: httpx2.AsyncClient) -> None:
    answer = await owner.post("/api/workflows/executions", json={"execution": {**record, "started": "2025-03-01T09:00:00"}})
    assert answer.status_code == 422


async def test_deleting(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, document(value("a", 1)), wait=30)
    waiting = await execute(owner, asking)
    assert (await owner.delete("/api/workflows/executions")).status_code == 400
    assert (await owner.delete("/api/workflows/executions", params={"id": waiting["id"]})).status_code == 409
    gone = await owner.delete("/api/workflows/executions", params={"workflow_id": "w"})
    assert (gone.json()["success"], gone.json()["count"]) == (True, 1)
    assert "1 have not ended" in gone.json()["message"]
    assert (await owner.get("/api/workflows/executions", params={"id": run["id"]})).status_code == 404
    await owner.post(f"/api/executions/{waiting['id']}/cancel")
    assert (await owner.delete(f"/api/executions/{waiting['id']}")).json()["success"] is True


async def test_the_true_list_is_filtered_and_paged(owner: httpx2.AsyncClient) -> None:
    ids = [(await execute(owner, document(value("a", n)), wait=30, execution_id=f"order-{n}"))["id"] for n in range(3)]
    waiting = await execute(owner, asking)
    await until(owner, str(waiting["id"]), "waiting")
    found = (await owner.get("/api/executions", params={"status": ["waiting", "paused"]})).json()["executions"]
    assert [run["id"] for run in found] == [waiting["id"]]
    assert found[0]["waiting_for"] == "ask: approval"
    page = (await owner.get("/api/executions", params={"search": "order-", "limit": 2})).json()
    assert [run["id"] for run in page["executions"]] == [ids[2], ids[1]]
    rest = (await owner.get("/api/executions", params={"search": "order-", "limit": 2, "cursor": page["next"]})).json()
    assert ([run["id"] for run in rest["executions"]], rest["next"]) == ([ids[0]], None)
    assert (await owner.get("/api/executions", params={"since": "2099-01-01T00:00:00Z"})).json()["executions"] == []
    assert (await owner.get("/api/executions", params={"cursor": "nonsense"})).status_code == 400
    assert (await owner.get("/api/executions", params={"status": "nonsense"})).status_code == 422


async def test_a_run_in_detail(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, document(value("a", {"n": 1}), value("b", "{{ nodes.a.output.n }}")), wait=30, input={"x": 1})
    shown = (await owner.get(f"/api/executions/{run['id']}")).json()["execution"]
    assert (shown["status"], shown["input"], shown["output"], shown["simulated"]) == ("completed", {"x": 1}, 1, False)
    assert [node["status"] for node in shown["nodes"].values()] == ["completed", "completed"]
    assert shown["graph"]["edges"] == [{"from": "a", "port": "out", "to": "b"}]
    node = (await owner.get(f"/api/executions/{run['id']}/nodes/b")).json()["node"]
    assert (node["input"], node["output"], node["attempts"][0]["outcome"]) == ({"value": 1}, 1, "completed")
    assert (await owner.get(f"/api/executions/{run['id']}/nodes/c")).status_code == 404
    part = (await owner.get(f"/api/executions/{run['id']}/events", params={"limit": 1, "after": 1})).json()
    assert ([event["seq"] for event in part["events"]], part["next"]) == ([2], 2)


async def test_a_log_is_read_in_long_pages(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, document(value("a", 1)), wait=30)
    at = f"/api/executions/{run['id']}/events"
    assert len((await owner.get(at, params={"limit": 1000})).json()["events"]) == 4
    assert (await owner.get(at, params={"limit": 1001})).status_code == 422


async def test_the_definition_of_a_run_stays_what_it_was(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, document(value("a", {"n": 1})), wait=30)
    shown = (await owner.get(f"/api/executions/{run['id']}/definition")).json()["definition"]
    assert [(node["id"], node["config"]) for node in shown["nodes"]] == [("a", {"value": {"n": 1}})]
    assert (await owner.get("/api/executions/nobody/definition")).status_code == 404
    await owner.post("/api/workflows/executions", json={"execution": record})
    assert (await owner.get("/api/executions/old-1/definition")).status_code == 404


async def test_operating_a_run(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    at = f"/api/executions/{run['id']}"
    await until(owner, str(run["id"]), "waiting")
    assert (await owner.post(f"{at}/resume")).status_code == 409
    paused = await owner.post(f"{at}/pause")
    # It may have reacted between the last look and the answer.
    assert paused.json()["execution"]["status"] in (("paused",) if paused.json()["settled"] else ("waiting", "paused"))
    await until(owner, str(run["id"]), "paused")
    assert (await owner.post(f"{at}/resume")).status_code in (200, 202)
    assert (await refusal(owner, f"{at}/answers", {"node": "ask", "data": {"decision": "perhaps"}})).status_code == 422
    assert (await owner.post(f"{at}/decide", json={"node": "ask", "decision": "done"})).status_code == 409
    answered = await owner.post(f"{at}/answers", json={"node": "ask", "data": {"decision": "approve"}})
    assert (answered.status_code, answered.json()["settled"]) in ((200, True), (202, False)), "it has reacted, or does so later"
    ended = await until(owner, str(run["id"]), "completed")
    assert ended["output"] == "approve"
    assert (await owner.post(f"{at}/cancel", json={"reason": "late"})).status_code == 409


async def test_cancelling_says_who_and_why(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    answer = await owner.post(f"/api/executions/{run['id']}/cancel", json={"reason": "wrong"})
    assert answer.json()["execution"]["status"] == "cancelled"
    kept = (await owner.get("/api/workflows/executions", params={"id": run["id"]})).json()["execution"]
    assert (kept["status"], kept["error"]) == ("failed", "cancelled by key:owner: wrong")


async def test_nobody_sees_or_touches_the_runs_of_another_workspace(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    foreign = api.client(api.foreign)
    at = f"/api/executions/{run['id']}"
    assert (await foreign.get("/api/executions")).json()["executions"] == []
    for answer in (
        await foreign.get(at),
        await foreign.get(f"{at}/events"),
        await foreign.post(f"{at}/cancel"),
        await foreign.delete(at),
        await foreign.get("/api/workflows/monitor", params={"execution_id": str(run["id"])}),
        await foreign.post("/api/workflows/monitor", json={"execution_id": run["id"], "type": "x"}),
    ):
        assert answer.status_code == 404


async def test_roles(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    at = f"/api/executions/{run['id']}"
    viewer, operator = api.as_role("viewer"), api.as_role("operator")
    assert (await viewer.get(at)).status_code == 200
    assert (await viewer.post(f"{at}/cancel")).status_code == 403
    assert (await operator.post(f"{at}/cancel")).status_code == 200
    assert (await operator.delete(at)).status_code == 403
