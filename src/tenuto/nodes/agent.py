"""The node kind `agent`: one question to one agent, with as many tool calls as it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.agent import Tool, Turn
from tenuto.core.asking import as_text, ask_once, ask_with_tools, structured, tools_of
from tenuto.core.connector import Effect
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject

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
        turn = self._turn(ctx, tools_of(ctx, names))
        reply = await (ask_with_tools(ctx, agent, turn) if names else ask_once(ctx, agent, turn))
        if self.config.output_schema is not None:
            return Completed(structured(agent, reply, self.config.output_schema))
        return Completed({"text": reply.text, "artifacts": [artifact.model_dump(mode="json") for artifact in reply.artifacts]})

    def _turn(self, ctx: NodeContext, tools: Sequence[Tool]) -> Turn:
        return Turn(
            message=as_text(ctx.message if self.config.message is None else self.config.message),
            session_id=self.config.session or f"{ctx.execution_id}:{ctx.node_id}",
            user_id=ctx.user_id,
            output_schema=self.config.output_schema,
            tools=tuple(tools),
            stream=self.config.stream,
        )
