"""The node kind `agent`: one question to one agent, with as many tool calls as it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.agent import Tool, Turn
from tenuto.core.asking import as_text, ask_once, ask_with_tools, structured, tools_of
from tenuto.core.connector import Effect
from tenuto.core.consent import ApprovalTimeout, Approve, Approvers, Consent, answered, until_decided
from tenuto.core.node import Again, Completed, NodeContext, NodeKind, Outcome, Suspended, Wakening
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
        default=None,
        description="What it may call, instead of the tools of the agent.",
        examples=[["github.list_issues", "mcp:docs/search"]],
    )
    approve: Approve = ()
    approvers: Approvers = ()
    approval_timeout: ApprovalTimeout = None
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
        """The object that the schema describes, else `{text, artifacts}`; suspended while a person has to agree to a tool.

        Raises `InvalidOutput` for another object.
        """
        outcome = await until_decided(lambda: self._answer(ctx))
        return outcome if isinstance(outcome, Suspended) else Completed(outcome)

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome | Again:
        """Goes on with what a person decided about a tool."""
        return answered(ctx, wakening, self.id)

    async def _answer(self, ctx: NodeContext) -> JsonValue:
        agent = ctx.agent(self.config.agent)
        names = agent.tools if self.config.tools is None else self.config.tools
        turn = self._turn(ctx, await tools_of(ctx, names))
        reply = await (ask_with_tools(ctx, agent, turn, consent=self._consent) if names else ask_once(ctx, agent, turn))
        if self.config.output_schema is not None:
            return structured(agent, reply, self.config.output_schema)
        return {"text": reply.text, "artifacts": [artifact.model_dump(mode="json") for artifact in reply.artifacts]}

    @property
    def _consent(self) -> Consent:
        return Consent(self.config.approve, self.config.approvers, self.config.approval_timeout)

    def _turn(self, ctx: NodeContext, tools: Sequence[Tool]) -> Turn:
        return Turn(
            message=as_text(ctx.message if self.config.message is None else self.config.message),
            session_id=self.config.session or f"{ctx.execution_id}:{ctx.node_id}",
            user_id=ctx.user_id,
            output_schema=self.config.output_schema,
            tools=tuple(tools),
            stream=self.config.stream,
        )
