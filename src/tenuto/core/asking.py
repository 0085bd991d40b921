"""A question to an agent with its tools: asked, its tool calls made as steps, and asked again until it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply, Tool, ToolCall, ToolResult, Turn
from tenuto.core.consent import Consent, refused
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
from tenuto.core.node import NodeContext
from tenuto.core.toolbox import most_tools, tool_name
from tenuto.core.values import JsonObject, decode, encode

max_rounds = 25


async def ask_once(ctx: NodeContext, agent: Agent, turn: Turn) -> Reply:
    """One turn that no step records: after a crash it is asked again.

    Where an object was asked for and something else answered, and the provider takes a `repair`, the agent is told what is wrong and
    answers once more.
    """
    reply = await _asked(ctx, agent, turn)
    if turn.output_schema is None or reply.tool_calls or not reply.transcript:
        return reply
    try:
        structured(agent, reply, turn.output_schema)
    except InvalidOutput as wrong:
        told = f"{wrong.data.detail} Answer again, exactly in the form that was asked for."
        return await _asked(ctx, agent, turn.model_copy(update={"transcript": reply.transcript, "tool_results": (), "repair": told}))
    return reply


async def ask_with_tools(ctx: NodeContext, agent: Agent, turn: Turn, step: str | None = None, *, consent: Consent | None = None) -> Reply:
    """Ask, do what the agent asks for, tell it the results, ask again. Raises `NodeFailed` where that comes to no end.

    Each turn is a step too: after a crash the agent is not asked again what it answered, so that its tool calls are
    those that the log knows. `step` begins the names of the steps where several questions are asked side by side.

    What a tool answers is text to the agent and nothing else: which tools there are is `turn.tools` in every round. Raises `NeedsPerson`
    for a tool that somebody has to agree to: by what the agent says itself, and by `consent`.
    """
    calls, consent = 0, (consent or Consent()).of(agent)
    for number in range(1, max_rounds + 1):
        reply = await _recorded_turn(ctx, agent, turn, _name(step, number))
        if not reply.tool_calls:
            return reply
        if not turn.tools:
            asked = ", ".join(call.name for call in reply.tool_calls)
            raise InvalidOutput(f"{agent.name} asked for {asked}, and has no tools.", raw=reply.raw or reply.text)
        allowed = {tool.name: tool for tool in turn.tools}
        results: list[ToolResult] = []
        for call in reply.tool_calls:
            calls += 1
            name = None if step is None else f"{step}, call {calls}: {call.name}"
            tool, refusal = allowed.get(call.name), None
            if tool is not None and consent.needed(tool):
                refusal = await refused(ctx, agent, tool, call, step=name or f"call {calls}: {call.name}", consent=consent)
            results.append(
                ToolResult(call=call, content=refusal or await _called(ctx, call, allowed, name or _numbered(consent, calls, call)))
            )
        turn = turn.model_copy(update={"tool_results": tuple(results), "transcript": reply.transcript, "repair": None})
    raise NodeFailed(
        f"{agent.name} asked for tools {max_rounds} times and did not come to an answer.",
        fix="Give it fewer tools or a narrower question.",
    )


async def tools_of(ctx: NodeContext, names: Sequence[str]) -> tuple[Tool, ...]:
    """Connector actions, and tools of servers (`mcp:docs/search`, `mcp:docs/*`), each once.

    Raises `NotFound`, what keeps a server from being asked, and `Invalid` for more than a model takes.
    """
    found: dict[str, Tool] = {}
    asked = False
    for name in names:
        of_server = tool_name(name)
        asked = asked or of_server is not None
        for tool in (ctx.tool(name),) if of_server is None else await ctx.offered(of_server):
            found.setdefault(tool.name, tool)
    if asked and len(found) > most_tools:
        raise Invalid(f"These are {len(found):,} tools, and a model takes {most_tools}.", fix="Name those that the agent needs.")
    return tuple(found.values())


def structured(agent: Agent, reply: Reply, schema: JsonObject) -> JsonValue:
    """The object that was asked for. Raises `InvalidOutput` for another one, or for text."""
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


def as_text(value: JsonValue) -> str:
    """A value as an agent reads it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else encode(value).decode()


def _name(step: str | None, number: int) -> str:
    if step is None:
        return f"turn {number}"
    return step if number == 1 else f"{step}, round {number}"


def _numbered(consent: Consent, calls: int, call: ToolCall) -> str | None:
    """The name of a call's step where some may be refused: then those that are made do not number themselves."""
    return f"call {calls}: {call.name}" if consent.tools else None


async def _asked(ctx: NodeContext, agent: Agent, turn: Turn) -> Reply:
    try:
        return await ctx.turn(agent, turn)
    except Uncertain as lost:
        # A turn changes nothing outside, so nobody has to decide what became of it; but it may have been billed, so that
        # it is not repeated in silence: it fails, and is asked again only where the node's retry says so.
        raise VendorFailed(f"{lost.data.detail} The turn may have been billed.", fix=lost.data.fix, raw=lost.data.raw) from lost


async def _recorded_turn(ctx: NodeContext, agent: Agent, turn: Turn, name: str) -> Reply:
    async def ask(key: str) -> JsonValue:
        del key
        reply = await ask_once(ctx, agent, turn)
        if turn.output_schema is not None and not reply.tool_calls:
            # A step that succeeded is kept by every later attempt: an answer that is refused must not be one.
            structured(agent, reply, turn.output_schema)
        return reply.model_dump(mode="json")

    return Reply.model_validate(await ctx.step(name, "read", ask))


async def _called(ctx: NodeContext, call: ToolCall, allowed: Collection[str], step: str | None) -> str:
    """What the tool answered, as text; a refusal is told to the agent, who may know better.

    Not told but raised: that something may have happened, and what only a person can mend.
    """
    if call.name not in allowed:
        return f"There is no tool {call.name!r}. There are: {', '.join(sorted(allowed))}."
    try:
        return await ctx.use(call.name, call.arguments, step=step)
    except (Uncertain, AuthRejected, CreditsExhausted):
        raise
    except (Invalid, NotFound, Outgoing) as problem:
        return _told(problem)


def _told(problem: Problem) -> str:
    data = problem.data
    parts = [f"Error: {data.detail}", sentence(data.issues), data.fix or ""]
    return " ".join(part for part in parts if part)
