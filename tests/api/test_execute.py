"""`POST /api/workflow/execute`, as older clients call it and as new ones do."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import asking, document, value


async def test_it_answers_at_once_with_a_pending_run(owner: httpx2.AsyncClient) -> None:
    answer = await owner.post("/api/workflow/execute", json={"workflow": asking, "message": "hi", "user_id": "u", "session_id": "s"})
    assert answer.status_code == 202
    body = answer.json()
    assert body["success"] is True
    assert body["timestamp"]
    execution = body["execution"]
    assert (execution["status"], execution["workflow_id"], execution["results"]) == ("pending", "w", {})
    assert "completed" not in execution
    assert answer.headers["location"] == f"/api/executions/{execution['id']}"


@pytest.mark.parametrize(("query", "headers"), [("?wait=30", {}), ("", {"Prefer": "respond-async, wait=30"})])
async def test_it_waits_for_the_end_where_that_is_asked(owner: httpx2.AsyncClient, query: str, headers: dict[str, str]) -> None:
    body = {"workflow": document(value("a", "{{ input.message }}"), value("b", None)), "message": "hi"}
    answer = await owner.post(f"/api/workflow/execute{query}", json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=30"
    execution = answer.json()["execution"]
    assert (execution["status"], execution["results"]) == ("completed", {"a": "hi", "b": None}), "a null output stays"


@pytest.mark.parametrize("last", ["{{ input.message }}", "{{ input.nothing }}"], ids=["completed", "failed"])
async def test_the_answer_to_waiting_is_what_is_found_afterwards(owner: httpx2.AsyncClient, last: str) -> None:
    body = {"workflow": document(value("a", 1), value("b", last)), "message": "hi", "execution_id": "twice"}
    answer = await owner.post("/api/workflow/execute?wait=30", json=body)
    execution = answer.json()["execution"]
    assert execution["status"] == ("completed" if "message" in last else "failed")
    again = await owner.post("/api/workflow/execute?wait=30", json=body)
    assert again.json()["execution"] == execution, "the second answer is told by the run's row"


async def test_a_run_that_goes_on_longer_is_answered_as_it_is(owner: httpx2.AsyncClient) -> None:
    answer = await owner.post("/api/workflow/execute?wait=0.1", json={"workflow": asking, "message": "hi"})
    assert (answer.status_code, answer.json()["execution"]["status"]) == (202, "running")


async def test_an_older_document_runs_as_it_did(owner: httpx2.AsyncClient) -> None:
    nodes: list[JsonValue] = [
        {"id": "up", "type": "transform", "config": {"inputVariable": "message", "transformation": "uppercase", "outputVariable": "loud"}, "nextNodes": ["is"]},
        {"id": "is", "type": "condition", "config": {"variable": "loud", "operator": "equals", "value": "HI"}, "nextNodes": ["yes", "no"]},
        {"id": "yes", "type": "transform", "config": {"inputVariable": "loud", "transformation": "lowercase"}, "nextNodes": []},
        {"id": "no", "type": "transform", "config": {"inputVariable": "loud", "transformation": "json_stringify"}, "nextNodes": []},
    ]  # fmt: skip
    workflow = {
        "id": "old",
        "name": "Old",
        "description": "",
        "agents": [],
        "nodes": nodes,
        "startNode": "up",
        "created": "x",
        "updated": "x",
    }
    answer = await owner.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": "hi"})
    execution = answer.json()["execution"]
    assert (execution["status"], execution["results"]["yes"]) == ("completed", "hi"), answer.text
    assert "no" not in execution["results"]


async def test_the_same_key_is_the_same_run(owner: httpx2.AsyncClient) -> None:
    body = {"workflow": document(value("a", 1)), "message": "hi"}
    first = await owner.post("/api/workflow/execute?wait=30", json=body, headers={"Idempotency-Key": "k"})
    again = await owner.post("/api/workflow/execute", json=body, headers={"Idempotency-Key": "k"})
    assert again.json()["execution"] == first.json()["execution"]
    other = await owner.post("/api/workflow/execute", json={**body, "message": "ho"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409
    assert other.json()["success"] is False
    assert "started with something else" in other.json()["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "hi"}, 422),
        ({"workflow": "text", "message": "hi"}, 422),
        ({"workflow": {"name": "x", "nodes": []}, "message": "hi"}, 422),
        ({"workflow_id": "nobody", "message": "hi"}, 404),
        ({"workflow": document(value("a", 1)), "message": 5}, 422),
        ({"workflow": document(value("a", 1)), "execution_id": "x" * 129}, 422),
        ([], 422),
    ],
)
async def test_what_cannot_be_run_is_refused_with_a_sentence(owner: httpx2.AsyncClient, body: JsonValue, status: int) -> None:
    answer = await owner.post("/api/workflow/execute", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["success"] is False
    assert answer.json()["error"]


async def test_an_id_with_any_characters_names_the_run(owner: httpx2.AsyncClient) -> None:
    run = "order/17 ü?#"
    answer = await owner.post("/api/workflow/execute?wait=30", json={"workflow": document(value("a", 1)), "execution_id": run})
    assert answer.json()["execution"]["id"] == run
    found = await owner.get(answer.headers["location"])
    assert found.json()["execution"]["id"] == run
    assert (await owner.get(answer.headers["location"] + "/events")).json()["events"][0]["type"] == "workflow_started"


async def test_production_names_the_missing_connection(api: Api, owner: httpx2.AsyncClient) -> None:
    node: dict[str, JsonValue] = {
        "id": "a", "type": "integration",
        "config": {"integration": "slack", "action": "send_message", "params": {"channel": "#x", "text": "hi"}},
    }  # fmt: skip
    simulated = await owner.post("/api/workflow/execute?wait=30", json={"workflow": document(node), "message": "hi"})
    assert simulated.json()["execution"]["status"] == "completed", "on loopback and unset this is development"
    refused = await owner.post("/api/workflow/execute", json={"workflow": document(node), "message": "hi", "simulate": False})
    assert refused.status_code == 401
    assert "slack" in refused.json()["error"]
    assert refused.json()["type"].endswith("/connection-missing")


async def test_a_viewer_may_not_start(api: Api) -> None:
    answer = await api.as_role("viewer").post("/api/workflow/execute", json={"workflow": document(value("a", 1))})
    assert answer.status_code == 403
