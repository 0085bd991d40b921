"""Large values over HTTP: shown by their beginning and a link, whole to older clients up to a size, and downloaded as files."""

from __future__ import annotations

import hashlib
import json

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import document, execute, value

text = "ü" * 60_000
big = {"id": "big", "type": "transform", "config": {"value": {"text": "{{ input.text * 10 }}", "name": "{{ 'a' }}"}}}
small = value("small", {"text": "{{ nodes.big.output.text[:100000] }}"})


@pytest.fixture
def client(api: Api) -> httpx2.AsyncClient:
    return api.as_role("owner")


async def started(client: httpx2.AsyncClient, **body: JsonValue) -> dict[str, JsonValue]:
    return await execute(client, document(big, small), wait=60, input={"text": text}, message="hi", **body)


def reference(shown: JsonValue) -> dict[str, JsonValue]:
    assert isinstance(shown, dict)
    inner = shown["$blob"]
    assert isinstance(inner, dict)
    return inner


async def test_older_clients_get_results_whole_up_to_a_size(client: httpx2.AsyncClient) -> None:
    run = await started(client)
    again = (await client.get("/api/workflows/executions", params={"id": run["id"]})).json()["execution"]
    listed = (await client.get("/api/workflows/executions")).json()["executions"][0]
    for shown in (run, again, listed):
        assert shown["results"]["small"] == {"text": "ü" * 100_000}
        found = reference(shown["results"]["big"])
        assert found["size"] == len(json.dumps({"text": text * 10, "name": "a"}, ensure_ascii=False, separators=(",", ":")).encode())
        assert str(found["preview"]).startswith('{"text":"üü')


async def test_views_show_a_link_under_which_the_value_is(client: httpx2.AsyncClient) -> None:
    run = await started(client, execution_id="with/slash and ü?")
    path = f"/api/executions/{run['id']}".replace("?", "%3F")
    node = (await client.get(f"{path}/nodes/big")).json()["node"]
    detail = (await client.get(path)).json()["execution"]
    events = (await client.get(f"{path}/events")).json()["events"]
    completed = next(event for event in events if event["type"] == "node_completed" and event["node"] == "big")
    stream = await client.get("/api/workflows/monitor", params={"execution_id": run["id"]})
    told = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
    live = next(each for each in told if each["type"] == "node_completed")["data"]["result"]
    end = told[-1]["data"]["results"]["big"]
    shown = [node["output"], completed["data"]["output"], live, end]
    assert all(reference(each) == reference(node["output"]) for each in shown)
    assert reference(detail["input"])["size"] == 120_000 + len('{"message":"hi","text":""}')
    assert len(stream.content) < 10_000
    answer = await client.get(str(reference(node["output"])["url"]))
    assert answer.status_code == 200
    assert answer.json() == {"text": text * 10, "name": "a"}
    assert hashlib.sha256(answer.content).hexdigest() == reference(node["output"])["digest"]


async def test_a_value_is_a_file_to_save_and_never_a_page(client: httpx2.AsyncClient) -> None:
    run = await started(client)
    url = str(reference((await client.get(f"/api/executions/{run['id']}/nodes/big")).json()["node"]["output"])["url"])
    answer = await client.get(url)
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    same = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_a_value_belongs_to_its_run_and_workspace(api: Api, client: httpx2.AsyncClient) -> None:
    run, other = await started(client), await execute(client, document(value("a", 1)), wait=60)
    url = str(reference((await client.get(f"/api/executions/{run['id']}/nodes/big")).json()["node"]["output"])["url"])
    assert (await api.client(api.foreign).get(url)).status_code == 404
    assert (await api.client().get(url)).status_code == 401
    assert (await client.get(url.replace(str(run["id"]), str(other["id"])))).status_code == 404
    assert (await client.get(url[:-64] + "0" * 64)).status_code == 404
    assert (await client.get(url[:-1])).status_code in (404, 422)


async def test_what_is_damaged_is_said_before_anything_is_sent(api: Api, client: httpx2.AsyncClient) -> None:
    run = await started(client)
    found = reference((await client.get(f"/api/executions/{run['id']}/nodes/big")).json()["node"]["output"])
    await api.house.database.pool.execute("update blobs set body = '\\x00ffffffff00' where n = 0")
    answer = await client.get(str(found["url"]))
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("damaged")
    assert "part 1 of" in answer.json()["error"]


async def test_the_same_large_start_again_is_the_same_run(client: httpx2.AsyncClient) -> None:
    first = await started(client, execution_id="mine")
    assert (await started(client, execution_id="mine"))["id"] == first["id"]
    other = {"workflow": document(big, small), "input": {"text": text + "x"}, "message": "hi", "execution_id": "mine"}
    assert (await client.post("/api/workflow/execute", json=other)).status_code == 409


async def test_a_long_message_is_kept_once_and_reaches_its_agent(api: Api, client: httpx2.AsyncClient) -> None:
    message = "How? " * 30_000
    ask: dict[str, JsonValue] = {"id": "ask", "type": "agent", "config": {"agent": "a"}}
    agents: list[JsonValue] = [{"id": "a", "name": "A", "provider": "simulated", "agent_id": "x"}]
    run = await execute(client, document(ask, value("n", "{{ len(vars.message) }}"), agents=agents), wait=60, message=message)
    assert run["status"] == "completed", run
    assert run["results"]["n"] == len(message)  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportCallIssue, reportArgumentType] - an object
    size = await api.house.database.pool.fetchval("select max(length(data)) from execution_events where type = 'workflow_started'")
    assert size < 3_000
