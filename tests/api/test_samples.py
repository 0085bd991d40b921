"""Samples, previews and pins: what is known while a workflow is edited, in its order of truth, and never what runs."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api

flow: dict[str, Any] = {
    "id": "team/flow",
    "name": "Flow",
    "startNode": "parse",
    "nodes": [
        {
            "id": "parse",
            "type": "transform",
            "config": {"value": "{{ {'subject': input.message, 'urgency': 4} }}"},
            "output_variable": "parsed",
        },
        {"id": "write", "type": "agent", "config": {"agentId": "agent-default", "message": "{{ nodes.parse.output.subject }}"}},
        {
            "id": "each",
            "type": "map",
            "config": {
                "items": "{{ ['a', 'b'] }}",
                "body": {
                    "startNode": "shout",
                    "nodes": [{"id": "shout", "type": "transform", "config": {"value": "{{ item.upper() }}"}}],
                    "edges": [],
                },
            },
        },
        {"id": "stop", "type": "end"},
    ],
    "edges": [{"from": "parse", "to": "write"}, {"from": "write", "to": "each"}, {"from": "each", "to": "stop"}],
}
at = "/api/workflows/team%2Fflow"


@pytest.fixture
async def client(owner: httpx2.AsyncClient) -> httpx2.AsyncClient:
    answer = await owner.post("/api/workflows/drafts", json={"id": "team/flow", "definition": flow})
    assert answer.status_code == 201, answer.text
    return owner


async def samples(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.get(f"{at}/samples")
    assert answer.status_code == 200, answer.text
    return {each["node"]: each for each in answer.json()["samples"]}


async def preview(client: httpx2.AsyncClient, expression: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"{at}/preview", json={"expression": expression, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["preview"]


async def run(client: httpx2.AsyncClient, message: str) -> dict[str, Any]:
    body = {
        "workflow": {**flow, "nodes": [flow["nodes"][0], flow["nodes"][3]], "edges": [{"from": "parse", "to": "stop"}]},
        "message": message,
    }
    answer = await client.post("/api/workflow/execute", json=body, headers={"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    return answer.json()["execution"]


async def test_a_pinned_value_counts_before_a_test_before_a_run_before_an_example(client: httpx2.AsyncClient) -> None:
    found = await samples(client)
    assert (found["write"]["source"], found["write"]["value"]) == ("example", {"text": "An answer in words.", "artifacts": [{}]})
    assert "parse" not in found, "only running it tells what it answers"
    ran = await run(client, "hello")
    found = await samples(client)
    assert (found["parse"]["source"], found["parse"]["run"], found["parse"]["value"]["subject"]) == ("run", ran["id"], "hello")
    given = (await client.get(f"{at}/samples")).json()["input"]
    assert (given["source"], given["run"], given["value"]["message"]) == ("run", ran["id"], "hello")
    tried = await client.post(f"{at}/test", json={"node": "parse", "input": {"message": "tried"}})
    assert tried.json()["test"]["status"] == "completed", tried.text
    found = await samples(client)
    assert (found["parse"]["source"], found["parse"]["run"], found["parse"]["value"]["subject"]) == ("test", None, "tried")
    pinned = await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "pinned"}})
    assert pinned.status_code == 200, pinned.text
    found = await samples(client)
    assert (found["parse"]["source"], found["parse"]["value"]) == ("pinned", {"subject": "pinned"})
    asked = "nodes.parse.output.subject"
    for source, value in (("pinned", "pinned"), ("test", "tried"), ("run", "hello")):
        seen = await preview(client, asked, sources=[source])
        assert (seen["value"], seen["sources"][0]["source"]) == (value, source)
    nothing = await preview(client, asked, sources=["example"])
    assert nothing["value"] is None
    assert "no value" in nothing["problem"]["detail"]
    assert (await client.delete(f"{at}/pins/parse/out")).status_code == 200
    assert (await samples(client))["parse"]["source"] == "test"


async def test_an_expression_is_previewed_with_its_type(client: httpx2.AsyncClient) -> None:
    await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "Lamp", "urgency": 4}})
    for expression, value, kind in (
        ("nodes.parse.output.urgency + 1", 5, "number"), ("nodes.parse.output", {"subject": "Lamp", "urgency": 4}, "object"),
        ("vars.parsed.subject", "Lamp", "text"), ("[1, 2]", [1, 2], "list"), ("1 == 1", True, "truth value"), ("None", None, "null"),
    ):  # fmt: skip
        seen = await preview(client, expression)
        assert (seen["problem"], seen["value"], seen["type"]) == (None, value, kind), expression
    text = await client.post(f"{at}/preview", json={"template": "Re: {{ nodes.parse.output.subject }}!"})
    assert text.json()["preview"]["value"] == "Re: Lamp!"
    assert (await preview(client, "item + str(index)", node="each/shout"))["value"] == "a0", "in a body: its first item"
    long = await preview(client, "'x' * 60000")
    assert (long["cut"], len(long["value"])) == (True, 501)
    edited = {**flow, "nodes": [{**flow["nodes"][0], "id": "read"}, *flow["nodes"][1:]]}
    unsaved = await preview(client, "nodes.read.output", workflow=edited)
    assert "no value" in unsaved["problem"]["detail"], "a document that is edited has its own nodes"
    assert (await client.get("/api/executions")).json()["executions"] == [], "nothing of it is recorded"


async def test_a_mistake_has_its_place_and_what_was_meant(client: httpx2.AsyncClient) -> None:
    await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "Lamp", "urgency": 4}})
    wrong = "1 + nodes.parse.output.urgancy"
    seen = await preview(client, wrong)
    assert wrong[seen["mark"]["start"] : seen["mark"]["end"]] == "nodes.parse.output.urgancy"
    assert (seen["type"], seen["sources"][0]["source"]) == (None, "pinned")
    assert seen["suggestion"].strip('"').endswith("urgency"), seen
    for expression in ("1 +", "1 / 0", "open('/etc/passwd')", "nodes.nowhere.output", "}} {{", "", "().__class__", "9" * 5000):
        seen = await preview(client, expression)
        assert seen["problem"]["detail"].endswith("."), expression
        mark = seen["mark"]
        assert mark is None or 0 <= mark["start"] <= mark["end"] <= len(expression), expression


async def test_an_expression_without_end_is_ended(client: httpx2.AsyncClient) -> None:
    seen = await preview(client, "[a for a in range(100000) if sum([b for b in range(1000)]) < 0]")
    assert "0.5 seconds" in seen["problem"]["detail"]
    many = " ".join("{{ [a for a in range(300) if sum([b for b in range(1000)]) < 0] }}" for _ in range(900))
    seen = (await client.post(f"{at}/preview", json={"template": many})).json()["preview"]
    assert "took longer" in seen["problem"]["detail"], "together they are bounded too"
    assert (await preview(client, "1 + 1"))["value"] == 2


async def test_what_cannot_be_previewed_is_refused(client: httpx2.AsyncClient) -> None:
    for body, status in (
        ({}, 400), ({"expression": "1", "template": "1"}, 400), ({"expression": "1", "node": "none"}, 422), ({"expression": 1}, 422),
        ({"expression": "1", "sources": []}, 422), ({"expression": "1", "sources": ["guess"]}, 422), ({"expression": "x" * 100_001}, 422),
        ({"expression": "1", "more": 1}, 422),
    ):  # fmt: skip
        answer = await client.post(f"{at}/preview", json=body)
        assert answer.status_code == status, answer.text
        assert answer.json()["type"], answer.text
    for wrong in ({}, {"nodes": 1}, {"nodes": [1, {"id": 2}], "edges": "x"}):
        answer = await client.post(f"{at}/preview", json={"expression": "1 + 1", "workflow": wrong})
        assert answer.status_code == 200, answer.text
        assert answer.json()["preview"]["value"] == 2


async def test_a_pin_is_checked_and_is_of_a_port_that_there_is(client: httpx2.AsyncClient) -> None:
    misfit = (await client.put(f"{at}/pins/write/out", json={"value": {"text": 5}})).json()["pin"]
    assert any("/text" in issue for issue in misfit["issues"]), misfit
    fits = (await client.put(f"{at}/pins/write/out", json={"value": {"text": "ok"}, "source": "test"})).json()["pin"]
    assert fits["issues"] == []
    inside = await client.put(f"{at}/pins/each%2Fshout/out", json={"value": "A"})
    assert inside.json()["pin"]["node"] == "each/shout", inside.text
    assert [each["node"] for each in (await client.get(f"{at}/pins")).json()["pins"]] == ["each/shout", "write"]
    for path, body, status in (
        ("none/out", {"value": 1}, 404), ("write/nope", {"value": 1}, 422), ("write/out", {}, 422),
        ("write/out", {"value": "x" * (1024 * 1024)}, 413), ("write/out", {"value": "x" * (3 * 1024 * 1024)}, 413),
    ):  # fmt: skip
        answer = await client.put(f"{at}/pins/{path}", json=body)
        assert answer.status_code == status, (path, answer.text[:300])
    assert (await client.delete(f"{at}/pins/parse/out")).status_code == 404
    long = (await client.put(f"{at}/pins/write/out", json={"value": {"text": "y" * 100_000}})).json()["pin"]
    assert (long["cut"], long["size"] > 100_000, len(long["value"]["text"])) == (True, True, 501)


async def test_no_version_holds_a_pin_and_no_run_reads_one(client: httpx2.AsyncClient) -> None:
    short = {**flow, "nodes": [flow["nodes"][0], flow["nodes"][3]], "edges": [{"from": "parse", "to": "stop"}]}
    await client.put(f"{at}/draft", json={"definition": short}, headers={"If-Match": '"1"'})
    await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "PINNED"}})
    assert (await client.post(f"{at}/publish")).status_code == 200
    assert "PINNED" not in (await client.get(f"{at}/export", params={"version": "1"})).text
    ran = await client.post("/api/workflow/execute", json={"workflow_id": "team/flow", "message": "real"}, headers={"Prefer": "wait=30"})
    assert "PINNED" not in ran.text
    assert ran.json()["execution"]["results"]["parse"]["subject"] == "real", ran.text


async def test_a_node_is_tried_on_the_values_that_are_known(client: httpx2.AsyncClient) -> None:
    await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "pinned"}})
    changed = {
        "path": "/nodes/shouted",
        "after": {"id": "shouted", "type": "transform", "config": {"value": "{{ nodes.parse.output.subject }}"}},
    }
    edited = await client.patch(f"{at}/draft", json={"ops": [changed]}, headers={"If-Match": '"1"'})
    assert edited.status_code == 200, edited.text
    tried = (await client.post(f"{at}/test", json={"node": "shouted", "sources": ["pinned"]})).json()["test"]
    assert (tried["status"], tried["output"]) == ("completed", "pinned")
    bare = (await client.post(f"{at}/test", json={"node": "shouted"})).json()["test"]
    assert bare["status"] == "failed", "only when it is asked for"


async def test_they_are_a_workspace_s_own_and_for_those_who_may(client: httpx2.AsyncClient, api: Api, dsn: str) -> None:
    await client.put(f"{at}/pins/parse/out", json={"value": {"subject": "ours"}})
    foreign, viewer, operator = api.client(api.foreign), api.as_role("viewer"), api.as_role("operator")
    calls = (
        ("GET", f"{at}/samples", None), ("GET", f"{at}/pins", None), ("POST", f"{at}/preview", {"expression": "1"}),
        ("PUT", f"{at}/pins/parse/out", {"value": 1}), ("DELETE", f"{at}/pins/parse/out", None),
    )  # fmt: skip
    for method, path, body in calls:
        assert (await foreign.request(method, path, json=body)).status_code == 404, path
        read = await viewer.request(method, path, json=body)
        assert read.status_code == (200 if method == "GET" else 403), path
        assert (await api.client().request(method, path, json=body)).status_code == 401, path
    assert (await operator.put(f"{at}/pins/parse/out", json={"value": 1})).status_code == 403
    assert (await client.post(f"{at}/test", json={"node": "parse", "input": {"message": "x"}})).status_code == 200
    link = await asyncpg.connect(dsn)
    try:
        assert [await link.fetchval(f"select count(*) from {table}") for table in ("pins", "last_tests")] == [1, 1]
        await client.delete("/api/workflows", params={"id": "team/flow"})
        assert [await link.fetchval(f"select count(*) from {table}") for table in ("pins", "last_tests")] == [0, 0]
    finally:
        await link.close()
