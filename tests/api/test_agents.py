"""Agents over HTTP, as older clients know them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.conftest import Api, served

agent: dict[str, Any] = {"name": "Triage", "agent_id": "66a0000000000000000000aa", "type": "specialist", "capabilities": ["routing"]}
at = "/api/agents/config"


async def test_the_default_agent_is_there_from_the_start(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, AGENT_ID="66a0000000000000000000d0") as api:
        found = (await api.as_role("viewer").get(at, params={"id": "agent-default"})).json()["agent"]
        assert found["name"] == "General Assistant"
        assert found["agent_id"] == "66a0000000000000000000d0"
        assert found["capabilities"] == ["general_assistance", "task_coordination", "data_analysis"]
        assert found["status"] == "active"
        assert found["created"]
        assert found["updated"]


async def test_the_default_agent_follows_the_setting_until_somebody_changes_it(api: Api) -> None:
    agents, owner = api.house.services.agents, api.as_role("owner")
    await agents.ensure_default(1, "b" * 24)
    assert (await owner.get(at, params={"id": "agent-default"})).json()["agent"]["agent_id"] == "b" * 24
    await owner.put(at, json={"id": "agent-default", "agent_id": "c" * 24})
    await agents.ensure_default(1, "d" * 24)
    assert (await owner.get(at, params={"id": "agent-default"})).json()["agent"]["agent_id"] == "c" * 24


async def test_make_change_list_delete(owner: httpx2.AsyncClient) -> None:
    made = (await owner.post(at, json=agent)).json()
    assert made["success"] is True
    assert made["message"]
    own = made["agent"]["id"]
    assert made["agent"] | agent == made["agent"]
    changed = (await owner.put(at, json={"id": own, "status": "inactive", "name": "Other"})).json()["agent"]
    assert (changed["status"], changed["name"], changed["capabilities"]) == ("inactive", "Other", ["routing"])
    assert changed["updated"] > changed["created"]
    listed = (await owner.get(at)).json()
    assert ([item["id"] for item in listed["agents"]], listed["total"]) == (["agent-default", own], 2)
    assert (await owner.delete(at, params={"id": own})).json()["message"]
    assert (await owner.get(at, params={"id": own})).status_code == 404
    assert (await owner.delete(at, params={"id": own})).status_code == 404
    assert (await owner.put(at, json={"id": own, "name": "x"})).status_code == 404


async def test_without_an_id_at_the_provider_it_is_there_and_empty(owner: httpx2.AsyncClient) -> None:
    made = await owner.post(at, json={"id": "m", "name": "M", "type": "specialist", "provider": "simulated"})
    assert made.json()["agent"]["agent_id"] == ""


@pytest.mark.parametrize("missing", ["name", "agent_id", "type"])
async def test_a_required_field_is_missed_with_400(owner: httpx2.AsyncClient, missing: str) -> None:
    answer = await owner.post(at, json={key: value for key, value in agent.items() if key != missing})
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert missing in answer.json()["error"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"type": "king"}, 422), ({"tools": ["github.nope"]}, 422), ({"tools": ["nope"]}, 422), ({"approve": ["github.nope"]}, 422), ({"provider": "nope"}, 422),
        ({"name": "x" * 201}, 422), ({"id": "x" * 129}, 422), ({"id": "a\0"}, 422), ({"id": "agent-default"}, 409), ({"capabilities": "x"}, 422),
    ],
)  # fmt: skip
async def test_what_is_no_agent_is_refused(owner: httpx2.AsyncClient, change: dict[str, Any], status: int) -> None:
    answer = await owner.post(at, json=agent | change)
    assert answer.status_code == status, answer.text


async def test_missing_ids_are_400(owner: httpx2.AsyncClient) -> None:
    assert (await owner.put(at, json={"name": "x"})).status_code == 400
    assert (await owner.delete(at)).status_code == 400


async def test_roles_and_workspaces(api: Api) -> None:
    made = (await api.as_role("editor").post(at, json=agent | {"id": "mine"})).json()
    assert made["success"] is True
    assert (await api.as_role("viewer").post(at, json=agent)).status_code == 403
    assert (await api.as_role("operator").delete(at, params={"id": "mine"})).status_code == 403
    assert (await api.client(api.foreign).get(at, params={"id": "mine"})).status_code == 404
    assert (await api.client(api.foreign).get(at)).json()["total"] == 0


async def test_what_a_person_has_to_approve_and_how_a_model_answers_is_kept(owner: httpx2.AsyncClient) -> None:
    more = {
        "provider": "model",
        "model": "openai:gpt-5.5",
        "tools": ["github.create_issue"],
        "approve": ["*"],
        "settings": {"max_tokens": 9},
    }
    made = (await owner.post(at, json=agent | more)).json()["agent"]
    assert (made["approve"], made["settings"]) == (["*"], {"max_tokens": 9})
    changed = (await owner.put(at, json={"id": made["id"], "approve": ["github.create_issue"]})).json()["agent"]
    assert (changed["approve"], changed["settings"]) == (["github.create_issue"], {"max_tokens": 9})
    assert (await owner.put(at, json={"id": made["id"], "settings": {"max_tokens": 0}})).status_code == 422
