"""What happens in a run: the events of its log, how they are stored, and how old ones are read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation, TypeAdapter

from tenuto.core.blob import Steps, put
from tenuto.core.connector import Effect
from tenuto.core.errors import ProblemData
from tenuto.core.family import Within
from tenuto.core.faults import Fault
from tenuto.core.spending import Account
from tenuto.core.usage import Usage
from tenuto.core.values import decode, encode, max_value

format_version = 1
"""What a worker must know to continue a run; it claims only these."""


Value = Annotated[JsonValue, SkipValidation]
"""A value in an event, or the reference that stands for it; nobody copies it to look at it once more."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    v: int = 1
    refs: tuple[Steps, ...] = ()
    """The ways to the references in this event, for those who read it back; everything else that looks like one is none."""


class Forked(BaseModel):
    """Where a run was forked from another one, and what was edited."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution: str
    """The public id of the run it was forked from."""
    node: str
    """Where it begins anew."""
    copied: int
    """The events up to this one are copied: what they tell happened in the other run."""
    config: dict[str, JsonValue] = Field(default_factory=dict)
    """Fields of the node's config, as values, in place of what is written."""
    vars: dict[str, JsonValue] = Field(default_factory=dict)
    """Variables as they are after what was copied."""


class Replayed(BaseModel):
    """Of which past run a run is the replay. What depends on when and by what that came about is here as it was there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution: str
    """The public id of the past run; in expressions `execution.id`."""
    against: str
    """What is run: `version 3`, `published`, `draft`, `pinned` (what the past run ran) or `given`."""
    at: datetime
    """When the past run began; in expressions `now`."""
    trigger: str
    """What had started it; in expressions `trigger.type`."""
    answers: Literal["recorded", "simulated"] = "recorded"
    """Whether nodes that are the same answer as they did."""


answer_recorded = "recorded"
"""The kind of progress that holds what a node of the past run came to, at the beginning of a replay."""


answer_given = "given"
"""The kind of progress that holds what a node of a draft's test answers without being run, at the beginning of the test."""


class WorkflowStarted(_Event):
    """The run exists. Everything that its beginning was given is here."""

    type: Literal["workflow_started"] = "workflow_started"
    workflow_id: str | None = None
    workflow_name: str
    version: str
    input: Value = None
    vars: dict[str, Value] = Field(default_factory=dict)
    message: str = ""
    user_id: str | None = None
    session_id: str | None = None
    simulated: bool = False
    faults: tuple[Fault, ...] | None = None
    """Of a simulation: what it was asked to let go wrong."""
    trigger: str = "api"
    started_by: tuple[str, ...] | None = None
    """Who started the run, as they are named and as the person they are."""
    trigger_data: dict[str, JsonValue] | None = None
    """What the trigger told of itself; in expressions `trigger`, beside its type."""
    within: Within | None = None
    """Of a child: whose it is."""
    forked: Forked | None = None
    """Of a fork: from what."""
    root: str | None = None
    """Of a child: the id of the run that everything belongs to."""
    accounts: tuple[Account, ...] | None = None
    """Of a child: the budgets of its parent, on which it counts as well."""
    replayed: Replayed | None = None
    """Of a replay: of what."""


class _NodeEvent(_Event):
    node: str
    usage: Usage | None = None
    """Of a step that is done: what it used. Of a node whose attempt has ended: what all its attempts and steps used until then."""


class NodeStarted(_NodeEvent):
    """An attempt begins. Committed before anything happens outside."""

    type: Literal["node_started"] = "node_started"
    node_type: str
    agent_name: str | None = None
    attempt: int = 1
    key: str = ""
    effect: Effect = "pure"
    input: Value = None
    """The config with its expressions resolved: what is about to be done."""
    spawns: bool | None = None
    """True where the node may have runs of its own."""
    undoes: str | None = None
    """The completed node whose effect it is to undo, where the run has failed."""
    resumed: bool | None = None
    """True where an attempt that has waited goes on; its input is what it was."""


class NodeProgress(_Event):
    """Something worth telling; `node` is None when it comes from outside."""

    type: Literal["node_progress"] = "node_progress"
    node: str | None = None
    data: Value = None
    kind: str = "progress"
    answers: str | None = None
    """The mail of which this tells what came."""


class StepStarted(_NodeEvent):
    """A part of a node's work begins. Committed before anything happens outside."""

    type: Literal["step_started"] = "step_started"
    attempt: int
    step: str
    key: str
    effect: Effect = "read"
    input: Value = None
    digest: str | None = None
    """Of a call that code makes: SHA-256 of what is asked, which the same code asks again when it is replayed."""
    pending: bool | None = None
    """True where somebody decided that it shall be done (again): it has not begun."""


class StepCompleted(_NodeEvent):
    """A part of a node's work is done (or a fact is remembered) and is not done again."""

    type: Literal["step_completed"] = "step_completed"
    attempt: int
    step: str
    output: Value = None
    problem: ProblemData | None = None
    fact: bool = False
    """Whether it only says what was learnt on the way (a vendor's task id), and no part of the work is done."""
    digest: str | None = None
    by: str | None = None
    """Who decided, where a person said what became of an unknown, or whether it may be done."""
    answers: str | None = None
    """The letter by which somebody decided."""


class NodeWaiting(_NodeEvent):
    """The node waits, without a process."""

    type: Literal["node_waiting"] = "node_waiting"
    reason: str
    until: datetime | None = None
    data: dict[str, Value] = Field(default_factory=dict)
    answers: str | None = None
    held: bool = False
    """Whether a rate limit makes it wait: nothing was done outside, and its attempt begins once more, with the same key."""


class NodeRetrying(_NodeEvent):
    """The attempt failed and there will be another."""

    type: Literal["node_retrying"] = "node_retrying"
    attempt: int
    """The attempt that failed."""
    until: datetime
    problem: ProblemData
    answers: str | None = None


class NodeCompleted(_NodeEvent):
    """The node is done."""

    type: Literal["node_completed"] = "node_completed"
    node_type: str
    agent_name: str | None = None
    port: str = "out"
    output: Value = None
    duration_ms: float = 0
    simulated: bool = False
    by: str | None = None
    """Who said that it is done, where a person decided about an unknown."""
    ends: bool = False
    """Whether the run ends with this node, whatever else could follow."""
    answers: str | None = None
    given: str | None = None
    """In a test of a draft: where its answer is from (`pinned`, `run`, …), where it was not run."""


class NodeSkipped(_NodeEvent):
    """The node is not run, or not to its end: no arriving edge can fire any more, or `reason`."""

    type: Literal["node_skipped"] = "node_skipped"
    reason: Literal["lost", "failed"] | None = None
    """`lost`: the join named in `join` has started with another way; `failed`: the run has, and what it had done is undone now."""
    join: str | None = None
    in_flight: bool = False
    """Whether an outside effect of the node had begun and may or may not have happened."""


class NodeFailed(_NodeEvent):
    """The node failed for good; `port` is set where the run goes on all the same (`on_error`)."""

    type: Literal["node_failed"] = "node_failed"
    problem: ProblemData
    port: str | None = None
    duration_ms: float = 0
    answers: str | None = None
    in_flight: bool = False
    """Whether an outside effect of the node had begun and may or may not have happened."""


class NodeUnknown(_NodeEvent):
    """An outside effect may or may not have happened, and somebody has to say."""

    type: Literal["node_unknown"] = "node_unknown"
    attempt: int
    key: str
    problem: ProblemData
    request: Value = None
    step: str | None = None
    """The step it is about, where the node goes on with what is decided about it."""


class WorkflowWaiting(_Event):
    """Nothing runs: the run waits for what `waiting_for` lists."""

    type: Literal["workflow_waiting"] = "workflow_waiting"
    waiting_for: tuple[str, ...]


class WorkflowPaused(_Event):
    """No further node is started until the run is resumed."""

    type: Literal["workflow_paused"] = "workflow_paused"
    by: str
    waiting_for: tuple[str, ...] | None = None
    """What has to be done before it goes on, where it is paused by a rule and not by a person."""


class WorkflowResumed(_Event):
    """The run goes on: it was paused, or it had failed and `reopens`."""

    type: Literal["workflow_resumed"] = "workflow_resumed"
    by: str
    reopens: bool = False
    """Whether the run had failed and is taken up again; what had succeeded stays as it is."""
    nodes: tuple[str, ...] = ()
    """The nodes that are taken up again: those that failed get a further attempt, those that were under way go on."""
    budget: dict[str, JsonValue] | None = None
    """What it may spend from now on, where that was changed: `usd`, `tokens`, `calls`, or `unlimited`."""


class WorkflowCompleted(_Event):
    """The run ended well."""

    type: Literal["workflow_completed"] = "workflow_completed"
    output: Value = None


class WorkflowFailed(_Event):
    """The run ended badly."""

    type: Literal["workflow_failed"] = "workflow_failed"
    problem: ProblemData
    failed_node: str | None = None
    in_flight: tuple[str, ...] = ()
    """Nodes whose outside effect had begun and may or may not have happened."""
    undone: tuple[str, ...] = ()
    """Nodes whose effect was undone, in that order."""
    not_undone: tuple[str, ...] = ()
    """Nodes whose effect should have been undone, and was not."""


class WorkflowCancelled(_Event):
    """Somebody ended the run."""

    type: Literal["workflow_cancelled"] = "workflow_cancelled"
    by: str
    reason: str = ""
    in_flight: tuple[str, ...] = ()
    """Nodes whose outside effect had begun and may or may not have happened."""
    undone: tuple[str, ...] = ()
    """Nodes whose effect was undone, in that order."""
    not_undone: tuple[str, ...] = ()
    """Nodes whose effect should have been undone, and was not."""


Event: TypeAlias = (
    WorkflowStarted
    | NodeStarted
    | NodeProgress
    | StepStarted
    | StepCompleted
    | NodeWaiting
    | NodeRetrying
    | NodeCompleted
    | NodeSkipped
    | NodeFailed
    | NodeUnknown
    | WorkflowWaiting
    | WorkflowPaused
    | WorkflowResumed
    | WorkflowCompleted
    | WorkflowFailed
    | WorkflowCancelled
)

terminal = frozenset({"workflow_completed", "workflow_failed", "workflow_cancelled"})

_adapter: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


class Recorded(NamedTuple):
    """An event in its place in the log."""

    seq: int
    at: datetime
    event: Event


def event_data(event: Event, limit: int = max_value) -> bytes:
    """An event's fields as stored: UTF-8 JSON without its type and node, which have columns. Raises like `encode`."""
    fields = {key: value for key, value in event.__dict__.items() if value is not None}
    del fields["type"]
    if not event.refs:
        del fields["refs"]
    fields.pop("node", None)
    return encode(fields, limit=limit, what="The event")


def node_of(event: Event) -> str | None:
    """The node an event is about, if it is about one."""
    return getattr(event, "node", None)


def event_from(kind: str, node: str | None, data: bytes) -> Event:
    """The event that was stored; older versions are brought up to date here, once."""
    fields = cast("dict[str, JsonValue]", decode(data))
    fields = {**fields, "type": kind} | ({"node": node} if node is not None else {})
    for steps in cast("list[list[str | int]]", fields.get("refs", ())):
        put(fields, steps)
    return _adapter.validate_python(upcast(fields))


def upcast(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Fields of any older version of an event as the present one. There is one version so far."""
    return fields
