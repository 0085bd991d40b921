"""A whole engine on a real database: what app.py builds, without HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.agent import AgentProvider
from tenuto.core.catalog import Catalog, discover
from tenuto.core.events import Recorded, WorkflowStarted, terminal
from tenuto.core.execution import ExecutionId, State, fold
from tenuto.core.run import Mail, Order, Started
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.actions.act import Actor
from tenuto.engine.children.aftermath import Aftermath
from tenuto.engine.desk import Desk
from tenuto.engine.ending import Ender
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.large.payloads import default_largest
from tenuto.engine.pacing.lease import Leased
from tenuto.engine.pacing.paced import Paced
from tenuto.engine.parts import Parts
from tenuto.engine.ports import Sender
from tenuto.engine.spending.purse import Spending
from tenuto.engine.worker import Worker
from tenuto.services.executions.sources import StoredDefinitions
from tenuto.store.database import Database
from tenuto.store.executions import heads
from tenuto.store.kin.children import Children
from tenuto.store.limits.lanes import Lanes
from tenuto.store.limits.rates import RateLimits
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.claims import Claims
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.identity import Identity, new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.life import Life
from tenuto.store.runs.mailbox import Mailbox
from tenuto.store.runs.outbox import Outbox
from tenuto.store.runs.spending import Accounts
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets


@dataclass
class Clock:
    """What the engine takes for the time: the database's clock, which a test may put forward."""

    life: Life
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return self.life.now() + self.ahead


@dataclass
class Rig:
    """One process's engine."""

    database: Database
    journal: Journal
    feed: Feed
    claims: Claims
    mailbox: Mailbox
    worker: Worker
    life: Life
    identity: Identity
    clock: Clock
    ended: dict[UUID, asyncio.Event] = field(default_factory=dict[UUID, asyncio.Event])

    async def start(
        self,
        definition: WorkflowDefinition,
        *,
        input: JsonValue = None,
        message: str = "",
        simulated: bool = False,
        public_id: str | None = None,
        user_id: str | None = None,
        priority: int = 0,
    ) -> Started:
        run = ExecutionId(1, new_id())
        event = WorkflowStarted(
            workflow_id=definition.id,
            workflow_name=definition.name,
            version=definition.version_hash,
            input={"message": message} if input is None else input,
            vars={"message": message},
            message=message,
            simulated=simulated,
            user_id=user_id,
        )
        order = Order(id=run, public_id=public_id or str(run.id), definition=definition, event=event, priority=priority)
        return await self.worker.launch(order)

    async def end(self, run: ExecutionId, *, seconds: float = 60) -> list[Recorded]:
        """The whole log, once the run has ended."""
        seen: list[Recorded] = []
        async with asyncio.timeout(seconds), self.feed.watch(run, 0, self.journal.read) as watch:
            while not seen or seen[-1].event.type not in terminal:
                events, _ = await watch.next(5)
                seen.extend(events)
        return seen

    async def until(self, run: ExecutionId, kind: str, *, node: str | None = None, seconds: float = 60) -> list[Recorded]:
        """The log up to the first event of a type."""
        seen: list[Recorded] = []
        async with asyncio.timeout(seconds), self.feed.watch(run, 0, self.journal.read) as watch:
            while not any(r.event.type == kind and (node is None or getattr(r.event, "node", None) == node) for r in seen):
                assert not seen or seen[-1].event.type not in terminal, f"the run ended without {kind}: {seen[-1].event}"
                events, _ = await watch.next(5)
                seen.extend(events)
        return seen

    async def run(self, definition: WorkflowDefinition, **given: object) -> State:
        started = await self.start(definition, **given)  # pyright: ignore[reportArgumentType]  # handed through
        return fold(await self.end(started.id))

    async def idle(self, *, seconds: float = 60) -> None:
        """Until its worker has no run in hand; one whose end has just been committed is still put down."""
        async with asyncio.timeout(seconds):
            while self.worker.active:
                await asyncio.sleep(0.01)

    async def later(self, seconds: float) -> None:
        """Let that much time have passed for runs that wait without a process."""
        await self.idle()
        self.clock.ahead += timedelta(seconds=seconds)
        due = "update executions set ready_at = now() where finished_at is null and ready_at between now() and $1"
        await self.database.pool.execute(due, self.clock.now())
        self.worker.ready_rang("")

    async def mail(self, run: ExecutionId, mail: Mail) -> bool:
        return await self.mailbox.send(run, mail)


@asynccontextmanager
async def rig(
    database: Database,
    *,
    catalog: Catalog | None = None,
    sender: Sender | None = None,
    providers: Mapping[str, AgentProvider] | None = None,
    bases: Mapping[str, str] | None = None,
    slots: int = 200,
    tick: Callable[[], None] | None = None,
    largest: int = default_largest,
) -> AsyncGenerator[Rig]:
    """An engine that works until the block ends, and then hands over what runs."""
    identity = Identity()
    bell = Bell(database, identity.process)
    feed = Feed(bell)
    outbox = Outbox(database, tick)
    journal = Journal(database, feed, lambda: identity.process, tick, posted=outbox.accept)
    claims = Claims(database, bell, identity)
    lanes = Lanes(database, bell, identity, tick)
    mailbox = Mailbox(database, bell)
    life = Life(database, bell, identity)
    clock = Clock(life)
    catalog = catalog or discover()
    leased = Leased(sender or VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)), life.alive)
    door = Paced(leased, catalog, RateLimits(database), partial(bell.ring, "limit", here=False))
    bell.hear("limit", door.rang)
    sandbox = Sandbox()
    parts = Parts(
        catalog=catalog, providers=providers or catalog.providers, sender=door, actor=Actor(catalog, door, bases=bases), sandbox=sandbox,
        spending=Spending(accounts=Accounts(database, identity)),
    )  # fmt: skip
    desk = Desk(
        journal=journal,
        claims=claims,
        lanes=lanes,
        mailbox=mailbox,
        children=Children(database, bell, outbox, tick),
        outbox=outbox,
        library=StoredDefinitions(database, journal),
        parts=parts,
        wake=lambda: bell.ring("ready", ""),
        now=clock.now,
        largest=largest,
    )
    Aftermath(desk, Ender(journal, claims, mailbox))
    worker = Worker(desk, slots=slots)
    bell.hear("mail", worker.mail_rang)
    bell.hear("ready", worker.ready_rang)
    await bell.open()
    await life.enter(worker.drop)
    task = asyncio.create_task(worker.work())
    looking = asyncio.create_task(feed.keep_up(partial(heads, database)))
    try:
        yield Rig(database, journal, feed, claims, mailbox, worker, life, identity, clock)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await worker.stop(grace=1)
        await task
        await life.end()
        await outbox.close()
        await journal.close()
        await claims.close()
        await lanes.close()
        await bell.close()
        await sandbox.close()
        await parts.programs.close()
