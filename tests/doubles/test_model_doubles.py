"""The doubles of OpenAI and Anthropic, judged by the vendors' own SDKs, which check each shape; what is sent without one stands in `test_model_wire`."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import TypeAlias, cast

import anthropic
import httpx2
import openai
import pytest
import pytest_asyncio
from anthropic.types import MessageParam, ToolParam
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from openai.types.responses import ResponseCompletedEvent, ResponseErrorEvent, ResponseFailedEvent
from pydantic import BaseModel
from tests.doubles import Json
from tests.doubles.anthropic import AnthropicDouble, anthropic_double
from tests.doubles.models import Script, ToolCall, Usage
from tests.doubles.openai import OpenAIDouble, openai_double

Both: TypeAlias = tuple[OpenAIDouble, AnthropicDouble]

gpt, claude = "gpt-5.4", "claude-opus-5"
chat, messages = "/v1/chat/completions", "/v1/messages"
weather: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
in_bern = Script(tools=(ToolCall(name="weather", arguments={"city": "Bern"}),))
every = Script(thinking="It is about Bern.", text="I look it up.", tools=in_bern.tools, piece=3, pings=2)
used = Usage(input=100, output=20, cached=60, written=10, reasoning=5)


class Line(BaseModel):
    text: str
    price: float


class Invoice(BaseModel):
    number: str
    lines: list[Line]


def fresh() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, timeout=20)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running() -> AsyncGenerator[Both]:
    async with openai_double() as one, anthropic_double() as other:
        yield one, other


@pytest.fixture
def gpts(running: Both) -> OpenAIDouble:
    running[0].reset()
    return running[0]


@pytest.fixture
def claudes(running: Both) -> AnthropicDouble:
    running[1].reset()
    return running[1]


@pytest_asyncio.fixture(loop_scope="session")
async def oai(gpts: OpenAIDouble) -> AsyncGenerator[openai.AsyncOpenAI]:
    made = openai.AsyncOpenAI(base_url=gpts.base, api_key=gpts.key, max_retries=0, http_client=fresh(), _strict_response_validation=True)
    async with made as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def ant(claudes: AnthropicDouble) -> AsyncGenerator[anthropic.AsyncAnthropic]:
    made = anthropic.AsyncAnthropic(
        base_url=claudes.url, api_key=claudes.key, max_retries=0, http_client=fresh(), _strict_response_validation=True
    )
    async with made as client:
        yield client


function: ChatCompletionToolParam = {"type": "function", "function": {"name": "weather", "parameters": dict(weather), "strict": True}}
tool: ToolParam = {"name": "weather", "input_schema": dict(weather)}


async def test_chat_echoes_and_notes_the_call_without_the_key(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    answer = await oai.chat.completions.create(model=gpt, messages=[{"role": "user", "content": "hello"}])
    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason, choice.message.tool_calls) == ("You said: hello", "stop", None)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    [call] = gpts.calls
    assert (call.path, call.model, call.prompt, call.streamed) == (chat, gpt, "hello", False)
    assert gpts.key not in call.model_dump_json()
    assert (gpts.asked["hello"], gpts.finished["hello"]) == (1, 1)


async def test_chat_calls_a_tool_and_hears_its_result(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(in_bern.model_copy(update={"usage": used}))
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Bern?"}]
    asked = await oai.chat.completions.create(model=gpt, messages=said, tools=[function])
    [choice] = asked.choices
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls or []
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Bern"})
    assert asked.usage is not None
    assert asked.usage.prompt_tokens_details is not None
    assert asked.usage.completion_tokens_details is not None
    assert (asked.usage.prompt_tokens, asked.usage.prompt_tokens_details.cached_tokens) == (100, 60)
    assert asked.usage.completion_tokens_details.reasoning_tokens == 5
    back = cast("ChatCompletionMessageParam", choice.message.model_dump(include={"role", "content", "tool_calls"}))
    said.append(back)
    said.append({"role": "tool", "tool_call_id": call.id, "content": "rain"})
    answer = await oai.chat.completions.create(model=gpt, messages=said, tools=[function])
    assert answer.choices[0].message.content == "You said: Bern?\nThe tool answered: rain"


async def test_a_chat_stream_says_the_same_in_pieces(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(every.model_copy(update={"usage": used}))
    stream = await oai.chat.completions.create(
        model=gpt, messages=[{"role": "user", "content": "Bern?"}], tools=[function], stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert [chunk.choices for chunk in chunks[-1:]] == [[]]
    assert [chunk.usage is None for chunk in chunks] == [*[True] * (len(chunks) - 1), False]
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]
    assert "".join(delta.content or "" for delta in deltas) == "I look it up."
    calls = [call for delta in deltas for call in delta.tool_calls or []]
    assert [call.id is not None for call in calls] == [True, *[False] * (len(calls) - 1)]
    arguments = "".join(call.function.arguments or "" for call in calls if call.function)
    assert json.loads(arguments) == {"city": "Bern"}
    assert (deltas[0].role, chunks[-2].choices[0].finish_reason) == ("assistant", "tool_calls")
    assert len({chunk.id for chunk in chunks}) == 1


async def test_without_being_asked_a_chat_stream_tells_no_usage(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    stream = await oai.chat.completions.create(model=gpt, messages=[{"role": "user", "content": "hello"}], stream=True)
    chunks = [chunk async for chunk in stream]
    assert all(chunk.choices and "usage" not in chunk.model_fields_set for chunk in chunks)
    assert gpts.finished["hello"] == 1


async def test_a_schema_is_fitted_by_both_apis_of_openai(oai: openai.AsyncOpenAI) -> None:
    parsed = await oai.chat.completions.parse(model=gpt, messages=[{"role": "user", "content": "bill"}], response_format=Invoice)
    expected = Invoice(number="bill", lines=[Line(text="bill", price=1)])
    assert parsed.choices[0].message.parsed == expected
    assert (await oai.responses.parse(model=gpt, input="bill", text_format=Invoice)).output_parsed == expected


async def test_a_response_thinks_speaks_and_calls(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(every.model_copy(update={"usage": used}))
    answer = await oai.responses.create(
        model=gpt,
        input="Bern?",
        reasoning={"summary": "auto"},
        include=["reasoning.encrypted_content"],
        tools=[{"type": "function", "name": "weather", "parameters": dict(weather), "strict": True}],
    )
    thought, spoken, call = answer.output
    assert thought.type == "reasoning"
    assert ([part.text for part in thought.summary], bool(thought.encrypted_content)) == (["It is about Bern."], True)
    assert (spoken.type, answer.output_text, answer.status) == ("message", "I look it up.", "completed")
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Bern"})
    assert answer.usage is not None
    assert (answer.usage.input_tokens_details.cached_tokens, answer.usage.output_tokens_details.reasoning_tokens) == (60, 5)


async def test_a_response_stream_is_numbered_and_ends_with_the_whole(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(every)
    stream = await oai.responses.create(model=gpt, input="Bern?", reasoning={"summary": "auto"}, stream=True)
    events = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert (events[0].type, events[1].type) == ("response.created", "response.in_progress")
    end = events[-1]
    assert isinstance(end, ResponseCompletedEvent)
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == end.response.output_text
    thought = "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta")
    written = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    assert (thought, json.loads(written)) == ("It is about Bern.", {"city": "Bern"})
    done = [event.item for event in events if event.type == "response.output_item.done"]
    assert done == end.response.output


async def test_a_response_goes_on_from_the_one_before(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(in_bern)
    first = await oai.responses.create(model=gpt, input="Bern?")
    [call] = first.output
    assert call.type == "function_call"
    second = await oai.responses.create(
        model=gpt, previous_response_id=first.id, input=[{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}]
    )
    assert second.output_text == "You said: Bern?\nThe tool answered: rain"
    assert (await oai.responses.retrieve(first.id)).output == first.output
    unstored = await oai.responses.create(model=gpt, input="hello", store=False)
    with pytest.raises(openai.BadRequestError) as refused:
        await oai.responses.create(model=gpt, previous_response_id=unstored.id, input="more")
    assert refused.value.code == "previous_response_not_found"


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [("max_output_tokens", "incomplete", "max_output_tokens"), ("content_filter", "incomplete", "content_filter")],
)
async def test_a_response_can_be_incomplete(gpts: OpenAIDouble, oai: openai.AsyncOpenAI, word: str, status: str, reason: str) -> None:
    gpts.script(Script(text="half", finish=word, times=2))
    answer = await oai.responses.create(model=gpt, input="hello")
    assert answer.incomplete_details is not None
    assert (answer.status, answer.incomplete_details.reason, answer.output_text) == (status, reason, "half")
    events = [event async for event in await oai.responses.create(model=gpt, input="hello", stream=True)]
    assert events[-1].type == "response.incomplete"


async def test_refusals_of_openai(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(Script(refusal="I will not.", times=2))
    chatted = await oai.chat.completions.create(model=gpt, messages=[{"role": "user", "content": "hello"}])
    assert (chatted.choices[0].message.content, chatted.choices[0].message.refusal) == (None, "I will not.")
    [item] = (await oai.responses.create(model=gpt, input="hello")).output
    assert item.type == "message"
    [part] = item.content
    assert part.type == "refusal"
    assert part.refusal == "I will not."


async def test_what_breaks_a_stream_of_openai(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(Script(fault="stream_error", message="gone", code="server_error", times=2), Script(finish="failed", message="lost"))
    stream = await oai.chat.completions.create(model=gpt, messages=[{"role": "user", "content": "hello"}], stream=True)
    with pytest.raises(openai.APIError, match="gone") as broken:
        [chunk async for chunk in stream]
    assert broken.value.code == "server_error"
    # The SDK raises for a chat, and hands the same on as events of a response.
    flat = [event async for event in await oai.responses.create(model=gpt, input="hello", stream=True)][-1]
    assert isinstance(flat, ResponseErrorEvent)
    assert (flat.code, flat.message) == ("server_error", "gone")
    failed = [event async for event in await oai.responses.create(model=gpt, input="hello", stream=True)][-1]
    assert isinstance(failed, ResponseFailedEvent)
    assert failed.response.error is not None
    assert (failed.response.status, failed.response.error.message) == ("failed", "lost")
    assert gpts.finished["hello"] == 1


@pytest.mark.parametrize(
    ("script", "kind", "type_", "code"),
    [
        (Script(status=403), openai.PermissionDeniedError, "request_forbidden", "unsupported_country_region_territory"),
        (Script(status=429), openai.RateLimitError, "requests", "rate_limit_exceeded"),
        (Script(status=429, code="insufficient_quota"), openai.RateLimitError, "insufficient_quota", "insufficient_quota"),
        (Script(status=400, code="context_length_exceeded"), openai.BadRequestError, "invalid_request_error", "context_length_exceeded"),
        (Script(status=500), openai.InternalServerError, "server_error", None),
        (Script(status=503, message="busy"), openai.InternalServerError, "server_error", None),
    ],
)
async def test_errors_of_openai(
    gpts: OpenAIDouble, oai: openai.AsyncOpenAI, script: Script, kind: type[openai.APIStatusError], type_: str, code: str | None
) -> None:
    gpts.script(script)
    with pytest.raises(kind) as refused:
        await oai.responses.create(model=gpt, input="hello")
    assert (refused.value.status_code, refused.value.type, refused.value.code) == (script.status, type_, code)
    assert refused.value.request_id
    assert (script.message or "") in refused.value.message
    assert (await oai.responses.create(model=gpt, input="hello")).output_text == "You said: hello"


async def test_a_rate_limit_of_openai_tells_when_to_come_back(gpts: OpenAIDouble, oai: openai.AsyncOpenAI) -> None:
    gpts.script(Script(status=429, retry_after=7))
    with pytest.raises(openai.RateLimitError) as refused:
        await oai.responses.create(model=gpt, input="hello")
    told = refused.value.response.headers
    assert (told["retry-after"], told["x-ratelimit-remaining-requests"], told["x-ratelimit-reset-tokens"]) == ("7", "0", "6m0s")


async def test_both_sdks_come_back_after_a_failure_that_passes(
    gpts: OpenAIDouble, oai: openai.AsyncOpenAI, claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic
) -> None:
    gpts.script(Script(status=503), Script(text="up again"))
    claudes.script(Script(status=529), Script(fault="drop_before"), Script(text="up again"))
    response = await oai.with_options(max_retries=1).responses.create(model=gpt, input="hello")
    said: list[MessageParam] = [{"role": "user", "content": "hello"}]
    message = await ant.with_options(max_retries=2).messages.create(model=claude, max_tokens=100, messages=said)
    assert (response.output_text, [block.text for block in message.content if block.type == "text"]) == ("up again", ["up again"])
    assert (gpts.asked["hello"], gpts.finished["hello"], claudes.asked["hello"], claudes.finished["hello"]) == (2, 1, 3, 1)


async def test_the_models_that_are_there(oai: openai.AsyncOpenAI, ant: anthropic.AsyncAnthropic) -> None:
    assert gpt in [model.id async for model in oai.models.list()]
    assert claude in [model.id async for model in ant.models.list()]
    assert ((await oai.models.retrieve(gpt)).id, (await ant.models.retrieve(claude)).id) == (gpt, claude)
    with pytest.raises(openai.NotFoundError) as unknown:
        await oai.responses.create(model="gpt-0", input="hello")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(anthropic.NotFoundError) as missing:
        await ant.messages.create(model="claude-0", max_tokens=10, messages=[{"role": "user", "content": "hello"}])
    assert missing.value.type == "not_found_error"


async def test_messages_echo_and_note_the_call_without_the_key(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    answer = await ant.messages.create(model=claude, max_tokens=100, messages=[{"role": "user", "content": "hello"}])
    [block] = answer.content
    assert block.type == "text"
    assert (block.text, answer.stop_reason, answer.stop_details) == ("You said: hello", "end_turn", None)
    [call] = claudes.calls
    assert (call.path, call.model, call.prompt, call.streamed) == (messages, claude, "hello", False)
    assert claudes.key not in call.model_dump_json()
    assert claudes.finished["hello"] == 1


async def test_messages_think_call_and_hear_the_result(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(every.model_copy(update={"usage": used}))
    said: list[MessageParam] = [{"role": "user", "content": "Bern?"}]
    first = await ant.messages.create(model=claude, max_tokens=4000, messages=said, tools=[tool], thinking={"type": "adaptive"})
    thought, text, call = first.content
    assert (thought.type, text.type, first.stop_reason) == ("thinking", "text", "tool_use")
    assert call.type == "tool_use"
    assert (call.id.startswith("toolu_"), call.name, call.input) == (True, "weather", {"city": "Bern"})
    usage = first.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens, usage.output_tokens) == (30, 60, 10, 20)
    result: MessageParam = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "rain"}]}
    said += [first.to_param(), result]
    second = await ant.messages.create(model=claude, max_tokens=4000, messages=said, tools=[tool], thinking={"type": "adaptive"})
    assert [block.text for block in second.content if block.type == "text"] == ["You said: Bern?\nThe tool answered: rain"]


async def test_a_thought_that_was_changed_is_refused(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(Script(thinking="Hm.", text="Yes."))
    first = await ant.messages.create(
        model=claude, max_tokens=4000, messages=[{"role": "user", "content": "hello"}], thinking={"type": "adaptive", "display": "omitted"}
    )
    thought = first.content[0]
    assert thought.type == "thinking"
    assert (thought.thinking, bool(thought.signature)) == ("", True)
    forged: MessageParam = {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Ha.", "signature": thought.signature}, {"type": "text", "text": "Yes."}],
    }
    said: list[MessageParam] = [{"role": "user", "content": "hello"}, forged, {"role": "user", "content": "more"}]
    with pytest.raises(anthropic.BadRequestError, match="signature"):
        await ant.messages.create(model=claude, max_tokens=4000, messages=said)
    said[1] = first.to_param()
    assert (await ant.messages.create(model=claude, max_tokens=4000, messages=said)).stop_reason == "end_turn"


async def test_nobody_hears_thoughts_who_did_not_ask(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(Script(thinking="Hm.", text="Yes."))
    answer = await ant.messages.create(model=claude, max_tokens=4000, messages=[{"role": "user", "content": "hello"}])
    assert [block.type for block in answer.content] == ["text"]


async def test_a_stream_of_messages_adds_up_to_the_whole(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(every.model_copy(update={"times": 2, "usage": used}))
    said: list[MessageParam] = [{"role": "user", "content": "Bern?"}]
    whole = await ant.messages.create(model=claude, max_tokens=4000, messages=said, tools=[tool], thinking={"type": "adaptive"})
    async with ant.messages.stream(model=claude, max_tokens=4000, messages=said, tools=[tool], thinking={"type": "adaptive"}) as stream:
        streamed = await stream.get_final_message()
    kept = {"type", "text", "thinking", "signature", "name", "input"}
    assert [block.model_dump(include=kept) for block in streamed.content] == [block.model_dump(include=kept) for block in whole.content]
    assert (streamed.stop_reason, streamed.usage.output_tokens, streamed.usage.input_tokens) == ("tool_use", 20, 30)


async def test_a_refusal_of_anthropic_has_no_content(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(Script(refusal="I will not."))
    answer = await ant.messages.create(model=claude, max_tokens=100, messages=[{"role": "user", "content": "hello"}])
    assert answer.stop_details is not None
    assert (answer.content, answer.stop_reason, answer.stop_details.explanation) == ([], "refusal", "I will not.")


async def test_a_schema_is_fitted_by_messages(ant: anthropic.AsyncAnthropic) -> None:
    answer = await ant.messages.create(
        model=claude,
        max_tokens=100,
        messages=[{"role": "user", "content": "Bern"}],
        output_config={"format": {"type": "json_schema", "schema": dict(weather)}},
    )
    [block] = answer.content
    assert block.type == "text"
    assert json.loads(block.text) == {"city": "Bern"}


async def test_tokens_are_counted_before_and_after(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "hello " * 100}]
    counted = await ant.messages.count_tokens(model=claude, messages=said)
    answer = await ant.messages.create(model=claude, max_tokens=100, messages=said)
    assert counted.input_tokens == answer.usage.input_tokens > 100
    assert claudes.asked.total() == 1


@pytest.mark.parametrize(
    ("status", "kind", "type_"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (402, anthropic.APIStatusError, "billing_error"),
        (403, anthropic.PermissionDeniedError, "permission_error"),
        (413, anthropic.APIStatusError, "request_too_large"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (504, anthropic.APIStatusError, "timeout_error"),
        (529, anthropic.APIStatusError, "overloaded_error"),
    ],
)
async def test_errors_of_anthropic(
    claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic, status: int, kind: type[anthropic.APIStatusError], type_: str
) -> None:
    claudes.script(Script(status=status, retry_after=3, code="some_code"))
    with pytest.raises(kind) as refused:
        await ant.messages.create(model=claude, max_tokens=100, messages=[{"role": "user", "content": "hello"}])
    error = refused.value
    assert (error.status_code, error.type, error.error_code, error.response.headers["retry-after"]) == (status, type_, "some_code", "3")
    assert error.request_id == error.response.json()["request_id"]
    remaining = error.response.headers["anthropic-ratelimit-requests-remaining"]
    assert (remaining == "0") == (status == 429)


async def test_what_breaks_a_stream_of_anthropic(claudes: AnthropicDouble, ant: anthropic.AsyncAnthropic) -> None:
    claudes.script(Script(fault="stream_error", status=529))
    said: list[MessageParam] = [{"role": "user", "content": "hello"}]
    got: list[str] = []

    async def read() -> None:
        async for event in await ant.messages.create(model=claude, max_tokens=100, messages=said, stream=True):
            got.append(event.type)  # noqa: PERF401 - what came before the error is what counts

    with pytest.raises(anthropic.APIStatusError) as broken:
        await read()
    assert (broken.value.type, got[0], "message_stop" in got) == ("overloaded_error", "message_start", False)
    assert not claudes.finished


async def test_a_tool_that_must_be_called_is_called_and_the_fresh_one_first(oai: openai.AsyncOpenAI, ant: anthropic.AsyncAnthropic) -> None:
    news: ChatCompletionToolParam = {"type": "function", "function": {"name": "news", "parameters": dict(weather)}}
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Bern"}]
    called: list[str] = []
    for _ in range(3):
        answer = await oai.chat.completions.create(model=gpt, messages=said, tools=[function, news], tool_choice="required")
        [call] = answer.choices[0].message.tool_calls or []
        assert call.type == "function"
        assert json.loads(call.function.arguments) == {"city": "Bern"}
        called.append(call.function.name)
        said.append(cast("ChatCompletionMessageParam", answer.choices[0].message.model_dump(include={"role", "content", "tool_calls"})))
        said.append({"role": "tool", "tool_call_id": call.id, "content": "rain"})
    assert called == ["weather", "news", "news"]
    named = await ant.messages.create(
        model=claude,
        max_tokens=100,
        messages=[{"role": "user", "content": "Bern"}],
        tools=[tool, {"name": "news", "input_schema": dict(weather)}],
        tool_choice={"type": "tool", "name": "news"},
    )
    assert [block.name for block in named.content if block.type == "tool_use"] == ["news"]


async def test_an_answer_ends_where_its_tokens_do(oai: openai.AsyncOpenAI, ant: anthropic.AsyncAnthropic) -> None:
    chatted = await oai.chat.completions.create(model=gpt, messages=[{"role": "user", "content": "hello"}], max_completion_tokens=2)
    assert (chatted.choices[0].message.content, chatted.choices[0].finish_reason) == ("You said", "length")
    response = await oai.responses.create(model=gpt, input="hello", max_output_tokens=2)
    assert (response.output_text, response.status) == ("You said", "incomplete")
    message = await ant.messages.create(model=claude, max_tokens=2, messages=[{"role": "user", "content": "hello"}])
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 2)
