"""Ten megabytes of input: refused with the limit, declared or not, before any of it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.api.conftest import Api
from tests.api.runs import document, execute, value

large = "x" * 10_000_000
workflow = document(value("a", "{{ input }}"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/workflow/execute", {"workflow": workflow, "input": large}),
        ("/api/workflow/execute", {"workflow": workflow, "message": large}),
        ("/api/workflows", {**workflow, "description": large}),
        ("/api/workflows/import", {"text": large}),
        ("/api/workflows/validate", {"text": large}),
        ("/api/workflows/executions", {"execution": {"id": "x", "results": {"a": large}}}),
        ("/api/workflows/monitor", {"execution_id": "x", "type": "x", "data": large}),
        ("/api/agent", {"agent_id": "x", "message": large}),
        ("/api/integrations/github", {"action": "list_issues", "params": {"owner": large}}),
    ],
)
async def test_it_is_refused_with_the_limit(path: str, body: dict[str, object], api: Api) -> None:
    answer = await api.as_role("owner").post(path, json=body)
    assert answer.status_code == 413, answer.text[:500]
    assert "bytes" in answer.json()["error"]
    assert len(answer.content) < 2_000
    assert (await api.as_role("owner").get("/api/executions")).json()["executions"] == []


async def test_it_is_counted_where_it_is_not_declared(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"message": "'
        for _ in range(200):
            yield b"x" * 65_536
        yield b'"}'

    answer = await api.as_role("owner").post("/api/workflow/execute", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_what_fits_a_body_and_no_event_is_refused_before_there_is_a_run(api: Api) -> None:
    client = api.as_role("owner")
    answer = await client.post("/api/workflow/execute", json={"workflow": workflow, "input": "x" * 4_500_000, "execution_id": "too-large"})
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("The input has 4,500,0")
    assert (await client.get("/api/executions/too-large")).status_code == 404
    assert (await execute(client, workflow, wait=30, input=1))["results"] == {"a": 1}


async def test_an_output_that_is_too_large_fails_its_run_alone(api: Api) -> None:
    client = api.as_role("owner")
    double = document(value("a", "{{ input * 40 }}"))
    run = await execute(client, double, wait=30, input="x" * 2_000_000)
    assert run["status"] == "failed"
    assert "more than 64 MB" in str(run["error"])
