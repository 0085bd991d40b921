"""A step of which nobody knows whether it happened: what is asked, and how its node goes on with what was decided.

Pure, like the rules that use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.events import Event, NodeStarted, NodeUnknown, NodeWaiting, StepCompleted, StepStarted
from tenuto.core.execution import NodeState
from tenuto.core.node import Again

Decision: TypeAlias = Literal["done", "retry", "fail"]

_breath = timedelta(seconds=1)
"""Between two tries of which each was lost, where nobody is asked."""


def doubted(
    name: str, node: NodeState, step: str, problem: ProblemData, *, policy: Literal["ask", "retry", "fail"], now: datetime
) -> Sequence[Event]:
    """A step of a running node is in doubt."""
    started = (node.steps or {}).get(step)
    if policy == "ask" or not isinstance(started, StepStarted):
        key, request = (started.key, started.input) if isinstance(started, StepStarted) else (node.key, node.input)
        return (NodeUnknown(node=name, attempt=node.attempt, key=key, problem=problem, request=request, step=step),)
    if policy == "retry":
        return (_again(started), _onward(name, now + _breath))
    return (_come_to(name, node, started, problem, None), _onward(name, now))


def resolved(name: str, node: NodeState, step: str, *, decision: Decision, by: str, output: JsonValue, now: datetime) -> Sequence[Event]:
    """A person said what became of it: the step is done, to be done again, or failed, and the node goes on with that."""
    started = (node.steps or {}).get(step)
    if not isinstance(started, StepStarted):
        return (_onward(name, now),)
    match decision:
        case "done":
            event = StepCompleted(node=name, attempt=node.attempt, step=step, output=output, digest=started.digest, by=by)
        case "retry":
            event = _again(started)
        case "fail":
            event = _come_to(name, node, started, node.problem, by)
    return (event, _onward(name, now))


def going_on(name: str, node: NodeState, node_type: str, agent_name: str | None) -> NodeStarted:
    """A node that waited works on, as the same attempt."""
    return NodeStarted(
        node=name, node_type=node_type, agent_name=agent_name, attempt=node.attempt, key=node.key, effect=node.effect, resumed=True
    )


def step_of(name: str, node: NodeState, again: Again) -> Sequence[StepCompleted]:
    """The step that an answer has done."""
    if again.step is None:
        return ()
    return (StepCompleted(node=name, attempt=node.attempt, step=again.step, output=again.output, by=again.by),)


def _again(started: StepStarted) -> StepStarted:
    return started.model_copy(update={"pending": True})


def _come_to(name: str, node: NodeState, started: StepStarted, problem: ProblemData | None, by: str | None) -> StepCompleted:
    return StepCompleted(node=name, attempt=node.attempt, step=started.step, problem=problem, digest=started.digest, by=by)


def _onward(name: str, when: datetime) -> NodeWaiting:
    """The node is asked again at once, as one that waited for a time."""
    return NodeWaiting(node=name, reason="delay", until=when)
