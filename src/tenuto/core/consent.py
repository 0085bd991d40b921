"""Tools that an agent may use only when a person agrees: each use is a question, bound to exactly its arguments, and a step of the node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.core.agent import Agent, Tool, ToolCall
from tenuto.core.errors import Conflict
from tenuto.core.node import Again, Answered, NodeContext, Suspended, Wakening
from tenuto.core.question import decided, given, question
from tenuto.core.values import JsonObject, digest, encode

every_write = "*"
_of_step = 12
"""Characters of the arguments' digest in the name of the step: other arguments are another step, and another question."""


class NeedsPerson(Exception):
    """A node cannot go on before somebody has decided; `waiting` is what it says while it waits."""

    def __init__(self, waiting: JsonObject) -> None:
        super().__init__(str(waiting.get("title")))
        self.waiting = waiting


@dataclass(frozen=True)
class Consent:
    """Which tools need a person, and who may decide; nobody named is whoever has the permission."""

    tools: Sequence[str] = ()
    approvers: Sequence[str] = ()

    @classmethod
    def of(cls, agent: Agent, more: Sequence[str] = (), approvers: Sequence[str] = ()) -> Consent:
        """That of an agent: what its node asks for comes on top, and takes nothing away."""
        return cls((*agent.approve, *more), approvers)

    def needed(self, tool: Tool) -> bool:
        """Whether a person has to agree."""
        return tool.name in self.tools or (tool.writes and every_write in self.tools)


async def refused(ctx: NodeContext, agent: Agent, call: ToolCall, step: str, consent: Consent) -> str | None:
    """What the agent is told where a person refused; None where one agreed. Raises `NeedsPerson` where nobody has decided."""
    arguments: dict[str, JsonValue] = {"tool": call.name, "arguments": dict(call.arguments)}
    name = f"{step}, approval {digest(arguments).rpartition(':')[2][:_of_step]}"
    asked = question(f"May {agent.name} use {call.name}?"[:200], _body(agent, call), arguments=arguments, approvers=consent.approvers)

    async def ask(key: str) -> JsonValue:
        del key
        raise NeedsPerson({**asked, "step": name})

    decision = await ctx.step(name, "read", ask)
    found = decision if isinstance(decision, dict) else {}
    if found.get("decision") == "approve":
        return None
    because = f": {found['comment']}" if found.get("comment") else ". Do not ask for it again; go on without it."
    return f"A person did not allow {call.name} with these arguments{because}"


async def until_decided(run: Callable[[], Awaitable[JsonValue]]) -> JsonValue | Suspended:
    """What a node comes to, or that it waits for a person."""
    try:
        return await run()
    except NeedsPerson as asked:
        return Suspended("approval", None, asked.waiting)


def answered(ctx: NodeContext, wakening: Wakening, node: str) -> Again:
    """Go on with what a person decided. Raises as `question.decided`, and `Conflict` for anything but an answer."""
    step = ctx.waiting.get("step")
    if not isinstance(wakening, Answered) or not isinstance(step, str):
        raise Conflict("A person has to decide this.", node=node)
    decision = decided(ctx.waiting, wakening, node)
    kept = given(decision, wakening, ctx.now)
    return Again(step=step, output={**kept, "answers": [dict(kept)], "digest": ctx.waiting.get("digest")}, by=wakening.by)


def _body(agent: Agent, call: ToolCall) -> str:
    shown = encode(call.arguments).decode()
    return f"The agent {agent.name} asks for `{call.name}` with:\n\n```json\n{shown[:4000]}\n```"
