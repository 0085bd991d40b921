"""No `LYZR_API_KEY`: in production the run is refused with the setting's name before it begins, in development it is simulated and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.api.conftest import served

agent: JsonValue = {"id": "helper", "name": "Helper", "agent_id": "64b0c0ffee0000000000e0c0", "provider": "lyzr", "type": "specialist"}
workflow: dict[str, JsonValue] = {
    "name": "Asks",
    "startNode": "ask",
    "agents": [agent],
    "nodes": [{"id": "ask", "type": "agent", "config": {"agent": "helper", "message": "{{ input.message }}"}}],
}


@pytest.mark.parametrize("key", [{}, {"LYZR_API_KEY": ""}, {"LYZR_API_KEY": "   "}], ids=["absent", "empty", "blank"])
async def test_in_production_the_run_is_refused(key: dict[str, str], dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_ENV="production", LYZR_AGENT_ID="64b0c0ffee0000000000e0c0", **key) as api:
        client = api.as_role("owner")
        answer = await client.post("/api/workflow/execute", json={"workflow": workflow, "message": "hello"})
        assert answer.status_code == 401, answer.text
        assert "Lyzr" in answer.json()["error"]
        assert (await client.get("/api/executions")).json()["executions"] == []
        for path, body in (("/api/agent", {"agent_id": "helper", "message": "hi"}), ("/api/agent/chat", {"message": "hi"})):
            asked = await client.post(path, json=body)
            assert asked.status_code == 401, asked.text
            assert "LYZR_API_KEY" in asked.json()["fix"]
        simulated = await client.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": "hello", "simulate": True})
        assert simulated.json()["execution"]["status"] == "completed"


async def test_in_development_it_is_simulated_and_says_so(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_ENV="development") as api:
        client = api.as_role("owner")
        answer = await client.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": "hello"})
        run = answer.json()["execution"]
        assert run["status"] == "completed", answer.text
        assert (await client.get(f"/api/executions/{run['id']}")).json()["execution"]["simulated"] is True
        assert (await client.post("/api/agent/chat", json={"message": "hi"})).json()["simulated"] is True
