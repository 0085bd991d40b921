"""What a team says: its members, its turns up to the limit, and the transcript that every turn sees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from tenuto.core.agent import Agent, Artifact, Member, Reply, Teamwork, Tool, Turn
from tenuto.core.asking import ask_with_tools, tools_of
from tenuto.core.consent import Consent
from tenuto.core.errors import Invalid, NodeFailed
from tenuto.core.node import NodeContext
from tenuto.core.toolbox import within
from tenuto.core.values import JsonObject

Role = Literal["choose", "answer", "handoff", "supervise", "merge"]

shown_in_all = 24_000
"""So many characters of the transcript does a turn see: the end of it, because that is what it is about."""
shown_of_one = 6_000


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: who did what, in which words."""

    turn: int
    agent: Agent
    did: Literal["chose", "answered", "handed over", "asked", "merged"]
    text: str
    to: str | None = None
    output: JsonValue = None

    @property
    def document(self) -> dict[str, JsonValue]:
        """As the node's output has it."""
        found: dict[str, JsonValue] = {
            "turn": self.turn,
            "agent": self.agent.id,
            "name": self.agent.name,
            "did": self.did,
            "text": self.text,
        }
        found |= {"to": self.to} if self.to is not None else {}
        return found | ({"output": self.output} if self.output is not None else {})


@dataclass
class Talk:
    """The conversation of one attempt at a node."""

    ctx: NodeContext
    task: str
    agents: Sequence[str]
    coordinator: str | None
    max_turns: int
    only: Sequence[str] | None = None
    consent: Consent = field(default_factory=Consent)
    stream: bool = False
    said: list[Said] = field(default_factory=list[Said])
    artifacts: list[Artifact] = field(default_factory=list[Artifact])
    turns: int = 0
    listing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while tools are listed: agents that are asked side by side may have the same server's."""

    def __post_init__(self) -> None:
        """Raises `NotFound` for an agent that the workflow does not have, and `Invalid` for a tool that no member has."""
        self.members = {name: self.ctx.agent(name) for name in self.agents}
        self.lead = self.ctx.agent(self.coordinator) if self.coordinator is not None else None
        everybody = [*self.members.values(), *([self.lead] if self.lead else [])]
        known = {tool for agent in everybody for tool in agent.tools}
        if self.only is not None and (unknown := [tool for tool in self.only if not within([tool], tuple(known))]):
            raise Invalid(
                f"No agent of this team has the tool {unknown[0]}.",
                pointer="/config/tools",
                fix="Give it to the agent that needs it; `tools` of a team only takes away.",
            )

    def number(self) -> int:
        """The number of the next turn. Raises `NodeFailed` after the last one."""
        if self.turns >= self.max_turns:
            raise NodeFailed(
                f"The team did not come to an answer in {self.max_turns} turns. {self._last()}",
                fix="Raise max_turns, name fewer agents, or narrow the task.",
                raw="\n".join(f"{said.turn}. {said.agent.name} {said.did}: {_cut(said.text, 300)}" for said in self.said[-6:]),
            )
        self.turns += 1
        return self.turns

    @property
    def last_turn(self) -> bool:
        """Whether the next turn is the last one."""
        return self.turns == self.max_turns - 1

    async def ask(
        self, agent: Agent, role: Role, message: str, schema: JsonObject | None, *, number: int | None = None
    ) -> tuple[int, Reply]:
        """Have an agent take a turn, with its own tools; the turn's number and the reply. `number` is of a turn counted before.

        Raises `InvalidOutput` for an answer that the schema does not describe.
        """
        number = self.number() if number is None else number
        turn = Turn(
            message=message,
            session_id=f"{self.ctx.execution_id}:{self.ctx.node_id}:{agent.id}",
            user_id=self.ctx.user_id,
            output_schema=dict(schema) if schema is not None else None,
            tools=await self._tools(agent),
            team=self._teamwork(role),
            # Decisions are JSON, which nobody wants to see being written.
            stream=self.stream and role in ("answer", "merge"),
        )
        reply = await ask_with_tools(self.ctx, agent, turn, f"turn {number}: {agent.id}", consent=self.consent)
        self.artifacts += reply.artifacts
        return number, reply

    def heard(self) -> str:
        """The transcript as a turn sees it: bounded, and it says what was left out."""
        shown: list[str] = []
        room = shown_in_all
        for index, said in enumerate(reversed(self.said)):
            part = f"[{said.turn}] {said.agent.name} {said.did}{f' {said.to}' if said.to else ''}: {_cut(said.text, shown_of_one)}"
            if len(part) > room:
                shown.append(f"({len(self.said) - index} earlier turns were left out.)")
                break
            room -= len(part)
            shown.append(part)
        return "\n\n".join(reversed(shown))

    async def _tools(self, agent: Agent) -> tuple[Tool, ...]:
        names = agent.tools if self.only is None else within(agent.tools, self.only)
        async with self.listing:
            return await tools_of(self.ctx, names)

    def _teamwork(self, role: Role) -> Teamwork:
        members = tuple(
            Member(id=agent.id, name=agent.name, description=agent.description or agent.instructions, capabilities=agent.capabilities)
            for agent in self.members.values()
        )
        return Teamwork(role=role, task=self.task, members=members, said=tuple(said.agent.id for said in self.said))

    def _last(self) -> str:
        return f"The last to speak was {self.said[-1].agent.name}: {_cut(self.said[-1].text, 200)}" if self.said else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters were left out)"
