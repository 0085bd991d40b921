"""Answers from elsewhere: what a past run came to, as far as it may stand for what nodes would come to again, and what a test was given."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from tenuto.core.blob import plain, references
from tenuto.core.errors import Problem, ProblemData
from tenuto.core.events import NodeProgress, NodeStarted, NodeWaiting, Recorded, StepStarted, answer_recorded
from tenuto.core.node import Completed, Failed, Outcome, Suspended
from tenuto.core.node_state import NodeState
from tenuto.core.values import digest, texts
from tenuto.core.workflow import NodeSpec, WorkflowDefinition
from tenuto.engine.course import Course
from tenuto.engine.outside.addresses import nameless
from tenuto.engine.plan import Plan
from tenuto.engine.prepare import scope_of

_patience = 1.0
"""Seconds that a node which lost to a join has, to lose again."""
_never = frozenset({"budget-exceeded", "internal"})
"""Failures that say nothing about the node."""


def unchanged(before: WorkflowDefinition, after: WorkflowDefinition) -> frozenset[str]:
    """The nodes that are in both: of the same kind, with the same config and agents. Names, edges and what is done about errors do not count."""
    wanted = {spec.id: _essence(after, spec) for spec in after.nodes}
    return frozenset(spec.id for spec in before.nodes if wanted.get(spec.id) == _essence(before, spec))


def taken_over(log: Sequence[Recorded], plan: Plan, after: WorkflowDefinition) -> Iterator[NodeProgress]:
    """What is taken over from a past run into its replay: of nodes that are unchanged and had done more than compute, what they came to.

    `plan` is that of the version which the past run ran. What has to have been asked the same says what it was asked: failures, nodes
    with runs of their own, and code, which computes beside what it calls.
    """
    found = _read(log, plan)
    same, times = unchanged(plan.definition, after), {spec.id: spec.timeout for spec in after.nodes}
    for node in found.outside:
        if node not in same:
            continue
        state, spec = found.course.state.nodes[node], plan.graph.specs[node]
        if (data := _answer(state)) is None:
            continue
        if state.status == "failed" or node in found.spawned or spec.type == "code":
            if times[node] != spec.timeout or node not in found.asked:
                continue
            data["asked"] = found.asked[node]
        refs = tuple(steps for steps, _ in references(data, ("data",)))
        yield NodeProgress(node=node, kind=answer_recorded, data=data, refs=refs)


def given(course: Course, node: str) -> Completed | None:
    """What a node answers without being run, in a test of a draft that was given it."""
    match course.given.get(node):
        case {"port": str(port), "output": output}:
            return Completed(output, port)
        case {"port": str(port)}:
            return Completed(None, port)
        case _:
            return None


def source_of(course: Course, node: str) -> str | None:
    """Where that is from."""
    source = course.given.get(node, {}).get("source")
    return source if isinstance(source, str) else None


async def replay(plan: Plan, course: Course, node: str, attempt: Coroutine[None, None, Outcome]) -> Outcome:
    """The outcome of an attempt that was recorded as started; in a replay what the node came to in the past run, where that stands.

    A node that had lost to a join is given time to lose again, and nobody waits for a time to come.
    """
    if course.started is None or course.started.replayed is None:
        return await attempt
    with closing(attempt):
        if (answer := await _standing(plan, course, node)) is not None:
            return answer
        outcome = await attempt
    # Code that sleeps has more to do afterwards, and does wait.
    waits = isinstance(outcome, Suspended) and outcome.reason == "delay" and plan.graph.specs[node].type != "code"
    return Completed() if waits else outcome


async def _standing(plan: Plan, course: Course, node: str) -> Completed | Failed | None:
    answer = course.answers.get(node, {})
    if answer.get("asked") not in (None, _question(plan, course, node, course.state.nodes[node].input)):
        return None
    match answer:
        case {"outcome": "completed", "port": str(port)}:
            return Completed(answer.get("output"), port)
        case {"outcome": "failed", "problem": problem}:
            return Failed(ProblemData.model_validate(problem).model_copy(update={"retryable": False}))
        case {"outcome": "lost"}:
            await asyncio.sleep(_patience)
        case _:
            pass
    return None


@dataclass
class _Past:
    """What a log tells."""

    course: Course
    outside: dict[str, None] = field(default_factory=dict[str, None])
    """Nodes that called, waited, or had runs of their own, in the order in which they began to."""
    spawned: set[str] = field(default_factory=set[str])
    asked: dict[str, str] = field(default_factory=dict[str, str])


def _read(log: Sequence[Recorded], plan: Plan) -> _Past:
    past = _Past(Course(plan.graph))
    for recorded in log:
        past.course.take(recorded)
        match recorded.event:
            case NodeStarted(node=node) as event:
                if (asked := _question(plan, past.course, node, event.input)) is not None:
                    past.asked[node] = asked
                if event.spawns:
                    past.spawned.add(node)
                if event.spawns or (event.effect != "pure" and event.node_type != "code"):
                    past.outside[node] = None
            case StepStarted(node=node) | NodeWaiting(node=node, held=False):
                past.outside[node] = None
            case _:
                pass
    begin = past.course.started
    if begin is not None and begin.forked is not None and begin.forked.config:
        past.outside.pop(begin.forked.node, None)  # it was asked something that no version says
    return past


def _answer(state: NodeState) -> dict[str, JsonValue] | None:
    match state.status:
        case "completed":
            return {"outcome": "completed", "output": state.output, "port": state.port}
        case "failed" if state.problem is not None and state.problem.type not in _never:
            return {"outcome": "failed", "problem": state.problem.model_dump(mode="json", exclude_none=True)}
        case "skipped" if state.reason == "lost":
            return {"outcome": "lost"}
        case _:
            return None


def _question(plan: Plan, course: Course, node: str, config: JsonValue) -> str | None:
    """What a node is asked, in one word: its resolved config, and what its body refers to of the run around it."""
    if config is None:
        return None
    asked: list[JsonValue] = [config]
    if isinstance(plan.graph.specs[node].config.get("body"), dict):
        try:
            given, variables, outer = plan.body(node).captured(scope_of(course, "", datetime.min.replace(tzinfo=UTC)))
        except Problem:
            return None
        asked += [given, variables, outer]
    return digest(nameless(plain(asked)))


def _essence(definition: WorkflowDefinition, spec: NodeSpec) -> str:
    named = set(texts(dict(spec.config)))
    agents = [agent.model_dump(mode="json") for agent in definition.agents if agent.id in named]
    return digest([spec.type, dict(spec.config), *agents])
