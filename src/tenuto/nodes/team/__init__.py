"""The node kind `team`: several agents on one task, in one of four ways of working together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from tenuto.core.asking import as_text
from tenuto.core.connector import Effect
from tenuto.core.consent import ApprovalTimeout, Approve, Approvers, Consent, answered, until_decided
from tenuto.core.node import Again, Completed, NodeContext, NodeKind, Outcome, Suspended, Wakening
from tenuto.core.values import Frozen, JsonObject
from tenuto.nodes.team.modes import Work, handoff, parallel, router, supervisor
from tenuto.nodes.team.talk import Talk

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Mode = Literal["router", "parallel", "handoff", "supervisor"]

_led = ("router", "supervisor")


class TeamConfig(Frozen):
    """Who works on what, and how."""

    mode: Mode = Field(
        description=(
            "`router`: the coordinator chooses one agent, which answers. `parallel`: all agents answer side by side, then their answers "
            "are merged. `handoff`: one begins and may hand over to another, until one answers. `supervisor`: the coordinator asks one "
            "agent after the other, until it has the answer."
        ),
        examples=["router"],
    )
    agents: tuple[Name, ...] = Field(
        min_length=1, max_length=50, description="Ids of the workflow's agents.", examples=[["facts", "risks"]]
    )
    coordinator: Name | None = Field(
        default=None, description="Id of the agent that chooses, merges or supervises; in a handoff the one that begins.", examples=["lead"]
    )
    task: JsonValue = Field(
        default=None,
        description="What is to be done; by default the run's message. Anything but text is told as JSON.",
        examples=["{{ input.message }}"],
    )
    max_turns: int = Field(default=12, ge=1, le=100, description="Turns of all agents together, after which the node fails.")
    merge: Literal["list", "coordinator", "first"] | None = Field(
        default=None,
        description=(
            "What becomes of parallel answers: `list` (default) keeps all of them, `coordinator` has it write one answer of them, `first` "
            "takes the first one that succeeds."
        ),
    )
    output_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON schema of `output`, which the answer then has beside `text`; of each item with `merge: list`."
    )
    tools: tuple[Name, ...] | None = Field(
        default=None, description="Of their own tools, agents may call only these; by default all of them."
    )
    approve: Approve = ()
    approvers: Approvers = ()
    approval_timeout: ApprovalTimeout = None
    stream: bool = Field(default=False, description="Show answers to those who watch while they are being written.")

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if len(set(self.agents)) < len(self.agents):
            raise ValueError("an agent is named twice in agents")
        if self.coordinator is None and (self.mode in _led or self.merge == "coordinator"):
            raise ValueError(f"{'merge: coordinator' if self.mode == 'parallel' else self.mode} needs a coordinator")
        if self.merge is not None and self.mode != "parallel":
            raise ValueError("merge belongs to the mode parallel")
        if self.mode == "handoff" and len({*self.agents, self.coordinator or self.agents[0]}) < 2:
            raise ValueError("a handoff needs two agents")
        if self.mode == "parallel" and len(self.agents) + (self.merge == "coordinator") > self.max_turns:
            raise ValueError(f"max_turns is {self.max_turns}, and {len(self.agents)} agents side by side need more")
        return self


class TeamNode(NodeKind, frozen=True):
    """Have several agents work on one task.

    The output is `{text, output?, agent, transcript, artifacts}`: the answer, the object that `output_schema` describes, the id of the
    agent that gave it (null where several did), and every turn as `{turn, agent, name, did, text, to?}`. Each turn is a step of its own
    with its own usage, so that a crash repeats none that is finished. An agent has its own tools and no others.
    """

    stepped: ClassVar[bool] = True
    example: ClassVar[JsonObject] = {
        "mode": "router",
        "coordinator": "triage",
        "agents": ["triage", "helper"],
        "task": "My card was stolen.",
    }

    type: Literal["team"] = "team"
    config: TeamConfig

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """Turns read; tool calls are steps with effects of their own."""
        return "read"

    async def run(self, ctx: NodeContext) -> Outcome:
        """Suspended while a person has to agree to a tool of a member.

        Raises `NodeFailed` when the turns are used up, and `InvalidOutput` for an answer that is not as asked, twice.
        """
        outcome = await until_decided(lambda: self._answer(ctx))
        return outcome if isinstance(outcome, Suspended) else Completed(outcome)

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome | Again:
        """Goes on with what a person decided about a tool; what was said before is in the log."""
        return answered(ctx, wakening, self.id)

    async def _answer(self, ctx: NodeContext) -> JsonValue:
        config = self.config
        talk = Talk(
            ctx,
            task=as_text(ctx.message if config.task is None else config.task),
            agents=config.agents,
            coordinator=config.coordinator,
            max_turns=config.max_turns,
            only=config.tools,
            consent=Consent(config.approve, config.approvers, config.approval_timeout),
            stream=config.stream,
        )
        work = Work(talk, config.output_schema)
        match config.mode:
            case "router":
                answer = await router(work)
            case "parallel":
                answer = await parallel(work, config.merge or "list")
            case "handoff":
                answer = await handoff(work)
            case "supervisor":
                answer = await supervisor(work)
        return answer
