"""One workflow by its id: versions, publishing, comparing, checking, trying a node, files and figures."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api

from tenuto.core.documents.reader import read_document

flow: dict[str, Any] = {
    "id": "team/flow",
    "name": "Flow",
    "startNode": "shout",
    "agents": [{"id": "writer", "name": "Writer", "agent_id": "66a0000000000000000000aa"}],
    "nodes": [
        {"id": "shout", "type": "transform", "config": {"value": "{{ (input.message + vars.tail).upper() }}"}},
        {"id": "post", "type": "integration",
         "config": {"integration": "slack", "action": "send_message", "params": {"channel": "#a", "text": "{{ nodes.shout.output }}"}}},
        {"id": "ask", "type": "agent", "config": {"agent": "writer", "message": "Hello {{ input.message }}"}},
        {"id": "wait", "type": "delay", "config": {"duration": "PT1H"}},
        {"id": "stop", "type": "end", "config": {"output": "{{ input.message }}"}},
    ],
    "edges": [{"from": "shout", "to": "post"}, {"from": "post", "to": "ask"}, {"from": "ask", "to": "wait"}, {"from": "wait", "to": "stop"}],
}  # fmt: skip
at = "/api/workflows/team%2Fflow"


@pytest.fixture
async def client(owner: httpx2.AsyncClient) -> httpx2.AsyncClient:
    answer = await owner.post("/api/workflows", json=flow)
    assert answer.status_code == 200, answer.text
    return owner


async def put(client: httpx2.AsyncClient, **changes: object) -> None:
    assert (await client.put("/api/workflows", json={"id": "team/flow", **changes})).status_code == 200


async def test_publish_list_get(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"{at}/versions")).json() == {"success": True, "versions": [], "next": None}
    first = (await client.post(f"{at}/publish", json={"note": "Begin"})).json()["version"]
    assert (first["number"], first["note"], first["current"]) == (1, "Begin", True)
    assert (await client.post(f"{at}/publish")).json()["version"]["number"] == 1, "the same draft is the same version"
    await put(client, name="Flow 2")
    second = (await client.post(f"{at}/publish", json={"revision": 2})).json()["version"]
    assert second["hash"] != first["hash"]
    listed = (await client.get(f"{at}/versions")).json()["versions"]
    assert [(item["number"], item["current"]) for item in listed] == [(2, True), (1, False)]
    one = (await client.get(f"{at}/versions/1")).json()
    assert one["workflow"]["name"] == "Flow"
    assert (await client.get(f"{at}/versions/3")).status_code == 404
    assert (await client.get(f"{at}/versions/99999999999999")).status_code == 404
    assert (await client.get("/api/workflows", params={"id": "team/flow"})).json()["version"] == 2
    assert (await client.post(f"{at}/publish", json={"revision": 1})).status_code == 409
    assert (await client.post("/api/workflows/nobody/publish")).status_code == 404


async def test_what_has_errors_is_not_published(client: httpx2.AsyncClient) -> None:
    await put(client, nodes=[*flow["nodes"], {"id": "x", "type": "nope"}], edges=[*flow["edges"], {"from": "ask", "to": "gone"}])
    refused = await client.post(f"{at}/publish")
    assert refused.status_code == 422
    assert len([issue for issue in refused.json()["issues"] if issue["severity"] == "error"]) >= 2
    assert (await client.get(f"{at}/versions")).json()["versions"] == []
    checked = (await client.post(f"{at}/validate")).json()
    assert checked["valid"] is False
    assert [{k: v for k, v in issue.items() if k not in ("line", "column")} for issue in checked["issues"]] == refused.json()["issues"]
    assert (await client.post(f"{at}/validate", json={"workflow": flow})).json()["valid"] is True


async def test_stored_agents_are_pinned_with_the_version(client: httpx2.AsyncClient) -> None:
    nodes = [{"id": "ask", "type": "agent", "config": {"agent": "agent-default", "message": "Hi"}}]
    await put(client, agents=[], nodes=nodes, edges=[], startNode="ask")
    await client.put("/api/agents/config", json={"id": "agent-default", "agent_id": "1" * 24})
    first = (await client.post(f"{at}/publish")).json()["version"]
    document = (await client.get(f"{at}/versions/1")).json()["workflow"]
    assert [(agent["id"], agent["agent_id"]) for agent in document["agents"]] == [("agent-default", "1" * 24)]
    await client.put("/api/agents/config", json={"id": "agent-default", "agent_id": "2" * 24})
    assert (await client.get(f"{at}/versions/1")).json()["workflow"] == document
    second = (await client.post(f"{at}/publish")).json()["version"]
    assert (second["number"], second["hash"] == first["hash"]) == (2, False), "another agent is another version"


async def test_rollback_is_a_new_version_of_the_old_content(client: httpx2.AsyncClient) -> None:
    first = (await client.post(f"{at}/publish")).json()["version"]
    await put(client, name="Worse")
    await client.post(f"{at}/publish")
    back = (await client.post(f"{at}/rollback", json={"version": 1})).json()["version"]
    assert (back["number"], back["hash"], back["note"], back["current"]) == (3, first["hash"], "Back to version 1", True)
    assert (await client.get("/api/workflows", params={"id": "team/flow"})).json()["workflow"]["name"] == "Worse", "the draft stays"
    assert (await client.post(f"{at}/rollback", json={"version": 9})).status_code == 404


async def test_runs_start_with_the_published_version(client: httpx2.AsyncClient) -> None:
    asked = {"workflow_id": "team/flow", "message": "x", "simulate": True}
    assert (await client.post("/api/workflow/execute", json=asked)).status_code == 409
    await client.post(f"{at}/publish")
    started = await client.post("/api/workflow/execute", json=asked)
    assert started.status_code == 202, started.text
    assert (await client.post("/api/workflow/execute", json=asked | {"version": 7})).status_code == 404


async def test_diff_names_every_change_with_its_pointer(client: httpx2.AsyncClient) -> None:
    await client.post(f"{at}/publish")
    assert (await client.get(f"{at}/diff")).json()["difference"]["same"] is True
    nodes = [node for node in flow["nodes"] if node["id"] != "wait"]
    nodes[0] = nodes[0] | {"config": {"value": 1}, "notes": "new"}
    nodes.append({"id": "new", "type": "end"})
    await put(client, nodes=nodes, edges=[*flow["edges"][:2], {"from": "ask", "to": "new"}], settings={"tags": ["t"]}, description="D")
    found = (await client.get(f"{at}/diff", params={"from": "1", "to": "draft"})).json()["difference"]
    assert found["same"] is False
    assert [node["id"] for node in found["nodes"]["added"]] == ["new"]
    assert [node["id"] for node in found["nodes"]["removed"]] == ["wait"]
    (changed,) = found["nodes"]["changed"]
    assert changed["id"] == "shout"
    assert {(change["pointer"], change["kind"]) for change in changed["changes"]} == {("/config/value", "changed"), ("/notes", "added")}
    assert {(edge["from"], edge["to"]) for edge in found["edges"]["removed"]} == {("ask", "wait"), ("wait", "stop")}
    assert [change["pointer"] for change in found["settings"]] == ["/tags"]
    assert [change["pointer"] for change in found["other"]] == ["/description"]
    back = (await client.get(f"{at}/diff", params={"from": "draft", "to": "published"})).json()["difference"]
    assert [node["id"] for node in back["nodes"]["added"]] == ["wait"]
    assert (await client.get(f"{at}/diff", params={"from": "x"})).status_code == 400
    assert (await client.get(f"{at}/diff", params={"from": "4"})).status_code == 404


async def test_export_imports_as_the_same(client: httpx2.AsyncClient) -> None:
    for form in ("yaml", "json"):
        text = await client.get(f"{at}/export", params={"format": form})
        assert text.headers["content-disposition"] == f'attachment; filename="team-flow.{form}"'
        document = read_document(text.text)
        assert document["edges"] == flow["edges"]  # type: ignore[index, call-overload]
        copy = await client.post("/api/workflows/import", json={"text": text.text, "id": f"copy-{form}"})
        assert copy.status_code == 201, copy.text
        assert (
            copy.json()["workflow"]["nodes"] == (await client.get("/api/workflows", params={"id": "team/flow"})).json()["workflow"]["nodes"]
        )
    assert (await client.get(f"{at}/export", params={"format": "python"})).status_code == 422
    assert (await client.get(f"{at}/export", params={"version": "published"})).status_code == 404


async def tried(client: httpx2.AsyncClient, node: str, **more: object) -> dict[str, Any]:
    answer = await client.post(f"{at}/test", json={"node": node, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["test"]


async def test_try_a_pure_node(client: httpx2.AsyncClient) -> None:
    test = await tried(client, "shout", input={"message": "oh"}, vars={"tail": "!"})
    assert (test["status"], test["output"], test["config"], test["port"]) == ("completed", "OH!", {"value": "OH!"}, "out")
    failed = await tried(client, "shout", input={"message": "oh"})
    assert failed["status"] == "failed"
    assert failed["problem"]["type"] == "expression-failed"
    assert "tail" in failed["problem"]["detail"]
    assert failed["config"] is None


async def test_try_a_node_with_pinned_outputs_simulated_by_default(client: httpx2.AsyncClient) -> None:
    test = await tried(client, "post", nodes={"shout": "LOUD"})
    assert (test["status"], test["simulated"], test["effect"]) == ("completed", True, "write")
    assert test["config"]["params"] == {"channel": "#a", "text": "LOUD"}
    assert test["output"]["text"] == "LOUD"
    asked = await tried(client, "ask", message="you")
    assert asked["status"] == "completed"
    assert asked["output"]["text"]
    real = await tried(client, "post", nodes={"shout": "LOUD"}, simulate=False)
    assert (real["status"], real["problem"]["type"]) == ("failed", "connection-missing")


async def test_try_nodes_that_wait_or_end(client: httpx2.AsyncClient) -> None:
    waiting = await tried(client, "wait")
    assert waiting["status"] == "waiting"
    assert waiting["until"]
    assert (await tried(client, "stop", message="bye"))["status"] == "finished"


async def test_try_a_node_of_a_document_that_is_broken_elsewhere(client: httpx2.AsyncClient) -> None:
    document = {
        "name": "X", "startNode": "gone", "edges": [{"from": "a", "to": "nowhere"}],
        "nodes": [{"id": "a", "type": "transform", "config": {"value": "{{ nodes.b.output + 1 }}"}}, {"id": "b", "type": "nope"}],
    }  # fmt: skip
    assert (await tried(client, "a", workflow=document, nodes={"b": 41}))["output"] == 42
    unknown = await client.post(f"{at}/test", json={"node": "zzz"})
    assert unknown.status_code == 404
    assert (await tried(client, "b", workflow=document))["status"] == "failed"


async def test_a_trial_has_a_time_limit(client: httpx2.AsyncClient) -> None:
    document = {"name": "X", "startNode": "a", "nodes": [{"id": "a", "type": "http", "config": {"url": "http://127.0.0.1:9/"}}]}
    assert (await client.post(f"{at}/test", json={"node": "a", "workflow": document, "timeout": 1000})).status_code == 422
    refused = await tried(client, "a", workflow=document, simulate=False, timeout=5)
    assert refused["problem"]["type"] in ("unreachable", "timed-out")


async def test_metrics_count_runs(client: httpx2.AsyncClient, dsn: str) -> None:
    empty = (await client.get(f"{at}/metrics")).json()["metrics"]
    assert (empty["total"], empty["success_rate"], empty["p50_seconds"]) == (0, None, None)
    link = await asyncpg.connect(dsn)
    try:
        for number, (status, seconds) in enumerate([("completed", 1), ("completed", 3), ("failed", 9), ("running", None)]):
            await link.execute(
                "insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, trigger,"
                " created_at, started_at, finished_at) values (1, gen_random_uuid(), $1, 'team/flow', 'F', 'h', $2, 1, 99, 'api',"
                " now(), now(), now() + make_interval(secs => $3))",
                f"r{number}", status, seconds,
            )  # fmt: skip
    finally:
        await link.close()
    metrics = (await client.get(f"{at}/metrics")).json()["metrics"]
    assert metrics["by_status"] == {"completed": 2, "failed": 1, "running": 1}
    assert metrics["success_rate"] == pytest.approx(2 / 3)
    assert (metrics["p50_seconds"], metrics["p95_seconds"]) == (pytest.approx(2), pytest.approx(2.9))
    assert (await client.get(f"{at}/metrics", params={"days": 0})).status_code == 422


async def test_roles_and_workspaces(api: Api) -> None:
    await api.as_role("owner").post("/api/workflows", json=flow)
    viewer, stranger = api.as_role("viewer"), api.client(api.foreign)
    assert (await viewer.get(f"{at}/versions")).status_code == 200
    assert (await viewer.post(f"{at}/publish")).status_code == 403
    assert (await viewer.post(f"{at}/test", json={"node": "shout"})).status_code == 403
    for method, path in [
        ("GET", "versions"),
        ("POST", "publish"),
        ("GET", "export"),
        ("GET", "diff"),
        ("GET", "metrics"),
        ("POST", "validate"),
    ]:
        assert (await stranger.request(method, f"{at}/{path}")).status_code == 404, path
