"""The inbox over HTTP."""

from __future__ import annotations

import httpx2
from tests.api.conftest import Api
from tests.api.runs import asking, execute, refusal, until


async def test_the_inbox_lists_shows_and_decides(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    await until(owner, str(run["id"]), "waiting")
    listed = (await owner.get("/api/approvals")).json()
    assert listed["next"] is None
    [found] = listed["approvals"]
    assert (found["title"], found["may_decide"], found["outcome"]) == ("May I?", True, None)
    at = f"/api/approvals/{found['id']}"
    shown = (await owner.get(at)).json()["approval"]
    assert (shown["digest"], shown["answers"], shown["arguments"]) == (found["digest"], [], None)
    stale = await refusal(owner, at, {"decision": "approve", "digest": "0" * 64})
    assert (stale.status_code, stale.json()["type"].rpartition("/")[2]) == (409, "conflict")
    answer = await api.as_role("operator").post(at, json={"decision": "approve", "comment": "yes", "digest": shown["digest"]})
    assert (answer.status_code, answer.json()["settled"]) in ((200, True), (202, False)), answer.text
    await until(owner, str(run["id"]), "completed")
    decided = (answer.json() if answer.json()["settled"] else (await owner.get(at)).json())["approval"]
    assert (decided["outcome"], decided["answers"][0]["by"], decided["answers"][0]["comment"]) == ("approved", "key:operator", "yes")
    assert (await owner.get("/api/approvals")).json()["approvals"] == []
    assert (await owner.get("/api/approvals?state=decided&whose=all")).json()["approvals"][0]["outcome"] == "approved"
    late = await owner.post(at, json={"decision": "reject"})
    assert late.status_code == 409
    assert "decided already" in late.json()["error"]


async def test_bad_input_is_refused_and_nothing_is_decided(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, asking)
    await until(owner, str(run["id"]), "waiting")
    at = f"/api/approvals/{run['id']}/ask"
    for body in ({}, {"decision": "maybe"}, {"decision": "approve", "extra": 1}, {"decision": "approve", "form": []}, {"decision": 1}):
        assert (await owner.post(at, json=body)).status_code == 422, body
    assert (await owner.get("/api/approvals/nothing")).status_code == 404
    assert (await owner.get("/api/approvals/a/b/c")).status_code == 404
    assert (await owner.get("/api/approvals?cursor=zzz")).status_code == 400
    assert (await owner.get("/api/approvals?whose=theirs")).status_code == 422
    assert (await owner.get(at)).json()["approval"]["outcome"] is None


async def test_a_question_of_a_simulated_run_says_so(owner: httpx2.AsyncClient) -> None:
    for simulate in (True, False):
        run = await execute(owner, asking, simulate=simulate)
        await until(owner, str(run["id"]), "waiting")
        assert (await owner.get(f"/api/approvals/{run['id']}/ask")).json()["approval"]["simulated"] is simulate
    assert [each["simulated"] for each in (await owner.get("/api/approvals")).json()["approvals"]] == [False, True]
