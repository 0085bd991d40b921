"""What a workflow is: nodes, edges and settings as written, and the contract of a node kind that runs them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from tenuto.core.agent import Agent, Reply, Tool, Turn
from tenuto.core.connector import Answer, Effect, Outbound
from tenuto.core.errors import ProblemData, Uncertain
from tenuto.core.values import Frozen, JsonObject, Plain

NodeId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]

max_nodes = 2_000
max_definition = 2 * 1024 * 1024


class Retry(Frozen):
    """How often and when a retryable failure is tried again; the wait has full jitter."""

    attempts: int = Field(default=3, ge=1, le=100, description="All attempts, the first included.")
    delay: timedelta = Field(default=timedelta(seconds=1), description="Upper end of the first wait (ISO 8601 or seconds).")
    factor: float = Field(default=2, ge=1, le=100, description="Each wait's upper end is this times the one before.")
    max_delay: timedelta = Field(default=timedelta(minutes=5), description="No wait is longer.")


class Position(Frozen):
    """Where the builder draws a node, in its own units."""

    x: float
    y: float


OnError: TypeAlias = Literal["fail", "continue", "port"]
OnUnknown: TypeAlias = Literal["ask", "retry", "fail"]
Join: TypeAlias = Literal["all", "any", "first"]


class NodeSpec(Frozen):
    """A node as written: every field of `config` is its kind's type or an expression."""

    id: NodeId
    type: str
    name: str | None = Field(default=None, description="For people; nothing refers to it.")
    config: dict[str, Plain] = Field(default_factory=dict)
    retry: Retry = Retry(attempts=1)
    timeout: timedelta | None = Field(default=None, description="Of one attempt.")
    undo: NodeId | None = Field(default=None, description="The node that compensates this one.")
    on_error: OnError = "fail"
    on_unknown: OnUnknown = Field(default="ask", description="When an outside effect may or may not have happened.")
    join: Join = "all"
    output_variable: str | None = Field(default=None, description="Also keep the output as this variable (`vars.<name>`).")
    notes: str | None = None
    position: Position | None = None


class Edge(BaseModel):
    """A way from one node's port to another node."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: NodeId = Field(alias="from")
    port: str = "out"
    target: NodeId = Field(alias="to")


class Trigger(BaseModel):
    """What starts a workflow beside a call; its fields depend on `type`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Id
    type: str


class Budget(Frozen):
    """What one run may spend at most."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None


class Settings(Frozen):
    """How runs of a workflow are kept and bounded."""

    timeout: timedelta | None = Field(default=None, description="Of a whole run, waiting included.")
    concurrency: int | None = Field(default=None, ge=1)
    priority: Literal["low", "normal", "high"] = "normal"
    on_failure: Id | None = None
    retention: timedelta | None = None
    egress: tuple[str, ...] = Field(
        default=(), description="Hosts outgoing requests may reach (`*.example.com`); empty means any public host."
    )
    budget: Budget | None = None
    keys: tuple[str, ...] = Field(default=(), max_length=16, description="Expressions whose values make a run findable.")
    tags: tuple[str, ...] = ()


class WorkflowDefinition(BaseModel):
    """A workflow as data; the same shape in the API, in files and in the builder."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ignored_types=(cached_property,))

    id: Id | None = None
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    agents: tuple[Agent, ...] = ()
    start_node: NodeId = Field(alias="startNode")
    nodes: tuple[NodeSpec, ...]
    edges: tuple[Edge, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    settings: Settings = Settings()

    @cached_property
    def document(self) -> dict[str, JsonValue]:
        """The definition as JSON, without fields that only repeat a default."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)

    @cached_property
    def canonical(self) -> bytes:
        """Canonical JSON without identity: what the version hash is made of."""
        document = {key: value for key, value in self.document.items() if key != "id"}
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def version_hash(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical).hexdigest()


@dataclass(frozen=True, slots=True)
class Completed:
    """The node is done and leaves by one port."""

    output: JsonValue = None
    port: str = "out"


@dataclass(frozen=True, slots=True)
class Failed:
    """The node failed; a retryable problem may be tried again."""

    problem: ProblemData


@dataclass(frozen=True, slots=True)
class Unknown:
    """An outside effect may or may not have happened."""

    problem: ProblemData


@dataclass(frozen=True, slots=True)
class Suspended:
    """The node waits, without a process: until a time, or until `reason` comes about, or both."""

    reason: Literal["delay", "approval", "call"] = "delay"
    until: datetime | None = None
    data: JsonObject | None = None
    """What a person sees of it, for instance the question of an approval."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The node ends the whole run, now."""

    output: JsonValue = None
    problem: ProblemData | None = None


Outcome: TypeAlias = Completed | Failed | Unknown | Suspended | Finished


@dataclass(frozen=True, slots=True)
class TimeCame:
    """A suspended node's time has come."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered a suspended node."""

    data: JsonObject
    by: str


Wakening: TypeAlias = TimeCame | Answered

T = TypeVar("T", bound=JsonValue)


class NodeContext(Protocol):
    """What a running node may ask of the house. All values are frozen for the attempt."""

    @property
    def now(self) -> datetime:
        """The time at which this attempt began, UTC, by the database's clock."""
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
    def user_id(self) -> str | None: ...

    @property
    def simulated(self) -> bool: ...

    @property
    def message(self) -> str:
        """The run's message: the default question to an agent."""
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

    async def turn(self, agent: Agent, turn: Turn) -> Reply:
        """One turn of an agent, by its provider."""
        ...

    async def call(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        """One connector action; as its own journaled step where the node makes several."""
        ...

    async def verify(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        """What became of a call whose answer was lost: its result, or None if it certainly did not happen. Raises `Uncertain`."""
        ...

    async def step(self, name: str, effect: Effect, do: Callable[[str], Awaitable[JsonValue]]) -> JsonValue:
        """Do a part of the work once: a finished step's result is kept and not done again after a crash.

        `do` gets the step's idempotency key. `name` is unique within the node's attempt.
        """
        ...

    async def send(self, request: Outbound, *, connection: str | None = None) -> Answer:
        """Any request through the guarded door."""
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

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome:
        """Go on after having been suspended."""
        raise TypeError(f"{type(self).__name__} defines no resume()")
