"""A workflow of 3,000 nodes: refused with both numbers at once; the largest accepted one runs."""

from __future__ import annotations

import time

from tests.api.conftest import Api
from tests.api.runs import document, execute, value


async def test_it_is_refused_with_both_numbers(api: Api) -> None:
    client = api.as_role("owner")
    large = document(*[value(f"n{number}", number) for number in range(3_000)])
    began = time.process_time()
    for path, body in (("/api/workflow/execute", {"workflow": large}), ("/api/workflows", large)):
        answer = await client.post(path, json=body)
        assert answer.status_code == 422, answer.text[:500]
        assert "3,000 nodes" in answer.json()["error"]
        assert "2,000" in answer.json()["error"]
    checked = (await client.post("/api/workflows/validate", json={"workflow": large})).json()
    assert [issue["code"] for issue in checked["issues"]] == ["too-many-nodes"]
    assert time.process_time() - began < 30


async def test_the_largest_that_is_accepted_runs(api: Api) -> None:
    large = document(*[value(f"n{number}", number) for number in range(2_000)])
    run = await execute(api.as_role("owner"), large, wait=120)
    assert run["status"] == "completed", run["error"]
    assert len(run["results"]) == 2_000
