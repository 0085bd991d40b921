"""The runs of one process: started here or claimed, driven side by side within its slots, handed over when it stops."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from tenuto.core.errors import Unavailable, internal
from tenuto.core.events import format_version
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Claim, Ended, Fenced, Order, Projection, Start, Started
from tenuto.engine.course import Course
from tenuto.engine.desk import Desk
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.pacing.admission import make_room, stands
from tenuto.engine.run import Run
from tenuto.engine.steady import steady

_log = structlog.get_logger(__name__)
_look_every = 1.0


class Worker:
    """Satisfies `core.run.Launcher`; `work` claims what others left."""

    def __init__(self, desk: Desk, *, slots: int = 200) -> None:
        """At most `slots` runs are in memory at the same time; those that wait cost none."""
        self._desk = desk
        self.slots = slots
        self._runs: dict[ExecutionId, Run | None] = {}
        self._tasks: dict[ExecutionId, asyncio.Task[None]] = {}
        self._look = asyncio.Event()
        self._working = False
        self._stopping = False

    @property
    def active(self) -> int:
        """Runs in memory."""
        return len(self._runs)

    @property
    def working(self) -> bool:
        """Whether this process claims runs."""
        return self._working and not self._stopping

    async def launch(self, order: Order) -> Started:
        """Start a run here if there is a free slot, else leave it for any worker. Raises `Problem` for what cannot be stored."""
        if not self.working or len(self._runs) >= self.slots or order.definition.settings.concurrency is not None:
            started = await self._desk.journal.start(await self._unowned(order))
            self._desk.wake()
            return started
        claim = Claim(order.id, order.public_id, 1, 0, order.definition.version_hash, format_version)
        plan = self._desk.plans.of(order.definition)
        run = Run(self._desk, claim, plan, Course(plan.graph))
        self._runs[order.id] = run
        try:
            first, posts, projection = await run.open([order.event])
            started = await self._desk.journal.start(order.starting(first, projection, posts, owned=True))
        except BaseException:
            self._runs.pop(order.id, None)
            raise
        if not (started.new and (started.owned or run.course.state.status.ended)):
            # It was there already; or we have died to the others, and they will find it.
            self._runs.pop(order.id, None)
            return started
        self._tasks[order.id] = asyncio.create_task(self._drive(run), name=order.public_id)
        return started

    async def _unowned(self, order: Order) -> Start:
        payloads = Payloads(self._desk.journal.blobs, order.id, self._desk.values, self._desk.largest)
        first = payloads.part(order.event)
        await payloads.flush()
        return order.starting([first], Projection(Status.pending), owned=False)

    def running(self, run: ExecutionId) -> Run | None:
        """The run, if this process drives it."""
        return self._runs.get(run)

    async def end(self, run: ExecutionId, seconds: float) -> Ended | None:
        """The end of a run that is driven here; None if it is not, or not to its end, or not in time."""
        going = self._runs.get(run)
        if going is None:
            return None
        await asyncio.wait([going.ended], timeout=seconds)
        return going.ended.result() if going.ended.done() and not going.ended.cancelled() else None

    async def work(self) -> None:
        """Claim and drive ready runs until `stop`."""
        self._working = True
        looked = -math.inf
        while not self._stopping:
            self._look.clear()
            more, pause = False, _look_every
            try:
                # By the clock, and not when nothing else is to be done: on a busy day that would be never.
                if time.monotonic() - looked >= _look_every:
                    await self._look_after()
                    looked = time.monotonic()
                more = await self._claim()
            except Unavailable as away:
                # What was asked for may have been done: look whether we own more than we know of.
                looked, pause = -math.inf, 0.2
                _log.info("worker.waits", reason=away.data.detail)
            except Exception as error:
                _log.exception("worker.bug", error=type(error).__name__)
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._look.wait(), pause)

    async def stop(self, grace: float = 10.0) -> None:
        """Claim nothing more, give what runs `grace` seconds, and hand the rest over."""
        self._stopping = True
        self._look.set()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace)
        claims = [run.claim for run in self._runs.values() if run is not None]
        await self.drop()
        try:
            await self._desk.claims.release(claims)
        except Unavailable as away:
            _log.warning("worker.cannot_hand_over", reason=away.data.detail, meaning="others take the runs over in ten seconds")

    async def drop(self) -> None:
        """Stop every run here at once and touch nothing: this process is dead to the others."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runs.clear()
        self._tasks.clear()

    def ready_rang(self, body: str) -> None:
        """Some run is ready somewhere."""
        del body
        self._look.set()

    def mail_rang(self, body: str) -> None:
        """A run has mail; `body` is `workspace:id`."""
        workspace, _, run = body.partition(":")
        if (mine := self._runs.get(ExecutionId(int(workspace), UUID(run)))) is not None:
            mine.mail_came()

    async def _claim(self) -> bool:
        """Claim as many runs as there are free slots; True if there may be more."""
        free = self.slots - len(self._runs)
        if free <= 0:
            return False
        claims = await self._desk.claims.claim(free)
        if self._stopping:  # meanwhile: nobody would wait for these any more
            await self._desk.claims.release(claims)
            return False
        for claim in claims:
            self._runs[claim.id] = None
            self._tasks[claim.id] = asyncio.create_task(self._take(claim), name=claim.public_id)
        return len(claims) == free

    async def _look_after(self) -> None:
        """What the doorbell would have told, had no ring been lost: dead processes and mail; and runs of ours that nobody drives.

        Those are there where the answer to a claim was lost, or whoever asked for a start did not wait for it: they are let go.
        """
        claims = self._desk.claims
        await claims.take_over()
        if lost := [claim for claim in await claims.owned() if claim.id not in self._runs]:
            await claims.release(lost)
        for run in await claims.mailed():
            if (mine := self._runs.get(run)) is not None:
                mine.mail_came()
        await self._desk.outbox.sweep()
        await self._desk.lanes.sweep()

    async def _take(self, claim: Claim) -> None:
        try:
            definition = await steady(lambda: self._desk.journal.definition(claim.id.workspace, claim.version_hash))
            plan = self._desk.plans.of(definition)
            run = await steady(lambda: Run.load(self._desk, claim, plan))
            stood = await stands(self._desk, run)
        except Fenced:
            self._leave(claim)
        except Exception as error:
            # It cannot even be read: released at once it would be claimed again and again, so it stays with us until we stop.
            _log.exception("run.unreadable", run=claim.public_id, error=type(error).__name__)
            if self._holds(claim):
                self._tasks.pop(claim.id, None)
        else:
            if stood or not self._holds(claim):
                run.ended.cancel()
                return self._leave(claim)
            self._runs[claim.id] = run
            await self._drive(run)

    async def _drive(self, run: Run) -> None:
        until: datetime | None = None
        try:
            until = await run.drive()
        except Fenced:
            _log.info("run.fenced", run=run.claim.public_id)
        except Exception as error:
            _log.exception("run.bug", run=run.claim.public_id, error=type(error).__name__)
            await self._fail(run, error)
        finally:
            # Unless it was taken up again meanwhile, by this very process.
            if self._runs.get(run.claim.id) is run:
                self._forget(run.claim.id)
        if until is not None:
            self._wake_at(until)
        await make_room(self._desk, run)

    async def _fail(self, run: Run, error: Exception) -> None:
        """A bug of ours, or what the database refuses, ends the run clearly rather than leaving it hanging."""
        try:
            await run.abandon(internal(error))
        except Fenced:
            return
        except Exception as again:
            _log.exception("run.cannot_be_ended", run=run.claim.public_id, error=type(again).__name__)

    def _leave(self, claim: Claim) -> None:
        """Forget a run that this task has taken, unless it was taken anew meanwhile by this very process."""
        if self._holds(claim):
            self._forget(claim.id)

    def _holds(self, claim: Claim) -> bool:
        return self._tasks.get(claim.id) is asyncio.current_task()

    def _forget(self, run: ExecutionId) -> None:
        full = len(self._runs) >= self.slots
        self._runs.pop(run, None)
        self._tasks.pop(run, None)
        if full:
            self._look.set()

    def _wake_at(self, until: datetime) -> None:
        seconds = max(0.0, (until - self._desk.now()).total_seconds())
        if seconds < 3600:
            asyncio.get_running_loop().call_later(seconds, self._look.set)
