"""Threat 9 for models: a vendor that repeats the key, whole or in part, in answers, errors and streams, and what is then found of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from tests.agents.model.running import asking, settings
from tests.api.conftest import Api, served
from tests.doubles.anthropic import anthropic_double
from tests.doubles.models import Script
from tests.doubles.openai import openai_double
from tests.security.test_canary import dump, secret_key, traces

openai_key = "sk-proj-CanaryOpenAI0123456789abcdefXYZ"
anthropic_key = "sk-ant-api03-CanaryAnthropic0123456789abc"


async def test_what_a_vendor_repeats_comes_out_nowhere(dsn: str, tmp_path: Path, log: io.StringIO) -> None:
    async with openai_double() as openai, anthropic_double() as anthropic:
        openai.key, anthropic.key = openai_key, anthropic_key  # pyright: ignore[reportAttributeAccessIssue] - the class's is everybody's
        async with served(dsn, tmp_path, TENUTO_ENV="production", **settings(openai, anthropic)) as api:
            heard = [
                await _asked(api, asking(model, stream=stream), double, script)
                for double, key, model in (
                    (openai, openai_key, "openai:gpt-5.5"),
                    (openai, openai_key, "openai-compatible:gpt-4o"),
                    (anthropic, anthropic_key, "anthropic:claude-sonnet-5-5"),
                )
                for script in (
                    Script(status=401, message=f"Incorrect API key provided: {key}."),
                    Script(status=400, message=f"{key} and {key[:12]}*****{key[-4:]}"),
                    Script(status=500, message=key),
                    Script(fault="stream_error", status=500, message=f"Broken with {key}"),
                )
                for stream in (False, True)
            ]
            # A text that comes in pieces is put together after the door, which hides what is whole in a piece; no model knows a key.
            heard += [await _asked(api, asking("openai:gpt-5.5"), openai, script) for script in _answers(openai_key)]
        assert len(openai.calls) + len(anthropic.calls) == len(heard) == 26
    kept = await dump(dsn)
    for place, text in (("answers", "".join(heard)), ("log", log.getvalue()), ("database", kept)):
        assert len(text) > 200, place
        for secret in (openai_key, anthropic_key, secret_key):
            assert traces(text, secret) == [], (place, text[max(0, text.find(secret) - 300) :][:600])
        assert "sk-proj-Cana" not in text, place
        assert "sk-ant-api03" not in text, place


def _answers(key: str) -> list[Script]:
    return [Script(text=f"Your key is {key}."), Script(refusal=f"Not with {key}")]


async def _asked(api: Api, workflow: dict[str, Any], double: Any, script: Script) -> str:
    double.script(script)
    client = api.as_role("owner")
    answer = await client.post("/api/workflow/execute?wait=30", json={"workflow": workflow, "message": "Hello?"})
    run = answer.json()["execution"]["id"]
    shown = await client.get(f"/api/executions/{run}")
    events = await client.get(f"/api/executions/{run}/events")
    return answer.text + shown.text + events.text
