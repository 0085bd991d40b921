"""Tools that an agent may use only when a person agrees: each use is a question, bound to exactly its arguments, and a step of the node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.agent import Agent, Tool, ToolCall
from tenuto.core.errors import Conflict
from tenuto.core.language.schema import sentence, violations
from tenuto.core.node import Again, Answered, NodeContext, Suspended, TimeCame, Wakening
from tenuto.core.question import Person, decided, given, question
from tenuto.core.toolbox import covers
from tenuto.core.values import JsonObject, digest

every_write = "*"
_of_step = 12
"""Characters of the arguments' digest in the name of the step: other arguments are another step, and another question."""

Approve: TypeAlias = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=256)], ...],
    Field(
        description="Tools that a person has to approve each time, beside those of the agent; `*`: all that change something.",
        examples=[["github.create_issue"]],
    ),
]
Approvers: TypeAlias = Annotated[
    tuple[Person, ...],
    Field(description="Who may approve a tool, as in `approval`; empty: whoever has the permission.", examples=[["role:owner"]]),
]
ApprovalTimeout: TypeAlias = Annotated[
    timedelta | None,
    Field(gt=timedelta(0), description="After this the agent is told that nobody approved; by default it waits.", examples=["PT24H"]),
]


class NeedsPerson(Exception):
    """A node cannot go on before somebody has decided; `waiting` is what it says while it waits."""

    def __init__(self, waiting: JsonObject, until: datetime | None) -> None:
        super().__init__(str(waiting.get("title")))
        self.waiting = waiting
        self.until = until


@dataclass(frozen=True)
class Consent:
    """Which tools need a person, who may decide (nobody named is whoever has the permission), and for how long it is waited."""

    tools: Sequence[str] = ()
    approvers: Sequence[str] = ()
    timeout: timedelta | None = None

    def of(self, agent: Agent) -> Consent:
        """That of an agent: what its node asks for comes on top of its own, and takes nothing away."""
        return Consent((*agent.approve, *self.tools), self.approvers, self.timeout)

    def needed(self, tool: Tool) -> bool:
        """Whether a person has to agree."""
        return covers(self.tools, tool.name) or (tool.writes and every_write in self.tools)


async def refused(ctx: NodeContext, agent: Agent, tool: Tool, call: ToolCall, *, step: str, consent: Consent) -> str | None:
    """What the agent is told instead of being given the tool; None where a person agreed. Raises `NeedsPerson` where nobody has decided.

    Nobody is asked about arguments that the tool does not take.
    """
    if wrong := violations(call.arguments, tool.parameters):
        return f"Error: {call.name} does not take these arguments. {sentence(wrong)}"
    arguments: dict[str, JsonValue] = {"tool": call.name, "arguments": dict(call.arguments)}
    name = f"{step}, approval {digest(arguments).rpartition(':')[2][:_of_step]}"
    body = f"The agent {agent.name} asks to use `{call.name}` once, with exactly these arguments."
    asked = question(f"May {agent.name} use {call.name}?"[:200], body, arguments=arguments, approvers=consent.approvers)

    async def ask(key: str) -> JsonValue:
        del key
        until = ctx.clock() + consent.timeout if consent.timeout is not None else None
        raise NeedsPerson({**asked, "step": name, "expires": until.isoformat() if until is not None else None}, until)

    decision = await ctx.step(name, "read", ask)
    found = decision if isinstance(decision, dict) else {}
    if found.get("decision") == "approve" and found.get("digest") == asked["digest"]:
        return None
    return _told(call, found)


async def until_decided(run: Callable[[], Awaitable[JsonValue]]) -> JsonValue | Suspended:
    """What a node comes to, or that it waits for a person."""
    try:
        return await run()
    except NeedsPerson as asked:
        return Suspended("approval", asked.until, asked.waiting)


def answered(ctx: NodeContext, wakening: Wakening, node: str) -> Suspended | Again:
    """Go on with what a person decided, or with that nobody did in time.

    Raises as `question.decided`, and `Conflict` for what is no answer; the node goes on waiting then.
    """
    waiting, step = ctx.waiting, ctx.waiting.get("step")
    match wakening:
        case Answered() if isinstance(step, str):
            decision = decided(waiting, wakening, node)
            kept = given(decision.model_copy(update={"form": {}}), wakening, ctx.now)
            return Again(step=step, output=_kept(waiting, "approve" if decision.decision == "approve" else "reject", kept), by=wakening.by)
        case TimeCame() if isinstance(step, str):
            until = waiting.get("expires")
            expires = datetime.fromisoformat(until) if isinstance(until, str) else None
            if expires is None or ctx.now < expires:
                return Suspended("approval", expires, waiting)
            return Again(step=step, output=_kept(waiting, "expired", None))
        case _:
            raise Conflict("A person has to decide this.", node=node)


def _kept(waiting: JsonObject, decision: Literal["approve", "reject", "expired"], answer: dict[str, JsonValue] | None) -> JsonValue:
    answers = [answer] if answer is not None else []
    return {**(answer or {}), "decision": decision, "answers": cast("JsonValue", answers), "digest": waiting.get("digest")}


def _told(call: ToolCall, found: JsonObject) -> str:
    if found.get("decision") == "expired":
        return f"Nobody decided in time whether {call.name} may be used with these arguments. Do not ask for it again; go on without it."
    because = f": {found['comment']}" if found.get("comment") else ". Do not ask for it again; go on without it."
    return f"A person did not allow {call.name} with these arguments{because}"
