"""What a run is: its state, and the one fold that makes the state of the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.blob import plain
from tenuto.core.errors import BudgetExceeded, ProblemData
from tenuto.core.events import (
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    NodeUnknown,
    NodeWaiting,
    Recorded,
    StepCompleted,
    StepStarted,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowPaused,
    WorkflowResumed,
    WorkflowStarted,
    WorkflowWaiting,
)
from tenuto.core.node_state import NodeState, NodeStatus
from tenuto.core.status import Status
from tenuto.core.usage import Usage, counted

__all__ = ["ExecutionId", "NodeState", "NodeStatus", "State", "Status", "evolve", "fold"]


class State:
    """A run as its log tells it. `evolve` alone changes it.

    It is folded in place, because a copy per event would make a run of n nodes cost n²; nobody but the run's own loop
    holds it.
    """

    __slots__ = (
        "active", "copied", "current", "ended_by", "error", "head", "nodes", "not_undone",
        "output", "status", "undoing", "undone", "usage", "vars", "waiting_for",
    )  # fmt: skip

    def __init__(self) -> None:
        self.status: Status = Status.pending
        self.head: int = 0
        self.copied: int = 0  # of a fork: so many of its first events are another run's, which used what they say was used
        self.nodes: dict[str, NodeState] = {}
        self.vars: dict[str, JsonValue] = {}
        self.output: JsonValue = None
        self.error: ProblemData | None = None
        self.active: dict[str, NodeState] = {}
        """Nodes that are neither behind us nor untouched: running, retrying, waiting, unknown."""
        self.waiting_for: tuple[str, ...] = ()
        self.current: str | None = None
        """The node that was started last."""
        self.usage: Usage | None = None
        """Of all nodes."""
        self.undoing = False
        """Whether the run has failed and what it had done is being undone, or has been."""
        self.undone: tuple[str, ...] = ()
        """Of an ended run the nodes whose effect was undone, in that order."""
        self.not_undone: tuple[str, ...] = ()
        """Of an ended run the nodes that should have been undone and were not."""
        self.ended_by: str | None = None
        """Who cancelled the run, in words."""

    def view(self) -> dict[str, JsonValue]:
        """The state as plain JSON: what `spec/traces` holds and both folds must agree on."""
        shown: dict[str, JsonValue] = {
            "status": self.status.value,
            "head": self.head,
            "nodes": {
                name: {"status": node.status, "attempt": node.attempt, "output": plain(node.output), "port": node.port}
                | ({"problem": node.problem.type} if node.problem else {})
                | ({"reason": node.reason, "in_flight": node.in_flight} if node.status == "skipped" and node.reason else {})
                | ({"undoes": node.undoes} if node.undoes else {})
                for name, node in self.nodes.items()
            },
            "output": plain(self.output),
            "error": self.error.detail if self.error else None,
            "waiting_for": list(self.waiting_for),
        }
        if self.usage is not None:
            shown["usage"] = {"calls": self.usage.calls, "tokens": self.usage.tokens, "cost": self.usage.cost}
        if self.undone or self.not_undone:
            shown["undone"], shown["not_undone"] = list(self.undone), list(self.not_undone)
        return shown

    @property
    def going(self) -> Status:
        """The status of a run that is neither held, nor waits, nor has ended."""
        return Status.compensating if self.undoing else Status.running


def fold(events: Iterable[Recorded]) -> State:
    """The state after all these events."""
    state = State()
    for recorded in events:
        evolve(state, recorded)
    return state


def evolve(state: State, recorded: Recorded) -> None:
    """Take one event in. Constant work whatever the size of the run."""
    state.head = recorded.seq
    event = recorded.event
    match event:
        case WorkflowStarted():
            state.status, state.copied = Status.running, event.forked.copied if event.forked is not None else 0
            state.vars.update(event.vars)
        case NodeStarted() | NodeWaiting() | NodeRetrying() | NodeUnknown():
            _evolve_active(state, recorded.at, event)
        case NodeCompleted() | NodeSkipped() | NodeFailed():
            _evolve_settled(state, recorded.at, event)
        case StepStarted() | StepCompleted():
            node = state.nodes.setdefault(event.node, NodeState())
            node.took(event)
            _count(state, node, event.usage, step=True)
        case NodeProgress():
            if event.kind == "print" and (node := state.nodes.get(event.node or "")) is not None:
                node.took_print(event.data)
        case WorkflowWaiting() | WorkflowPaused() | WorkflowResumed():
            _evolve_status(state, event)
        case WorkflowCompleted() | WorkflowFailed() | WorkflowCancelled():
            _evolve_ended(state, event)


def _count(state: State, node: NodeState, said: Usage | None, *, step: bool = False) -> None:
    if said is not None and state.head > state.copied:
        state.usage, node.usage = counted(state.usage, node.usage, said, step=step)


def _evolve_active(state: State, at: datetime, event: NodeStarted | NodeWaiting | NodeRetrying | NodeUnknown) -> None:
    node = state.nodes.setdefault(event.node, NodeState())
    state.active[event.node] = node
    _count(state, node, event.usage)
    if state.status in (Status.waiting, Status.unknown):
        state.status, state.waiting_for = state.going, ()
    match event:
        case NodeStarted():
            if event.attempt != node.attempt:
                node.steps, node.held, node.printed = _kept(node.steps), False, 0
            node.input = node.input if event.resumed else event.input
            node.status, node.attempt, node.key, node.effect = "running", event.attempt, event.key, event.effect
            node.started_at, node.until, node.problem = node.started_at or at, None, None
            state.current = event.node
            if event.undoes is not None:
                node.undoes, state.undoing = event.undoes, True
                state.status = state.going if state.status is Status.running else state.status
        case NodeWaiting():
            node.status, node.reason, node.until, node.data = "waiting", event.reason, event.until, event.data
            node.held, node.doubt = event.held, None
        case NodeRetrying():
            node.status, node.until, node.problem = "retrying", event.until, event.problem
            # An attempt that no budget allowed is none of those that the node may make.
            node.before += event.problem.type == BudgetExceeded.type
        case NodeUnknown():
            node.status, node.problem, node.doubt = "unknown", event.problem, event.step


def _kept(steps: Mapping[str, StepStarted | StepCompleted] | None) -> dict[str, StepStarted | StepCompleted] | None:
    """The steps that a further attempt need not do again: those that succeeded. Facts belong to the attempt that found them."""
    if not steps:
        return None
    return {name: step for name, step in steps.items() if isinstance(step, StepCompleted) and step.problem is None and not step.fact}


def _evolve_settled(state: State, at: datetime, event: NodeCompleted | NodeSkipped | NodeFailed) -> None:
    node = state.nodes.setdefault(event.node, NodeState())
    state.active.pop(event.node, None)
    _count(state, node, event.usage)
    if state.status in (Status.waiting, Status.unknown):
        state.status, state.waiting_for = state.going, ()
    node.finished_at = at
    match event:
        case NodeCompleted():
            node.status, node.output, node.port, node.problem = "completed", event.output, event.port, None
        case NodeSkipped():
            node.status, node.reason, node.in_flight, node.until = "skipped", event.reason, event.in_flight, None
        case NodeFailed():
            node.status, node.problem, node.port, node.in_flight = "failed", event.problem, event.port, event.in_flight


def _evolve_status(state: State, event: WorkflowWaiting | WorkflowPaused | WorkflowResumed) -> None:
    match event:
        case WorkflowWaiting():
            state.status = Status.unknown if any(node.status == "unknown" for node in state.active.values()) else Status.waiting
            state.waiting_for = event.waiting_for
        case WorkflowPaused():
            state.status, state.waiting_for = Status.paused, event.waiting_for or state.waiting_for
        case WorkflowResumed():
            # What it waits for is said anew, so that a run that waited before it was paused is seen to wait again.
            state.status, state.waiting_for = state.going, ()
            if event.reopens:
                _reopen(state, event.nodes)


def _reopen(state: State, nodes: Iterable[str]) -> None:
    state.error = None
    for name in nodes:
        node = state.active[name] = state.nodes[name]
        node.finished_at = None
        if node.status == "failed" or (node.status == "waiting" and node.reason == "children"):
            node.status, node.before, node.until, node.port = "retrying", node.attempt, None, None


def _evolve_ended(state: State, event: WorkflowCompleted | WorkflowFailed | WorkflowCancelled) -> None:
    state.active.clear()
    state.waiting_for = ()
    match event:
        case WorkflowCompleted():
            state.status, state.output = Status.completed, event.output
        case WorkflowFailed():
            state.status, state.error = Status.failed, event.problem
            state.undone, state.not_undone = event.undone, event.not_undone
        case WorkflowCancelled():
            state.status, state.ended_by = Status.cancelled, f"cancelled by {event.by}" + (f": {event.reason}" if event.reason else "")
            state.undone, state.not_undone = event.undone, event.not_undone
            if event.not_undone:
                state.ended_by += f" (not undone: {', '.join(event.not_undone)})"


class ExecutionId(NamedTuple):
    """Which run, inside the house: its workspace and its internal id (UUID 7)."""

    workspace: int
    id: UUID
