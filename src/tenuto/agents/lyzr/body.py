"""What is sent to Lyzr for one turn: the same body for chat, stream and task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from tenuto.core.agent import Agent, Tool, ToolCall, Turn
from tenuto.core.errors import Invalid
from tenuto.core.values import encode

tool_function = "local_tool"
"""The one function through which a Lyzr agent asks for every local tool."""


def body(agent: Agent, turn: Turn) -> dict[str, JsonValue]:
    """Raises `Invalid` for an agent that has no id at Lyzr."""
    if not agent.agent_id:
        raise Invalid(
            f"The agent {agent.name} has no agent_id, so Lyzr cannot be asked.",
            fix="Copy the agent's id (24 hexadecimal characters) from Lyzr Studio, or choose another provider.",
        )
    made: dict[str, JsonValue] = {
        "agent_id": agent.agent_id,
        "session_id": turn.session_id,
        "user_id": turn.user_id or "default_user",
    }
    if turn.tools:
        made["messages"] = list(messages(turn))
        made["features"] = [_local_tools(turn.tools)]
    else:
        made["message"] = turn.message
    if turn.assets:
        made["assets"] = list(turn.assets)
    if turn.output_schema is not None:
        # At run time the schema stands alone; the wrapper {type, json_schema} belongs to the agent object.
        made["response_format"] = turn.output_schema
    return made


def messages(turn: Turn) -> Sequence[dict[str, JsonValue]]:
    """The turn so far as Lyzr's messages: the question, what the agent asked for, and what its tools answered."""
    so_far: list[dict[str, JsonValue]] = [*turn.transcript] or [{"role": "user", "content": turn.message}]
    results: list[dict[str, JsonValue]] = [
        {"role": "tool", "tool_call_id": result.call.id, "name": tool_function, "content": result.content} for result in turn.tool_results
    ]
    return [*so_far, *results]


def called(calls: Sequence[ToolCall]) -> dict[str, JsonValue]:
    """An assistant's message that asks for local tools, where the agent did not send the message itself."""
    entries: list[JsonValue] = [
        {
            "id": call.id,
            "type": "function",
            "function": {
                "name": tool_function,
                "arguments": encode({"tool_name": call.name, "arguments": call.arguments}).decode(),
            },
        }
        for call in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": entries}


def _local_tools(tools: Sequence[Tool]) -> JsonValue:
    described = [tool.model_dump(mode="json") for tool in tools]
    return {"type": "local_tools", "config": {"tools": cast("JsonValue", described)}, "priority": 0}
