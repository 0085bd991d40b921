"""The shapes in which runs are shown: the kept one of older clients, and the true one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.execution import NodeStatus, Status
from tenuto.core.usage import Usage
from tenuto.core.values import Frozen
from tenuto.core.workflow import Edge, Position


class KeptExecution(Frozen):
    """A run in the words of older clients."""

    id: str
    workflow_id: str
    status: Literal["pending", "running", "completed", "failed"]
    current_node: str | None = None
    results: dict[str, JsonValue] = Field(default_factory=dict, description="The output of each completed node.")
    started: datetime
    completed: datetime | None = None
    error: str | None = None
    simulated: bool = Field(default=False, exclude_if=lambda simulated: not simulated, description="Nothing really happened outside.")


class ExecutionRecord(BaseModel):
    """A run that took place elsewhere, in the words of older clients; more than these is not kept."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    workflow_id: str
    status: Literal["pending", "running", "completed", "failed"]
    current_node: str | None = None
    results: dict[str, JsonValue] = Field(default_factory=dict)
    started: AwareDatetime
    completed: AwareDatetime | None = None
    error: str | None = None


class ExecutionSummary(Frozen):
    """A run as a list shows it."""

    id: str
    workflow_id: str | None
    workflow_name: str
    version: str = Field(description="SHA-256 of the definition; empty for an imported record.")
    status: Status
    trigger: str
    simulated: bool
    imported: bool = Field(description="Whether it is a record from elsewhere, which nothing changes.")
    priority: int
    keys: tuple[str, ...]
    user_id: str | None
    session_id: str | None
    current_node: str | None
    waiting_for: str | None
    error: ProblemData | None
    usage: Usage | None = Field(description="What it has used so far; null where nothing was.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: float | None


class NodeView(Frozen):
    """One node of a run: how it stands and how long it took."""

    status: NodeStatus
    attempt: int
    port: str | None
    reason: str | None = Field(
        description="What it waits for: `approval`, `delay`, `call`; or why it was skipped, where that is not that no edge fired: `lost`, `failed`."
    )
    in_flight: bool = Field(description="Whether it was skipped while an outside effect was under way, which may have happened.")
    until: datetime | None
    undoes: str | None = Field(description="The node that this one undoes, where it was run for that.")
    data: dict[str, JsonValue] | None = Field(description="What a person sees of a waiting node.")
    problem: ProblemData | None
    usage: Usage | None = Field(description="Of all its attempts and steps.")
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: float | None


class GraphNode(Frozen):
    """A node as it is drawn."""

    id: str
    type: str
    name: str | None
    position: Position | None


class GraphView(Frozen):
    """The definition that a run is pinned to, as far as it is drawn."""

    start_node: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]
    layout: dict[str, JsonValue] | None = Field(default=None, description="How its version is drawn: places, notes and groups.")


class ChildSummary(ExecutionSummary):
    """A run that another one has of its own."""

    node: str = Field(description="The parent's node.")
    index: int = Field(description="Its place among the items of that node, from 0.")
    attempt: int = Field(description="Of the parent's node.")


class ChildCounts(Frozen):
    """How the runs of a node's last attempt stand."""

    attempt: int
    total: int
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int


class ChildRange(Frozen):
    """Some items of a map or loop that follow one another."""

    first: int = Field(description="The first of them; 0 is the first of all.")
    counts: dict[Status, int] = Field(description="How many of them are in each state; those that are not there yet are in none.")


class ChildRanges(Frozen):
    """How the items of a node's last attempt stand, in ranges of one size."""

    attempt: int
    total: int
    size: int = Field(description="Items in a range: 1, 2, 5, 10, …, so that there are at most 200 ranges.")
    ranges: tuple[ChildRange, ...]


class ParentView(Frozen):
    """The run that a child belongs to."""

    id: str
    node: str
    index: int


class ForkedView(Frozen):
    """From where a run was forked."""

    execution: str
    node: str


class ReplayedView(Frozen):
    """Of which past run a run is the replay."""

    execution: str
    against: str = Field(description="What was run: `version 3`, `published`, `draft`, `pinned` or `given`.")
    answers: Literal["recorded", "simulated"] = Field(description="Whether unchanged nodes answered as they had in the past run.")


class ExecutionDetail(ExecutionSummary):
    """A run with its graph and how each node stands."""

    parent: ParentView | None = Field(default=None, description="Of a child: the run that has it.")
    children: dict[str, ChildCounts] = Field(default_factory=dict, description="How the runs of its nodes stand, by node.")

    head: int = Field(description="The number of events in its log.")
    input: JsonValue
    message: str
    output: JsonValue
    forked_from: ForkedView | None
    forks: tuple[str, ...] = Field(default=(), description="Runs that were forked from this one, the newest first.")
    replay_of: ReplayedView | None
    replays: tuple[str, ...] = Field(default=(), description="Replays of this run, the newest first.")
    undone: tuple[str, ...] = Field(description="Of a run that failed, the nodes whose effect was undone, in that order.")
    not_undone: tuple[str, ...] = Field(description="Of a run that ended, the nodes whose effect should have been undone and was not.")
    given: dict[str, str] = Field(
        default_factory=dict, description="Of a test: the nodes that were not run, and where their answers are from."
    )
    nodes: dict[str, NodeView]
    graph: GraphView | None = Field(description="None for an imported record.")


class AttemptView(Frozen):
    """One attempt of a node."""

    attempt: int
    outcome: Literal["running", "completed", "failed", "retrying", "unknown", "stopped"]
    input: JsonValue
    problem: ProblemData | None
    started_at: datetime
    ended_at: datetime | None


class StepView(Frozen):
    """A part of a node's work, with what it was given and what came of it."""

    step: str
    attempt: int
    effect: str | None
    key: str | None
    input: JsonValue
    output: JsonValue
    problem: ProblemData | None
    usage: Usage | None
    fact: bool
    started_at: datetime | None
    completed_at: datetime | None


class UnknownView(Frozen):
    """An outside effect that may or may not have happened, as whoever decides about it has to see it."""

    request: JsonValue = Field(description="What was about to be done: the node's config, or what its open step was given.")
    key: str = Field(description="The idempotency key that went with it; look for it where it would have happened.")
    step: str | None = Field(description="The step that was under way, where the node works in steps.")
    effect: str | None
    began_at: datetime | None
    known: ProblemData = Field(description="What is known: why nobody can tell, and where to look.")
    decisions: tuple[Literal["done", "retry", "fail"], ...] = ("done", "retry", "fail")


class NodeDetail(NodeView):
    """A node with all that went in and came out."""

    id: str
    key: str = Field(description="The idempotency key of its last attempt.")
    effect: str
    input: JsonValue
    output: JsonValue
    unknown: UnknownView | None = Field(description="Set while somebody has to say what became of it: `POST …/decide`.")
    attempts: tuple[AttemptView, ...]
    steps: tuple[StepView, ...]


class EventView(Frozen):
    """One event of a log."""

    seq: int
    at: datetime
    type: str
    node: str | None
    data: JsonValue
