"""One active run: hear, decide, record, perform, park."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.errors import Problem, ProblemData
from tenuto.core.events import Event, NodeFailed, NodeProgress, NodeStarted, Recorded, WorkflowFailed, event_data, node_of
from tenuto.core.execution import Status
from tenuto.core.run import Claim, Fenced, Mail, Projection
from tenuto.core.workflow import Failed, NodeKind, TimeCame
from tenuto.engine.context import Context
from tenuto.engine.course import Course
from tenuto.engine.decide import DeadlineCame, Reported, Signal, conclude, decide, in_flight
from tenuto.engine.desk import Desk
from tenuto.engine.mail import asked, opened
from tenuto.engine.perform import perform, resume
from tenuto.engine.plan import Plan
from tenuto.engine.prepare import Prepared, prepare, prepared_again, scope_of
from tenuto.engine.steady import steady

_short = 0.5
"""A wait shorter than this many seconds is spent in memory; a longer one costs no memory at all."""


class _MailCame(NamedTuple):
    """The doorbell rang."""


class _Launch(NamedTuple):
    node: str
    prepared: Prepared
    recovering: bool


class Run:
    """A run while this process owns it; only its own loop touches it."""

    def __init__(self, desk: Desk, claim: Claim, plan: Plan, course: Course) -> None:
        self._desk = desk
        self._plan = plan
        self.claim = claim
        self.course = course
        self._inbox: asyncio.Queue[Signal | _MailCame | Exception] = asyncio.Queue()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._launches: list[_Launch] = []
        self._pending: list[tuple[Event, bytes]] = []
        self._consumed: list[str] = []
        self._opened: set[str] = set()
        self._head = claim.head
        self._last: asyncio.Future[datetime] | None = None
        self.ended: asyncio.Future[Course] = asyncio.get_running_loop().create_future()
        """Resolves with the course once the run's end is committed."""

    @classmethod
    async def load(cls, desk: Desk, claim: Claim, plan: Plan) -> Run:
        """The run as its log tells it. Nodes that were under way are taken up again. Raises `Fenced`."""
        course = Course(plan.graph)
        for recorded in await desk.journal.read(claim.id):
            course.take(recorded)
        if course.state.head != claim.head:
            raise Fenced(str(claim.id.id))
        run = cls(desk, claim, plan, course)
        for node in course.running:
            run._recover(node)
        run._inbox.put_nowait(_MailCame())
        return run

    async def begin(self, events: Sequence[Event]) -> tuple[Sequence[tuple[Event, bytes]], Projection]:
        """Take the first events in and start the first nodes; answers what has to be inserted before `drive`."""
        for event in events:
            self._emit(event)
        await self._proceed()
        first, self._pending = self._pending, []
        self._head = len(first)
        return first, self.projection()

    def mail_came(self) -> None:
        """The doorbell rang: there may be mail."""
        self._inbox.put_nowait(_MailCame())

    async def drive(self) -> datetime | None:
        """Go on until the run has ended or waits without us; answers when it has to be woken.

        Raises `Fenced`, and what keeps the run from being recorded.
        """
        try:
            while not self.course.state.status.ended:
                self._launch()
                if not self._tasks and self._inbox.empty():
                    until = self._waits_until()
                    if await self._park(until):
                        return until
                await self._hear()
                await self._proceed()
                await self._commit()
            self.ended.set_result(self.course)
            return None
        finally:
            for task in self._tasks.values():
                task.cancel()
            if not self.ended.done():
                self.ended.cancel()

    async def abandon(self, problem: ProblemData) -> None:
        """End the run where its log ends, because of a bug of ours or of what the database refused. Raises `Fenced`.

        Whatever had not been committed is forgotten: it may be what went wrong.
        """
        if self._last is not None:
            await asyncio.gather(self._last, return_exceptions=True)
        course = Course(self._plan.graph)
        for recorded in await steady(lambda: self._desk.journal.read(self.claim.id)):
            course.take(recorded)
        if course.state.status.ended:
            return
        event = WorkflowFailed(problem=problem, in_flight=in_flight(course))
        error: JsonValue = problem.model_dump(mode="json", exclude_none=True)
        projection = Projection(status=Status.failed, error=error, ended=True)
        await self._desk.journal.commit(self.claim, course.state.head, [(event, event_data(event))], projection)

    def projection(self) -> Projection:
        """The columns of the run's row as they are now."""
        state = self.course.state
        error = state.error
        if state.status is Status.cancelled:
            error = ProblemData(type="cancelled", status=409, detail=state.ended_by or "cancelled")
        return Projection(
            status=state.status,
            current_node=state.current,
            waiting_for="; ".join(state.waiting_for) or None,
            error=error.model_dump(mode="json", exclude_none=True) if error else None,
            ended=state.status.ended,
        )

    def _waits_until(self) -> datetime | None:
        return None if self.course.state.status is Status.paused else self.course.next_time()

    async def _park(self, until: datetime | None) -> bool:
        if until is not None and (until - self._desk.now()).total_seconds() < _short:
            return False
        if await steady(lambda: self._desk.claims.park(self.claim, until)):
            return True
        self._inbox.put_nowait(_MailCame())
        return False

    async def _hear(self) -> None:
        """Wait for something to happen, and take in everything that has happened by then."""
        until = self._waits_until()
        items: list[Signal | _MailCame | Exception] = []
        try:
            limit = max(0.0, (until - self._desk.now()).total_seconds()) if until is not None else None
            items.append(await (self._inbox.get() if limit is None else asyncio.wait_for(self._inbox.get(), limit)))
        except TimeoutError:
            await self._ring_timers()
        while not self._inbox.empty():
            items.append(self._inbox.get_nowait())
        for item in items:
            if isinstance(item, Exception):
                raise item
            if not isinstance(item, _MailCame):
                self._emit_all(decide(self.course, item))
        if any(isinstance(item, _MailCame) for item in items):
            for mail in await steady(lambda: self._desk.mailbox.read(self.claim.id)):
                await self._open(mail)

    async def _ring_timers(self) -> None:
        now = self._desk.now()
        if (deadline := self.course.deadline) is not None and deadline <= now:
            return self._emit_all(decide(self.course, DeadlineCame()))
        for node in self.course.due(now):
            if self.course.state.nodes[node].status == "retrying":
                self.course.again(node)
            else:
                await self._resume(node, None)
        return None

    async def _open(self, mail: Mail) -> None:
        if mail.key not in self._opened:
            self._opened.add(mail.key)
            if mail.kind == "answer":
                await self._resume(str(mail.signal.get("node")), mail)
            else:
                self._emit_all(decide(self.course, opened(mail, self._desk.now())))
        # Only now, for a node that records something meanwhile commits whatever is consumed by then; and again if it was sent again:
        # mail that is left keeps the run from parking.
        self._consumed.append(mail.key)

    async def _resume(self, node: str, mail: Mail | None) -> None:
        """Ask a waiting node again, because its time has come or somebody answered."""
        state = self.course.state.nodes.get(node)
        if state is None or state.status != "waiting" or self.course.state.status.ended:
            return
        prepared = prepared_again(self.course, node, self._desk.parts)
        outcome = await resume(
            prepared.kind, self.course.spec(node), self._context(node, prepared.kind), asked(mail) if mail else TimeCame()
        )
        if isinstance(outcome, Problem):
            refused: JsonValue = outcome.data.model_dump(mode="json", exclude_none=True)
            self._emit(NodeProgress(node=node, kind="answer_refused", data=refused))
            return
        self._emit_all(decide(self.course, Reported(node, state.attempt, outcome, self._desk.now())))

    async def _proceed(self) -> None:
        """Start what can start, evaluate what is pure, and see what follows, until only waiting is left."""
        while not self.course.state.status.ended:
            if self.course.ready and self.course.ending is None and self.course.state.status is not Status.paused:
                await self._start(next(iter(self.course.ready)))
            elif events := conclude(self.course):
                self._emit_all(events)
            else:
                break

    async def _start(self, node: str) -> None:
        spec, now = self.course.spec(node), self._desk.now()
        before = self.course.state.nodes.get(node)
        attempt = before.attempt + 1 if before is not None else 1
        key = f"{self.claim.id.id}:{node}:{attempt}"
        agent_name = self._agent_name(node)
        try:
            prepared = await prepare(self._plan, self.course, node, scope_of(self.course, self.claim.public_id, now), self._desk.parts)
        except Problem as problem:
            self._emit(NodeStarted(node=node, node_type=spec.type, agent_name=agent_name, attempt=attempt, key=key))
            outcome = Failed(problem.at(node=node).data)
            return self._emit_all(decide(self.course, Reported(node, attempt, outcome, now, agent_name=agent_name)))
        kind = prepared.kind
        self._emit(
            NodeStarted(
                node=node,
                node_type=spec.type,
                agent_name=agent_name,
                attempt=attempt,
                key=key,
                effect=prepared.effect,
                input=prepared.config,
            )
        )
        if kind.pure:
            outcome = await perform(kind, spec, prepared.effect, self._context(node, kind))
            return self._emit_all(decide(self.course, Reported(node, attempt, outcome, now)))
        self._launches.append(_Launch(node, prepared, recovering=False))
        return None

    def _recover(self, node: str) -> None:
        """Take up a node that was under way when its process stopped."""
        try:
            prepared = prepared_again(self.course, node, self._desk.parts)
        except Problem as problem:
            attempt = self.course.state.nodes[node].attempt
            self._inbox.put_nowait(Reported(node, attempt, Failed(problem.at(node=node).data), self._desk.now()))
            return
        self._launches.append(_Launch(node, prepared, recovering=True))

    def _launch(self) -> None:
        """Perform what was started, now that its start is committed."""
        for launch in self._launches:
            self._tasks[launch.node] = asyncio.create_task(self._perform(launch), name=launch.node)
        self._launches.clear()

    async def _perform(self, launch: _Launch) -> None:
        kind, effect = launch.prepared.kind, launch.prepared.effect
        context = self._context(launch.node, kind)
        began = time.monotonic()
        if launch.recovering:
            # The attempt began when its start was committed: whoever looks for traces of it has to look from then on.
            context.now = self.course.state.nodes[launch.node].started_at or context.now
        try:
            outcome = await perform(kind, self.course.spec(launch.node), effect, context, recovering=launch.recovering)
        except Exception as error:
            # Fenced, or what kept a step from being committed: the run's own loop has to know, or it would wait for ever.
            self._inbox.put_nowait(error)
            return
        self._tasks.pop(launch.node, None)
        duration = round((time.monotonic() - began) * 1000, 3)
        report = Reported(
            launch.node, context.attempt, outcome, self._desk.now(), duration, self._desk.chance(), self._agent_name(launch.node)
        )
        self._inbox.put_nowait(report)

    def _context(self, node: str, kind: NodeKind) -> Context:
        state = self.course.state.nodes[node]
        return Context(
            parts=self._desk.parts,
            course=self.course,
            workspace=self.claim.id.workspace,
            execution_id=self.claim.public_id,
            node_id=node,
            attempt=state.attempt,
            key=state.key,
            now=self._desk.now(),
            stepped=kind.stepped,
            record=self._record,
            whisper=lambda event: self._desk.journal.whisper(self.claim.id, event),
            steps=dict(state.steps or {}),
        )

    async def _record(self, events: Sequence[Event]) -> None:
        for event in events:
            event_data(event)
        self._emit_all(events)
        try:
            await self._commit()
        except Exception as error:
            # The node may take this for a failure of its own; the run cannot go on.
            self._inbox.put_nowait(error)
            raise

    def _emit_all(self, events: Sequence[Event]) -> None:
        for event in events:
            self._emit(event)

    def _emit(self, event: Event) -> None:
        """Take an event in and queue it. What cannot be stored fails its node (or its run), and nothing else."""
        try:
            data = event_data(event)
        except Problem as problem:
            event = _unstorable(event, problem)
            data = event_data(event)
        seq = self._head + len(self._pending) + 1
        self.course.take(Recorded(seq, self._desk.now(), event))
        self._pending.append((event, data))

    async def _commit(self) -> None:
        """Wait until everything that was emitted is committed. Raises `Fenced`."""
        if self._pending or self._consumed:
            events, self._pending = self._pending, []
            consumed, self._consumed = self._consumed, []
            old, self._head = self._head, self._head + len(events)
            self._last = self._desk.journal.commit(self.claim, old, events, self.projection(), consumed)
            # Where the run is dropped meanwhile, nobody asks any more how it went.
            self._last.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._last is not None:
            await asyncio.shield(self._last)

    def _agent_name(self, node: str) -> str | None:
        return self._plan.agent_names.get(node)


def _unstorable(event: Event, problem: Problem) -> Event:
    node = node_of(event)
    if node is None:
        return WorkflowFailed(problem=problem.data)
    return NodeFailed(node=node, problem=problem.at(node=node).data)
