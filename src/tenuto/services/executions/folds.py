"""From row and log to what is shown: each shape of a run is a fold, and nothing of it is kept a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from tenuto.core.blob import locate, plain
from tenuto.core.errors import ProblemData
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    NodeUnknown,
    Recorded,
    StepCompleted,
    StepStarted,
    WorkflowStarted,
    event_data,
    node_of,
)
from tenuto.core.execution import NodeState, Status, fold
from tenuto.core.run import Ended
from tenuto.core.values import decode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.keeping.values import link
from tenuto.services.executions.starts import Begun
from tenuto.services.executions.views import (
    AttemptView,
    EventView,
    ExecutionDetail,
    ExecutionSummary,
    ForkedView,
    GraphNode,
    GraphView,
    KeptExecution,
    NodeDetail,
    NodeView,
    ReplayedView,
    StepView,
    UnknownView,
)
from tenuto.store.executions import Execution


def kept(run: Execution, results: Mapping[str, JsonValue]) -> KeptExecution:
    """The run in the four words of the kept routes."""
    return KeptExecution(
        id=run.public_id,
        workflow_id=run.workflow_id or "",
        status=run.status.kept,
        current_node=run.current_node,
        results=dict(results),
        started=run.started_at or run.created_at,
        completed=run.finished_at,
        error=run.error.detail if run.error else None,
        simulated=run.simulated,
    )


def kept_from_state(begun: Begun, end: Ended, results: Mapping[str, JsonValue]) -> KeptExecution:
    """The same for a run whose end this process has seen; nothing is looked up."""
    state = end.state
    said = state.ended_by if state.status is Status.cancelled else state.error.detail if state.error else None
    return KeptExecution(
        id=begun.id,
        workflow_id=begun.workflow_id or "",
        status=state.status.kept,
        current_node=state.current,
        results=dict(results),
        started=begun.at,
        completed=end.finished_at or begun.at,  # it may have ended with the statement that started it
        error=said,
        simulated=begun.simulated,
    )


def summary(run: Execution) -> ExecutionSummary:
    """The run as its row tells it."""
    return ExecutionSummary(
        id=run.public_id,
        workflow_id=run.workflow_id,
        workflow_name=run.workflow_name,
        version=run.version_hash,
        status=run.status,
        trigger=run.trigger,
        simulated=run.simulated,
        imported=run.imported,
        priority=run.priority,
        keys=run.keys,
        user_id=run.user_id,
        session_id=run.session_id,
        current_node=run.current_node,
        waiting_for=run.waiting_for,
        error=run.error,
        usage=run.usage,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        duration_ms=_milliseconds(run.started_at or run.created_at, run.finished_at),
    )


def detail(run: Execution, log: Sequence[Recorded], definition: WorkflowDefinition | None) -> ExecutionDetail:
    """The run as its log tells it."""
    state = fold(log)
    begin = log[0].event if log and isinstance(log[0].event, WorkflowStarted) else None
    return ExecutionDetail(
        **vars(summary(run)),
        head=state.head,
        input=plain(begin.input, link(run.public_id)) if begin else None,
        message=begin.message if begin else "",
        output=plain(state.output, link(run.public_id)),
        forked_from=ForkedView(execution=begin.forked.execution, node=begin.forked.node) if begin and begin.forked else None,
        replay_of=ReplayedView.model_validate(begin.replayed, from_attributes=True)
        if begin and begin.replayed and not begin.within
        else None,
        undone=state.undone,
        not_undone=state.not_undone,
        nodes={name: _node(node, link(run.public_id)) for name, node in state.nodes.items()},
        graph=_graph(definition) if definition else None,
    )


def node_detail(name: str, log: Sequence[Recorded], at: str) -> NodeDetail:
    """A node as the events about it tell it; `at` is where its large values are."""
    state = node_state(name, log)
    return NodeDetail(
        **vars(_node(state, at)),
        id=name,
        key=state.key,
        effect=state.effect,
        input=plain(state.input, at),
        output=plain(state.output, at),
        unknown=_unknown(state, log, at),
        attempts=tuple(_attempts(log, at)),
        steps=tuple(_steps(log, at)),
    )


def _unknown(state: NodeState, log: Sequence[Recorded], place: str) -> UnknownView | None:
    if state.status != "unknown" or state.problem is None:
        return None
    step = next((step for step in reversed(_steps(log, place)) if step.completed_at is None and step.attempt == state.attempt), None)
    if step is not None:
        given, key, effect, began = step.input, step.key or state.key, step.effect, step.started_at
    else:
        begins = [at for _, at, event in log if isinstance(event, NodeStarted) and event.attempt == state.attempt]
        given, key, effect, began = plain(state.input, place), state.key, state.effect, begins[-1] if begins else None
    name = step.step if step else None
    return UnknownView(request=given, key=key, step=name, effect=effect, began_at=began, known=state.problem)


def node_state(name: str, log: Sequence[Recorded]) -> NodeState:
    """How a node stands after the events about it."""
    return fold(log).nodes.get(name, NodeState())


def event_view(recorded: Recorded, at: str) -> EventView:
    """An event with its fields as they are stored; `at` is where its large values are."""
    fields = decode(event_data(recorded.event))
    for steps in recorded.event.refs:
        locate(fields, steps, at)
    event = recorded.event
    return EventView(seq=recorded.seq, at=recorded.at, type=event.type, node=node_of(event), data=fields)


def _node(node: NodeState, at: str) -> NodeView:
    return NodeView(
        status=node.status,
        attempt=node.attempt,
        port=node.port,
        reason=node.reason if node.status in ("waiting", "skipped") else None,
        in_flight=node.in_flight,
        undoes=node.undoes,
        until=node.until if node.status in ("waiting", "retrying") else None,
        data=cast("dict[str, JsonValue]", plain(dict(node.data), at)) if node.data is not None else None,
        problem=node.problem,
        usage=node.usage,
        started_at=node.started_at,
        finished_at=node.finished_at,
        duration_ms=_milliseconds(node.started_at, node.finished_at),
    )


def _graph(definition: WorkflowDefinition) -> GraphView:
    nodes = tuple(GraphNode(id=node.id, type=node.type, name=node.name, position=node.position) for node in definition.nodes)
    return GraphView(start_node=definition.start_node, nodes=nodes, edges=definition.edges)


def _attempts(log: Sequence[Recorded], place: str) -> Sequence[AttemptView]:
    found: list[AttemptView] = []
    for _, at, event in log:
        if isinstance(event, NodeStarted) and found and found[-1].attempt == event.attempt:
            continue  # put off by a rate limit, and begun once more
        if isinstance(event, NodeStarted):
            given = plain(event.input, place)
            found.append(AttemptView(attempt=event.attempt, outcome="running", input=given, problem=None, started_at=at, ended_at=None))
        elif found and (ended := _ending(event)):
            outcome, problem = ended
            found[-1] = found[-1].model_copy(update={"outcome": outcome, "problem": problem, "ended_at": at})
    return found


def _ending(event: Event) -> tuple[str, ProblemData | None] | None:
    match event:
        case NodeCompleted():
            return "completed", None
        case NodeFailed(problem=problem):
            return "failed", problem
        case NodeRetrying(problem=problem):
            return "retrying", problem
        case NodeUnknown(problem=problem):
            return "unknown", problem
        case NodeSkipped():
            return "stopped", None
        case _:
            return None


def _steps(log: Sequence[Recorded], place: str) -> Sequence[StepView]:
    found: dict[tuple[int, str], StepView] = {}
    for _, at, event in log:
        match event:
            case StepStarted(step=step, attempt=attempt):
                found[attempt, step] = StepView(
                    step=step, attempt=attempt, effect=event.effect, key=event.key, input=plain(event.input, place),
                    output=None, problem=None, usage=None, fact=False, started_at=at, completed_at=None,
                )  # fmt: skip
            case StepCompleted(step=step, attempt=attempt):
                before = found.get((attempt, step))
                found[attempt, step] = StepView(
                    step=step, attempt=attempt, effect=before.effect if before else None, key=before.key if before else None,
                    input=before.input if before else None, output=plain(event.output, place), problem=event.problem,
                    usage=event.usage, fact=event.fact,
                    started_at=before.started_at if before else None, completed_at=at,
                )  # fmt: skip
            case _:
                pass
    return list(found.values())


def _milliseconds(began: datetime | None, ended: datetime | None) -> float | None:
    return round((ended - began).total_seconds() * 1000, 3) if began and ended else None
