"""The double of the Lyzr agent API over real HTTP: its answers, quirks, failures and books."""

from __future__ import annotations

import ast
import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import cast

import httpx2
import jsonschema
import pytest
import pytest_asyncio
from pydantic import JsonValue
from tests.doubles import Json, fitting
from tests.doubles.lyzr import Artifact, Behaviour, LyzrDouble, ToolCall, echo_agent, lyzr_double, out_of_credits

chat, stream, submit, adk = "/v3/inference/chat/", "/v3/inference/stream/", "/v3/inference/chat/task", "/v3/inference/task/"
complete: Json = {"name": "Ada", "provider_id": "OpenAI", "model": "gpt-4o-mini", "temperature": 0.2, "top_p": 0.9}
invoice: Json = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "minLength": 30},
        "total": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
        "currency": {"enum": ["EUR", "USD"]},
        "due": {"type": ["string", "null"], "format": "date"},
        "lines": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/line"}},
    },
    "required": ["number", "total", "currency", "due", "lines"],
    "additionalProperties": False,
    "$defs": {
        "line": {"type": "object", "properties": {"text": {"type": "string"}, "next": {"$ref": "#/$defs/line"}}, "required": ["text"]}
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared() -> AsyncGenerator[LyzrDouble]:
    async with lyzr_double() as running:
        yield running


@pytest.fixture
def double(shared: LyzrDouble) -> LyzrDouble:
    shared.reset()
    return shared


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(shared: LyzrDouble) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=shared.url, headers={"x-api-key": shared.key}, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def http(double: LyzrDouble, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """The client, before a double that has forgotten everything."""
    return client


def ask(message: str = "hello", agent: str = echo_agent, session: str = "s1", **more: JsonValue) -> Json:
    return {"agent_id": agent, "session_id": session, "message": message, **more}


async def said(http: httpx2.AsyncClient, **more: JsonValue) -> str:
    answer = await http.post(chat, json=ask(**cast("dict[str, str]", more)))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["response"])


async def events(http: httpx2.AsyncClient, message: str = "hello", agent: str = echo_agent) -> list[str]:
    """The data of a stream's events, exactly one space after the colon removed."""
    async with http.stream("POST", stream, json=ask(message, agent)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [line.removeprefix("data: ") async for line in answer.aiter_lines() if line]


async def test_chat_echoes_and_notes_the_call_without_the_key(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    answer = await http.post(chat, json=ask())
    assert answer.json() == {"response": "You said: hello", "module_outputs": {}}
    [call] = double.calls
    assert (call.method, call.path, call.agent_id, call.session_id, call.message) == ("POST", chat, echo_agent, "s1", "hello")
    assert "x-api-key" not in call.headers
    assert double.key not in call.model_dump_json()


@pytest.mark.parametrize(("headers", "status"), [({}, 403), ({"x-api-key": "sk-wrong"}, 401), ({"authorization": "Bearer {key}"}, 403)])
async def test_only_the_right_key_in_the_right_header_enters(double: LyzrDouble, headers: dict[str, str], status: int) -> None:
    headers = {name: value.format(key=double.key) for name, value in headers.items()}
    async with httpx2.AsyncClient(base_url=double.url, headers=headers, trust_env=False, timeout=60) as anybody:
        answer = await anybody.post(chat, json=ask())
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert not double.counts


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3/inference/chat"),
        ("POST", "/v3/inference/stream"),
        ("POST", "/v3/inference/chat/task/"),
        ("POST", "/v3/inference/task"),
        ("GET", "/v3/agents"),
        ("GET", f"/v3/agents/{echo_agent}/"),
        ("POST", "/v3/assets/upload/"),
        ("POST", "/v3/agent"),
        ("GET", chat),
    ],
)
async def test_the_wrong_slash_path_or_method_is_405(double: LyzrDouble, http: httpx2.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert double.calls[-1].path == path


async def test_bodies_are_validated_as_fastapi_does(http: httpx2.AsyncClient) -> None:
    answer = await http.post(chat, json={"session_id": "s", "message": "m"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"loc": ["body", "agent_id"], "msg": "Field required", "type": "missing"}]
    nothing = await http.post(chat, json={"agent_id": echo_agent, "session_id": "s"})
    broken = await http.post(chat, content=b"{", headers={"content-type": "application/json"})
    assert [nothing.json()["detail"][0]["type"], broken.json()["detail"][0]["type"]] == ["value_error", "json_invalid"]


async def test_an_unknown_agent_is_404(http: httpx2.AsyncClient) -> None:
    answer = await http.post(chat, json=ask(agent="f" * 24))
    assert (answer.status_code, answer.json()) == (404, {"detail": "Agent not found"})


@pytest.mark.parametrize("place", ["run", "agent"])
async def test_a_schema_is_honoured(double: LyzrDouble, http: httpx2.AsyncClient, place: str) -> None:
    envelope: Json = {"type": "json_schema", "json_schema": {"name": "invoice", "strict": True, "schema": invoice}}
    if place == "run":
        text = await said(http, message="an invoice", response_format=invoice)
    else:
        text = await said(http, message="an invoice", agent=double.agent(response_format=envelope))
    value = json.loads(text)
    jsonschema.validate(value, invoice, format_checker=jsonschema.FormatChecker())
    assert value["number"].startswith("an invoice")
    assert fitting(invoice, "an invoice") == value


def test_fitting_follows_choices_and_parts() -> None:
    base: Json = {"type": "object", "properties": {"a": {"const": 3}}, "required": ["a"]}
    schema: Json = {"allOf": [base, {"properties": {"b": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 7}]}}}]}
    assert fitting(schema, "x") == {"a": 3, "b": 7}


async def test_json_comes_in_every_dress(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    value: Json = {"ok": True, "items": [1, None], "url": "https://example.com/a"}
    texts: dict[str, str] = {}
    for dress in ("bare", "fenced", "prose", "single_quoted", "trailing_comma", "python", "double_encoded"):
        double.behave(echo_agent, Behaviour(answer=value, dress=dress, under="result"))
        texts[dress] = await said(http)
    wrapped = {"result": value}
    assert json.loads(texts["bare"]) == wrapped
    assert texts["fenced"].startswith("```json\n")
    assert json.loads(texts["fenced"].removeprefix("```json\n").removesuffix("\n```")) == wrapped
    assert json.loads(texts["prose"][texts["prose"].index("{") : texts["prose"].rindex("}") + 1]) == wrapped
    assert json.loads(texts["single_quoted"].replace("'", '"')) == wrapped
    assert ast.literal_eval(texts["python"]) == wrapped
    assert json.loads(json.loads(texts["double_encoded"])) == wrapped
    assert texts["trailing_comma"].endswith(",\n}")
    for broken in ("fenced", "prose", "single_quoted", "trailing_comma", "python"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(texts[broken])


async def test_a_failure_may_hide_in_a_200(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(refuses="no model"))
    assert json.loads(await said(http)) == {"success": False, "error": "no model"}


async def test_thoughts_and_extra_fields(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(answer="42", think="six by seven", extra={"message_id": "m1"}))
    answer = (await http.post(chat, json=ask())).json()
    assert answer == {"response": "<think>six by seven</think>\n42", "module_outputs": {}, "message_id": "m1"}


async def test_artifacts_hang_on_redirecting_links(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(answer="done", artifacts=(Artifact(name="Sales", format_type="csv", content="a,b"),)))
    [file] = (await http.post(chat, json=ask())).json()["module_outputs"]["artifact_files"]
    assert (file["name"], file["format_type"]) == ("Sales", "csv")
    link = await http.get(file["file_url"])
    assert (link.status_code, (await http.get(file["file_url"], follow_redirects=True)).text) == (307, "a,b")
    assert "".join(await events(http)).startswith('done&lt;artifacts>[{\\"artifact_id\\":')
    own = await http.post(chat, json=ask(agent=double.agent(file_output=True)))
    assert own.json()["module_outputs"]["artifact_files"][0]["format_type"] == "pdf"


async def test_credits_and_rate_limits_are_both_429(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, out_of_credits.model_copy(update={"times": 1}), Behaviour(status=429, retry_after=2, times=1))
    empty, limited, fine = [await http.post(chat, json=ask()) for _ in range(3)]
    assert (empty.status_code, "Credits exhausted" in empty.text, "retry-after" in empty.headers) == (429, True, False)
    assert (limited.status_code, limited.headers["retry-after"], fine.status_code) == (429, "2", 200)
    assert [turn["role"] for turn in double.turns["s1"]] == ["user", "assistant"]


@pytest.mark.parametrize("path", [chat, stream, submit, adk])
@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_failures_have_a_detail(double: LyzrDouble, http: httpx2.AsyncClient, path: str, status: int) -> None:
    double.behave(echo_agent, Behaviour(status=status, detail="as scripted"))
    answer = await http.post(path, json=ask())
    assert (answer.status_code, answer.json()) == (status, {"detail": "as scripted"})


@pytest.mark.parametrize(
    ("fields", "status", "detail"),
    [
        ({"provider_id": "openai"}, 400, "LLMConfig"),
        ({"features": [{"type": "memory"}]}, 400, "feature"),
        ({"features": [{"type": "RAI"}, {"type": "UQLM_LLM_JUDGE"}]}, 400, "Expecting value: line 1 column 2"),
        ({"tool_configs": [{"tool_name": "t", "action_names": None}]}, 500, "Internal"),
    ],
)
async def test_bad_agents_are_accepted_and_fail_at_inference(http: httpx2.AsyncClient, fields: Json, status: int, detail: str) -> None:
    created = await http.post("/v3/agents/", json=complete | fields)
    answer = await http.post(chat, json=ask(agent=created.json()["agent_id"]))
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)


@pytest.mark.parametrize("path", [chat, stream, submit])
async def test_a_call_dropped_before_it_ran_leaves_no_turn(double: LyzrDouble, http: httpx2.AsyncClient, path: str) -> None:
    double.behave(echo_agent, Behaviour(fault="drop_before"))
    with pytest.raises(httpx2.TransportError):
        await http.post(path, json=ask())
    assert (double.turns["s1"], double.counts["s1", "hello"], double.finished) == ([], 1, {})


@pytest.mark.parametrize("fault", ["drop_after", "drop_midway"])
@pytest.mark.parametrize("path", [chat, stream])
async def test_a_call_dropped_after_it_ran_leaves_its_turns(double: LyzrDouble, http: httpx2.AsyncClient, path: str, fault: str) -> None:
    double.behave(echo_agent, Behaviour.model_validate({"fault": fault, "times": 1}))
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post(path, json=ask())
    assert (len(double.turns["s1"]), double.finished) == (2, {})
    assert (await http.post(path, json=ask())).status_code == 200
    assert (len(double.turns["s1"]), double.counts["s1", "hello"], double.finished["s1", "hello"], double.repeated) == (4, 2, 1, [])


async def test_a_stream_cut_midway_gave_its_first_half(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(answer="one two three four", fault="drop_midway"))
    got: list[str] = []

    async def read() -> None:
        async with http.stream("POST", stream, json=ask()) as answer:
            async for line in answer.aiter_lines():
                got.append(line)  # noqa: PERF401 - what came before the cut is what counts

    with pytest.raises(httpx2.RemoteProtocolError):
        await read()
    assert [line for line in got if line] == ["data: one", "data:  two"]


@pytest.mark.parametrize("fault", ["truncated", "malformed", "empty", "html"])
async def test_damaged_answers(double: LyzrDouble, http: httpx2.AsyncClient, fault: str) -> None:
    double.behave(echo_agent, Behaviour.model_validate({"fault": fault}))
    answer = await http.post(chat, json=ask())
    assert (answer.status_code, answer.text.startswith("<html>")) == ((502, True) if fault == "html" else (200, False))
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert not double.finished


async def test_a_slow_answer_outlives_an_impatient_caller(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(hold=True, times=1))
    with pytest.raises(httpx2.ReadTimeout):
        await http.post(chat, json=ask(), timeout=httpx2.Timeout(20, read=0.05))
    assert await said(http, message="again", session="s2") == "You said: again"
    double.release()
    async with asyncio.timeout(20):
        while not double.turns["s1"]:
            await asyncio.sleep(0.01)
    assert (double.counts["s1", "hello"], double.finished["s1", "hello"]) == (1, 0)


async def test_a_held_answer_waits_for_its_release(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(hold=True))
    asked = asyncio.create_task(http.post(chat, json=ask()))
    await double.called(agent_id=echo_agent)
    assert (await http.get("/v1/sessions/s1/history")).json() == []
    assert not asked.done()
    double.release(echo_agent)
    assert (await asked).json()["response"] == "You said: hello"


async def test_a_stream_escapes_text_and_keeps_spaces(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(answer='Hello\nworld "a" <b> & ü'))
    assert await events(http) == ["Hello", "\\nworld", ' \\"a\\"', " &lt;b>", " &amp;", " \\u00fc", "[DONE]"]


async def test_stream_chunks_may_be_anything(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    chunks = ("7", "true", '"x"', " &quot;led", "{not json", '{"content":"c","delta":"d","metadata":{}}')
    double.behave(echo_agent, Behaviour(chunks=chunks, gap=0.001))
    assert await events(http) == [*chunks, "[DONE]"]


async def test_streams_may_be_objects_fail_in_band_or_just_end(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(
        echo_agent,
        Behaviour(answer="a b", json_chunks=True, times=1),
        Behaviour(answer="a b", stream_error="model gone", times=1),
        Behaviour(answer="a b", fault="truncated", times=1),
    )
    objects, failed, ended = [await events(http) for _ in range(3)]
    assert [json.loads(chunk)["content"] for chunk in objects[:-1]] == ["a", " b"]
    assert (objects[-1], failed, ended) == ("[DONE]", ["a", " b", "[ERROR] model gone"], ["a", " b"])
    assert double.finished["s1", "hello"] == 1


async def test_a_task_is_processing_and_then_completed(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(polls=("processing", 503, "html", "processing")))
    task = (await http.post(submit, json=ask())).json()
    assert list(task) == ["task_id"]
    answers = [await http.get(f"{submit}/{task['task_id']}") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 503, 502, 200, 200, 200]
    assert answers[0].json() == task | {"status": "processing", "response": None, "error": None}
    done = task | {"status": "completed", "response": {"response": "You said: hello", "module_outputs": {}}, "error": None}
    assert answers[4].json() == answers[5].json() == done
    assert (len(double.turns["s1"]), double.counts["s1", "hello"], double.finished["s1", "hello"]) == (2, 1, 1)


async def test_the_adk_speaks_of_pending_running_and_result(http: httpx2.AsyncClient) -> None:
    directive = '[[double {"polls": ["processing", "processing"]}]]'
    task = (await http.post(adk, json=ask("hello " + directive))).json()
    assert task["status"] == "pending"
    first, second, third = [(await http.get(adk + task["task_id"])).json() for _ in range(3)]
    assert (first["status"], second["status"], third["status"]) == ("pending", "running", "completed")
    assert third["result"] == {"response": "You said: hello", "module_outputs": {}, "session_id": "s1"}


async def test_tasks_fail_expire_and_lose_their_caller(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(
        echo_agent,
        Behaviour(task_error="model gone", polls=(), times=1),
        Behaviour(polls=(404,), times=1),
        Behaviour(polls=("drop",), times=1),
    )
    failed, expired, lost = [(await http.post(submit, json=ask())).json()["task_id"] for _ in range(3)]
    answer = (await http.get(f"{submit}/{failed}")).json()
    assert (answer["status"], answer["error"], answer["response"]) == ("failed", "model gone", None)
    for _ in range(2):
        gone = await http.get(f"{submit}/{expired}")
        assert (gone.status_code, gone.json()) == (404, {"detail": "Task expired or not found"})
    with pytest.raises(httpx2.TransportError):
        await http.get(f"{submit}/{lost}")
    assert (await http.get(f"{submit}/{lost}")).json()["status"] == "completed"


async def test_a_repeated_submit_runs_twice_and_is_told(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    first, second = [(await http.post(submit, json=ask())).json()["task_id"] for _ in range(2)]
    assert first != second
    assert (double.counts["s1", "hello"], double.repeated) == (2, [("s1", "hello")])


async def test_stopping_a_session_fails_its_tasks(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    double.behave(echo_agent, Behaviour(hold=True))
    task = (await http.post(submit, json=ask())).json()["task_id"]
    states = [(await http.get(f"{submit}/{task}")).json()["status"] for _ in range(4)]
    assert states == ["processing"] * 4
    assert (await http.post("/v3/inference/session/s1/stop")).status_code == 200
    stopped = (await http.get(f"{submit}/{task}")).json()
    assert (stopped["status"], stopped["error"], double.stopped) == ("failed", "Session stopped", {"s1"})
    await http.post("/v3/inference/session/s1/start")
    assert double.stopped == set()


async def test_local_tools_go_round(http: httpx2.AsyncClient) -> None:
    parameters: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools: list[JsonValue] = [{"name": name, "description": "", "parameters": parameters} for name in ("time", "weather")]
    body: Json = {
        "agent_id": echo_agent,
        "session_id": "s1",
        "features": [{"type": "local_tools", "config": {"tools": tools}, "priority": 0}],
    }
    history: list[JsonValue] = [{"role": "user", "content": "weather"}]
    first = (await http.post(chat, json=body | {"messages": history})).json()
    assert first["requires_local_execution"] is True
    [call] = first["messages"][-1]["tool_calls"]
    assert call["function"]["name"] == "local_tool"
    assert json.loads(call["function"]["arguments"]) == {"tool_name": "weather", "arguments": {"city": "weather"}}
    async with http.stream("POST", stream, json=body | {"messages": history}) as answer:
        [event, end] = [line async for line in answer.aiter_lines() if line]
    streamed = json.loads(event.removeprefix("data: "))
    assert (streamed["type"], streamed["tool_name"], streamed["messages"], end) == (
        "local_tool_call",
        "weather",
        first["messages"],
        "data: [DONE]",
    )
    result: Json = {"role": "tool", "tool_call_id": call["id"], "name": "local_tool", "content": "sunny"}
    second = (await http.post(chat, json=body | {"messages": [*first["messages"], result]})).json()
    assert second["response"] == "You said: weather\nThe tool answered: sunny"


async def test_tool_rounds_can_be_scripted(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    rounds = ((ToolCall(name="a"), ToolCall(name="b")), (ToolCall(name="c", arguments={"n": 1}),))
    double.behave(echo_agent, Behaviour(tools=rounds, answer="done"))
    messages: list[JsonValue] = [{"role": "user", "content": "go"}]
    asked: list[str] = []
    while (answer := (await http.post(chat, json={"agent_id": echo_agent, "session_id": "s", "messages": messages})).json())[
        "response"
    ] == "":
        messages = answer["messages"]
        calls = cast("list[Json]", answer["messages"][-1]["tool_calls"])
        asked += [json.loads(str(cast("Json", call["function"])["arguments"]))["tool_name"] for call in calls]
        messages += [{"role": "tool", "tool_call_id": call["id"], "name": "local_tool", "content": "ok"} for call in calls]
    assert (asked, answer["response"]) == (["a", "b", "c"], "done")


async def test_sessions_remember_and_a_retry_doubles_the_turn(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    keeper = double.agent(features=[{"type": "MEMORY", "config": {"max_messages_context_count": 10}, "priority": 0}])
    await said(http, agent=keeper, message="my name is Ada")
    await said(http, agent=keeper, message="my name is Ada")
    assert await said(http, agent=keeper, message="who?") == "You said: who?\nEarlier you said: my name is Ada | my name is Ada"
    assert await said(http, agent=keeper, message="who?", session="other") == "You said: who?"
    assert await said(http, message="who?") == "You said: who?"


async def test_v1_tells_the_history(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    other = double.agent(name="Other")
    await said(http, message="one")
    await said(http, message="two", agent=other)
    history = (await http.get("/v1/sessions/s1/history")).json()
    assert [(turn["role"], turn["content"]) for turn in history][:2] == [("user", "one"), ("assistant", "You said: one")]
    assert (len(history), set(history[0])) == (4, {"role", "content", "created_at"})
    mine = (await http.get(f"/v1/sessions/s1/{other}/history", params={"unix": "true"})).json()
    assert ([turn["content"] for turn in mine], isinstance(mine[0]["created_at"], float)) == (["two", "You said: two"], True)
    conversation = (await http.get("/v1/sessions/s1/conversation")).json()["payload"]
    assert conversation.splitlines()[:2] == ["user: one", "assistant: You said: one"]
    assert (await http.get(f"/v1/agent/{other}/sessions")).json()[0]["session_id"] == "s1"
    await http.delete("/v1/sessions/s1")
    assert (await http.get("/v1/sessions/s1/history")).json() == []


async def test_agents_are_created_read_replaced_and_deleted(http: httpx2.AsyncClient) -> None:
    created = await http.post("/v3/agents/", json=complete | {"description": "helps"})
    agent_id = created.json()["agent_id"]
    assert list(created.json()) == ["agent_id"]
    agent = (await http.get(f"/v3/agents/{agent_id}")).json()
    assert (agent["_id"], agent["description"], agent["tools"], agent["version"]) == (agent_id, "helps", None, "3")
    assert [one["_id"] for one in (await http.get("/v3/agents/")).json()] == [echo_agent, agent_id]
    assert (await http.get("/v3/agents/utility/by-name/Ada")).json() == {"agent_id": agent_id}
    replaced = await http.put(f"/v3/agents/{agent_id}", json=complete)
    assert replaced.json() == {"message": "Agent updated successfully"}
    assert (await http.get(f"/v3/agents/{agent_id}")).json()["description"] == ""
    assert (await http.delete(f"/v3/agents/{agent_id}")).json() == {"message": "Agent deleted successfully"}
    assert (await http.get(f"/v3/agents/{agent_id}")).status_code == 404


async def test_agents_are_validated_in_part(http: httpx2.AsyncClient) -> None:
    missing = await http.post("/v3/agents/", json={"name": "Ada"})
    assert {one["loc"][-1] for one in missing.json()["detail"]} == {"provider_id", "model", "temperature", "top_p"}
    forgetful = await http.post("/v3/agents/", json=complete | {"store_messages": False, "features": [{"type": "MEMORY"}]})
    assert (missing.status_code, forgetful.status_code) == (422, 422)
    agent_id = (await http.post("/v3/agents/template/single-task", json=complete)).json()["agent_id"]
    own = await http.put(f"/v3/agents/{agent_id}", json=complete | {"managed_agents": [{"id": agent_id, "name": "Me"}]})
    assert own.status_code == 400
    await http.post("/v3/agents/bulk-delete", json={"agent_ids": [agent_id]})
    assert len((await http.get("/v3/agents/")).json()) == 1


async def test_a_manager_routes_and_answers_twice_encoded(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    staff: list[JsonValue] = [
        {"id": "1", "name": "Sales", "usage_description": "offers and prices"},
        {"id": "2", "name": "Support", "usage_description": "broken devices"},
    ]
    text = await said(http, agent=double.agent(managed_agents=staff), message="my device is broken")
    assert json.loads(json.loads(text))["result"]["agent"] == "Support"


async def test_uploads_may_fail_in_part(http: httpx2.AsyncClient) -> None:
    sent = [("files", ("a.pdf", b"%PDF", "application/pdf")), ("files", ("b.exe", b"MZ", "application/octet-stream"))]
    answer = await http.post("/v3/assets/upload", files=sent)
    report = answer.json()
    good, bad = report["results"]
    assert (answer.status_code, report["total_files"], report["successful_uploads"], report["failed_uploads"]) == (200, 2, 1, 1)
    assert (good["success"], good["file_size"], bad["success"], bad["asset_id"]) == (True, 4, False, None)
    assert "Unsupported" in bad["error"]
    assert await said(http, assets=[good["asset_id"]]) == "You said: hello\nFiles: a.pdf"
    assert (await http.post(chat, json=ask(assets=["nothing"]))).status_code == 404
    assert (await http.post("/v3/assets/upload")).status_code == 422
    assert (await http.delete(f"/v3/assets/{good['asset_id']}")).status_code == 200
    assert (await http.get(f"/v3/assets/{good['asset_id']}")).status_code == 404


async def test_a_message_can_script_its_own_first_runs(double: LyzrDouble, http: httpx2.AsyncClient) -> None:
    message = 'hello [[double {"status": 500, "times": 1}]]'
    first = await http.post(chat, json=ask(message))
    assert (first.status_code, await said(http, message=message)) == (500, "You said: hello")
    for wrong in ('[[double {"nonsense": 1}]]', "[[double {]]"):
        assert (await http.post(chat, json=ask(wrong))).status_code == 422


@pytest_asyncio.fixture(loop_scope="session")
async def process() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.doubles.lyzr", "--port", "0"]
    running = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert running.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield running, (await running.stdout.readline()).decode().strip()
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def test_another_process_scripts_and_reads_it(process: tuple[asyncio.subprocess.Process, str]) -> None:
    running, url = process
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
        about = (await http.get("/__double__/")).json()
        agent, headers = "a" * 24, {"x-api-key": about["key"]}
        assert (await http.put(f"/__double__/behaviours/{agent}", json=[{"hold": True, "answer": "at last"}])).status_code == 200
        assert (await http.put(f"/__double__/behaviours/{agent}", json={"wrong": 1})).status_code == 422
        asked = asyncio.create_task(http.post(chat, json=ask(agent=agent), headers=headers))
        [call] = (await http.get("/__double__/calls", params={"at_least": 1, "agent_id": agent})).json()
        assert (call["message"], "x-api-key" in call["headers"]) == ("hello", False)
        await http.post("/__double__/release", params={"agent_id": agent})
        assert (await asked).json()["response"] == "at last"
        books = (await http.get("/__double__/counts")).json()
        assert books["counts"] == [{"session_id": "s1", "message": "hello", "calls": 1, "finished": 1}]
        assert (await http.post("/__double__/reset")).status_code == 200
        assert (await http.get("/__double__/calls")).json() == []
    running.send_signal(signal.SIGTERM)
    assert await running.wait() == 0


async def test_closing_does_not_wait_for_held_or_slow_answers() -> None:
    async with lyzr_double() as own, httpx2.AsyncClient(headers={"x-api-key": own.key}, trust_env=False, timeout=60) as http:
        own.behave(echo_agent, Behaviour(delay=3600, times=1), Behaviour(hold=True))
        asked = [asyncio.create_task(http.post(own.url + chat, json=ask())) for _ in range(2)]
        await own.called(2)
        closed = time.monotonic()
    await asyncio.gather(*asked, return_exceptions=True)
    assert time.monotonic() - closed < 60
