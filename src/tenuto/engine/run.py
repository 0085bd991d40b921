"""One active run: hear, decide, record, perform, park."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tenuto.core.errors import ProblemData
from tenuto.core.events import Event, node_of
from tenuto.core.execution import Status
from tenuto.core.node import Arrived, TimeCame
from tenuto.core.outbox import Post
from tenuto.core.run import Claim, Ended, Fenced, Mail, Projection
from tenuto.engine.attempts import Attempts
from tenuto.engine.course import Course
from tenuto.engine.decide import conclude, decide
from tenuto.engine.desk import Desk
from tenuto.engine.outside.arrivals import called, offered
from tenuto.engine.outside.mail import Letter, asked, opened
from tenuto.engine.plan import Plan
from tenuto.engine.record import Record
from tenuto.engine.rules.signals import DeadlineCame, Signal
from tenuto.engine.steady import steady

_short = 0.5
"""A wait shorter than this many seconds is spent in memory; a longer one costs no memory at all."""


class _MailCame(NamedTuple):
    """The doorbell rang."""


class Run:
    """A run while this process owns it; only its own loop touches it."""

    def __init__(self, desk: Desk, claim: Claim, plan: Plan, course: Course) -> None:
        """`course` holds the log up to the claim's head."""
        self._desk = desk
        self.claim = claim
        self.course = course
        self._inbox: asyncio.Queue[Signal | _MailCame | Exception] = asyncio.Queue()
        self._record = Record(desk, claim, course)
        self._attempts = Attempts(desk, claim, plan=plan, course=course, record=self._record, tell=self._inbox.put_nowait)
        self._opened: set[str] = set()
        self._was_over = course.state.status.ended
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        """Resolves once the run's end is committed; cancelled where the run goes on elsewhere or later."""

    @classmethod
    async def load(cls, desk: Desk, claim: Claim, plan: Plan) -> Run:
        """The run as its log tells it. Nodes that were under way are taken up again. Raises `Fenced`."""
        course = Course(plan.graph)
        log = await desk.journal.read(claim.id)
        for recorded in log:
            course.take(recorded)
        if course.state.head != claim.head:
            raise Fenced(str(claim.id.id))
        run = cls(desk, claim, plan, course)
        for recorded in log:
            if recorded.event.refs:
                run._record.payloads.saw(recorded.event)
        if not course.state.status.ended:
            await run._recover()
        return run

    async def open(self, events: Sequence[Event]) -> tuple[Sequence[tuple[Event, bytes]], Sequence[Post], Projection]:
        """Take the first events in and start the first nodes; answers what has to be inserted before `drive`."""
        self._record.emit_all(events)
        await self._proceed()
        await self._record.payloads.flush()
        return *self._record.first(), self._record.projection()

    def mail_came(self) -> None:
        """The doorbell rang: there may be mail."""
        self._inbox.put_nowait(_MailCame())

    async def drive(self) -> datetime | None:
        """Go on until the run has ended or waits without us; answers when it has to be woken.

        Raises `Fenced`, and what keeps the run from being recorded.
        """
        at: datetime | None = None
        try:
            if self._was_over:
                at = await self._reopen()
            while not self.course.state.status.ended:
                self._attempts.launch()
                if not self._attempts.busy and self._inbox.empty():
                    until = self._waits_until()
                    if await self._park(until):
                        return until
                await self._hear()
                await self._proceed()
                at = await self._record.commit()
            self.ended.set_result(Ended(self.course.state, self.course.started_at, at))
            await self._record.payloads.sweep(self.course.state.head)
            return None
        finally:
            self._attempts.cancel()
            if not self.ended.done():
                self.ended.cancel()

    async def abandon(self, problem: ProblemData) -> None:
        """End the run where its log ends, because of a bug of ours or of what the database refused. Raises `Fenced`."""
        await self._record.abandon(problem)

    async def _recover(self) -> None:
        for node in tuple(self.course.running):
            self._record.payloads.suspect = True
            await self._attempts.recover(node)
        self.mail_came()

    async def _reopen(self) -> datetime | None:
        """The run had ended and was made ready again: the mail says why. Where it says nothing, the end stands."""
        for mail in await steady(lambda: self._desk.mailbox.read(self.claim.id)):
            await self._open(mail)
        if not self.course.state.status.ended:
            await self._recover()
            await self._proceed()
        return await self._record.commit(always=True)

    def _waits_until(self) -> datetime | None:
        return None if self.course.state.status is Status.paused else self.course.next_time()

    async def _park(self, until: datetime | None) -> bool:
        if until is not None and (until - self._desk.now()).total_seconds() < _short:
            return False
        if await steady(lambda: self._desk.claims.park(self.claim, until)):
            return True
        self.mail_came()
        return False

    async def _hear(self) -> None:
        """Wait for something to happen, and take in everything that has happened by then."""
        deadline = self.course.deadline if self.course.state.status is not Status.paused else None
        if deadline is not None and deadline <= self._desk.now():
            await self._ring_timers()  # whatever has happened: a run whose time is over starts nothing more
            return
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
                self._record.emit_all(decide(self.course, item))
        if any(isinstance(item, _MailCame) for item in items):
            for mail in await steady(lambda: self._desk.mailbox.read(self.claim.id)):
                await self._open(mail)
        for node, data in self.course.arrivals.waited_for(self.course.state) if self.course.arrivals.early else ():
            await self._attempts.resume(node, Arrived(data))

    async def _ring_timers(self) -> None:
        now = self._desk.now()
        if (deadline := self.course.deadline) is not None and deadline <= now:
            events = decide(self.course, DeadlineCame())
            self._record.emit_all(events)
            self._attempts.stop(name for event in events if (name := node_of(event)) is not None)
            return
        for node in self.course.due(now):
            state = self.course.state.nodes[node]
            if state.status == "retrying":
                self.course.again(node)
            elif state.held:
                await self._attempts.again(node)
            else:
                await self._attempts.resume(node, TimeCame())

    def _tell(self, event: Event, recorded: bool) -> None:
        self._record.emit(event) if recorded else self._desk.journal.whisper(self.claim.id, event)

    async def _open(self, mail: Mail) -> None:
        if mail.key not in self._opened:
            self._opened.add(mail.key)
            if mail.kind == "answer":
                await self._attempts.resume(str(mail.signal.get("node")), asked(mail), Letter.of(mail))
            elif mail.kind == "children":
                await self._attempts.gather(mail.signal)
            elif mail.kind in ("call", "event"):
                arrived = called if mail.kind == "call" else offered
                await arrived(mail, self.course, self._attempts, self._tell)
            else:
                self._record.emit_all(decide(self.course, opened(mail, self._desk.now())))
        # Only now, for a node that records something meanwhile commits whatever is consumed by then; and again if it was sent again:
        # mail that is left keeps the run from parking.
        self._record.consume(mail.key)

    async def _proceed(self) -> None:
        """Start what can start, evaluate what is pure, and see what follows, until only waiting is left."""
        while not self.course.state.status.ended:
            if (node := self.course.next_start) is not None:
                await self._attempts.start(node)
            elif events := conclude(self.course):
                self._record.emit_all(events)
            else:
                break
