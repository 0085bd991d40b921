"""Tests of drafts that are runs: what is run, what is given, and that nothing published ever reads what is pinned."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from tests.api.conftest import Api
from tests.api.hooking import body_of, path_of, plain

flow: dict[str, Any] = {
    "id": "trial-flow",
    "name": "Trial",
    "startNode": "fetch",
    "nodes": [
        {"id": "fetch", "type": "transform", "config": {"value": "{{ {'price': input.price} }}"}, "output_variable": "fetched"},
        {"id": "dear", "type": "condition", "config": {"condition": "{{ nodes.fetch.output.price > 10 }}"}},
        {"id": "warn", "type": "transform", "config": {"value": "{{ 'dear: ' + str(vars.fetched.price) }}"}},
        {"id": "calm", "type": "transform", "config": {"value": "cheap"}},
        {"id": "tell", "type": "transform", "config": {"value": "{{ 'say ' + nodes.warn.output }}"}},
    ],
    "edges": [
        {"from": "fetch", "to": "dear"}, {"from": "dear", "port": "true", "to": "warn"}, {"from": "dear", "port": "false", "to": "calm"},
        {"from": "warn", "to": "tell"},
    ],
    "layout": {"nodes": {"fetch": {"x": 32, "y": 64}}},
}  # fmt: skip
at = "/api/workflows/trial-flow"


@pytest.fixture
async def client(owner: httpx2.AsyncClient) -> httpx2.AsyncClient:
    answer = await owner.post("/api/workflows/drafts", json={"id": "trial-flow", "definition": flow})
    assert answer.status_code == 201, answer.text
    return owner


async def tested(client: httpx2.AsyncClient, **body: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """How each node was taken, and the run once it has ended."""
    answer = await client.post(f"{at}/test-run", json=body)
    assert answer.status_code == 202, answer.text
    plan, run = answer.json()["plan"], answer.json()["execution"]
    return {step["node"]: step["source"] or step["how"] for step in plan["steps"]}, await ended(client, run["id"])


async def ended(client: httpx2.AsyncClient, run: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found = (await client.get(f"/api/executions/{run}")).json().get("execution", {})
            if found.get("status") in ("completed", "failed"):
                return found
            await asyncio.sleep(0.05)


async def pin(client: httpx2.AsyncClient, node: str, value: Any, port: str = "out") -> None:
    answer = await client.put(f"{at}/pins/{node}/{port}", json={"value": value})
    assert answer.status_code == 200, answer.text


async def test_a_whole_draft_answers_what_is_pinned_and_runs_the_rest(client: httpx2.AsyncClient) -> None:
    await pin(client, "fetch", {"price": 12})
    how, run = await tested(client, input={"price": 1})
    assert how == {"fetch": "pinned", "dear": "run", "warn": "run", "calm": "run", "tell": "run"}
    assert (run["status"], run["trigger"], run["simulated"], run["output"]) == ("completed", "test", True, "say dear: 12")
    assert run["given"] == {"fetch": "pinned"}
    assert run["nodes"]["calm"]["status"] == "skipped"
    assert next(node for node in run["graph"]["nodes"] if node["id"] == "fetch")["position"] == {"x": 32.0, "y": 64.0}


async def test_from_a_node_on_nothing_before_it_is_done_again(client: httpx2.AsyncClient) -> None:
    _, first = await tested(client, input={"price": 30})
    assert first["output"] == "say dear: 30"
    how, run = await tested(client, **{"from": "tell"})
    assert how == {"fetch": "test", "dear": "test", "warn": "test", "tell": "run"}
    assert (run["output"], run["given"]) == ("say dear: 30", {"fetch": "test", "dear": "test", "warn": "test"})
    how, run = await tested(client, **{"from": "tell"}, nodes={"warn": "given"})
    assert (how["warn"], run["output"]) == ("given", "say given")
    how, run = await tested(client, **{"from": "calm"})
    assert how == {"fetch": "test", "dear": "test", "calm": "run"}, "what does not lead there is left out"
    assert run["output"] == "cheap", "the way to the node is taken, whatever the condition said"
    assert set(run["nodes"]) == {"fetch", "dear", "calm"}


async def test_what_nobody_knows_is_run_where_it_is_read_and_passed_elsewhere(client: httpx2.AsyncClient) -> None:
    how, run = await tested(client, **{"from": "tell"}, input={"price": 40})
    assert how == {"fetch": "run", "dear": "passed", "warn": "run", "tell": "run"}
    assert (run["output"], run["given"]) == ("say dear: 40", {"dear": "passed"})
    how, run = await tested(client, **{"from": "tell"}, sources=["pinned"], nodes={"warn": "x"})
    assert how == {"fetch": "passed", "dear": "passed", "warn": "given", "tell": "run"}
    assert run["output"] == "say x"


async def test_up_to_a_node_nothing_behind_it_is_run(client: httpx2.AsyncClient) -> None:
    await pin(client, "fetch", {"price": 11})
    how, run = await tested(client, until="warn", workflow={**flow, "nodes": [*flow["nodes"][:4], {"id": "tell", "type": "transform"}]})
    assert how == {"fetch": "pinned", "dear": "run", "warn": "run"}, "also where what comes behind it is not finished"
    assert run["output"] == "dear: 11"
    how, run = await tested(client, **{"from": "dear"}, until="warn")
    assert how == {"fetch": "pinned", "dear": "run", "warn": "run"}


async def test_a_pinned_node_itself_is_run_where_a_test_begins_with_it(client: httpx2.AsyncClient) -> None:
    await pin(client, "warn", "pinned")
    how, run = await tested(client, **{"from": "warn"}, nodes={"fetch": {"price": 7}})
    assert (how["warn"], run["output"]) == ("run", "say dear: 7")
    how, run = await tested(client, **{"from": "dear"}, nodes={"fetch": {"price": 70}})
    assert (how["warn"], run["output"]) == ("pinned", "say pinned")


async def test_a_plan_starts_nothing(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{at}/test-run", json={"from": "tell", "plan": True})
    assert (answer.status_code, answer.json()["execution"]) == (202, None)
    assert set(answer.json()["plan"]["input_schema"]["properties"]) == {"price"}
    assert (await client.get("/api/executions")).json()["executions"] == []


async def test_no_published_run_reads_what_is_pinned(client: httpx2.AsyncClient, api: Api) -> None:
    draft = {
        **flow,
        "triggers": [
            {
                "id": "hook",
                "type": "webhook",
            }
        ],
    }
    given = (await client.get(f"{at}/draft")).json()["draft"]
    assert (await client.put(f"{at}/draft", json={"definition": draft}, headers={"If-Match": f'"{given["rev"]}"'})).status_code == 200
    for node in ("fetch", "warn", "tell"):
        await pin(client, node, {"price": "PINNED-CANARY"} if node == "fetch" else "PINNED-CANARY")
    answer = await client.post(f"{at}/publish")
    assert answer.status_code == 200, answer.text
    placed, body = answer.json()["version"]["triggers"][0], body_of({"price": 99})
    sent = await api.client().post(path_of(placed), content=body, headers=plain(placed["secret"], body))
    assert sent.status_code in (200, 202), sent.text
    run = await ended(client, sent.json()["execution_id"])
    assert (run["status"], run["trigger"], run["output"]) == ("completed", "webhook", "say dear: 99")
    seen = [
        f"/api/executions/{run['id']}",
        f"/api/executions/{run['id']}/events",
        f"/api/executions/{run['id']}/nodes/tell",
        f"{at}/versions/1",
    ]
    for path in seen:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        assert "CANARY" not in answer.text, path
    assert (await client.get(seen[0])).json()["execution"]["given"] == {}
    fork = await client.post(f"/api/executions/{run['id']}/fork", json={"node": "tell"})
    assert fork.status_code < 300, fork.text
    again = (await client.get(f"/api/executions/{fork.json()['execution']['id']}/events")).text
    assert "CANARY" not in again


async def test_tests_are_remembered_as_tests_and_what_they_were_given_is_not(client: httpx2.AsyncClient) -> None:
    await pin(client, "fetch", {"price": 50})
    _, run = await tested(client)
    assert (await client.delete(f"{at}/pins/fetch/out")).status_code == 200
    answer = (await client.get(f"{at}/samples")).json()
    known = {each["node"]: each for each in answer["samples"]}
    assert "fetch" not in known
    assert (known["warn"]["source"], known["warn"]["run"], known["warn"]["value"]) == ("test", run["id"], "dear: 50")
    assert known["dear"]["port"] == "true"
    assert answer["input"]["source"] == "example"


async def test_every_value_of_a_node_is_there_to_be_chosen(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"{at}/samples/warn")).json()["samples"] == []
    await tested(client, input={"price": 20})
    await pin(client, "warn", "x" * 40_000)
    found = (await client.get(f"{at}/samples/warn")).json()["samples"]
    assert [(each["source"], each["cut"]) for each in found] == [("pinned", True), ("test", False)]
    whole = (await client.get(f"{at}/samples/warn?whole=true")).json()["samples"][0]
    assert (whole["cut"], whole["size"], len(whole["value"])) == (False, 40_002, 40_000)


async def test_bad_input_is_told_with_its_place(client: httpx2.AsyncClient) -> None:
    cases: tuple[tuple[dict[str, Any], int, str | None, str | None], ...] = (
        ({"from": "nowhere"}, 404, "not-found", "/from"), ({"until": "no\0where"}, 404, "not-found", "/until"),
        ({"from": "calm", "until": "tell"}, 422, "invalid", "/until"), ({"from": "each/inner"}, 404, "not-found", "/from"),
        ({"sources": ["dreams"]}, 422, None, None), ({"form": "tell"}, 422, None, None), ({"from": 4}, 422, None, None),
        ({"workflow": {"name": "x", "nodes": []}}, 422, None, None), ({"input": {"x": "y" * 5_000_000}}, 413, None, None),
    )  # fmt: skip
    for body, status, kind, pointer in cases:
        answer = await client.post(f"{at}/test-run", json=body)
        assert answer.status_code == status, (body if len(str(body)) < 200 else "long", answer.text[:300])
        problem = answer.json()
        assert kind is None or problem["type"].endswith(kind), problem
        assert pointer is None or problem["pointer"] == pointer, problem
    assert (await client.post("/api/workflows/none/test-run", json={})).status_code == 404


async def test_who_may_not_start_runs_may_not_test(client: httpx2.AsyncClient, api: Api) -> None:
    assert (await api.as_role("viewer").post(f"{at}/test-run", json={})).status_code == 403
    assert (await api.as_role("viewer").get(f"{at}/samples/warn")).status_code == 200
    assert (await api.client(api.foreign).post(f"{at}/test-run", json={})).status_code == 404
    assert (await api.client(api.foreign).get(f"{at}/samples/warn")).status_code == 404
