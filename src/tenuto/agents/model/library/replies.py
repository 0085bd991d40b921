"""What a model answered, as a reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart

from tenuto.agents.model.choice import Choice
from tenuto.agents.model.library.form import Form, answering
from tenuto.agents.model.library.history import calls_of, transcript
from tenuto.agents.model.problems import unreadable
from tenuto.core.agent import Reply, ToolCall
from tenuto.core.errors import Invalid, InvalidOutput
from tenuto.core.usage import Usage
from tenuto.core.values import decode

_fence = "```"


def reply_of(response: ModelResponse, messages: Sequence[ModelMessage], form: Form, choice: Choice) -> Reply:
    """Raises `InvalidOutput` for a refusal to answer, an answer that was cut off, and one that says nothing."""
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    calls = calls_of(response)
    _look(response, text, choice)
    if not text and not calls:
        raise unreadable(choice.kind.name, "answered nothing")
    given = next((call for call in calls if call.tool_name == answering), None)
    told = transcript(messages, response)
    if given is not None or (form.schema is not None and not calls):
        output = form.unwrapped(_arguments(given) if given is not None else _object(text))
        return Reply(text=text, output=output, transcript=told, usage=_usage(response, choice), raw=_raw(given, text))
    asked = tuple(
        ToolCall(id=call.tool_call_id, name=form.names.get(call.tool_name, call.tool_name), arguments=_arguments(call)) for call in calls
    )
    return Reply(text=text, tool_calls=asked, transcript=told, usage=_usage(response, choice))


def _look(response: ModelResponse, text: str, choice: Choice) -> None:
    who = choice.kind.name
    if response.finish_reason == "content_filter":
        details = response.provider_details or {}
        said = details.get("refusal")
        reason = said if isinstance(said, str) and said else text
        because = f": {reason}" if reason else ""
        raise InvalidOutput(f"The model refuses to answer{because}", fix="Ask otherwise, or another model.", raw=reason or None)
    if response.finish_reason == "length":
        raise InvalidOutput(
            f"The answer of {who} was cut off at the longest that it may be.", fix="Raise the agent's settings.max_tokens.", raw=text
        )
    if response.finish_reason == "error":
        raise unreadable(who, "broke its answer off with an error", text)


def _usage(response: ModelResponse, choice: Choice) -> Usage | None:
    """Tokens as the vendor counts them; None where it does not, so that they are estimated."""
    used = response.usage
    if not used.input_tokens and not used.output_tokens:
        return None
    name = response.model_name or choice.name
    return Usage(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cached_tokens=used.cache_read_tokens or None,
        model=f"{choice.kind.key}:{name}",
    )


def _arguments(call: ToolCallPart) -> dict[str, JsonValue]:
    """What cannot be read is told as `INVALID_JSON`, which no tool takes: the model hears of it and writes it again."""
    return cast("dict[str, JsonValue]", call.args_as_dict())


def _raw(given: ToolCallPart | None, text: str) -> str:
    return given.args_as_json_str() if given is not None else text


def _object(text: str) -> JsonValue:
    """The JSON that a text is, bare or fenced; None for other text."""
    text = text.strip()
    if len(text) > 2 * len(_fence) and text.startswith(_fence) and text.endswith(_fence):
        language, newline, inner = text[len(_fence) : -len(_fence)].partition("\n")
        text = inner if newline and language.strip() in {"", "json"} else text
    try:
        return decode(text)
    except Invalid:
        return None
