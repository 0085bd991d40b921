"""What goes over the wire between a caller and the doubles of OpenAI and Anthropic: refusals, faults, scripts, and another process."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import TypeAlias

import httpx2
import pytest
import pytest_asyncio
from pydantic import JsonValue
from tests.doubles import Json
from tests.doubles.anthropic import AnthropicDouble, anthropic_double
from tests.doubles.models import ModelDouble, Script, ToolCall
from tests.doubles.openai import OpenAIDouble, openai_double

Both: TypeAlias = tuple[OpenAIDouble, AnthropicDouble]

gpt, claude = "gpt-5.4", "claude-opus-5"
chat, responses, messages = "/v1/chat/completions", "/v1/responses", "/v1/messages"
weather: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
no_schema: Json = {"type": "object", "properties": {"city": {"type": "string"}}}
function: Json = {"type": "function", "function": {"name": "weather", "parameters": weather, "strict": True}}
tool: Json = {"name": "weather", "input_schema": weather}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running() -> AsyncGenerator[Both]:
    async with openai_double() as one, anthropic_double() as other:
        yield one, other


def fresh() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, timeout=20)


async def bare(double: ModelDouble, path: str, body: JsonValue, **headers: str) -> httpx2.Response:
    sent = {"authorization": f"Bearer {double.key}", "anthropic-version": "2023-06-01", **headers}
    async with fresh() as http:
        return await http.post(double.url + path, json=body, headers=sent)


def asks(path: str, said: str = "hello", **more: JsonValue) -> Json:
    """The smallest request of an endpoint."""
    if path == responses:
        return {"model": gpt, "input": said, **more}
    spoken: Json = {"messages": [{"role": "user", "content": said}]}
    return spoken | ({"model": claude, "max_tokens": 1000} if path == messages else {"model": gpt}) | more


def of(path: str, both: Both) -> ModelDouble:
    double = both[1] if path == messages else both[0]
    double.reset()
    return double


user: Json = {"role": "user", "content": "Bern?"}
oai_call: Json = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}
oai_result: Json = {"role": "tool", "tool_call_id": "c1", "content": "rain"}
ant_call: Json = {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "weather", "input": {}}]}
ant_result: Json = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "rain"}]}
item_call: Json = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"}
item_result: Json = {"type": "function_call_output", "call_id": "c1", "output": "rain"}
oai_tools: JsonValue = [function]
loose_tools: JsonValue = [{"type": "function", "function": {"name": "weather", "parameters": no_schema, "strict": True}}]
loose_format: Json = {"type": "json_schema", "json_schema": {"name": "out", "schema": no_schema, "strict": True}}
ant_format: Json = {"format": {"type": "json_schema", "schema": no_schema}}


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        (chat, asks(chat, messages=[]), "empty array"),
        (chat, asks(chat, colour="red"), "colour"),
        (chat, asks(chat, messages=[user, oai_result]), "must be a response to"),
        (chat, asks(chat, messages=[user, oai_call]), "c1"),
        (chat, asks(chat, messages=[user, oai_call, user, oai_result]), "c1"),
        (chat, asks(chat, messages=[{"role": "robot", "content": "x"}]), "robot"),
        (chat, asks(chat, tools=loose_tools), "additionalProperties"),
        (chat, asks(chat, response_format=loose_format), "additionalProperties"),
        (chat, asks(chat, response_format={"type": "json_object"}), "json"),
        (chat, asks(chat, tool_choice="required"), "tools"),
        (chat, asks(chat, tools=oai_tools, tool_choice={"type": "function", "function": {"name": "news"}}), "news"),
        (chat, asks(chat, stream_options={"include_usage": True}), "stream"),
        (chat, {"messages": [user]}, "model"),
        (chat, [], "JSON"),
        (responses, {"model": gpt}, "input"),
        (responses, asks(responses, messages=[]), "messages"),
        (responses, {"model": gpt, "input": [user, item_call]}, "c1"),
        (responses, {"model": gpt, "input": [user, item_result]}, "c1"),
        (responses, asks(responses, text={"format": {"type": "json_schema", "name": "out", "schema": no_schema, "strict": True}}), "additional"),
        (responses, asks(responses, tools=[{"type": "function", "name": "bad name", "parameters": weather}]), "name"),
        (messages, {"model": claude, "messages": [user]}, "max_tokens"),
        (messages, asks(messages, messages=[]), "at least one"),
        (messages, asks(messages, colour="red"), "colour"),
        (messages, asks(messages, messages=[user, ant_result]), "c1"),
        (messages, asks(messages, messages=[user, ant_call]), "c1"),
        (messages, asks(messages, messages=[user, ant_call, user]), "c1"),
        (messages, asks(messages, messages=[{"role": "robot", "content": "x"}]), "robot"),
        (messages, asks(messages, messages=[{"role": "user", "content": [{"type": "text", "text": ""}]}]), "non-empty"),
        (messages, asks(messages, output_config=ant_format), "additionalProperties"),
        (messages, asks(messages, tools=[{"name": "weather", "input_schema": {}}]), "input_schema"),
        (messages, asks(messages, tool_choice={"type": "any"}), "tool_choice"),
        (messages, asks(messages, tools=[tool], tool_choice={"type": "tool", "name": "news"}), "news"),
        (messages, asks(messages, thinking={"type": "enabled", "budget_tokens": 2000}), "max_tokens"),
    ],
)  # fmt: skip
async def test_what_the_vendors_refuse_is_refused(running: Both, path: str, body: JsonValue, word: str) -> None:
    double = of(path, running)
    answer = await bare(double, path, body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert word in answer.json()["error"]["message"]
    assert not double.asked


@pytest.mark.parametrize("path", [chat, responses, messages])
async def test_keys_sizes_paths_and_versions(running: Both, path: str) -> None:
    double = of(path, running)
    assert (await bare(double, path, asks(path), authorization="Bearer wrong")).status_code == 401
    assert (await bare(double, path, asks(path), authorization="")).status_code == 401
    assert (await bare(double, f"{path}/nowhere/at/all", asks(path))).status_code == 404
    double.limit = 300
    assert (await bare(double, path, asks(path, "hello" * 100))).status_code == 413
    assert (await bare(double, path, asks(path))).status_code == 200
    if path == messages:
        unversioned = await bare(double, path, asks(path), **{"anthropic-version": ""})
        assert (unversioned.status_code, "anthropic-version" in unversioned.text) == (400, True)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "drop_midway"])
@pytest.mark.parametrize("path", [chat, responses, messages])
async def test_dropped_answers(running: Both, path: str, fault: str, streamed: bool) -> None:
    double = of(path, running)
    double.script(Script.model_validate({"fault": fault}))
    with pytest.raises(httpx2.TransportError):
        await bare(double, path, asks(path, stream=streamed))
    assert (double.asked["hello"], double.finished) == (1, {})
    assert (await bare(double, path, asks(path, stream=streamed))).status_code == 200
    assert double.finished["hello"] == 1


@pytest.mark.parametrize("fault", ["truncated", "malformed", "empty", "html"])
@pytest.mark.parametrize("path", [chat, responses, messages])
async def test_damaged_answers(running: Both, path: str, fault: str) -> None:
    double = of(path, running)
    double.script(Script.model_validate({"fault": fault, "times": 2}))
    answer = await bare(double, path, asks(path))
    assert (answer.status_code, answer.text.startswith("<html>")) == ((502, True) if fault == "html" else (200, False))
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    streamed = await bare(double, path, asks(path, stream=True))
    assert not any(end in streamed.text for end in ("[DONE]", "response.completed", "message_stop"))
    assert not double.finished


@pytest.mark.parametrize("path", [chat, responses, messages])
async def test_scripts_wait_take_turns_and_listen_to_the_prompt(running: Both, path: str) -> None:
    double = of(path, running)
    double.script(
        Script(text="rain", when="Bern", times=None), Script(text="first", hold=True), Script(text={"second": True}, dress="fenced")
    )
    held = asyncio.create_task(bare(double, path, asks(path)))
    await double.called(path=path)
    assert "rain" in (await bare(double, path, asks(path, "Bern?"))).text
    assert "```json" in (await bare(double, path, asks(path))).text
    assert "You said: hello" in (await bare(double, path, asks(path))).text
    assert not held.done()
    double.release()
    assert "first" in (await held).text
    assert "rain" in (await bare(double, path, asks(path, "Bern!"))).text
    with pytest.raises(TimeoutError):
        await double.called(100, within=0.01)


async def test_signs_of_life_come_before_the_first_piece(running: Both) -> None:
    double = of(messages, running)
    double.script(Script(pings=2))
    lines = (await bare(double, messages, asks(messages, stream=True))).text.splitlines()
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert (names[:4], names[-2:]) == (["message_start", "ping", "ping", "content_block_start"], ["message_delta", "message_stop"])
    for path in (chat, responses):
        double = of(path, running)
        double.script(Script(pings=2))
        assert (await bare(double, path, asks(path, stream=True))).text.count(": ping\n\n") == 2


async def test_arguments_can_be_written_badly(running: Both) -> None:
    bad = Script(tools=(ToolCall(name="weather", arguments='{"city": '),))
    double = of(chat, running)
    double.script(bad)
    [choice] = (await bare(double, chat, asks(chat))).json()["choices"]
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"city": '
    double = of(messages, running)
    double.script(bad)
    [block] = (await bare(double, messages, asks(messages))).json()["content"]
    assert block["input"] == {"INVALID_JSON": '{"city": '}


@pytest_asyncio.fixture(params=["openai", "anthropic"], loop_scope="session")
async def process(request: pytest.FixtureRequest) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    command = [sys.executable, "-m", f"tests.doubles.{request.param}", "--port", "0"]
    running = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE)
    assert running.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield running, (await running.stdout.readline()).decode().strip(), chat if request.param == "openai" else messages
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def test_another_process_scripts_and_reads_it(process: tuple[asyncio.subprocess.Process, str, str]) -> None:
    running, url, path = process
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
        about = (await http.get("/__double__/")).json()
        headers = {"authorization": f"Bearer {about['key']}", "anthropic-version": "2023-06-01"}
        assert (await http.put("/__double__/scripts", json=[{"hold": True, "text": "at last"}])).status_code == 200
        assert (await http.put("/__double__/scripts", json={"wrong": 1})).status_code == 422
        asked = asyncio.create_task(http.post(path, json=asks(path), headers=headers))
        [call] = (await http.get("/__double__/calls", params={"at_least": 1, "path": path})).json()
        assert (call["prompt"], "authorization" in call["headers"]) == ("hello", False)
        await http.post("/__double__/release")
        assert "at last" in (await asked).text
        await http.post("/__double__/reset")
        assert (await http.get("/__double__/calls")).json() == []
    running.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(running.wait(), 20) == 0
