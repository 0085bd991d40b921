"""What a running node may ask of the house: agents, actions, steps and the guarded door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply, Tool, Turn
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Effect, Outbound
from tenuto.core.errors import BudgetExceeded, NotFound, Problem, ProblemData, Uncertain, problem_from
from tenuto.core.events import Event, NodeProgress, StepCompleted, StepStarted
from tenuto.core.family import ChildResult
from tenuto.core.limits import Held, Place
from tenuto.core.values import JsonObject, encode
from tenuto.engine.actions.act import Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.actions.turns import ProviderTurn
from tenuto.engine.course import Course
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.pacing.places import put_off
from tenuto.engine.parts import Parts
from tenuto.engine.prepare import authors_of, deferred, scope_of
from tenuto.engine.spending.meter import Meter, Step


@dataclass(kw_only=True)
class Context:
    """Satisfies `core.workflow.NodeContext` for one attempt of one node."""

    parts: Parts
    course: Course
    workspace: int
    execution_id: str
    node_id: str
    attempt: int
    key: str
    now: datetime
    stepped: bool
    record: Callable[[Sequence[Event]], Awaitable[None]]
    """Commits events of this run."""
    whisper: Callable[[Event], None]
    payloads: Payloads
    results: Callable[[str, int], Awaitable[Sequence[ChildResult]]] | None = None
    steps: dict[str, StepStarted | StepCompleted] = field(default_factory=dict[str, StepStarted | StepCompleted])
    uncertain: set[str] = field(default_factory=set[str])
    """Steps that may or may not have changed something outside, whatever the node itself is."""
    meter: Meter
    waiting: JsonObject = field(default_factory=dict[str, JsonValue])
    """What this node said when it suspended."""
    said: str | None = None
    """The run's message where it is a large value."""
    calls: int = 0
    turns: int = 0
    place: Place | None = None
    """Where its requests stand in line for a rate limit; None for a request that cannot be put off."""

    @property
    def user_id(self) -> str | None:
        """Whose connections are used."""
        return self.course.started.user_id if self.course.started else None

    @property
    def authors(self) -> Sequence[str]:
        """Whoever started the run and whom it acts for."""
        return authors_of(self.course)

    @property
    def simulated(self) -> bool:
        """Whether nothing real happens outside."""
        return self.course.started is not None and self.course.started.simulated

    @property
    def message(self) -> str:
        """The run's message."""
        return self.said if self.said is not None else self.course.started.message if self.course.started else ""

    @property
    def address(self) -> str:
        """The node's one-time address as it may be recorded."""
        return self.course.addresses.get(self.node_id, "")

    def agent(self, agent_id: str) -> Agent:
        """An agent of this workflow. Raises `NotFound`."""
        for agent in self.course.graph.definition.agents:
            if agent.id == agent_id:
                return agent
        known = ", ".join(agent.id for agent in self.course.graph.definition.agents) or "none"
        raise NotFound(f'This workflow has no agent "{agent_id}". It has: {known}.', node=self.node_id)

    def tool(self, name: str) -> Tool:
        """A connector action as a tool for an agent. Raises `NotFound`."""
        connector, _, key = name.partition(".")
        action = self.parts.catalog.action(connector, key)
        return Tool(name=name, description=action.doc, parameters=action.params.model_json_schema())

    async def turn(self, agent: Agent, turn: Turn) -> Reply:
        """One turn of an agent, by its provider or, in a simulated run, by the simulated one."""
        self.turns += 1
        # Finished steps are not done again after a crash, so that only within a step a count of turns would go wrong.
        prefix = f"{self.meter.step or f'turn {self.turns}'} "
        provider = self.parts.providers.get("simulated" if self.simulated else agent.provider) or self.parts.catalog.provider(
            agent.provider
        )

        def recall(name: str) -> JsonValue:
            fact = self.steps.get(prefix + name)
            return fact.output if isinstance(fact, StepCompleted) else None

        async def record(name: str, value: JsonValue) -> None:
            await self._record(StepCompleted(node=self.node_id, attempt=self.attempt, step=prefix + name, output=value, fact=True))

        async def tell(data: JsonObject) -> None:
            await self.progress({**data, "agent": agent.id, "agent_name": agent.name})

        lent = ProviderTurn(
            provider=provider,
            sender=self.parts.sender,
            ticket=self._ticket(f"agent:{provider.key}" if provider.credential else None, provider.hosts()),
            recall=recall,
            record=record,
            tell=tell,
        )
        key = f"{self.key}:{prefix}"
        return await self.meter.turn(agent, turn, provider.key, key, lambda: provider.turn(agent, turn, lent))

    async def call(
        self, connector: str, action: str, params: JsonObject, *, connection: str | None = None, step: str | None = None
    ) -> JsonValue:
        """One connector action; its own step where the node makes several."""
        if not self.stepped:
            return await self._perform(connector, action, params, connection, self.key)
        self.calls += 1
        name = step or f"call {self.calls}: {connector}.{action}"
        do = partial(self._perform, connector, action, params, connection)
        find = partial(self._verify, connector, action, params, connection)
        effect = self.parts.catalog.action(connector, action).effect
        if name not in self.steps:
            # Before its start is recorded: after that, nobody could tell a call that no budget allowed from one that left.
            await self.meter.admit(f"{self.key}:{name}")
        return await self._step(name, effect, do, find, {"integration": connector, "action": action, "params": dict(params)})

    async def verify(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        """What became of this node's own call."""
        return await self._verify(connector, action, params, connection, self.key)

    async def step(self, name: str, effect: Effect, do: Callable[[str], Awaitable[JsonValue]]) -> JsonValue:
        """Do a part of the work once."""
        return await self._step(name, effect, do, None, None)

    async def gathered(self, *, first: int = 0) -> Sequence[ChildResult]:
        """How the runs that this node had ended, in the order of their items."""
        return self.payloads.took(await self.results(self.node_id, first)) if self.results is not None else ()

    async def evaluate(self, field: str, *, item: JsonValue, index: int) -> JsonValue:
        """The value of a deferred field, in the run's scope with this item and index."""
        scope = scope_of(self.course, self.execution_id, self.now)
        scope.item, scope.index = item, index
        return await deferred(self.course.spec(self.node_id), field, scope, self.parts, self.payloads)

    async def evaluate_for(self, field: str, event: JsonValue) -> JsonValue:
        """The value of a deferred field, in the run's scope with this event."""
        scope = scope_of(self.course, self.execution_id, self.now)
        scope.event = event
        return await deferred(self.course.spec(self.node_id), field, scope, self.parts, self.payloads)

    async def send(self, request: Outbound, *, connection: str | None = None) -> Answer:
        """Any request through the guarded door; in a simulated run a labelled answer, and nothing is sent."""
        return await self.meter.call(self.key, lambda: self._send(request, connection))

    async def _send(self, request: Outbound, connection: str | None) -> Answer:
        if self.simulated:
            body: dict[str, JsonValue] = {"simulated": True, "method": request.method, "url": request.url}
            return Answer(200, {"content-type": "application/json"}, encode(body))
        return await self.parts.sender.send(request, self._ticket(None, (), connection))

    @property
    def largest(self) -> int:
        """Bytes that one value may have."""
        return self.payloads.largest

    async def keep(self, data: bytes, media_type: str) -> JsonValue:
        """Put bytes away beside the log at once; what stands for them."""
        return await self.payloads.keep(data, media_type)

    async def progress(self, data: JsonObject) -> None:
        """Tell those who watch, without recording it."""
        self.whisper(NodeProgress(node=self.node_id, data=dict(data), kind=str(data.get("kind", "progress"))))

    async def _step(
        self,
        name: str,
        effect: Effect,
        do: Callable[[str], Awaitable[JsonValue]],
        find: Callable[[str], Awaitable[JsonValue]] | None,
        request: JsonValue,
    ) -> JsonValue:
        before = self.steps.get(name)
        if isinstance(before, StepCompleted):
            if before.problem is not None:
                raise problem_from(before.problem)
            return await self.payloads.opened(before.output)
        key = before.key if before is not None else f"{self.key}:{name}"
        if before is None:
            await self._record(StepStarted(node=self.node_id, attempt=self.attempt, step=name, key=key, effect=effect, input=request))
        if effect in ("write", "idempotent_write") and not self.simulated:
            self.uncertain.add(name)  # until it is known; the node's time may run out in the middle of it
        with self.meter.within(name) as step:
            try:
                found = await self._after_crash(effect, find, key) if before is not None else None
                output = await do(key) if found is None else found
            except Uncertain:
                raise
            except Held as held:
                self.uncertain.discard(name)
                await self._finish_step(step, problem=put_off(held))
                raise
            except BudgetExceeded:
                self.uncertain.discard(name)  # nothing was sent; the step is done when the run may go on
                raise
            except Problem as problem:
                self.uncertain.discard(name)
                await self._finish_step(step, problem=problem.data)
                raise
            self.uncertain.discard(name)
            await self._finish_step(step, output=output)
        return output

    async def _finish_step(self, step: Step, *, output: JsonValue = None, problem: ProblemData | None = None) -> None:
        done = StepCompleted(node=self.node_id, attempt=self.attempt, step=step.name, output=output, problem=problem, usage=step.taken())
        await self._record(done)

    async def _after_crash(self, effect: Effect, find: Callable[[str], Awaitable[JsonValue]] | None, key: str) -> JsonValue:
        """The result of a step that was under way when the process stopped, or None if it may be done (again)."""
        if effect != "write" or self.simulated:
            return None
        if find is None:
            raise Uncertain("The process stopped while this step was under way; it may or may not have happened.")
        try:
            return await find(key)
        except Uncertain:
            raise
        except Problem as problem:
            # That it cannot be looked up at the moment does not say that it did not happen.
            raise Uncertain(f"Whether this step happened could not be found out: {problem.data.detail}") from problem

    async def _record(self, event: StepStarted | StepCompleted) -> None:
        self.steps[event.step] = event
        await self.record([event])

    async def _perform(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        return await self.meter.call(key, lambda: self._performed(connector, action, params, connection, key))

    async def _performed(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        if self.simulated:
            return simulate(self.parts.catalog.action(connector, action), params, key=key)
        return await self.parts.actor.perform(self._errand(connector, action, params, connection, key))

    async def _verify(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        return await self.meter.found(key, self.parts.actor.verify(self._errand(connector, action, params, connection, key)))

    def _errand(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> Errand:
        ticket = self._ticket(connector, (), connection)
        return Errand(connector=connector, action=action, params=params, ticket=ticket, key=key, now=self.now)

    def _ticket(self, integration: str | None, hosts: Sequence[str], connection: str | None = None) -> Ticket:
        allow = self.course.graph.definition.settings.egress
        return Ticket(
            workspace=self.workspace,
            user_id=self.user_id,
            integration=integration,
            connection=connection,
            hosts=tuple(hosts),
            allow=allow,
            place=self.place,
        )
