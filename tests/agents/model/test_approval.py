"""Tools that a person has to approve, in real runs: who is asked what, and what the model is told of the answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.agents.model.running import Models, asking, events, everyone, ran
from tests.api.runs import until
from tests.doubles.github import GitHub
from tests.doubles.models import Script, ToolCall

where: dict[str, Any] = {"owner": "octocat", "repo": "hello-world"}
listing, creating = "github.list_issues", "github.create_issue"


def guarded(model: str = "openai:gpt-5.5", *, approve: list[str] | None = None, **config: Any) -> dict[str, Any]:
    workflow = asking(model, **config)
    workflow["agents"][0] |= {"tools": [listing, creating], "approve": [creating] if approve is None else approve}
    return workflow


def creates(*titles: str) -> Script:
    return Script(tools=tuple(ToolCall(name="github_create_issue", arguments={**where, "title": title}) for title in titles))


async def begun(models: Models, workflow: dict[str, Any], status: str = "waiting") -> str:
    body = {"workflow": workflow, "message": "Report it.", "user_id": "ada"}
    answer = await models.api.as_role("owner").post("/api/workflow/execute", json=body)
    assert answer.status_code in (200, 202), answer.text
    run = str(answer.json()["execution"]["id"])
    await until(models.api.as_role("owner"), run, status)
    return run


async def question(models: Models, run: str, role: str = "owner") -> dict[str, Any]:
    answer = await models.api.as_role(role).get(f"/api/approvals/{run}/ask")
    found: dict[str, Any] = answer.json()["approval"]
    return found


async def decide(models: Models, run: str, decision: str, role: str = "operator", **more: Any) -> Any:
    body = {"decision": decision, "digest": (await question(models, run))["digest"], **more}
    return await models.api.as_role(role).post(f"/api/approvals/{run}/ask", json=body)


async def decided(models: Models, run: str, decision: str, role: str = "operator", **more: Any) -> dict[str, Any]:
    """The question as it stands once the run has taken the answer in; 202 says that it has not done so yet."""
    before = await question(models, run)
    answer = await decide(models, run, decision, role, **more)
    assert answer.status_code in (200, 202), answer.text
    found: dict[str, Any] = answer.json()["approval"]
    async with asyncio.timeout(60):
        while found["digest"] == before["digest"] and found["outcome"] is None:
            await asyncio.sleep(0.02)
            found = await question(models, run)
    return found


async def asked(models: Models, run: str, title: str) -> dict[str, Any]:
    """The question about the issue of this title, once it is put."""
    async with asyncio.timeout(60):
        while (found := await question(models, run))["arguments"]["arguments"]["title"] != title:
            await asyncio.sleep(0.02)
    return found


def titles(models: Models) -> list[str]:
    return [str(issue["title"]) for issue in models.vendors[GitHub].issues]


@everyone
async def test_a_person_sees_the_exact_arguments_and_the_tool_is_called_once_with_these(models: Models, model: str) -> None:
    double = models.double(model)
    double.script(creates("Broken lamp"), Script(text="Reported."))
    run = await begun(models, guarded(model))
    assert titles(models) == []
    shown = await question(models, run)
    assert (shown["title"], shown["may_decide"], shown["expires"]) == (f"May Ada use {creating}?", True, None)
    assert shown["arguments"] == {"tool": creating, "arguments": {**where, "title": "Broken lamp"}}
    [listed] = [each for each in (await models.api.as_role("owner").get("/api/approvals")).json()["approvals"] if each["execution"] == run]
    assert (listed["title"], listed["digest"]) == (shown["title"], shown["digest"])
    answered = await decided(models, run, "approve", comment="Go on.")
    assert (answered["outcome"], answered["arguments"]) == ("approved", shown["arguments"])
    assert [(each["by"], each["comment"]) for each in answered["answers"]] == [("key:operator", "Go on.")]
    done: dict[str, Any] = await until(models.api.as_role("owner"), run, "completed")
    assert done["output"]["text"] == "Reported."
    assert titles(models) == ["Broken lamp"]
    assert len(double.calls) == 2, "the turn before the question is not asked again"
    late = await models.api.as_role("owner").post(f"/api/approvals/{run}/ask", json={"decision": "reject", "digest": shown["digest"]})
    assert late.status_code == 409
    kept = await question(models, run)
    assert (kept["outcome"], kept["arguments"], kept["answers"][0]["by"]) == ("approved", shown["arguments"], "key:operator")


async def test_an_answer_to_other_arguments_is_void(models: Models) -> None:
    models.openai.script(creates("One", "Two"), Script(text="Done."))
    run = await begun(models, guarded())
    first = await question(models, run)
    await decided(models, run, "approve")
    second = await asked(models, run, "Two")
    assert second["digest"] != first["digest"]
    client = models.api.as_role("owner")
    for body in ({"decision": "approve", "digest": first["digest"]}, {"decision": "approve"}):
        assert (await client.post(f"/api/approvals/{run}/ask", json=body)).status_code == 409
    assert titles(models) == ["One"]
    await decided(models, run, "reject")
    await until(client, run, "completed")
    assert titles(models) == ["One"]


@everyone
async def test_the_model_is_told_why_a_person_refused(models: Models, model: str) -> None:
    double = models.double(model)
    double.script(creates("Broken lamp"), Script(text="Then not."))
    run = await begun(models, guarded(model))
    assert (await decided(models, run, "reject", comment="The lamp is new."))["outcome"] == "rejected"
    done: dict[str, Any] = await until(models.api.as_role("owner"), run, "completed")
    assert done["output"]["text"] == "Then not."
    assert titles(models) == []
    told = json.dumps(double.calls[1].body)
    assert "A person did not allow" in told
    assert "The lamp is new." in told


async def test_nobody_decides_in_time(models: Models) -> None:
    models.openai.script(creates("Broken lamp"), Script(text="Then not."))
    run = await begun(models, guarded(approval_timeout="PT1.5S"), "completed")
    waited = [event["data"] for event in await events(models.api, {"id": run}) if event["type"] == "node_waiting"]
    assert [(each["reason"], each["until"] is not None) for each in waited] == [("approval", True)]
    assert (await question(models, run))["expires"] is not None
    assert titles(models) == []
    assert "Nobody decided in time" in json.dumps(models.openai.calls[1].body)
    assert (await question(models, run))["outcome"] == "expired"


async def test_a_star_asks_for_what_changes_something_and_for_nothing_else(models: Models) -> None:
    models.openai.script(Script(tools=(ToolCall(name="github_list_issues", arguments=where),)), creates("New"), Script(text="Done."))
    run = await begun(models, guarded(approve=["*"]))
    assert [call.method for call in models.vendors.calls] == ["GET"]
    await decided(models, run, "approve")
    await until(models.api.as_role("owner"), run, "completed")
    assert titles(models) == ["New"]


async def test_a_node_names_more_tools_and_who_may_decide(models: Models) -> None:
    models.openai.script(creates("New"), Script(text="Done."))
    await begun(models, guarded(approve=[]), "completed")
    assert titles(models) == ["New"]
    models.openai.script(creates("Newer"), Script(text="Done."))
    workflow = guarded(approve=[])
    workflow["nodes"][0]["config"] |= {"approve": [creating], "approvers": ["role:owner"]}
    run = await begun(models, workflow)
    assert (await decide(models, run, "approve", "operator")).status_code in (403, 404)
    assert titles(models) == ["New"]
    await decided(models, run, "approve", "owner")
    await until(models.api.as_role("owner"), run, "completed")
    assert titles(models) == ["Newer", "New"]


async def test_nobody_is_asked_about_arguments_that_the_tool_does_not_take(models: Models) -> None:
    wrong = Script(tools=(ToolCall(name="github_create_issue", arguments={"owner": "octocat"}),))
    models.openai.script(wrong, Script(text="I give up."))
    run = await ran(models.api, guarded())
    assert run["output"]["text"] == "I give up."
    assert "does not take these arguments" in json.dumps(models.openai.calls[1].body)


@pytest.mark.parametrize("merge", ["list", "first"])
async def test_members_of_a_team_ask_one_after_the_other(models: Models, merge: str) -> None:
    models.openai.script(creates("By Ada"), creates("By Bo"), Script(text="Done.", times=None))
    workflow = guarded()
    ada = workflow["agents"][0]
    workflow["agents"] = [ada, {**ada, "id": "b", "name": "Bo"}]
    config = {"mode": "parallel", "merge": merge, "agents": ["a", "b"], "task": "Report it."}
    workflow["nodes"] = [{"id": "ask", "type": "team", "config": config}]
    run = await begun(models, workflow)
    first = (await question(models, run))["arguments"]["arguments"]["title"]
    seen = {first}
    await decided(models, run, "approve")
    if merge == "list":
        (other,) = {"By Ada", "By Bo"} - seen
        seen.add((await asked(models, run, other))["arguments"]["arguments"]["title"])
        await decided(models, run, "approve")
    await until(models.api.as_role("owner"), run, "completed")
    assert set(titles(models)) == seen
    assert len(seen) == (2 if merge == "list" else 1), "where one has answered, nobody is asked about the others"
