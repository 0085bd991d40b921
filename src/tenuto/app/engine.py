"""The engine put together: what the store and the vault offer as what the engine asks for, proven by the type checker here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from tenuto.core.agent import AgentProvider
from tenuto.core.catalog import Catalog
from tenuto.core.usage import Usage
from tenuto.engine import ports
from tenuto.engine.actions.act import Actor
from tenuto.engine.children.aftermath import Aftermath
from tenuto.engine.code.check import Checker
from tenuto.engine.code.programs import Programs
from tenuto.engine.desk import Desk
from tenuto.engine.ending import Ender
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.large.payloads import default_largest
from tenuto.engine.outside.addresses import Addresses, Revealing
from tenuto.engine.pacing.lease import Leased
from tenuto.engine.pacing.paced import Account, Paced, named
from tenuto.engine.parts import Parts
from tenuto.engine.spending.prices import Prices
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
from tenuto.store.runs.identity import Identity
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.life import Life
from tenuto.store.runs.mailbox import Mailbox
from tenuto.store.runs.outbox import Outbox
from tenuto.store.runs.spending import Accounts
from tenuto.vault.lent import lend

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """What drives runs in this process, and what tells of them."""

    database: Database
    journal: Journal
    claims: Claims
    mailbox: Mailbox
    feed: Feed
    parts: Parts
    worker: Worker
    now: Callable[[], datetime]
    """The time by the database's clock."""
    checker: Checker


@asynccontextmanager
async def engine(
    database: Database,
    catalog: Catalog,
    sender: ports.Sender,
    providers: Mapping[str, AgentProvider],
    *,
    slots: int,
    working: bool,
    bases: Mapping[str, str] | None = None,
    accounts: ports.ConnectedAccounts | None = None,
    prices: Prices,
    addresses: Addresses,
    observe: Callable[[Usage], None],
    account: Account = named,
    largest: int = default_largest,
    programs: int = 4,
) -> AsyncGenerator[Engine]:
    """An engine until the block ends; then it hands over what runs. With `working` it also claims what others left.

    `bases` replaces base URLs by connector key, `accounts` knows those of connected accounts; `observe` hears of every turn and call; `account` says whose limits count; `largest` bounds a
    value, `programs` how many programs of code nodes compute at once.
    """
    rows = _rows(database)
    bell, life = rows.bell, rows.life
    door = Paced(Leased(sender, life.alive), catalog, RateLimits(database), partial(bell.ring, "limit", here=False), account)
    actor = Actor(catalog, outward := Revealing(door, addresses), bases=bases, accounts=accounts, addresses=addresses)
    spending, code = Spending(prices, observe, Accounts(database, rows.identity)), Programs(workers=programs)
    parts = Parts(catalog, providers, outward, actor, Sandbox(), addresses, spending, code, lend)
    desk = Desk(
        journal=rows.journal, claims=rows.claims, lanes=rows.lanes, mailbox=rows.mailbox, outbox=rows.outbox,
        children=Children(database, bell, rows.outbox), library=StoredDefinitions(database, rows.journal),
        parts=parts, wake=partial(bell.ring, "ready", ""), now=life.now, largest=largest,
    )  # fmt: skip
    worker, checker = _worker(desk, bell, door, slots), Checker(catalog)
    async with AsyncExitStack() as end:
        for close in (parts.close, checker.close, *rows.closing):
            end.push_async_callback(close)
        await bell.open()
        await life.enter(worker.drop)
        end.push_async_callback(life.end)
        await end.enter_async_context(_keeping_up(rows.feed, database))
        if working:
            await end.enter_async_context(_at_work(worker))
        yield Engine(database, rows.journal, rows.claims, rows.mailbox, rows.feed, parts, worker, life.now, checker)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one process has of the store: who it is to the others, and its ways to the rows of runs."""

    identity: Identity
    bell: Bell
    feed: Feed
    outbox: Outbox
    journal: Journal
    claims: Claims
    lanes: Lanes
    mailbox: Mailbox
    life: Life

    @property
    def closing(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Its ends; they come in the reverse order, the bell last of those that ring it."""
        return (self.bell.close, self.lanes.close, self.claims.close, self.journal.close, self.outbox.close)


def _rows(database: Database) -> _Rows:
    identity = Identity()
    bell = Bell(database, identity.process)
    feed, outbox = Feed(bell), Outbox(database)
    return _Rows(
        identity=identity, bell=bell, feed=feed, outbox=outbox,
        journal=Journal(database, feed, lambda: identity.process, posted=outbox.accept),
        claims=Claims(database, bell, identity), lanes=Lanes(database, bell, identity),
        mailbox=Mailbox(database, bell), life=Life(database, bell, identity),
    )  # fmt: skip


def _worker(desk: Desk, bell: Bell, door: Paced, slots: int) -> Worker:
    Aftermath(desk, Ender(desk.journal, desk.claims, desk.mailbox))
    worker = Worker(desk, slots=slots)
    bell.hear("mail", worker.mail_rang)
    bell.hear("ready", worker.ready_rang)
    bell.hear("limit", door.rang)
    return worker


@asynccontextmanager
async def _at_work(worker: Worker) -> AsyncGenerator[None]:
    task = asyncio.create_task(worker.work(), name="worker")
    task.add_done_callback(_tell)
    try:
        yield
    finally:
        await worker.stop()
        await task


@asynccontextmanager
async def _keeping_up(feed: Feed, database: Database) -> AsyncGenerator[None]:
    """What makes a lost ring a short delay; at the end every watch is told that it ends."""
    task = asyncio.create_task(feed.keep_up(partial(heads, database)), name="feed")
    try:
        yield
    finally:
        feed.close_all()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _tell(task: asyncio.Task[None]) -> None:
    """A worker that ends by a bug of ours says so at once, not when the house is closed."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("worker.broke", exc_info=error)
