"""Models in real runs: a house at work, asked over HTTP, against the doubles of OpenAI and Anthropic."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Api, served
from tests.doubles.anthropic import AnthropicDouble, anthropic_double
from tests.doubles.models import ModelDouble, Script, Usage
from tests.doubles.openai import OpenAIDouble, openai_double


@dataclass(frozen=True)
class Models:
    """A house, and the vendors that its agents ask."""

    api: Api
    openai: OpenAIDouble
    anthropic: AnthropicDouble

    def double(self, model: str) -> ModelDouble:
        """Who answers for a model."""
        return self.openai if model.startswith("openai") else self.anthropic


@pytest.fixture
async def models(dsn: str, tmp_path: Path) -> AsyncGenerator[Models]:
    async with openai_double() as openai, anthropic_double() as anthropic:
        given = {
            "OPENAI_API_KEY": openai.key,
            "OPENAI_BASE_URL": openai.base,
            "OPENAI_COMPATIBLE_API_KEY": openai.key,
            "OPENAI_COMPATIBLE_BASE_URL": openai.base,
            "ANTHROPIC_API_KEY": anthropic.key,
            "ANTHROPIC_BASE_URL": anthropic.url,
        }
        async with served(dsn, tmp_path, TENUTO_ENV="production", **given) as api:
            yield Models(api, openai, anthropic)


def asking(model: str, *, settings: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """A workflow of one node that asks one model."""
    agent = {"id": "a", "name": "Ada", "provider": "model", "model": model, "instructions": "Be brief.", "settings": settings}
    node = {"id": "ask", "type": "agent", "config": {"agent": "a", **config}, "retry": {"attempts": 1}}
    return {"id": "w", "name": "W", "startNode": "ask", "agents": [agent], "nodes": [node]}


async def ran(api: Api, workflow: dict[str, Any], message: str = "Hello?", status: str = "completed") -> dict[str, Any]:
    """The run, once it has ended so."""
    client = api.as_role("owner")
    answer = await client.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": message})
    assert answer.status_code in (200, 202), answer.text
    run = answer.json()["execution"]["id"]
    found: dict[str, Any] = (await client.get(f"/api/executions/{run}")).json()["execution"]
    assert found["status"] == status, found
    return found


async def events(api: Api, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Its whole log."""
    return (await api.as_role("owner").get(f"/api/executions/{run['id']}/events")).json()["events"]


everyone = pytest.mark.parametrize("model", ["openai:gpt-5.5", "anthropic:claude-sonnet-5-5", "openai-compatible:gpt-4o"])


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
