"""What a node kind is: the contract by which it runs, what it may come to, and what it may ask of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, JsonValue

from tenuto.core.agent import Agent, Reply, Tool, Turn
from tenuto.core.connector import Answer, Effect, Outbound
from tenuto.core.errors import ProblemData, Uncertain
from tenuto.core.family import ChildResult
from tenuto.core.program import Program
from tenuto.core.toolbox import ToolName
from tenuto.core.values import JsonObject
from tenuto.core.workflow import NodeId


@dataclass(frozen=True, slots=True)
class Completed:
    """The node is done and leaves by one port."""

    output: JsonValue = None
    port: str = "out"


@dataclass(frozen=True, slots=True)
class Failed:
    """The node failed; a retryable problem may be tried again."""

    problem: ProblemData
    holds: bool = False
    """Nothing went wrong, but the run may not go on here until somebody lets it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An outside effect may or may not have happened."""

    problem: ProblemData
    step: str | None = None
    """The step whose effect it is, where the node goes on with what is decided about it."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """The node waits, without a process: until a time, or until `reason` comes about, or both."""

    reason: Literal["delay", "approval", "call", "event", "children"] = "delay"
    until: datetime | None = None
    data: JsonObject | None = None
    """What a person sees of it, for instance the question of an approval."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The attempt could not begin: a rate limit allows it so many seconds later. Nothing was done, and it counts as no attempt."""

    what: str
    seconds: float
    refused: int = 0
    """How often the vendor has refused this attempt by now."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The node ends the whole run, now."""

    output: JsonValue = None
    problem: ProblemData | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """A stored workflow, as a node calls it."""

    workflow: str
    version: int | None = None
    """The newest published one if it is not given."""
    input: JsonValue = None
    wait: bool = True
    """Else the run goes on by itself, and nobody waits for its end."""


@dataclass(frozen=True, slots=True)
class Spawned:
    """The node has other runs, one for each item, and waits for them without a process. Items that were completed already are not run again."""

    items: Sequence[JsonValue] = (None,)
    first: int = 0
    """The place of the first item among all that the node ever has."""
    concurrency: int = 1
    stop_on_failure: bool = True
    called: Called | None = None
    """What each of them runs; None is the node's own body."""


Settled: TypeAlias = Completed | Failed | Unknown | Suspended | Deferred | Finished
"""What the rules decide about."""

Outcome: TypeAlias = Settled | Spawned


@dataclass(frozen=True, slots=True)
class Again:
    """A node that waited goes on working: it is run again, with all the steps that it has done."""

    step: str | None = None
    """A step that is done by what was answered."""
    output: JsonValue = None
    by: str | None = None
    """Who answered."""


@dataclass(frozen=True, slots=True)
class TimeCame:
    """A suspended node's time has come."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered a suspended node."""

    data: JsonObject
    by: str
    names: tuple[str, ...] = ()
    """Everything by which that one may be named."""
    person: str | None = None
    """Who it is where people are counted."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something came from outside for a suspended node: a call of its address, or an event."""

    data: JsonValue
    event: str | None = None
    """The event's name; None for a call."""
    id: str | None = None


Wakening: TypeAlias = TimeCame | Answered | Arrived

T = TypeVar("T", bound=JsonValue)


class NodeContext(Protocol):
    """What a running node may ask of the house. All values are frozen for the attempt."""

    @property
    def now(self) -> datetime:
        """The time at which this attempt began, UTC, by the database's clock."""
        ...

    def clock(self) -> datetime:
        """The time by the database's clock, as it is when it is asked."""
        ...

    @property
    def execution_id(self) -> str:
        """The run's public id."""
        ...

    @property
    def node_id(self) -> str: ...

    @property
    def key(self) -> str:
        """The idempotency key of this attempt: `execution:node:attempt`."""
        ...

    @property
    def attempt(self) -> int: ...

    @property
    def user_id(self) -> str | None: ...

    @property
    def authors(self) -> Sequence[str]:
        """Whoever started the run and whom it acts for, by all their names."""
        ...

    @property
    def simulated(self) -> bool: ...

    @property
    def message(self) -> str:
        """The run's message: the default question to an agent."""
        ...

    @property
    def address(self) -> str:
        """The node's one-time address as it may be recorded: the true one takes its place where something leaves for outside."""
        ...

    @property
    def waiting(self) -> JsonObject:
        """What this node said when it suspended; empty before."""
        ...

    def agent(self, agent_id: str) -> Agent:
        """An agent of this workflow. Raises `NotFound`."""
        ...

    def tool(self, name: str) -> Tool:
        """A connector action (`github.list_issues`) as a tool for an agent. Raises `NotFound`."""
        ...

    async def offered(self, name: ToolName) -> Sequence[Tool]:
        """The tools of a server, or the one that is named; listed once for the node, so that they stay what they were.

        Raises `NotFound`, and what keeps the server from being asked.
        """
        ...

    async def use(self, name: str, arguments: JsonObject, *, step: str | None = None) -> str:
        """A tool's answer, as text for an agent: of a connector action, or (`mcp:docs/search`) of a server's tool."""
        ...

    async def turn(self, agent: Agent, turn: Turn) -> Reply:
        """One turn of an agent, by its provider."""
        ...

    async def call(
        self, connector: str, action: str, params: JsonObject, *, connection: str | None = None, step: str | None = None
    ) -> JsonValue:
        """One connector action; as its own journaled step where the node makes several.

        `step` names that step; without it calls are numbered in their order, which has to be the same after a crash.
        """
        ...

    async def verify(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        """What became of a call whose answer was lost: its result, or None if it certainly did not happen. Raises `Uncertain`."""
        ...

    async def step(self, name: str, effect: Effect, do: Callable[[str], Awaitable[JsonValue]]) -> JsonValue:
        """Do a part of the work once: a finished step's result is kept and not done again after a crash.

        `do` gets the step's idempotency key. `name` is unique within the node's attempt.
        """
        ...

    async def gathered(self, *, first: int = 0) -> Sequence[ChildResult]:
        """How the runs that this node had ended, in the order of their items, from the item `first` on."""
        ...

    async def evaluate(self, field: str, *, item: JsonValue, index: int) -> JsonValue:
        """The value of a `deferred` field of the config, now. Raises `ExpressionFailed`."""
        ...

    async def evaluate_for(self, field: str, event: JsonValue) -> JsonValue:
        """The value of a `deferred` field of the config, with this event in its scope. Raises `ExpressionFailed`."""
        ...

    async def send(self, request: Outbound, *, connection: str | None = None) -> Answer:
        """Any request through the guarded door."""
        ...

    @property
    def largest(self) -> int:
        """Bytes that one value may have."""
        ...

    async def keep(self, data: bytes, media_type: str) -> JsonValue:
        """Put a large value (JSON, text in UTF-8, or other bytes) away beside the log; the answer stands for it in an output.

        An expression that looks into it finds JSON decoded, text as text, and other bytes in base64. Raises `TooLarge`.
        """
        ...

    async def python(self, program: Program) -> Outcome:
        """Run a program in the sandbox, each of its calls a step; suspended while it only sleeps."""
        ...

    async def progress(self, data: JsonObject) -> None:
        """Tell those who watch, without recording it (token deltas)."""
        ...


class NodeKind(BaseModel, frozen=True, extra="forbid"):
    """A kind of node, with its expressions resolved. One file in `tenuto/nodes` defines one kind.

    The docstring, `config` and class variables are all that the palette, forms, validation and docs need.
    A kind states its `type` as a `Literal` with a default and its `config` as a frozen model.
    """

    pure: ClassVar[bool] = False
    """Whether it is evaluated in the loop, without a commit of its own: no input, no output, no waiting."""
    stepped: ClassVar[bool] = False
    """Whether it makes several calls, each journaled as a step of its own, rather than being one call itself."""
    replays: ClassVar[bool] = False
    """Whether it goes on with what is decided about a step of which nobody knows whether it happened."""
    spawns: ClassVar[bool] = False
    """Whether it has runs of its own (`Spawned`)."""
    deferred: ClassVar[Sequence[str]] = ()
    """Fields of `config` that are not resolved when the node starts: they are meant for another scope, or for later."""
    passes: ClassVar[Collection[str]] = ()
    """Fields of its config (any JSON) that it hands on without looking into them: large values in them are not loaded for it."""
    ports: ClassVar[Sequence[str]] = ("out",)
    example: ClassVar[JsonObject] = {}
    """A `config` that runs in simulation; shown in the docs."""

    id: NodeId
    type: str
    config: BaseModel

    @classmethod
    def ports_of(cls, config: JsonObject) -> Sequence[str]:
        """The ports of a node with this (unresolved) config."""
        del config
        return cls.ports

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """What happens outside when it runs; `effects` has the effect of each (connector, action)."""
        del effects
        return "pure"

    async def run(self, ctx: NodeContext) -> Outcome:
        """Do the work. A raised `Problem` is a failure; `Uncertain` is an unknown."""
        raise TypeError(f"{type(self).__name__} defines no run()")

    async def verify(self, ctx: NodeContext) -> Outcome | None:
        """After a lost answer: the outcome if the effect happened, None if it certainly did not. Raises `Uncertain` if nobody can tell."""
        raise Uncertain("Whether this happened cannot be found out.", fix="Look it up where it would have happened.")

    async def gather(self, ctx: NodeContext) -> Outcome:
        """Go on when all runs that were `Spawned` have ended."""
        raise TypeError(f"{type(self).__name__} defines no gather()")

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome | Again:
        """Go on after having been suspended."""
        raise TypeError(f"{type(self).__name__} defines no resume()")
