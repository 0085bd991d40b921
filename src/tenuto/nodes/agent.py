"""The node kind `agent`: one question to one agent, with as many tool calls as it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.agent import Agent, Reply, Tool, ToolCall, ToolResult, Turn
from tenuto.core.connector import Effect
from tenuto.core.errors import (
    AuthRejected,
    CreditsExhausted,
    Invalid,
    InvalidOutput,
    NodeFailed,
    NotFound,
    Outgoing,
    Problem,
    Uncertain,
    VendorFailed,
)
from tenuto.core.language.schema import sentence, violations
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject, decode, encode

max_rounds = 25

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class AgentNodeConfig(Frozen):
    """Who is asked what, and in which form the answer is wanted."""

    agent: Name = Field(description="Id of one of the workflow's agents.", examples=["triage"])
    message: JsonValue = Field(
        default=None,
        description="The question; by default the run's message. Anything but text is sent as JSON.",
        examples=["{{ input.message }}"],
    )
    output_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON schema of the output; without it the output is `{text, artifacts}`."
    )
    session: Name | None = Field(
        default=None, description="A conversation that nodes or runs share; by default each node of a run has its own."
    )
    tools: tuple[Name, ...] | None = Field(
        default=None, description="Connector actions it may call, instead of those of the agent.", examples=[["github.list_issues"]]
    )
    stream: bool = Field(default=False, description="Show the answer to those who watch while it is being written.")


class AgentNode(NodeKind, frozen=True):
    """Ask an agent, let it use its tools, and take its answer."""

    stepped: ClassVar[bool] = True
    example: ClassVar[JsonObject] = {"agent": "triage", "message": "My card was stolen."}

    type: Literal["agent"] = "agent"
    config: AgentNodeConfig

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """A turn reads; tool calls are steps with effects of their own."""
        return "read"

    async def run(self, ctx: NodeContext) -> Outcome:
        """The object that the schema describes, else `{text, artifacts}`. Raises `InvalidOutput` for another object."""
        agent = ctx.agent(self.config.agent)
        names = agent.tools if self.config.tools is None else self.config.tools
        turn = self._turn(ctx, tuple(ctx.tool(name) for name in names))
        reply = await (_with_tools(ctx, agent, turn) if names else _asked(ctx, agent, turn))
        if self.config.output_schema is not None:
            return Completed(_structured(agent, reply, self.config.output_schema))
        return Completed({"text": reply.text, "artifacts": [artifact.model_dump(mode="json") for artifact in reply.artifacts]})

    def _turn(self, ctx: NodeContext, tools: Sequence[Tool]) -> Turn:
        return Turn(
            message=_text(ctx.message if self.config.message is None else self.config.message),
            session_id=self.config.session or f"{ctx.execution_id}:{ctx.node_id}",
            user_id=ctx.user_id,
            output_schema=self.config.output_schema,
            tools=tuple(tools),
            stream=self.config.stream,
        )


async def _asked(ctx: NodeContext, agent: Agent, turn: Turn) -> Reply:
    try:
        return await ctx.turn(agent, turn)
    except Uncertain as lost:
        # A turn changes nothing outside, so nobody has to decide what became of it; but it may have been billed, so that
        # it is not repeated in silence: it fails, and is asked again only where the node's retry says so.
        raise VendorFailed(f"{lost.data.detail} The turn may have been billed.", fix=lost.data.fix, raw=lost.data.raw) from lost


async def _with_tools(ctx: NodeContext, agent: Agent, turn: Turn) -> Reply:
    """Ask, do what the agent asks for, tell it the results, ask again.

    Each turn is a step too: after a crash the agent is not asked again what it answered, so that its tool calls are
    those that the log knows.
    """
    for number in range(1, max_rounds + 1):
        reply = await _recorded_turn(ctx, agent, turn, number)
        if not reply.tool_calls:
            return reply
        allowed = {tool.name for tool in turn.tools}
        results = [ToolResult(call=call, content=await _called(ctx, call, allowed)) for call in reply.tool_calls]
        turn = turn.model_copy(update={"tool_results": tuple(results), "transcript": reply.transcript})
    raise NodeFailed(
        f"{agent.name} asked for tools {max_rounds} times and did not come to an answer.",
        fix="Give it fewer tools or a narrower question.",
    )


async def _recorded_turn(ctx: NodeContext, agent: Agent, turn: Turn, number: int) -> Reply:
    async def ask(key: str) -> JsonValue:
        del key
        reply = await _asked(ctx, agent, turn)
        if turn.output_schema is not None and not reply.tool_calls:
            # A step that succeeded is kept by every later attempt: an answer that is refused must not be one.
            _structured(agent, reply, turn.output_schema)
        return reply.model_dump(mode="json")

    return Reply.model_validate(await ctx.step(f"turn {number}", "read", ask))


async def _called(ctx: NodeContext, call: ToolCall, allowed: set[str]) -> str:
    """What the tool answered, as text; a refusal is told to the agent, who may know better.

    Not told but raised: that something may have happened, and what only a person can mend.
    """
    if call.name not in allowed:
        return f"There is no tool {call.name!r}. There are: {', '.join(sorted(allowed))}."
    connector, _, action = call.name.partition(".")
    try:
        return _text(await ctx.call(connector, action, call.arguments))
    except (Uncertain, AuthRejected, CreditsExhausted):
        raise
    except (Invalid, NotFound, Outgoing) as problem:
        return _told(problem)


def _told(problem: Problem) -> str:
    data = problem.data
    parts = [f"Error: {data.detail}", sentence(data.issues), data.fix or ""]
    return " ".join(part for part in parts if part)


def _structured(agent: Agent, reply: Reply, schema: JsonObject) -> JsonValue:
    raw = reply.raw or reply.text
    value = reply.output
    if value is None and reply.text:
        try:
            value = decode(reply.text)
        except Invalid:
            raise InvalidOutput(f"{agent.name} was asked for JSON and answered text.", raw=raw) from None
    if issues := violations(value, schema):
        raise InvalidOutput(f"{agent.name} answered something else than asked: {sentence(issues)}.", issues=issues, raw=raw)
    return value


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else encode(value).decode()
