"""Vendors beside OpenAI and Anthropic, each asked over HTTP in its own shapes: key, answer, tokens, tools, schema, stream, refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from tests.agents.model.running import asking, ran
from tests.api.conftest import Api, fresh_database, served
from tests.doubles.google_models import GoogleDouble
from tests.doubles.models import ModelDouble, Script, ToolCall, Usage, model_double
from tests.doubles.openai_family import GroqDouble, MistralDouble, OllamaDouble, OpenRouterDouble

from tenuto.store.server.embedded import Embedded

vendors: dict[str, tuple[type[Any], str, str, str]] = {
    "groq": (GroqDouble, "groq:llama-3.3-70b-versatile", "GROQ", "/openai/v1"),
    "openrouter": (OpenRouterDouble, "openrouter:openai/gpt-4o", "OPENROUTER", "/api/v1"),
    "ollama": (OllamaDouble, "ollama:llama3.2", "OLLAMA", "/v1"),
    "mistral": (MistralDouble, "mistral:mistral-large-latest", "MISTRAL", ""),
    "google": (GoogleDouble, "google:gemini-3-pro", "GOOGLE", ""),
}
"""By key: the double, a model, the begin of its settings' names, and what its base URL ends with."""


class Asked:
    """A house whose agents ask all of them."""

    def __init__(self, api: Api, doubles: dict[str, ModelDouble]) -> None:
        self.api, self.doubles = api, doubles


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Asked]:
    async with AsyncExitStack() as end:
        doubles: dict[str, ModelDouble] = {}
        given: dict[str, str] = {}
        for name, (kind, _, setting, path) in vendors.items():
            double = doubles[name] = await end.enter_async_context(model_double(kind))
            base = "GOOGLE_GEMINI_BASE_URL" if setting == "GOOGLE" else f"{setting}_BASE_URL"
            given |= {f"{setting}_API_KEY": double.key, base: double.url + path}
        dsn = await end.enter_async_context(fresh_database(server))
        api = await end.enter_async_context(served(dsn, tmp_path_factory.mktemp("vendors"), bases=None, TENUTO_ENV="production", **given))
        yield Asked(api, doubles)


@pytest.fixture(params=vendors)
def vendor(request: pytest.FixtureRequest, house: Asked) -> tuple[Api, ModelDouble, str]:
    double = house.doubles[request.param]
    double.reset()
    return house.api, double, vendors[request.param][1]


async def test_it_answers_with_its_tokens_and_is_signed_in_to_with_its_key(vendor: tuple[Api, ModelDouble, str]) -> None:
    api, double, model = vendor
    double.script(Script(text="Four.", usage=Usage(input=100, output=10)))
    run = await ran(api, asking(model, settings={"temperature": 0.5, "max_tokens": 50}), "Two and two?")
    assert (run["output"]["text"], run["simulated"]) == ("Four.", False)
    assert (run["usage"]["input_tokens"], run["usage"]["output_tokens"], run["usage"]["turns"]) == (100, 10, 1)
    (call,) = double.calls
    name = model.partition(":")[2]
    assert call.prompt == "Two and two?"
    assert call.model == name or name in call.path  # Google's stands in the path


async def test_a_conversation_is_told_to_it_anew(vendor: tuple[Api, ModelDouble, str]) -> None:
    """A model keeps no session: what was said before goes with the next question, in its order."""
    api, double, model = vendor
    owner = api.as_role("owner")
    agent = {
        "id": f"talker-{uuid4()}",
        "name": "Talker",
        "type": "specialist",
        "provider": "model",
        "model": model,
        "instructions": "Be brief.",
    }
    assert (await owner.post("/api/agents/config", json=agent)).status_code == 200
    double.script(Script(text="You said Ada."))
    before = [{"question": "I am Ada.", "answer": "Hello, Ada."}, {"question": "And well?", "answer": "Very."}]
    answer = await owner.post("/api/agent", json={"agent_id": agent["id"], "message": "Who am I?", "history": before})
    assert (answer.status_code, answer.json()["response"]["message"]) == (200, "You said Ada."), answer.text
    (call,) = double.calls
    said = json.dumps(call.body)
    places = [said.index(text) for text in ("I am Ada.", "Hello, Ada.", "And well?", "Very.", "Who am I?")]
    assert places == sorted(places)
    assert call.prompt == "Who am I?"


async def test_it_streams(vendor: tuple[Api, ModelDouble, str]) -> None:
    api, double, model = vendor
    double.script(Script(text="A longer answer that comes in pieces.", usage=Usage(input=7, output=9)))
    run = await ran(api, asking(model, stream=True))
    assert run["output"]["text"] == "A longer answer that comes in pieces."
    assert (run["usage"]["input_tokens"], run["usage"]["output_tokens"]) == (7, 9)
    assert double.calls[0].streamed or "stream" in double.calls[0].path


async def test_it_fills_in_a_schema(vendor: tuple[Api, ModelDouble, str]) -> None:
    api, double, model = vendor
    schema = {"type": "object", "required": ["urgency"], "additionalProperties": False, "properties": {"urgency": {"type": "integer"}}}
    run = await ran(api, asking(model, output_schema=schema))
    assert isinstance(run["output"]["urgency"], int)
    assert double.calls


async def test_it_uses_tools(vendor: tuple[Api, ModelDouble, str]) -> None:
    api, double, model = vendor
    double.script(
        Script(tools=(ToolCall(name="rss__read_feed", arguments={"url": "https://127.0.0.1:9/feed"}),)), Script(text="It is away.")
    )
    run = await ran(api, asking(model, tools=["rss.read_feed"]))
    assert run["output"]["text"] == "It is away."
    assert len(double.calls) == 2


@pytest.mark.parametrize(
    ("status", "kind", "again"), [(401, "auth-rejected", False), (404, "rejected", False), (503, "vendor-failed", True)]
)
async def test_what_it_refuses_is_a_problem(vendor: tuple[Api, ModelDouble, str], status: int, kind: str, again: bool) -> None:
    api, double, model = vendor
    double.script(Script(status=status, times=None))
    error = (await ran(api, asking(model), status="failed"))["error"]
    assert (error["type"], error["status"], error["retryable"]) == (kind, 502, again)
    assert error["detail"]
    assert len(double.calls) == 1


async def test_a_key_that_is_not_the_vendors_opens_nothing(vendor: tuple[Api, ModelDouble, str]) -> None:
    api, double, model = vendor
    vars(double)["key"] = "another"
    try:
        run = await ran(api, asking(model), status="completed" if isinstance(double, OllamaDouble) else "failed")
    finally:
        vars(double).pop("key")
    # Ollama asks nobody for a key.
    assert (run["error"] or {}).get("type") == (None if isinstance(double, OllamaDouble) else "auth-rejected")
