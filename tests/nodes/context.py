"""A NodeContext of recorded answers: what a node kind asked for, and what it was given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply, Tool, Turn
from tenuto.core.asking import as_text
from tenuto.core.blob import reference, standing
from tenuto.core.connector import Answer, Effect, Outbound
from tenuto.core.errors import NotFound
from tenuto.core.toolbox import ToolName
from tenuto.core.values import JsonObject

T = TypeVar("T")

noon = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Context:
    """Gives what it was told to give, in order; an exception is raised. Satisfies `NodeContext`."""

    now: datetime = noon
    execution_id: str = "run-1"
    node_id: str = "n"
    key: str = "run-1:n:1"
    user_id: str | None = "ada"
    address: str = "http://house/api/waits/tnw_x"
    matches: JsonValue = True
    """What a deferred field comes to."""
    authors: Sequence[str] = ("ada", "member:ada")
    simulated: bool = False
    message: str = "Where is my parcel?"
    waiting: JsonObject = field(default_factory=dict[str, JsonValue])
    agents: Sequence[Agent] = ()
    replies: list[Reply | Exception] = field(default_factory=list[Reply | Exception])
    results: list[JsonValue | Exception] = field(default_factory=list[JsonValue | Exception])
    answers: list[Answer | Exception] = field(default_factory=list[Answer | Exception])
    finished: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Steps that an earlier life of this attempt has finished."""
    turns: list[Turn] = field(default_factory=list[Turn])
    calls: list[tuple[str, str, JsonObject, str | None]] = field(default_factory=list[tuple[str, str, JsonObject, "str | None"]])
    sent: list[tuple[Outbound, str | None]] = field(default_factory=list[tuple[Outbound, "str | None"]])
    largest: int = 64 * 1024 * 1024
    kept: list[bytes] = field(default_factory=list[bytes])
    """Large values that were put away."""
    steps: list[tuple[str, Effect]] = field(default_factory=list[tuple[str, Effect]])

    def clock(self) -> datetime:
        return self.now

    def agent(self, agent_id: str) -> Agent:
        for agent in self.agents:
            if agent.id == agent_id:
                return agent
        raise NotFound(f'There is no agent "{agent_id}".')

    def tool(self, name: str) -> Tool:
        if name.startswith("nobody."):
            raise NotFound(f'There is no integration "{name}".')
        return Tool(name=name, description=f"Does {name}.", parameters={"type": "object"})

    async def offered(self, name: ToolName) -> Sequence[Tool]:
        return [self.tool(f"{name.source}/{name.tool}")]

    async def use(self, name: str, arguments: JsonObject, *, step: str | None = None) -> str:
        connector, _, action = name.partition(".")
        return as_text(await self.call(connector, action, arguments, step=step))

    async def turn(self, agent: Agent, turn: Turn) -> Reply:
        self.turns.append(turn)
        return given(self.replies.pop(0))

    async def call(
        self, connector: str, action: str, params: JsonObject, *, connection: str | None = None, step: str | None = None
    ) -> JsonValue:
        self.calls.append((connector, action, params, connection))
        return given(self.results.pop(0))

    async def verify(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        self.calls.append((connector, f"verify {action}", params, connection))
        return given(self.results.pop(0))

    async def step(self, name: str, effect: Effect, do: Callable[[str], Awaitable[JsonValue]]) -> JsonValue:
        assert name not in [known for known, _ in self.steps], "a step's name is unique"
        self.steps.append((name, effect))
        if name not in self.finished:
            self.finished[name] = await do(f"{self.key}:{name}")
        return self.finished[name]

    async def evaluate_for(self, field: str, event: JsonValue) -> JsonValue:
        return given(self.matches)

    async def send(self, request: Outbound, *, connection: str | None = None) -> Answer:
        self.sent.append((request, connection))
        return given(self.answers.pop(0))

    async def keep(self, data: bytes, media_type: str) -> JsonValue:
        self.kept.append(data)
        return standing(reference(data, media_type))

    async def progress(self, data: JsonObject) -> None:
        raise AssertionError(f"no node kind of this room reports progress itself: {data}")


def given(value: T | Exception) -> T:
    if isinstance(value, Exception):
        raise value
    return value
