"""Budgets over HTTP: a run that has used its own up stands still until somebody allows it more."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import document, execute, until, value

agents: JsonValue = [{"id": "a", "name": "A", "agent_id": "x"}]


def asking(count: int, **budget: JsonValue) -> dict[str, JsonValue]:
    nodes = [{"id": f"n{n}", "type": "agent", "config": {"agent": "a", "message": "Well?"}} for n in range(count)]
    return document(*nodes, agents=agents, settings={"budget": budget or None})


async def paused(owner: httpx2.AsyncClient, count: int = 3, **budget: JsonValue) -> str:
    run = await execute(owner, asking(count, **budget), simulate=True)
    await until(owner, str(run["id"]), "paused")
    return str(run["id"])


async def test_a_run_says_what_it_waits_for_and_goes_on_when_it_may(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await paused(owner, calls=1)
    async with asyncio.timeout(60):  # it has looked at its budget once more, and found nothing
        while await api.house.database.pool.fetchval("select count(*) from outbox"):
            await asyncio.sleep(0.02)
    found = (await owner.get(f"/api/executions/{run}")).json()["execution"]
    assert "This run has made 1 of 1 calls: its budget is used up." in found["waiting_for"]
    assert found["usage"]["calls"] == 1
    assert found["nodes"]["n1"]["status"] == "retrying"
    answer = await owner.post(f"/api/executions/{run}/budget", json={"calls": 3})
    assert answer.status_code in (200, 202), answer.text
    done = await until(owner, run, "completed")
    assert done["usage"]["turns"] == 3
    events = (await owner.get(f"/api/executions/{run}/events")).json()["events"]
    resumed = next(event["data"] for event in events if event["type"] == "workflow_resumed")
    assert resumed["budget"] == {"calls": 3}


async def test_it_may_be_let_go_on_without_any(owner: httpx2.AsyncClient) -> None:
    run = await paused(owner, tokens=1)
    await owner.post(f"/api/executions/{run}/budget", json={"unlimited": True})
    await until(owner, run, "completed")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "allows nothing"),
        ({"calls": 1}, 422, "no more than there is"),
        ({"tokens": 100}, 422, "has no limit of tokens"),
        ({"usd": 1}, 422, "has no limit of usd"),
        ({"calls": 0}, 422, ""),
        ({"calls": "many"}, 422, ""),
        ({"calls": 2**60}, 422, ""),
        ({"usd": -1}, 422, ""),
        ({"call": 5}, 422, ""),
        (None, 422, ""),
    ],
)
async def test_what_allows_nothing_is_refused(owner: httpx2.AsyncClient, body: JsonValue, status: int, said: str) -> None:
    run = await paused(owner, calls=1)
    answer = await owner.post(f"/api/executions/{run}/budget", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert (await owner.get(f"/api/executions/{run}")).json()["execution"]["status"] == "paused"


async def test_a_run_that_has_ended_or_is_not_there_is_allowed_nothing(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking(1), wait=30, simulate=True)
    assert (await owner.post(f"/api/executions/{run['id']}/budget", json={"calls": 3})).status_code == 409
    assert (await owner.post("/api/executions/nobody/budget", json={"calls": 3})).status_code == 404


async def test_a_run_tells_what_it_has_spent_of_which_budgets(owner: httpx2.AsyncClient) -> None:
    run = await paused(owner, calls=1)
    path = f"/api/executions/{run}/budget"
    [shown] = (await owner.get(path)).json()["budgets"]
    assert (shown["period"], shown["execution"], shown["calls"], shown["limit"]["calls"]) == ("run", run, 1, 1)
    await owner.post(path, json={"calls": 2})
    await until(owner, run, "paused")
    [shown] = (await owner.get(path)).json()["budgets"]
    assert (shown["limit"]["calls"], shown["unlimited"]) == (2, False)
    await owner.post(path, json={"unlimited": True})
    await until(owner, run, "completed")
    [shown] = (await owner.get(path)).json()["budgets"]
    assert (shown["calls"], shown["unlimited"]) == (3, True)
    assert (await owner.get("/api/executions/nobody/budget")).status_code == 404


async def test_a_run_that_failed_for_want_of_budget_is_allowed_more_and_retried(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking(2, calls=1, on_budget="fail"), wait=30, simulate=True)
    assert run["status"] == "failed"
    assert (await owner.post(f"/api/executions/{run['id']}/budget", json={"calls": 2})).status_code == 200
    assert (await owner.get(f"/api/executions/{run['id']}")).json()["execution"]["status"] == "failed"
    await owner.post(f"/api/executions/{run['id']}/retry", json={})
    done = await until(owner, str(run["id"]), "completed")
    assert done["usage"]["calls"] == 2


async def test_a_child_with_a_budget_of_its_own_is_allowed_more_of_that(owner: httpx2.AsyncClient) -> None:
    """And its parent's, where it has none: by the child's id as by the parent's."""
    for inner, outer in ((1, 9), (None, 1)):
        name = f"inner-{outer}"
        given = {**asking(2, **({"calls": inner} if inner else {})), "id": name}
        assert (await owner.post("/api/workflows", json=given)).status_code == 200
        await owner.post(f"/api/workflows/{name}/publish", json={})
        call: dict[str, JsonValue] = {"id": "call", "type": "subworkflow", "config": {"workflow": name, "input": {}}}
        run = await execute(owner, document(call, settings={"budget": {"calls": outer}}), simulate=True)
        told = await until(owner, str(run["id"]), "paused")
        assert "1 of 1 calls: its budget is used up" in told["waiting_for"]
        [found] = (await owner.get(f"/api/executions/{run['id']}/children")).json()["children"]
        child = str(found["id"])
        await until(owner, child, "paused")
        shown = (await owner.get(f"/api/executions/{child}/budget")).json()["budgets"]
        assert [(each["execution"], each["limit"]["calls"]) for each in shown] == ([(child, 1)] if inner else []) + [(run["id"], outer)]
        assert (await owner.post(f"/api/executions/{child}/budget", json={"calls": 2})).status_code in (200, 202)
        await until(owner, str(run["id"]), "completed")
        shown = (await owner.get(f"/api/executions/{run['id']}/budget")).json()["budgets"]
        assert [(each["calls"], each["limit"]["calls"]) for each in shown] == [(2, 9 if inner else 2)]


async def test_who_may_only_look_allows_nothing(api: Api) -> None:
    run = await paused(api.as_role("owner"), calls=1)
    viewer = api.as_role("viewer")
    assert (await viewer.post(f"/api/executions/{run}/budget", json={"calls": 2})).status_code == 403
    assert (await viewer.get(f"/api/executions/{run}/budget")).status_code == 200


async def test_two_budgets_for_one_period_are_refused(owner: httpx2.AsyncClient) -> None:
    given = {**document(value("t", 1)), "settings": {"budget": [{"calls": 1}, {"tokens": 1}]}}
    answer = await owner.post("/api/workflows", json=given)
    assert answer.status_code == 422, answer.text
    assert "more than one budget for each run" in answer.text


async def test_a_workflow_tells_what_it_has_spent(owner: httpx2.AsyncClient) -> None:
    budgets: JsonValue = [{"usd": 5, "period": "month"}, {"calls": 100, "period": "day", "on_budget": "fail"}, {"tokens": 9}]
    given = {**document(value("t", 1)), "id": "spender", "settings": {"budget": budgets}}
    created = await owner.post("/api/workflows", json=given)
    assert created.status_code == 200, created.text
    made = created.json()["workflow"]["id"]
    await owner.post(f"/api/workflows/{made}/publish", json={})
    answer = await owner.get(f"/api/workflows/{made}/spending")
    assert answer.status_code == 200, answer.text
    month, day = answer.json()["spending"]
    assert (month["period"], month["usd"], month["limit"]["usd"]) == ("month", 0, 5)
    assert (day["period"], day["limit"]["on_budget"], len(day["since"])) == ("day", "fail", 10)
    assert (await owner.get("/api/workflows/nobody/spending")).status_code == 404


async def test_metrics_count_turns_and_tokens(owner: httpx2.AsyncClient) -> None:
    await execute(owner, asking(2), wait=30, simulate=True)
    text = (await owner.get("/metrics")).text
    line = next(line for line in text.splitlines() if line.startswith("tenuto_agent_turns_total"))
    assert 'provider="simulated"' in line
    assert float(line.rpartition(" ")[2]) >= 2
    assert 'tenuto_agent_tokens_total{direction="input"' in text
