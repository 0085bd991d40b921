"""What was said in a turn so far, as pydantic-ai's messages and back: a model is told all of it each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue, ValidationError
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from tenuto.agents.model.library.form import Form
from tenuto.core.agent import Agent, Turn
from tenuto.core.errors import Damaged
from tenuto.core.values import JsonObject


def messages_of(agent: Agent, turn: Turn, form: Form) -> Sequence[ModelMessage]:
    """The question, what the model said, what its tools answered. Raises `Damaged` for a transcript that is none of ours."""
    before = _read(turn.transcript)
    parts: list[ModelRequestPart] = [
        ToolReturnPart(tool_name=form.sent(result.call.name), content=result.content, tool_call_id=result.call.id)
        for result in turn.tool_results
    ]
    if not before:
        before = _conversation(turn)
        parts.append(UserPromptPart(content=turn.message))
    elif turn.repair is not None:
        parts += _repair(before[-1], turn.repair)
    return [*before, ModelRequest(parts=parts, instructions=agent.instructions or None)]


def transcript(messages: Sequence[ModelMessage], response: ModelResponse) -> tuple[dict[str, JsonValue], ...]:
    """All of it, to be kept in the log with the turn."""
    return tuple(cast("list[dict[str, JsonValue]]", ModelMessagesTypeAdapter.dump_python([*messages, response], mode="json")))


def calls_of(response: ModelResponse) -> Sequence[ToolCallPart]:
    """The tools that a response asks for."""
    return [part for part in response.parts if isinstance(part, ToolCallPart)]


def _conversation(turn: Turn) -> Sequence[ModelMessage]:
    """A model keeps no session: what was said before is said to it again."""
    return [
        message
        for each in turn.history
        for message in (ModelRequest(parts=[UserPromptPart(content=each.question)]), ModelResponse(parts=[TextPart(content=each.answer)]))
    ]


def _repair(last: ModelMessage, wrong: str) -> Sequence[ModelRequestPart]:
    """What is wrong with the last answer: a call of a tool has to be answered as one."""
    calls = calls_of(last) if isinstance(last, ModelResponse) else ()
    if not calls:
        return [UserPromptPart(content=wrong)]
    return [ToolReturnPart(tool_name=call.tool_name, content=wrong, tool_call_id=call.tool_call_id) for call in calls]


def _read(transcript: Sequence[JsonObject]) -> Sequence[ModelMessage]:
    try:
        return ModelMessagesTypeAdapter.validate_python(list(transcript))
    except ValidationError as error:
        raise Damaged("What was said so far cannot be read.") from error
