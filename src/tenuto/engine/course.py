"""A run in progress: its graph, its state, and which nodes the graph allows to start next."""

from __future__ import annotations

from datetime import datetime, timedelta

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
    WorkflowPaused,
    WorkflowResumed,
    WorkflowStarted,
    answer_given,
    answer_recorded,
)
from tenuto.core.execution import State, evolve
from tenuto.core.graph import Graph
from tenuto.core.node import Finished
from tenuto.core.spending import by_budget
from tenuto.core.status import Status
from tenuto.core.values import JsonObject
from tenuto.core.workflow import NodeSpec
from tenuto.engine.outside.arrivals import Arrivals
from tenuto.engine.rules.undoing import Undoing


class Course:
    """The fold of a log together with its graph. `take` alone changes it, by work proportional to one node's degree."""

    __slots__ = (
        "_copied", "_fired", "_known", "addresses", "answers", "arrivals", "blocked", "brooding", "ending", "given", "graph", "held", "left", "ready", "running", "started",
        "started_at", "state", "timed", "undoing",
    )  # fmt: skip

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.state = State()
        self.started: WorkflowStarted | None = None
        self.started_at: datetime | None = None
        self.ready: dict[str, None] = {}
        """Nodes that may start now, in order."""
        self.blocked: dict[str, None] = {}
        """Nodes of which every arriving edge is known and none fired: to be skipped."""
        self.running: dict[str, None] = {}
        """Nodes of which an attempt is under way."""
        self.timed: dict[str, datetime] = {}
        """When something happens by itself, by node."""
        self.ending: Finished | None = None
        """How the run will end as soon as nothing is running any more; no further node starts."""
        self.left: Finished | None = None
        """A failure that was left as it is when the run was taken up again."""
        self.held = False
        """Whether it is paused by a budget: a refused call of its own, or one of a run of its own."""
        self.brooding: dict[str, None] = {}
        """Nodes under way that may have runs of their own."""
        self.undoing = Undoing(graph.undos)
        """What has to be undone if the run fails."""
        self._copied = 0
        self.answers: dict[str, JsonObject] = {}
        """In a replay what nodes came to in the past run, by node."""
        self.given: dict[str, JsonObject] = {}
        """In a test of a draft what nodes answer without being run, by node."""
        self.arrivals = Arrivals()
        self.addresses: dict[str, str] = {}
        """The one-time addresses of nodes that wait for a call, as they may be recorded."""
        self._known: dict[str, int] = {}
        self._fired: dict[str, int] = {}

    def take(self, recorded: Recorded) -> None:
        """Take one event in."""
        event = recorded.event
        evolve(self.state, recorded)
        match event:
            case WorkflowStarted():
                self.started, self.started_at = event, recorded.at
                self.ready[self.graph.definition.start_node] = None
                self._copied = event.forked.copied if event.forked is not None else 0
            case NodeStarted() | NodeWaiting() | NodeRetrying() | NodeUnknown():
                self._take_active(event)
            case NodeCompleted() | NodeSkipped() | NodeFailed():
                self._take_settled(event)
            case WorkflowPaused() | WorkflowResumed():
                self.held = isinstance(event, WorkflowPaused) and event.by == by_budget
                self._take_up(event, recorded.at)
            case NodeProgress(kind=kind, node=str(node), data=dict(data)) if kind == answer_recorded:
                self.answers[node] = data
            case NodeProgress(kind=kind, node=str(node), data=dict(data)) if kind == answer_given:
                self.given[node] = data
            case NodeProgress():
                self.arrivals.note(event)
            case _:
                pass
        if recorded.seq == self._copied and self.started is not None and self.started.forked is not None:
            self.state.vars.update(self.started.forked.vars)

    @property
    def compensates(self) -> bool:
        """Whether the run has failed and something of it is left to be undone."""
        return self.ending is not None and self.ending.problem is not None and self.undoing.due

    @property
    def next_start(self) -> str | None:
        """The node that may start now; of a run that has failed, the one that undoes what is to be undone next."""
        if self.state.status is Status.paused:
            return None
        if self.ending is None:
            return next(iter(self.ready), None)
        return self._next_undo() if self.compensates else None

    def undoes(self, node: str) -> str | None:
        """The node that this one would undo if it started now."""
        return self.undoing.next if self.ending is not None and self.compensates and node == self._undo else None

    @property
    def _undo(self) -> str | None:
        return self.graph.undos.get(self.undoing.next or "")

    def _next_undo(self) -> str | None:
        """Once nothing runs any more, nobody is asked what has happened, and what waited was put an end to."""
        if self.undoing.current is not None:
            return self._undo if self._undo in self.ready else None
        return self._undo if not self.state.active else None

    def spec(self, node: str) -> NodeSpec:
        """The node as written."""
        return self.graph.specs[node]

    @property
    def deadline(self) -> datetime | None:
        """When the whole run has to be over."""
        limit = self.graph.definition.settings.timeout
        if limit is not None and (self.undoing.begun or (self.compensates and not self.running)):
            return None  # what is undone has all the time it needs
        return self.started_at + limit if limit is not None and self.started_at is not None else None

    def due(self, now: datetime) -> list[str]:
        """The nodes whose time has come, those first whose time came first."""
        return [name for until, name in sorted((until, name) for name, until in self.timed.items()) if until <= now]

    def next_time(self) -> datetime | None:
        """The nearest time at which something happens by itself."""
        nearest = min(self.timed.values(), default=None)
        if self.deadline is None or nearest is None:
            return nearest or self.deadline
        return min(nearest, self.deadline)

    def again(self, node: str) -> None:
        """A retrying node's time has come: it may start."""
        self.timed.pop(node, None)
        self.ready[node] = None

    def _take_active(self, event: NodeStarted | NodeWaiting | NodeRetrying | NodeUnknown) -> None:
        self.running.pop(event.node, None)
        self.timed.pop(event.node, None)
        match event:
            case NodeStarted():
                self.ready.pop(event.node, None)
                self.running[event.node] = None
                if event.spawns:
                    self.brooding[event.node] = None
                if event.undoes is not None:
                    self.undoing.take(event)
            case NodeWaiting() | NodeRetrying():
                if event.until is not None:
                    self.timed[event.node] = event.until
            case NodeUnknown():
                pass

    def _take_settled(self, event: NodeCompleted | NodeSkipped | NodeFailed) -> None:
        for gone in (self.ready, self.running, self.timed, self.blocked, self.brooding):
            gone.pop(event.node, None)
        if self.graph.undos and self.state.head > self._copied:  # a fork undoes nothing that another run did
            self.undoing.take(event)
        match event:
            case NodeCompleted():
                if event.answers is not None:
                    self.arrivals.note(event)
                if name := self.spec(event.node).output_variable:
                    self.state.vars[name] = event.output
                if event.ends:
                    self.ending = self.ending or Finished(output=event.output)
                self._settle(event.node, event.port)
            case NodeSkipped():
                self._settle(event.node, None)
            case NodeFailed():
                if event.port is None:
                    self.ending = self.ending or Finished(problem=event.problem)
                else:
                    self._settle(event.node, event.port)

    def _take_up(self, event: WorkflowPaused | WorkflowResumed, at: datetime) -> None:
        """A run that had failed goes on: its time limit begins anew, and what failed and is not taken up fails it again at the end."""
        if not isinstance(event, WorkflowResumed) or not event.reopens:
            return
        self.ending, self.left, self.started_at = None, None, at
        for node in self.state.nodes.values():
            if node.status == "failed" and node.port is None:
                self.left = self.left or Finished(problem=node.problem)
        for name in event.nodes:
            if self.state.nodes[name].status == "retrying" and name not in self.timed:
                self.ready[name] = None

    def _settle(self, node: str, port: str | None) -> None:
        for edge_port, target in self.graph.leaving[node]:
            known = self._known[target] = self._known.get(target, 0) + 1
            if edge_port == port:
                self._fired[target] = self._fired.get(target, 0) + 1
            if target in self.state.nodes:
                continue
            if target in self.graph.rivals:
                self._race(target, last=known == self.graph.arriving[target])
            elif known == self.graph.arriving[target]:
                (self.ready if target in self._fired else self.blocked)[target] = None
            elif self.graph.specs[target].join != "all" and target in self._fired:
                self.ready[target] = None

    def _race(self, join: str, *, last: bool) -> None:
        """A way into a `first` join is known. It starts before anything else, so that nothing is begun that has lost already."""
        if join in self._fired:
            self.ready = {join: None, **self.ready}
        elif last:
            self.blocked[join] = None


def jittered(spec: NodeSpec, attempt: int, chance: float) -> timedelta:
    """The wait after a failed attempt: exponential with full jitter (Brooker, "Exponential Backoff And Jitter", 2015).

    `chance` is a uniform random number below 1.
    """
    retry = spec.retry
    ceiling = min(retry.max_delay.total_seconds(), retry.delay.total_seconds() * retry.factor ** (attempt - 1))
    return timedelta(seconds=ceiling * chance)
