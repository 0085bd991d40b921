"""Models with tools, structured answers and streams, in real runs: each turn and each call is in the log, and nothing is asked twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from tests.agents.model.running import Models, asking, events, everyone, problem_of, ran
from tests.api.runs import until
from tests.doubles.github import GitHub
from tests.doubles.models import Script, ToolCall, Usage

where = {"owner": "octocat", "repo": "hello-world"}
listing, creating = "github.list_issues", "github.create_issue"


def with_tools(model: str, *tools: str, **config: Any) -> dict[str, Any]:
    workflow = asking(model, **config)
    workflow["agents"][0]["tools"] = list(tools)
    return workflow


@everyone
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_tools_are_actions_and_every_turn_and_call_is_an_event_with_what_it_cost(models: Models, model: str, stream: bool) -> None:
    double, github = models.double(model), models.vendors[GitHub]
    github.add_issue("Broken lamp")
    double.script(
        Script(tools=(ToolCall(name="github_list_issues", arguments=where),), usage=Usage(input=100, output=20)),
        Script(tools=(ToolCall(name="github_create_issue", arguments={**where, "title": "Second"}),), usage=Usage(input=200, output=20)),
        Script(text="One is open, and I made another.", usage=Usage(input=300, output=10)),
    )
    run = await ran(models.api, with_tools(model, listing, creating, stream=stream))
    assert run["output"]["text"] == "One is open, and I made another."
    log = await events(models.api, run)
    done = {event["data"]["step"]: event["data"] for event in log if event["type"] == "step_completed"}
    assert list(done) == ["turn 1", "call 1: github.list_issues", "turn 2", "call 2: github.create_issue", "turn 3"]
    turns = [done[name]["usage"] for name in ("turn 1", "turn 2", "turn 3")]
    assert [(used["input_tokens"], used["output_tokens"], used["turns"]) for used in turns] == [(100, 20, 1), (200, 20, 1), (300, 10, 1)]
    assert (run["usage"]["input_tokens"], run["usage"]["turns"], run["usage"]["calls"]) == (600, 3, 5)
    assert [issue["title"] for issue in github.issues] == ["Second", "Broken lamp"], "the newest first"
    last = json.dumps(double.calls[-1].body)
    assert "Broken lamp" in last
    assert last.count("Second") >= 1
    offered = json.dumps(double.calls[0].body)
    assert "github_list_issues" in offered
    assert '"owner"' in offered


@everyone
async def test_a_tool_that_is_asked_for_badly_is_told_and_not_called(models: Models, model: str) -> None:
    double = models.double(model)
    double.script(
        Script(tools=(ToolCall(name="github_list_issues", arguments='{"owner": '),)),
        Script(tools=(ToolCall(name="github_list_issues", arguments={"owner": "octocat", "repositories": "x"}),)),
        Script(tools=(ToolCall(name="slack_send_message", arguments={}),)),
        Script(text="I give up."),
    )
    run = await ran(models.api, with_tools(model, listing))
    assert run["output"]["text"] == "I give up."
    assert not models.vendors.calls
    told = [json.dumps(call.body) for call in double.calls]
    assert "Error:" in told[1]
    assert "repositories" in told[2]
    assert "There is no tool" in told[3]


@everyone
async def test_several_tools_at_once_are_each_answered(models: Models, model: str) -> None:
    double = models.double(model)
    calls = tuple(ToolCall(name="github_list_issues", arguments={**where, "state": state}) for state in ("open", "closed"))
    double.script(Script(tools=calls), Script(text="Done."))
    await ran(models.api, with_tools(model, listing))
    assert len(models.vendors.calls) == 2


schema: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer", "minimum": 1}},
    "required": ["city", "people"],
}


def answers(model: str, value: Any) -> Script:
    """As models answer in a form: by the tool that is there for it."""
    del model
    return Script(tools=(ToolCall(name="answer", arguments=value),))


@everyone
@pytest.mark.parametrize("tools", [(), (listing,)], ids=["alone", "with tools"])
async def test_an_answer_has_the_form_that_was_asked_for(models: Models, model: str, tools: tuple[str, ...]) -> None:
    double = models.double(model)
    double.script(answers(model, {"city": "Bern", "people": 134_000}))
    run = await ran(models.api, with_tools(model, *tools, output_schema=schema))
    assert run["output"] == {"city": "Bern", "people": 134_000}
    assert len(double.calls) == 1


@everyone
@pytest.mark.parametrize("tools", [(), (listing,)], ids=["alone", "with tools"])
async def test_a_wrong_form_is_mended_once(models: Models, model: str, tools: tuple[str, ...]) -> None:
    double = models.double(model)
    wrong, right = answers(model, {"city": "Bern", "people": 0}), answers(model, {"city": "Bern", "people": 1})
    double.script(wrong, right)
    run = await ran(models.api, with_tools(model, *tools, output_schema=schema))
    assert run["output"] == {"city": "Bern", "people": 1}
    assert run["usage"]["turns"] == 2
    assert "Answer again" in json.dumps(double.calls[1].body)
    double.reset()
    double.script(wrong, wrong, right)
    problem = await problem_of(models, with_tools(model, *tools, output_schema=schema))
    assert problem["type"] == "invalid-output"
    assert "people" in str(problem)
    assert len(double.calls) == 2


@everyone
@pytest.mark.parametrize(
    ("form", "value"),
    [
        ({"type": "array", "items": {"type": "string"}}, ["a", "b"]),
        ({"type": "string", "enum": ["yes", "no"]}, "yes"),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, 7),
    ],
    ids=["list", "word", "reference"],
)
async def test_a_form_need_not_be_an_object(models: Models, model: str, form: dict[str, Any], value: Any) -> None:
    models.double(model).script(answers(model, {"value": value}))
    assert (await ran(models.api, asking(model, output_schema=form)))["output"] == value


@everyone
async def test_what_is_said_is_told_while_it_comes(models: Models, model: str) -> None:
    text, double = "One two three four five six seven eight.", models.double(model)
    double.script(Script(text=text, piece=8, gap=0.02, thinking="Not to be told.", pings=2, hold=True))
    client = models.api.as_role("owner")
    body = {"workflow": asking(model, stream=True), "message": "Count.", "execution_id": f"streamed-{model.replace(':', '-')}"}
    watched = asyncio.create_task(tokens(client, body["execution_id"]))
    assert (await client.post("/api/workflow/execute", json=body)).status_code in (200, 202)
    await double.called(within=60)
    async with asyncio.timeout(60):
        while not models.api.house.engine.feed.watched:
            await asyncio.sleep(0.01)
    double.release()  # nothing is said before somebody listens
    await until(client, body["execution_id"], "completed")
    said = await asyncio.wait_for(watched, 60)
    assert "".join(said) == text
    assert len(said) >= 4


async def tokens(client: httpx2.AsyncClient, run: str) -> list[str]:
    """What a run's watchers hear of its text."""
    said: list[str] = []
    while True:
        async with client.stream("GET", "/api/workflows/monitor", params={"execution_id": run}) as answer:
            if answer.status_code == 404:
                await asyncio.sleep(0.005)
                continue
            async for line in answer.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event = json.loads(line.removeprefix("data: "))
                if event["type"] == "node_progress" and event["data"].get("kind") == "token":
                    said.append(event["data"]["data"]["text"])
                if event["type"].startswith("workflow_c"):
                    return said
