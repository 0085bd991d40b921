"""What a running node may ask of the house: agents, actions, steps and the guarded door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply, Turn
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Effect, Outbound
from tenuto.core.errors import NotFound
from tenuto.core.events import Event, NodeProgress, StepCompleted
from tenuto.core.family import ChildResult
from tenuto.core.limits import Place
from tenuto.core.node import NodeKind, Outcome
from tenuto.core.program import Program
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Errand
from tenuto.engine.actions.pretence import Pretence
from tenuto.engine.actions.requests import http_step
from tenuto.engine.actions.steps import Step, Steps
from tenuto.engine.actions.tools import Tooled
from tenuto.engine.actions.turns import ProviderTurn
from tenuto.engine.course import Course
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.pacing.places import begun
from tenuto.engine.parts import Parts
from tenuto.engine.prepare import authors_of, deferred, scope_of
from tenuto.engine.spending.meter import Meter


@dataclass(kw_only=True)
class Context(Tooled):
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
    clock: Callable[[], datetime]
    """The time by the database's clock, as it is when it is asked."""
    whisper: Callable[[Event], None]
    payloads: Payloads
    results: Callable[[str, int], Awaitable[Sequence[ChildResult]]] | None = None
    steps: Steps
    meter: Meter
    pretence: Pretence | None = None
    """What answers in place of the outside; None where what is done is real."""
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
        return self.pretence is not None

    @property
    def message(self) -> str:
        """The run's message."""
        return self.said if self.said is not None else self.course.started.message if self.course.started else ""

    @property
    def address(self) -> str:
        """The node's one-time address as it may be recorded."""
        return self.course.addresses.get(self.node_id, "")

    @property
    def printed(self) -> int:
        """How many characters of what this attempt's code prints are recorded."""
        node = self.course.state.nodes.get(self.node_id)
        return node.printed if node else 0

    def agent(self, agent_id: str) -> Agent:
        """An agent of this workflow. Raises `NotFound`."""
        for agent in self.course.graph.definition.agents:
            if agent.id == agent_id:
                return agent
        known = ", ".join(agent.id for agent in self.course.graph.definition.agents) or "none"
        raise NotFound(f'This workflow has no agent "{agent_id}". It has: {known}.', node=self.node_id)

    async def turn(self, agent: Agent, turn: Turn) -> Reply:
        """One turn of an agent, by its provider or, in a simulated run, by the simulated one."""
        self.turns += 1
        # Finished steps are not done again after a crash, so that only within a step a count of turns would go wrong.
        prefix = f"{self.meter.step or f'turn {self.turns}'} {'repair ' if turn.repair is not None else ''}"
        provider = self.parts.providers.get("simulated" if self.simulated else agent.provider) or self.parts.catalog.provider(
            agent.provider
        )

        def recall(name: str) -> JsonValue:
            fact = self.steps.known.get(prefix + name)
            return fact.output if isinstance(fact, StepCompleted) else None

        async def record(name: str, value: JsonValue) -> None:
            await self.steps.remember(prefix + name, value, fact=True)

        async def tell(data: JsonObject) -> None:
            await self.progress({**data, "agent": agent.id, "agent_name": agent.name})

        vendor = provider.vendor(agent)
        lent = ProviderTurn(
            provider=provider,
            sender=self.parts.sender,
            ticket=self._ticket(vendor.integration, vendor.hosts) if vendor is not None else self._ticket(None, ()),
            recall=recall,
            record=record,
            tell=tell,
            lend=self.parts.lend,
        )
        key = f"{self.key}:{prefix}"
        return await self.meter.turn(agent, turn, provider.key, key, lambda: provider.turn(agent, turn, lent))

    async def call(
        self, connector: str, action: str, params: JsonObject, *, connection: str | None = None, step: str | None = None
    ) -> JsonValue:
        """One connector action; its own step where the node makes several."""
        if not self.stepped:
            return await self.perform(connector, action, params, connection, self.key)
        self.calls += step is None
        name = step or f"call {self.calls}: {connector}.{action}"
        return await self.steps.once(self.action_step(name, connector, action, params, connection))

    async def verify(self, connector: str, action: str, params: JsonObject, *, connection: str | None = None) -> JsonValue:
        """What became of this node's own call."""
        return await self._verify(connector, action, params, connection, self.key)

    def action_step(self, name: str, connector: str, action: str, params: JsonObject, connection: str | None) -> Step:
        """One connector action as a step. Raises `NotFound`."""
        do = partial(self.perform, connector, action, params, connection)
        find = partial(self._verify, connector, action, params, connection)
        effect = self.parts.catalog.action(connector, action).effect
        request: JsonValue = {"integration": connector, "action": action, "params": dict(params)}
        return Step(name=name, effect=effect, do=do, find=find, request=request, reserved=True)

    def request_step(self, name: str, config: JsonObject) -> Step:
        """Any request as a step, as a node of the kind `http` makes it."""

        async def run(kind: NodeKind, key: str) -> Outcome:
            return await kind.run(replace(self, key=key))

        return http_step(self.parts.catalog, name, config, run)

    async def step(self, name: str, effect: Effect, do: Callable[[str], Awaitable[JsonValue]]) -> JsonValue:
        """Do a part of the work once."""
        return await self.steps.once(Step(name=name, effect=effect, do=do))

    async def python(self, program: Program) -> Outcome:
        """Run a program in the sandbox, each of its calls a step."""
        return await self.parts.programs.run(program, self, self.parts.catalog)

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
        if self.pretence is not None:
            return self.pretence.send(request)
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

    async def perform(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        """One connector action under a key of its own; simulated in a simulated run."""
        return await self.meter.call(key, lambda: self._performed(connector, action, params, connection, key))

    async def _performed(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        if self.pretence is not None:
            return self.pretence.perform(connector, self.parts.catalog.action(connector, action), params, key)
        return await self.parts.actor.perform(self._errand(connector, action, params, connection, key))

    async def _verify(self, connector: str, action: str, params: JsonObject, connection: str | None, key: str) -> JsonValue:
        if self.pretence is not None:
            return None  # nothing was sent
        errand = self._errand(connector, action, params, connection, key)
        # It is about something that may have left: put off, that would look as if it had not.
        errand = replace(errand, ticket=replace(errand.ticket, place=begun(self.place)))
        return await self.meter.found(key, self.parts.actor.verify(errand))

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
