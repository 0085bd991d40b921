"""A house whose agents ask the doubles of OpenAI and Anthropic, and workflows of one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.api.conftest import Api
from tests.doubles.anthropic import AnthropicDouble
from tests.doubles.models import ModelDouble
from tests.doubles.openai import OpenAIDouble
from tests.doubles.vendors import VendorsDouble


@dataclass(frozen=True)
class Models:
    """A house, and the vendors that its agents ask."""

    api: Api
    openai: OpenAIDouble
    anthropic: AnthropicDouble
    vendors: VendorsDouble

    def double(self, model: str) -> ModelDouble:
        """Who answers for a model."""
        return self.openai if model.startswith("openai") else self.anthropic


def settings(openai: OpenAIDouble, anthropic: AnthropicDouble) -> dict[str, str]:
    """The settings of a house that asks these."""
    return {
        "OPENAI_API_KEY": openai.key,
        "OPENAI_BASE_URL": openai.base,
        "OPENAI_COMPATIBLE_API_KEY": openai.key,
        "OPENAI_COMPATIBLE_BASE_URL": openai.base,
        "ANTHROPIC_API_KEY": anthropic.key,
        "ANTHROPIC_BASE_URL": anthropic.url,
    }


def asking(model: str, *, settings: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """A workflow of one node that asks one model."""
    agent = {"id": "a", "name": "Ada", "provider": "model", "model": model, "instructions": "Be brief.", "settings": settings}
    node = {"id": "ask", "type": "agent", "config": {"agent": "a", **config}, "retry": {"attempts": 1}}
    return {"id": "w", "name": "W", "startNode": "ask", "agents": [agent], "nodes": [node]}


async def ran(api: Api, workflow: dict[str, Any], message: str = "Hello?", status: str = "completed") -> dict[str, Any]:
    """The run, once it has ended so."""
    client = api.as_role("owner")
    answer = await client.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": message, "user_id": "ada"})
    assert answer.status_code in (200, 202), answer.text
    run = answer.json()["execution"]["id"]
    found: dict[str, Any] = (await client.get(f"/api/executions/{run}")).json()["execution"]
    assert found["status"] == status, found
    return found


async def events(api: Api, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Its whole log."""
    return (await api.as_role("owner").get(f"/api/executions/{run['id']}/events")).json()["events"]


everyone = pytest.mark.parametrize("model", ["openai:gpt-5.5", "anthropic:claude-sonnet-5-5", "openai-compatible:gpt-4o"])


async def problem_of(models: Models, workflow: dict[str, Any]) -> dict[str, Any]:
    """What the run fails with."""
    error: dict[str, Any] = (await ran(models.api, workflow, status="failed"))["error"]
    return error
