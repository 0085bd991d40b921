"""The attempts of one run: nodes made ready, performed side by side once their start is committed, and asked again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias, cast

from tenuto.core.errors import Problem
from tenuto.core.events import Event, NodeCompleted, NodeStarted
from tenuto.core.node import Again, Arrived, Failed, NodeKind, Outcome, Settled, Spawned, Suspended, Wakening
from tenuto.core.run import Claim
from tenuto.core.usage import added
from tenuto.core.values import JsonObject
from tenuto.core.workflow import NodeSpec
from tenuto.engine.children.spawn import Nest
from tenuto.engine.context import Context
from tenuto.engine.contexts import Contexts
from tenuto.engine.course import Course
from tenuto.engine.decide import decide, overtaken
from tenuto.engine.desk import Desk
from tenuto.engine.outside.mail import Letter, refusal
from tenuto.engine.perform import gather, perform, resume
from tenuto.engine.plan import Plan
from tenuto.engine.prepare import Prepared, large_message, prepare, prepared_again, scope_of
from tenuto.engine.record import Record
from tenuto.engine.replaying import given, replay, source_of
from tenuto.engine.rules.doubts import going_on, step_of
from tenuto.engine.rules.signals import Reported
from tenuto.engine.steady import steady

Tell: TypeAlias = Callable[[Reported | Exception], None]
"""Puts a report, or what keeps the run from going on, into the run's inbox."""


class _Launch(NamedTuple):
    node: str
    prepared: Prepared
    recovering: bool


class Attempts:
    """What is being performed for one run."""

    def __init__(self, desk: Desk, claim: Claim, *, plan: Plan, course: Course, record: Record, tell: Tell) -> None:
        self._desk = desk
        self._claim = claim
        self._plan = plan
        self._course = course
        self._record = record
        self._tell = tell
        self._contexts = Contexts(desk, claim, course, record.payloads, self._commit)
        self._nest = Nest(desk, claim, plan, course)
        self._launches: list[_Launch] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        course.addresses.update((node, desk.parts.addresses.shown(claim.id, node)) for node in plan.callable)
        self._stopping: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether something is being performed."""
        return bool(self._tasks)

    async def start(self, node: str) -> None:
        """Record the start of an attempt; a pure node is evaluated at once, any other one waits for `launch`."""
        spec, now = self._course.spec(node), self._desk.now()
        before = self._course.state.nodes.get(node)
        attempt = before.attempt + 1 if before is not None else 1
        key = f"{self._claim.id.id}:{node}:{attempt}"
        agent_name, undoes = self._plan.agent_names.get(node), self._course.undoes(node)
        bare = NodeStarted(node=node, node_type=spec.type, agent_name=agent_name, attempt=attempt, key=key, undoes=undoes)
        if (answer := given(self._course, node)) is not None:
            self._ended(bare, await self._record.payloads.lifted(answer), now, source=source_of(self._course, node))
            return
        try:
            scope, parts = scope_of(self._course, self._claim.public_id, now), self._desk.parts
            prepared = await prepare(self._plan, self._course, node, scope, parts=parts, payloads=self._record.payloads)
            kind, config, effect = prepared
        except Problem as problem:
            self._ended(bare, Failed(problem.at(node=node).data), now)
            return
        self._begin(bare.model_copy(update={"effect": effect, "input": config, "spawns": kind.spawns or None}))
        if kind.pure:
            context = self._contexts.of(node, kind)
            outcome = await self._settled_at_once(kind, spec, context, await perform(kind, spec, effect, context))
            self._record.emit_all(decide(self._course, Reported(node, attempt, outcome, now)))
        else:
            self._launches.append(_Launch(node, prepared, recovering=False))

    async def recover(self, node: str) -> None:
        """Take up a node that was under way when its process stopped."""
        await self._take_up(node, recovering=True)

    async def _take_up(self, node: str, *, recovering: bool) -> None:
        try:
            prepared = await prepared_again(self._course, node, self._desk.parts, self._record.payloads)
        except Problem as problem:
            attempt = self._course.state.nodes[node].attempt
            self._tell(Reported(node, attempt, Failed(problem.at(node=node).data), self._desk.now()))
            return
        self._launches.append(_Launch(node, prepared, recovering=recovering))

    async def again(self, node: str) -> None:
        """Begin an attempt once more that a rate limit has put off: its key stays, and its start is committed anew before it leaves."""
        state, spec = self._course.state.nodes[node], self._course.spec(node)
        started = NodeStarted(
            node=node, node_type=spec.type, agent_name=self._plan.agent_names.get(node), attempt=state.attempt, key=state.key,
            effect=state.effect, input=state.input,
        )  # fmt: skip
        self._record.emit(started)
        await self._take_up(node, recovering=False)

    def launch(self) -> None:
        """Perform what was started, now that its start is committed."""
        for launch in self._launches:
            self._tasks[launch.node] = asyncio.create_task(self._perform(launch), name=launch.node)
        self._launches.clear()

    def stop(self, nodes: Iterable[str]) -> None:
        """Stop what is being performed for these nodes, and do not perform what was to be; what they would have reported is void."""
        gone = set(nodes)
        self._launches = [launch for launch in self._launches if launch.node not in gone]
        for node in gone & self._tasks.keys():
            task = self._tasks.pop(node)
            task.cancel()
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    def cancel(self) -> None:
        """Stop everything that is being performed."""
        for task in self._tasks.values():
            task.cancel()

    async def resume(self, node: str, wakening: Wakening, letter: Letter | None = None) -> None:
        """Ask a waiting node again, because its time has come or somebody answered; what it says is emitted.

        `letter` is what somebody waits to hear about: the events that come of it name it.
        """
        state = self._course.state.nodes.get(node)
        late = letter.late(node, state) if letter is not None else None
        if self._course.state.status.ended or (late is None and (state is None or state.status != "waiting" or state.held)):
            return
        outcome = late if late is not None else await self.asked(node, wakening, letter)
        if isinstance(outcome, Problem):
            self._record.emit(refusal(node, outcome, letter))
        elif outcome is not None:
            self.settle(node, outcome, letter)

    async def asked(self, node: str, wakening: Wakening, letter: Letter | None = None) -> Settled | Problem | None:
        """What a waiting node says to this; a `Problem` where it refuses, None where it works on."""
        payloads, spec = self._record.payloads, self._course.spec(node)
        prepared = await prepared_again(self._course, node, self._desk.parts, payloads)
        context = self._contexts.of(node, prepared.kind)
        context.waiting = cast("JsonObject", await payloads.opened(dict(context.waiting)))
        if isinstance(wakening, Arrived):
            wakening = replace(wakening, data=await payloads.opened(wakening.data))
        outcome = await resume(prepared.kind, spec, context, wakening)
        if isinstance(outcome, Again):
            answered = step_of(node, self._course.state.nodes[node], outcome)
            self._record.emit_all(answered if letter is None else letter.named(answered))
            self._record.emit(going_on(node, self._course.state.nodes[node], spec.type, self._plan.agent_names.get(node)))
            self._launches.append(_Launch(node, prepared, recovering=False))
            return None
        return await self._nest.settled(prepared.kind, spec, context, outcome) if isinstance(outcome, Spawned) else outcome

    def settle(self, node: str, outcome: Settled, letter: Letter | None) -> None:
        """Record what follows from what a waiting node said."""
        events = decide(self._course, Reported(node, self._course.state.nodes[node].attempt, outcome, self._desk.now()))
        self._record.emit_all(events if letter is None else letter.named(events))

    def _ended(self, started: NodeStarted, outcome: Settled, now: datetime, source: str | None = None) -> None:
        """Record an attempt of which nothing is performed; `source` says where an answer is from that was given."""
        self._begin(started)
        report = Reported(started.node, started.attempt, outcome, now, agent_name=started.agent_name)
        events = decide(self._course, report)
        self._record.emit_all([each.model_copy(update={"given": source}) if isinstance(each, NodeCompleted) else each for each in events])

    def _begin(self, started: NodeStarted) -> None:
        """Record a start and, with it, in one commit, what it puts an end to."""
        self._record.emit(started)
        if started.node in self._course.graph.rivals:
            lost = overtaken(self._course, started.node)
            self._record.emit_all(lost)
            self.stop(event.node for event in lost)

    async def gather(self, ended: JsonObject) -> None:
        """Go on with a node whose runs have all ended; mail about runs it no longer waits for says nothing."""
        node = str(ended.get("node"))
        state = self._course.state.nodes.get(node)
        if state is None or state.status != "waiting" or state.data is None or self._course.state.status.ended:
            return
        if (state.data.get("attempt"), state.data.get("count")) != (ended.get("attempt"), ended.get("total")):
            return
        spec, kind = self._course.spec(node), (await prepared_again(self._course, node, self._desk.parts, self._record.payloads)).kind
        context = self._contexts.of(node, kind)
        outcome = await self._record.payloads.lifted(await steady(lambda: self._gathered(kind, spec, context)))
        used = added(state.usage, None if isinstance(outcome, Suspended) else await self._nest.used(node, state.attempt))
        chance = self._desk.chance()
        self._record.emit_all(decide(self._course, Reported(node, state.attempt, outcome, self._desk.now(), chance=chance, usage=used)))

    async def _gathered(self, kind: NodeKind, spec: NodeSpec, context: Context) -> Settled:
        return await self._nest.settled(kind, spec, context, await gather(kind, spec, context))

    async def _settled_at_once(self, kind: NodeKind, spec: NodeSpec, context: Context, outcome: Outcome) -> Settled:
        settled = await self._nest.settled(kind, spec, context, outcome) if isinstance(outcome, Spawned) else outcome
        return await self._record.payloads.lifted(settled)

    async def _perform(self, launch: _Launch) -> None:
        node, kind, effect = launch.node, launch.prepared.kind, launch.prepared.effect
        spec, context, began = self._course.spec(node), self._contexts.of(node, kind), time.monotonic()
        if launch.recovering:
            # The attempt began when its start was committed: whoever looks for traces of it has to look from then on.
            context.now = self._course.state.nodes[node].started_at or context.now
        try:
            context.said = await large_message(self._course, self._record.payloads)
            attempt = perform(kind, spec, effect, context, recovering=launch.recovering)
            outcome = await self._settled_at_once(kind, spec, context, await replay(self._plan, self._course, node, attempt))
        except Exception as error:
            # Fenced, or what kept a step from being committed: the run's own loop has to know, or it would wait for ever.
            self._tell(error)
            return
        self._tasks.pop(node, None)
        duration = round((time.monotonic() - began) * 1000, 3)
        name, chance = self._plan.agent_names.get(node), self._desk.chance()
        usage = added(self._course.state.nodes[node].usage, context.meter.loose)
        self._tell(Reported(node, context.attempt, outcome, self._desk.now(), duration, chance, name, usage))

    async def _commit(self, events: Sequence[Event]) -> None:
        """Record what a node learnt on the way. Raises what cannot be stored before it is emitted."""
        for event in events:
            self._record.payloads.part(event)
        self._record.emit_all(events)
        try:
            await self._record.step()
        except Exception as error:
            # The node may take this for a failure of its own; the run cannot go on.
            self._tell(error)
            raise
