"""Single questions to agents over HTTP: against Lyzr's double, simulated without a key, refused in production."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Api, served
from tests.doubles.lyzr import Behaviour, LyzrDouble, echo_agent, key, lyzr_double


@pytest.fixture
async def double() -> AsyncGenerator[LyzrDouble]:
    async with lyzr_double() as running:
        yield running


@pytest.fixture
async def real(dsn: str, tmp_path: Path, double: LyzrDouble) -> AsyncGenerator[Api]:
    """A house whose agents are those of the double."""
    async with served(dsn, tmp_path, LYZR_BASE_URL=double.url, LYZR_API_KEY=key, LYZR_AGENT_ID=echo_agent) as api:
        yield api


async def test_an_agent_is_asked_by_its_id_at_lyzr(real: Api, double: LyzrDouble) -> None:
    asked: dict[str, Any] = {"message": "How are you?", "agent_id": echo_agent, "user_id": "ada", "session_id": "s1", "assets": []}
    answer = await real.as_role("owner").post("/api/agent", json=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) >= {"success", "response", "agent_id", "user_id", "session_id", "timestamp", "raw_response"}
    assert set(body["response"]) == {"status", "result", "message", "metadata"}
    assert (body["response"]["status"], body["agent_id"], body["user_id"], body["session_id"]) == ("success", echo_agent, "ada", "s1")
    assert body["simulated"] is False
    assert body["response"]["message"] == body["raw_response"] != ""
    (call,) = [call for call in double.calls if call.message == "How are you?"]
    assert (call.session_id, call.agent_id) == ("s1", echo_agent)
    assert key not in answer.text


async def test_an_answer_in_the_older_convention_is_read(real: Api, double: LyzrDouble) -> None:
    said: dict[str, Any] = {"status": "error", "result": {"a": 1}, "message": "Hm", "metadata": {"agent_name": "X"}}
    double.behave(echo_agent, Behaviour(answer=said, dress="fenced"))
    body = (await real.as_role("operator").post("/api/agent", json={"message": "x", "agent_id": echo_agent})).json()
    response = body["response"]
    assert (response["status"], response["result"], response["message"]) == ("error", {"a": 1}, "Hm")
    assert response["metadata"]["agent_name"] == "X"
    assert body["session_id"]
    assert body["user_id"] == "key:operator"


async def test_an_agent_of_the_workspace_is_asked_by_its_own_id(real: Api, double: LyzrDouble) -> None:
    owner = real.as_role("owner")
    await owner.post("/api/agents/config", json={"id": "mine", "name": "Mine", "agent_id": echo_agent, "type": "specialist"})
    assert (await owner.post("/api/agent", json={"message": "by own id", "agent_id": "mine"})).status_code == 200
    assert [call.agent_id for call in double.calls if call.message == "by own id"] == [echo_agent]


async def test_chat_talks_to_the_default_agent_in_one_conversation(real: Api, double: LyzrDouble) -> None:
    client = real.as_role("operator")
    first = (await client.post("/api/agent/chat", json={"message": "one"})).json()
    assert isinstance(first["response"], str)
    assert first["response"]
    again = (await client.post("/api/agent/chat", json={"message": "two", "session_id": first["session_id"]})).json()
    assert again["session_id"] == first["session_id"]
    assert {call.session_id for call in double.calls if call.message in ("one", "two")} == {first["session_id"]}
    ready = (await client.get("/api/agent/chat")).json()
    assert (ready["success"], ready["agent_name"], ready["agent_id"]) == (True, "General Assistant", echo_agent)


@pytest.mark.parametrize(("status", "becomes"), [(429, 502), (500, 502), (401, 502), (404, 502)])
async def test_what_lyzr_refuses_is_a_sentence(real: Api, double: LyzrDouble, status: int, becomes: int) -> None:
    double.behave(echo_agent, Behaviour(status=status))
    answer = await real.as_role("operator").post("/api/agent", json={"message": "x", "agent_id": echo_agent})
    assert (answer.status_code, answer.json()["success"]) == (becomes, False), answer.text
    assert key not in answer.text


async def test_without_a_key_development_simulates_and_says_so(api: Api) -> None:
    client = api.as_role("operator")
    body = (await client.post("/api/agent", json={"message": "Hello", "agent_id": echo_agent})).json()
    assert body["simulated"] is True
    assert body["response"]["metadata"]["simulated"] is True
    assert body["response"]["message"]
    assert (await client.post("/api/agent/chat", json={"message": "Hello"})).json()["simulated"] is True


async def test_in_production_a_missing_key_is_401_and_named(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, NODE_ENV="production") as api:
        answer = await api.as_role("owner").post("/api/agent", json={"message": "Hello", "agent_id": echo_agent})
        assert answer.status_code == 401
        assert "LYZR_API_KEY" in answer.text


async def test_required_fields_and_permissions(api: Api) -> None:
    owner = api.as_role("owner")
    for body in ({}, {"message": "x"}, {"agent_id": "x"}, {"message": "", "agent_id": "x"}):
        assert (await owner.post("/api/agent", json=body)).status_code == 400
    assert (await owner.post("/api/agent/chat", json={})).status_code == 400
    assert (await owner.post("/api/agent", json={"message": "x", "agent_id": "x" * 129})).status_code == 422
    assert (await owner.post("/api/agent", json={"message": "x", "agent_id": "a\0"})).status_code == 422
    asked = {"message": "x", "agent_id": echo_agent}
    assert (await api.as_role("viewer").post("/api/agent", json=asked)).status_code == 403
    assert (await api.as_role("operator").post("/api/agent", json=asked | {"user_id": "somebody"})).status_code == 403
