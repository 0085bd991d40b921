"""What a workflow is: nodes, edges and settings as written, and the contract of a node kind that runs them."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from tenuto.core.age import longest_age
from tenuto.core.agent import Agent
from tenuto.core.trigger import Trigger as Trigger
from tenuto.core.values import Frozen, Plain

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


Period: TypeAlias = Literal["run", "day", "month"]
OnBudget: TypeAlias = Literal["ask", "fail"]


class Budget(Frozen):
    """What may be spent at most: by one run with all that belongs to it, or by all runs of the workflow in a day or a month (UTC)."""

    usd: float | None = Field(default=None, gt=0, le=1_000_000, description="US dollars; of agents whose price is known.")
    tokens: int | None = Field(default=None, ge=1, description="Input and output tokens of agents.")
    calls: int | None = Field(default=None, ge=1, description="Turns of agents, and requests of connectors and http nodes.")
    period: Period = "run"
    on_budget: OnBudget = Field(default="ask", description="When it is used up: pause the run and ask, or fail.")


class Settings(Frozen):
    """How runs of a workflow are kept and bounded."""

    timeout: timedelta | None = Field(default=None, description="Of a whole run, waiting included.")
    concurrency: int | None = Field(
        default=None, ge=1, le=100_000, description="Runs that go on at once, those that wait included; the others are let in as these end."
    )
    priority: Literal["low", "normal", "high"] = "normal"
    on_failure: Id | None = None
    retention: timedelta | None = Field(
        default=None,
        ge=timedelta(hours=1),
        le=longest_age,
        description="How long runs are kept after their end, with all that is theirs: `P30D`. An hour at least, for 30 would be 30 seconds.",
    )
    egress: tuple[str, ...] = Field(
        default=(), description="Hosts outgoing requests may reach (`*.example.com`); empty means any public host."
    )
    budget: Budget | tuple[Budget, ...] | None = Field(default=None, description="One, or several of different periods.")
    keys: tuple[str, ...] = Field(default=(), max_length=16, description="Expressions whose values make a run findable.")
    tags: tuple[str, ...] = ()

    @field_validator("budget")
    @classmethod
    def _one_of_each_period(cls, given: Budget | tuple[Budget, ...] | None) -> Budget | tuple[Budget, ...] | None:
        periods = [budget.period for budget in given] if isinstance(given, tuple) else []
        if twice := next((period for period in periods if periods.count(period) > 1), None):
            raise ValueError(f"there is more than one budget for each {twice}; write them as one, with all their limits")
        return given

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """All of them."""
        return self.budget if isinstance(self.budget, tuple) else (self.budget,) if self.budget is not None else ()


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
