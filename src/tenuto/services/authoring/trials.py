"""One node tried by itself: its expressions resolved against given values, its work done once, and nothing recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, assert_never

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import plain
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Effect
from tenuto.core.errors import NotFound, Problem, ProblemData
from tenuto.core.events import Event, NodeProgress, Recorded, WorkflowStarted
from tenuto.core.execution import ExecutionId
from tenuto.core.node import Completed, Deferred, Failed, Finished, Outcome, Spawned, Suspended, Unknown
from tenuto.core.usage import Usage, added, nothing
from tenuto.core.values import Frozen
from tenuto.core.workflow import NodeSpec, WorkflowDefinition
from tenuto.engine.actions.pretence import Pretence
from tenuto.engine.actions.steps import Steps
from tenuto.engine.context import Context
from tenuto.engine.course import Course
from tenuto.engine.expressions.scope import Scope
from tenuto.engine.large.cache import Cache
from tenuto.engine.large.held import Held
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.parts import Parts
from tenuto.engine.perform import perform
from tenuto.engine.plan import Plan
from tenuto.engine.prepare import Prepared, prepare
from tenuto.engine.spending.meter import Meter
from tenuto.services.agents import with_agents
from tenuto.services.drafts import draft_of
from tenuto.services.executions.needs import Agents
from tenuto.services.workflows import Workflows
from tenuto.store.runs.identity import new_id

longest = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Which node is tried with which values."""

    node: str
    input: JsonValue = None
    nodes: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Outputs of other nodes, by their ids."""
    vars: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    message: str | None = None
    user_id: str | None = None
    simulated: bool = True
    seconds: float = 30.0


class Tried(Frozen):
    """What came of it."""

    node: str
    status: Literal["completed", "failed", "unknown", "waiting", "finished"]
    simulated: bool
    effect: Effect | None = None
    config: JsonValue = None
    """The config with its expressions resolved; null if that failed."""
    output: JsonValue = None
    port: str | None = None
    problem: ProblemData | None = None
    waiting: dict[str, JsonValue] | None = None
    until: datetime | None = None
    progress: tuple[JsonValue, ...] = ()
    usage: Usage | None = None
    duration_ms: float


class Trials:
    """Trials of nodes; kinds, providers, connectors and the sandbox are those of runs."""

    def __init__(self, workflows: Workflows, agents: Agents, catalog: Catalog, parts: Parts) -> None:
        self._workflows = workflows
        self._agents = agents
        self._catalog = catalog
        self._parts = parts

    async def run(self, caller: Principal, id: str, trial: Trial, document: Mapping[str, JsonValue] | None = None) -> Tried:
        """Try a node of a stored draft, or of a document that is being edited. Simulated, unless something else is asked for.

        Raises `NotFound` for an unknown workflow or node; what goes wrong in the node is the answer's problem.
        """
        caller.require(Permission.execution_start)
        user_id = caller.user(trial.user_id)
        definition = await self._definition(caller, id, document)
        spec = next((node for node in definition.nodes if node.id == trial.node), None)
        if spec is None:
            raise NotFound(f'The workflow has no node "{trial.node[:128]}".', pointer="/node")
        return await _Attempt(self._parts, caller, trial, _alone(definition, spec, trial), user_id).made()

    async def _definition(self, caller: Principal, id: str, document: Mapping[str, JsonValue] | None) -> WorkflowDefinition:
        given = document if document is not None else await self._workflows.document(caller, id)
        stored = {agent.id: agent for agent in await self._agents.active(caller.workspace)}
        definition, _ = await draft_of(given, self._catalog, stored)
        return with_agents(definition, stored)


class _Attempt:
    """One trial under way."""

    def __init__(self, parts: Parts, caller: Principal, trial: Trial, definition: WorkflowDefinition, user_id: str | None) -> None:
        self.parts, self.trial, self.workspace = parts, trial, caller.workspace
        self.plan = Plan(definition)
        self.now = datetime.now(UTC)
        self.id = f"test-{new_id()}"
        self.started = _beginning(definition, trial, user_id)
        self.course = Course(self.plan.graph)
        self.course.take(Recorded(1, self.now, self.started))
        self.told: list[JsonValue] = []
        self.used = nothing
        self.payloads = Payloads(Held(), ExecutionId(caller.workspace, new_id()), Cache())

    async def made(self) -> Tried:
        begun = time.perf_counter()
        node = self.trial.node
        try:
            prepared = await prepare(self.plan, self.course, node, self.scope(), parts=self.parts, payloads=self.payloads)
        except Problem as problem:
            return self.tried(None, Failed(problem.at(node=node).data), begun)
        outcome = await perform(prepared.kind, self.course.spec(node), prepared.effect, self.context(prepared))
        return self.tried(prepared, outcome, begun)

    def scope(self) -> Scope:
        """What expressions see: given outputs, and nothing of nodes for which none is given."""
        given = {name: {"output": output} for name, output in self.trial.nodes.items()}
        return Scope(
            now=self.now,
            input=self.started.input,
            nodes=given.get,
            vars=self.started.vars,
            trigger={"type": self.started.trigger},
            execution={
                "id": self.id,
                "workflow_id": self.started.workflow_id,
                "workflow_name": self.started.workflow_name,
                "user_id": self.started.user_id,
                "session_id": None,
            },
        )

    def context(self, prepared: Prepared) -> Context:
        meter = Meter(self.parts.spending.prices, simulated=self.trial.simulated, observe=self.use)
        return Context(
            parts=self.parts,
            course=self.course,
            workspace=self.workspace,
            execution_id=self.id,
            node_id=self.trial.node,
            attempt=1,
            key=f"{self.id}:{self.trial.node}:1",
            now=self.now,
            clock=lambda: datetime.now(UTC),
            stepped=prepared.kind.stepped,
            whisper=self.whisper,
            steps=Steps(
                node=self.trial.node,
                attempt=1,
                key=f"{self.id}:{self.trial.node}:1",
                record=self.noted,
                meter=meter,
                payloads=self.payloads,
                simulated=self.trial.simulated,
            ),
            meter=meter,
            pretence=Pretence((), self.trial.node, 1, {}) if self.trial.simulated else None,
            payloads=self.payloads,
        )

    def use(self, usage: Usage) -> None:
        self.used = added(self.used, usage)
        self.parts.spending.observe(usage)

    def whisper(self, event: Event) -> None:
        if isinstance(event, NodeProgress):
            self.told.append(event.data)

    async def noted(self, events: Sequence[Event]) -> None:
        """Nothing of a trial is kept; what its code prints is shown."""
        for event in events:
            self.whisper(event)

    def tried(self, prepared: Prepared | None, outcome: Outcome, begun: float) -> Tried:
        tried = Tried(
            node=self.trial.node,
            status="failed",
            simulated=self.trial.simulated,
            effect=prepared.effect if prepared else None,
            config=plain(prepared.config) if prepared else None,
            progress=tuple(self.told),
            usage=self.used if self.used.calls else None,
            duration_ms=round((time.perf_counter() - begun) * 1000, 3),
        )
        return tried.model_copy(update=_what(outcome))


def _what(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Completed(output=output, port=port):
            return {"status": "completed", "output": plain(output), "port": port}
        case Failed(problem=problem):
            return {"status": "failed", "problem": problem}
        case Unknown(problem=problem):
            return {"status": "unknown", "problem": problem}
        case Suspended(reason=reason, until=until, data=data):
            return {"status": "waiting", "waiting": {"reason": reason, **(data or {})}, "until": until}
        case Spawned(items=items):
            return {"status": "waiting", "waiting": {"reason": "children", "items": len(items)}}
        case Deferred(what=what, seconds=seconds):
            return {"status": "waiting", "waiting": {"reason": f"the rate limit of {what}, for {seconds:.0f} seconds"}}
        case Finished(output=output, problem=problem):
            return {"status": "finished", "output": plain(output), "problem": problem}
        case _:
            assert_never(outcome)


def _alone(definition: WorkflowDefinition, spec: NodeSpec, trial: Trial) -> WorkflowDefinition:
    """A workflow of this node only: what is wrong elsewhere does not matter."""
    seconds = min(trial.seconds, longest)
    limit = min(spec.timeout or timedelta(seconds=seconds), timedelta(seconds=seconds))
    node = spec.model_dump(mode="json", exclude_defaults=True) | {"timeout": limit.total_seconds(), "undo": None}
    whole = definition.document
    more = {name: whole[name] for name in ("id", "agents", "settings") if name in whole}
    return WorkflowDefinition.model_validate({"name": definition.name, "startNode": spec.id, "nodes": [node], **more})


def _beginning(definition: WorkflowDefinition, trial: Trial, user_id: str | None) -> WorkflowStarted:
    said = trial.input.get("message") if isinstance(trial.input, dict) else None
    message = trial.message if trial.message is not None else said if isinstance(said, str) else ""
    return WorkflowStarted(
        workflow_id=definition.id,
        workflow_name=definition.name,
        version=definition.version_hash,
        input={"message": message} if trial.input is None else trial.input,
        vars={"message": message, "user_id": user_id, "session_id": None, **trial.vars},
        message=message,
        user_id=user_id,
        simulated=trial.simulated,
        trigger="test",
    )
