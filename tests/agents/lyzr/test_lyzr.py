"""The Lyzr provider against the double over real HTTP: chat, tasks, streams, tools, files, and every way to fail."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import httpx2
import pytest
import pytest_asyncio
from pydantic import JsonValue
from tests.agents.context import Context
from tests.doubles.lyzr import Artifact, Behaviour, LyzrDouble, ToolCall, echo_agent, lyzr_double, out_of_credits

from tenuto.agents.lyzr import File, Lyzr, provider
from tenuto.core.agent import Agent, Tool, ToolResult, Turn
from tenuto.core.auth import ApiKey
from tenuto.core.errors import (
    AuthRejected,
    CreditsExhausted,
    Invalid,
    InvalidOutput,
    Misconfigured,
    Problem,
    RateLimited,
    Rejected,
    TimedOut,
    TooLarge,
    Uncertain,
    Unreachable,
    VendorFailed,
)

agent = Agent(id="a", name="Triage", agent_id=echo_agent)
manager = Agent(id="m", name="Manager", agent_id=echo_agent, type="coordinator")
chat, stream, submit, adk = "/v3/inference/chat/", "/v3/inference/stream/", "/v3/inference/chat/task", "/v3/inference/task/"
schema: dict[str, JsonValue] = {"type": "object", "properties": {"urgency": {"type": "integer", "maximum": 10}}, "required": ["urgency"]}
search = Tool(name="github.list_issues", description="Lists.", parameters={"type": "object", "properties": {"q": {"type": "string"}}})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared() -> AsyncGenerator[LyzrDouble]:
    async with lyzr_double() as running:
        yield running


@pytest.fixture
def double(shared: LyzrDouble) -> LyzrDouble:
    shared.reset()
    return shared


@pytest_asyncio.fixture(loop_scope="session")
async def ctx(double: LyzrDouble) -> AsyncGenerator[Context]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield Context(lyzr(double), client, api_key=double.key)


def lyzr(double: LyzrDouble) -> Lyzr:
    made = provider.configure({"LYZR_BASE_URL": double.url + "/"})
    assert isinstance(made, Lyzr)
    return made


def asking(
    message: str = "hello",
    *,
    tools: tuple[Tool, ...] = (),
    output: dict[str, JsonValue] | None = None,
    stream: bool = False,
    long: bool = False,
) -> Turn:
    return Turn(message=message, session_id="run:n", tools=tools, output_schema=output, stream=stream, long=long)


def posts(double: LyzrDouble) -> list[str]:
    return [call.path for call in double.calls if call.method == "POST"]


async def test_chat(double: LyzrDouble, ctx: Context) -> None:
    reply = await lyzr(double).turn(agent, asking("hi & <you>"), ctx)
    assert (reply.text, reply.output, reply.raw) == ("You said: hi & <you>", None, None)
    [call] = double.calls
    assert (call.path, call.session_id, call.agent_id) == (chat, "run:n", echo_agent)
    assert call.body == {"agent_id": echo_agent, "session_id": "run:n", "user_id": "default_user", "message": "hi & <you>"}


async def test_an_agent_without_its_id_is_not_asked(double: LyzrDouble, ctx: Context) -> None:
    with pytest.raises(Invalid, match="agent_id"):
        await lyzr(double).turn(Agent(id="x", name="Lost"), asking(), ctx)
    assert double.calls == []


@pytest.mark.parametrize("dress", ["bare", "fenced", "prose", "single_quoted", "trailing_comma", "python", "double_encoded"])
@pytest.mark.parametrize("under", [None, "result", "raw_response"])
async def test_structured_output_in_any_dress(double: LyzrDouble, ctx: Context, dress: str, under: str | None) -> None:
    double.behave(echo_agent, Behaviour.model_validate({"answer": {"urgency": 9}, "dress": dress, "under": under, "think": "hm {1}"}))
    reply = await lyzr(double).turn(agent, asking(output=schema), ctx)
    assert reply.output == {"urgency": 9}
    assert (reply.raw is None) == (dress == "bare" and under is None)
    assert isinstance(body := double.calls[0].body, dict)
    assert body["response_format"] == schema


async def test_structured_output_that_does_not_fit_keeps_the_raw_text(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(answer={"urgency": 11}))
    with pytest.raises(InvalidOutput, match="greater than the maximum") as caught:
        await lyzr(double).turn(agent, asking(output=schema), ctx)
    assert json.loads(caught.value.data.raw or "") == {"urgency": 11}


async def test_artifacts_and_thoughts_by_chat_and_stream(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(answer="Done <b>now</b>.", think="secret", artifacts=(Artifact(name="R", format_type="pdf"),)))
    for streamed in (False, True):
        ctx.tokens.clear()
        reply = await lyzr(double).turn(agent, asking(stream=streamed), ctx)
        assert reply.text == "Done <b>now</b>."
        [file] = reply.artifacts
        assert (file.name, file.media) == ("R", "pdf")
        assert (file.url or "").startswith(double.url)
    assert "".join(ctx.tokens).strip() == "Done <b>now</b>."


@pytest.mark.parametrize("objects", [False, True])
async def test_streaming_gives_tokens_as_they_come(double: LyzrDouble, ctx: Context, objects: bool) -> None:
    said = 'Two words,\n\ttwo "lines" & a <tag> – 🙂 7 true'
    double.behave(echo_agent, Behaviour(answer=said, json_chunks=objects))
    reply = await lyzr(double).turn(agent, asking(stream=True), ctx)
    assert reply.text == said
    assert "".join(ctx.tokens) == said
    assert len(ctx.tokens) > 5
    assert posts(double) == [stream]


async def test_structured_output_by_stream(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(answer={"urgency": 4}, dress="fenced"))
    reply = await lyzr(double).turn(agent, asking(output=schema, stream=True), ctx)
    assert reply.output == {"urgency": 4}


@pytest.mark.parametrize("fault", ["drop_midway", "drop_after", "truncated"])
async def test_a_stream_that_breaks_off_is_uncertain_and_not_asked_again(double: LyzrDouble, ctx: Context, fault: str) -> None:
    double.behave(echo_agent, Behaviour.model_validate({"answer": "one two three four", "fault": fault}))
    with pytest.raises(Uncertain):
        await lyzr(double).turn(agent, asking(stream=True), ctx)
    assert posts(double) == [stream]


async def test_an_error_in_a_stream_is_not_asked_again(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(answer="one two", stream_error="model overloaded"))
    with pytest.raises(VendorFailed, match="model overloaded"):
        await lyzr(double).turn(agent, asking(stream=True), ctx)
    assert posts(double) == [stream]


@pytest.mark.parametrize("how", ["coordinator", "long"])
async def test_long_turns_are_tasks_that_are_remembered_and_polled(double: LyzrDouble, ctx: Context, how: str) -> None:
    double.behave(echo_agent, Behaviour(answer="done", polls=("processing",) * 8))
    turn = asking(long=how == "long", stream=True)
    reply = await lyzr(double).turn(manager if how == "coordinator" else agent, turn, ctx)
    assert reply.text == "done"
    assert ctx.tokens == ["done"]
    assert posts(double) == [submit]
    assert [round(seconds, 3) for seconds in ctx.slept] == [0.5, 0.7, 0.98, 1.372, 1.921, 2.689, 3.765, 4.0]
    assert isinstance(ctx.facts["task"], dict)


async def test_after_a_crash_the_task_is_asked_for_and_nothing_is_sent_again(double: LyzrDouble, ctx: Context) -> None:
    await lyzr(double).turn(manager, asking(), ctx)
    known = ctx.facts["task"]
    reply = await lyzr(double).turn(manager, asking(), ctx)
    assert reply.text == "You said: hello"
    assert posts(double) == [submit]
    assert ctx.facts["task"] == known


async def test_another_question_does_not_get_the_remembered_answer(double: LyzrDouble, ctx: Context) -> None:
    await lyzr(double).turn(manager, asking("one"), ctx)
    assert (await lyzr(double).turn(manager, asking("two"), ctx)).text == "You said: two"
    assert posts(double) == [submit, submit]


async def test_a_remembered_task_that_expired_is_asked_anew(double: LyzrDouble, ctx: Context) -> None:
    await lyzr(double).turn(manager, asking(), ctx)
    double.tasks.clear()
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "You said: hello"
    assert posts(double) == [submit, submit]


async def test_a_fresh_task_that_expires_is_asked_anew_but_not_for_ever(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(times=1, polls=("processing", 404)), Behaviour(answer="second"))
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "second"
    double.behave(echo_agent, Behaviour(polls=(404,)))
    with pytest.raises(VendorFailed, match="forgot"):
        await lyzr(double).turn(manager, asking("other"), ctx)
    assert posts(double) == [submit] * 4


async def test_a_failed_task_is_a_problem_and_a_retry_asks_anew(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(times=1, task_error="tool exploded"), Behaviour(answer="fine"))
    with pytest.raises(VendorFailed, match="tool exploded"):
        await lyzr(double).turn(manager, asking(), ctx)
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "fine"


async def test_polls_may_fail_a_few_times(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(answer="done", polls=("drop", 500, "html", 503, "processing", 502)))
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "done"
    double.behave(echo_agent, Behaviour(polls=(500,) * 9))
    with pytest.raises(VendorFailed, match="how far"):
        await lyzr(double).turn(manager, asking("other"), ctx)
    assert posts(double) == [submit, submit]


async def test_a_refused_key_while_polling_is_not_tried_again(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(polls=(401,)))
    with pytest.raises(AuthRejected):
        await lyzr(double).turn(manager, asking(), ctx)


async def test_a_task_that_takes_too_long_gives_up_and_is_still_remembered(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(hold=True))
    with pytest.raises(TimedOut, match="60 minutes"):
        await lyzr(double).turn(manager, asking(), ctx)
    assert sum(ctx.slept) >= 3_600
    double.release()
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "You said: hello"
    assert posts(double) == [submit]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("long", [False, True])
async def test_local_tools_round_by_round(double: LyzrDouble, ctx: Context, streamed: bool, long: bool) -> None:
    rounds = (
        (ToolCall(name=search.name, arguments={"q": "a"}), ToolCall(name="x.y", arguments={})),
        (ToolCall(name="x.y", arguments={"n": 1}),),
    )
    double.behave(echo_agent, Behaviour(tools=rounds))
    turn = asking("find it", tools=(search,), stream=streamed, long=long)
    first = await lyzr(double).turn(agent, turn, ctx)
    assert [(call.name, call.arguments) for call in first.tool_calls] == [(search.name, {"q": "a"}), ("x.y", {})]
    results = tuple(ToolResult(call=call, content=f"result of {call.id}") for call in first.tool_calls)
    turn = turn.model_copy(update={"tool_results": results, "transcript": first.transcript})
    second = await lyzr(double).turn(agent, turn, ctx)
    [call] = second.tool_calls
    turn = turn.model_copy(update={"tool_results": (ToolResult(call=call, content="the end"),), "transcript": second.transcript})
    last = await lyzr(double).turn(agent, turn, ctx)
    assert last.tool_calls == ()
    assert last.text == "You said: find it\nThe tool answered: the end"
    body = [call.body for call in double.calls if call.method == "POST"][-1]
    assert isinstance(body, dict)
    assert isinstance(sent := body["messages"], list)
    assert [message["role"] for message in sent if isinstance(message, dict)] == ["user", "assistant", "tool", "tool", "assistant", "tool"]
    assert "message" not in body
    described: JsonValue = {"tools": [{"name": search.name, "description": "Lists.", "parameters": search.parameters}]}
    assert body["features"] == [{"type": "local_tools", "config": described, "priority": 0}]


async def test_a_stream_may_name_a_tool_without_the_messages(double: LyzrDouble, ctx: Context) -> None:
    double.behave(echo_agent, Behaviour(chunks=('{"type":"local_tool_call","tool_name":"x.y","arguments":"{\\"a\\": 1}"}',)))
    # The double calls a tool that is offered whatever it was told to say, so that none is offered here.
    reply = await lyzr(double).turn(agent, asking(stream=True), ctx)
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("x.y", {"a": 1})]
    assert [message["role"] for message in reply.transcript] == ["user", "assistant"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_failure_inside_a_success_is_a_failure(double: LyzrDouble, ctx: Context, streamed: bool) -> None:
    double.behave(echo_agent, Behaviour(times=1, refuses="agent is paused"), Behaviour(times=1, refuses="No credits left"))
    with pytest.raises(Rejected, match="agent is paused"):
        await lyzr(double).turn(agent, asking(stream=streamed), ctx)
    with pytest.raises(CreditsExhausted):
        await lyzr(double).turn(agent, asking(stream=streamed), ctx)
    double.behave(echo_agent, Behaviour(extra={"success": False, "error": "no such model"}))
    with pytest.raises(Rejected, match="no such model"):
        await lyzr(double).turn(agent, asking(), ctx)


async def test_an_object_that_was_asked_for_may_say_success_false(double: LyzrDouble, ctx: Context) -> None:
    asked: dict[str, JsonValue] = {"type": "object", "required": ["success", "error"]}
    double.behave(echo_agent, Behaviour(refuses="the order is unknown"))
    assert (await lyzr(double).turn(agent, asking(output=asked), ctx)).output == {"success": False, "error": "the order is unknown"}


refusals: list[tuple[Behaviour, type[Problem], str]] = [
    (out_of_credits, CreditsExhausted, "Credits exhausted"),
    (Behaviour(status=429, retry_after=7, detail="Slow down"), RateLimited, "Slow down"),
    (Behaviour(status=429, detail="Rate limit exceeded"), RateLimited, "Rate limit"),
    (Behaviour(status=429, retry_after=7, detail="quota used up"), CreditsExhausted, "quota"),
    (Behaviour(status=429, detail="nope"), CreditsExhausted, "credits"),
    (Behaviour(status=402, detail="pay"), CreditsExhausted, "pay"),
    (Behaviour(status=401), AuthRejected, "401"),
    (Behaviour(status=403), AuthRejected, "403"),
    (Behaviour(status=401, detail="Tool not found. Add it from Configure > Tools."), Rejected, "Tool not found"),
    (
        Behaviour(status=400, detail="1 validation error for LLMConfig\nprovider_id\n  Field required"),
        Rejected,
        "LLMConfig provider_id Field",
    ),
    (Behaviour(status=405, detail="Method Not Allowed"), Rejected, "Method Not Allowed"),
    (
        Behaviour(status=422, detail=[{"loc": ["body", "agent_id"], "msg": "Field required", "type": "missing"}]),
        Rejected,
        "agent_id: Field req",
    ),
    (Behaviour(status=500), VendorFailed, "status 500: Internal"),
    (Behaviour(status=503, fault="html"), VendorFailed, "status 503."),
]


@pytest.mark.parametrize(("behaviour", "kind", "named"), refusals)
@pytest.mark.parametrize("streamed", [False, True])
async def test_refusals(double: LyzrDouble, ctx: Context, behaviour: Behaviour, kind: type[Problem], named: str, streamed: bool) -> None:
    double.behave(echo_agent, behaviour)
    with pytest.raises(kind) as caught:
        await lyzr(double).turn(agent, asking(stream=streamed), ctx)
    assert type(caught.value) is kind
    assert named in caught.value.data.detail
    assert caught.value.data.retryable == (kind in (RateLimited, VendorFailed))
    assert caught.value.data.retry_after == (7 if kind is RateLimited and behaviour.retry_after else None)
    assert len(posts(double)) == 1


async def test_an_unknown_agent_says_what_to_do(double: LyzrDouble, ctx: Context) -> None:
    for lost in (agent, manager):
        with pytest.raises(Rejected, match="no such agent") as caught:
            await lyzr(double).turn(lost.model_copy(update={"agent_id": "f" * 24}), asking(), ctx)
        assert "24 hexadecimal" in (caught.value.data.fix or "")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("truncated", InvalidOutput),
        ("malformed", InvalidOutput),
        ("empty", InvalidOutput),
        ("drop_before", Uncertain),
        ("drop_after", Uncertain),
        ("drop_midway", Uncertain),
    ],
)
async def test_damaged_and_lost_answers(double: LyzrDouble, ctx: Context, fault: str, kind: type[Problem]) -> None:
    double.behave(echo_agent, Behaviour.model_validate({"fault": fault}))
    for asked in (agent, manager):
        with pytest.raises(kind):
            await lyzr(double).turn(asked, asking(), ctx)
    assert posts(double) == [chat, submit]


async def test_nobody_there(ctx: Context) -> None:
    with pytest.raises(Unreachable):
        await provider.configure({"LYZR_BASE_URL": "http://127.0.0.1:9"}).turn(agent, asking(), ctx)


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_wrong_key_never_shows(double: LyzrDouble, ctx: Context, streamed: bool) -> None:
    ctx.api_key = "sk-default-WRONGWRONGWRONGWRONGWRONG0000"
    with pytest.raises(AuthRejected, match="API key") as caught:
        await lyzr(double).turn(agent, asking(stream=streamed), ctx)
    assert "LYZR_API_KEY" in (caught.value.data.fix or "")
    assert "WRONG" not in caught.value.data.model_dump_json()


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(status=400, detail=f"bad key sk-default-{'x' * 32}"),
        Behaviour(status=500, detail=[f"sk-default-{'x' * 32}"]),
        Behaviour(refuses=f"sk-default-{'x' * 32} is paused"),
        Behaviour(answer=f"sk-default-{'x' * 32}"),
        Behaviour(answer={"urgency": f"sk-default-{'x' * 32}"}),
        Behaviour(stream_error=f"sk-default-{'x' * 32}", answer="a b"),
        Behaviour(task_error=f"sk-default-{'x' * 32}"),
    ],
)
async def test_the_key_is_in_no_problem(double: LyzrDouble, ctx: Context, behaviour: Behaviour) -> None:
    double.behave(echo_agent, behaviour)
    turn = asking(output=schema, stream=behaviour.stream_error is not None, long=behaviour.task_error is not None)
    with pytest.raises(Problem) as caught:
        await lyzr(double).turn(agent, turn, ctx)
    assert "xxxx" not in caught.value.data.model_dump_json()
    assert "xxxx" not in str(caught.value)


@pytest.mark.parametrize(("status", "detail"), [(405, "Method Not Allowed"), (404, "Not Found")])
async def test_an_older_deployment_has_tasks_at_another_path(double: LyzrDouble, ctx: Context, status: int, detail: str) -> None:
    double.behave(echo_agent, Behaviour(times=1, status=status, detail=detail), Behaviour(answer="old", polls=("processing", "processing")))
    assert (await lyzr(double).turn(manager, asking(), ctx)).text == "old"
    assert posts(double) == [submit, adk]
    assert all(call.path.startswith(adk) for call in double.calls if call.method == "GET")


async def test_files_are_uploaded_and_asked_about(double: LyzrDouble, ctx: Context) -> None:
    files = [File("a.pdf", b"%PDF", "application/pdf"), File("b.exe", b"MZ")]
    good, bad = await lyzr(double).upload(files, ctx)
    assert (good.file_name, good.success, bad.success) == ("a.pdf", True, False)
    assert bad.error
    turn = asking().model_copy(update={"assets": (good.asset_id or "",)})
    assert "Files: a.pdf" in (await lyzr(double).turn(agent, turn, ctx)).text


async def test_uploads_that_cannot_be(double: LyzrDouble, ctx: Context) -> None:
    with pytest.raises(Rejected, match=r"b\.exe"):
        await lyzr(double).upload([File("b.exe", b"MZ")], ctx)
    with pytest.raises(TooLarge):
        await lyzr(double).upload([File("big.pdf", b"x" * (10 * 1024 * 1024 + 1))], ctx)
    for files in ([], [File("a.pdf", b"")] * 11):
        with pytest.raises(Invalid):
            await lyzr(double).upload(files, ctx)
    assert len(double.calls) == 1


def test_facts() -> None:
    (vendor,) = provider.vendors()
    assert (provider.key, vendor.integration, vendor.credential) == ("lyzr", "agent:lyzr", "LYZR_API_KEY")
    assert (vendor.auth, vendor.hosts) == (ApiKey(header="x-api-key"), ("agent-prod.studio.lyzr.ai",))
    assert provider.vendor(Agent(id="a", name="A")) == vendor
    assert provider.configure({}) is provider
    (elsewhere,) = provider.configure({"LYZR_BASE_URL": "https://Agent.Example.com:8443/"}).vendors()
    assert elsewhere.hosts == ("agent.example.com:8443",)


@pytest.mark.parametrize("url", ["agent.example.com", "ftp://x", "https://", "https://user@x.com", "https://x.com?a=1"])
def test_a_wrong_base_url_is_named(url: str) -> None:
    with pytest.raises(Misconfigured, match="LYZR_BASE_URL"):
        provider.configure({"LYZR_BASE_URL": url})
