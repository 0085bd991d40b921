"""A process is killed while a model writes: what it had answered is in the log, and it is not asked that again."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from tests.agents.model.running import asking, settings
from tests.doubles.anthropic import anthropic_double
from tests.doubles.models import Script, ToolCall
from tests.doubles.openai import openai_double
from tests.e2e.serving import product


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.parametrize("model", ["openai:gpt-5.5", "anthropic:claude-sonnet-5-5"])
async def test_a_recorded_turn_is_not_asked_again(dsn: str, tmp_path: Path, model: str) -> None:
    async with openai_double() as openai, anthropic_double() as anthropic:
        double = openai if model.startswith("openai") else anthropic
        double.script(
            Script(tools=(ToolCall(name="github_merge_pr", arguments={"number": 1}),)), Script(hold=True), Script(text="It did not work.")
        )
        given = settings(openai, anthropic) | {"DATABASE_URL": dsn, "TENUTO_EGRESS_ALLOW": "127.0.0.0/8", "TENUTO_ENV": "production"}
        served = product(tmp_path, **given)
        await asyncio.to_thread(served.start)
        workflow = asking(model)
        workflow["agents"][0]["tools"] = ["github.list_issues"]
        with served.client() as client:
            account = {"integration": "github", "access_token": "gho_x", "user_id": "ada"}
            assert (await asyncio.to_thread(client.post, "/api/oauth/tokens", json=account)).status_code == 200
            body = {"workflow": workflow, "message": "Merge it.", "user_id": "ada"}
            run = (await asyncio.to_thread(client.post, "/api/workflow/execute", json=body)).json()["execution"]["id"]
            await double.called(2)
            await asyncio.to_thread(served.end, signal.SIGKILL)
            await asyncio.to_thread(served.start)
            async with asyncio.timeout(60):
                while True:
                    found = (await asyncio.to_thread(client.get, f"/api/executions/{run}")).json()["execution"]
                    if found["status"] not in ("running", "pending"):
                        break
                    await asyncio.sleep(0.2)
            events = (await asyncio.to_thread(client.get, f"/api/executions/{run}/events")).json()["events"]
        await asyncio.to_thread(served.end)
        assert (found["status"], found["output"]["text"]) == ("completed", "It did not work."), found
        assert len(double.calls) == 3, "the first turn once, the second one twice"
        done = [event["data"]["step"] for event in events if event["type"] == "step_completed"]
        assert done == ["turn 1", "turn 2"]
        assert "There is no tool" in str(double.calls[2].body)
