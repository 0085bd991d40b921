"""Models in real runs: a house at work, asked over HTTP, against the doubles of OpenAI and Anthropic."""

from __future__ import annotations

import json
import math

from tests.agents.model.running import Models, asking, events, everyone, ran
from tests.doubles.models import Script, Usage


@everyone
async def test_a_model_answers_in_a_run_with_its_tokens_and_its_cost(models: Models, model: str) -> None:
    double = models.double(model)
    double.script(Script(text="Four.", usage=Usage(input=100, output=10, cached=40)))
    run = await ran(models.api, asking(model, settings={"temperature": 0.5, "max_tokens": 500}), "Two and two?")
    assert run["output"] == {"text": "Four.", "artifacts": []}
    assert run["simulated"] is False
    (done,) = [event for event in await events(models.api, run) if event["type"] == "node_completed"]
    used = done["data"]["usage"]
    assert (used["input_tokens"], used["output_tokens"], used["cached_tokens"]) == (100, 10, 40)
    assert (used["turns"], used["model"], used["provider"], used["estimated"]) == (1, model, "model", False)
    known = not model.startswith("openai-compatible")
    assert (used["priced"], used.get("cost") is not None) == (known, known)
    if known:
        price = used["price"]
        assert used["cost"] == math.ceil(round(60 * price["input"] + 40 * price["cached"] + 10 * price["output"], 6))
    (call,) = double.calls
    said = json.dumps(call.body)
    assert "Two and two?" in said
    assert "Be brief." in said
    assert not [name for name in call.headers if name.startswith("x-stainless")]
    assert '"store": true' not in said


async def test_what_a_model_costs_on_a_server_of_ones_own_is_not_guessed_but_can_be_said(models: Models) -> None:
    models.openai.script(Script(text="Hm.", times=None, usage=Usage(input=1000, output=100)))
    workflow = asking("openai-compatible:gpt-4o")
    workflow["settings"] = {"budget": {"usd": 1, "on_budget": "fail"}}
    run = await ran(models.api, workflow, status="failed")
    assert "what Ada costs is not known" in run["error"]["detail"]
    workflow["agents"][0]["prices"] = {"input": 1, "output": 10}
    assert (await ran(models.api, workflow))["usage"]["cost"] == 2000


@everyone
async def test_a_budget_holds_for_models(models: Models, model: str) -> None:
    double = models.double(model)
    double.script(Script(text="Hm.", times=None, usage=Usage(input=90, output=20)))
    workflow = asking(model)
    nodes = [{**workflow["nodes"][0], "id": f"ask{number}"} for number in range(4)]
    workflow |= {"nodes": nodes, "startNode": "ask0", "edges": [{"from": f"ask{n}", "to": f"ask{n + 1}"} for n in range(3)]}
    workflow["settings"] = {"budget": {"tokens": 200, "on_budget": "fail"}}
    run = await ran(models.api, workflow, status="failed")
    assert run["error"]["type"] == "budget-exceeded"
    assert len(double.calls) == 2
    assert run["usage"]["turns"] == 2
