"""The purse of one run: asked before every call, and told after it what the call used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import structlog

from tenuto.core.errors import BudgetExceeded, Invalid
from tenuto.core.execution import ExecutionId
from tenuto.core.spending import Account, Hold, Refused, accounts_of
from tenuto.core.usage import Usage
from tenuto.engine.course import Course
from tenuto.engine.spending.prices import Prices
from tenuto.engine.steady import steady

_log = structlog.get_logger(__name__)
_first_pause, _longest_pause = 0.02, 0.25


class Accounts(Protocol):
    """Who keeps the accounts; asked only where a budget is set."""

    async def reserve(
        self, run: ExecutionId, root: str, accounts: Sequence[tuple[Account, str]], key: str, hold: Hold, *, always: bool = False
    ) -> Literal["go", "wait"] | Refused:
        """Hold what a call will use on every account, each given with the key of its row. The same `key` again is the same call.

        With `always` it is held whatever is left.
        """
        ...

    async def settle(self, run: ExecutionId, key: str, usage: Usage) -> None:
        """Replace what a call held by what it used."""
        ...

    async def release(self, run: ExecutionId, key: str) -> None:
        """Hold nothing any more for a call of this process that was not made."""
        ...

    async def refuses(self, workspace: int, root: str, accounts: Sequence[tuple[Account, str]]) -> bool:
        """Whether every further call would be refused as it stands now."""
        ...


@dataclass(frozen=True)
class Spending:
    """How what runs use is priced, told and kept within budgets."""

    prices: Prices = field(default_factory=Prices)
    observe: Callable[[Usage], None] = lambda _: None
    """Told of every turn and call, for the process's counters."""
    accounts: Accounts | None = None
    """What runs may spend; None where nobody keeps it."""


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What a run counts on: at least one account."""

    accounts: tuple[Account, ...]
    store: Accounts
    run: ExecutionId
    root: str
    now: Callable[[], datetime]
    always: bool = False
    """Whether nothing is refused: what undoes is counted, and has to happen."""

    async def reserve(self, key: str, hold: Hold) -> None:
        """Wait until the call may be made. Raises `BudgetExceeded` if it may not; then nothing is held."""
        pause = _first_pause
        while True:
            now = self.now()
            rows = [(account, account.row(now)) for account in self.accounts]
            try:
                answer = await steady(lambda rows=rows: self.store.reserve(self.run, self.root, rows, key, hold, always=self.always))
            except BaseException:
                self.let_go(key)  # it may have been held, and nobody will settle it
                raise
            if isinstance(answer, Refused):
                over = BudgetExceeded(answer.detail, fix=answer.fix)
                over.asks = answer.asks
                raise over
            if answer == "go":
                return
            # It depends on what others use who are asked just now, here or in other processes.
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _longest_pause)

    def let_go(self, key: str) -> None:
        """Hold nothing any more for a call that is not made; whoever was cancelled cannot wait for the database."""
        in_background(self.store.release(self.run, key))

    async def settle(self, key: str, usage: Usage) -> None:
        """Count what the call used."""
        await steady(lambda: self.store.settle(self.run, key, usage))

    def require_price(self, name: str, *, known: bool) -> None:
        """Raise `Invalid` where a budget is in US dollars and nobody knows what the agent costs: it could not hold."""
        if not known and not self.always and any(account.usd is not None for account in self.accounts):
            raise Invalid(
                f"The budget is in US dollars, and what {name} costs is not known.",
                fix="Give the agent `prices`, set TENUTO_PRICES, or set the budget in tokens or calls.",
            )


_under_way: set[asyncio.Future[None]] = set()
"""Held here until they are done: the loop itself keeps no hold of tasks."""


def in_background(work: Coroutine[None, None, None]) -> asyncio.Future[None]:
    """Write to the accounts whatever becomes of who asks for it."""
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_done)
    return task


def _done(task: asyncio.Future[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        # What is held for it counts as spent, as soon as somebody looks whether it is still under way.
        _log.info("spending.not_settled", error=type(error).__name__)


def purse_of(course: Course, run: ExecutionId, store: Accounts | None, now: Callable[[], datetime], *, undoes: bool) -> Purse | None:
    """The purse of a run; None where no budget is set, and then nothing is asked or written."""
    if store is None or course.started is None:
        return None
    if not (accounts := accounts_here(course, run)):
        return None
    return Purse(accounts=accounts, store=store, run=run, root=course.started.root or str(run.id), now=now, always=undoes)


def accounts_here(course: Course, run: ExecutionId) -> tuple[Account, ...]:
    """Its own accounts and those of its parent, each once."""
    started, settings = course.started, course.graph.definition.settings
    if started is None or (settings.budget is None and not started.accounts):
        return ()
    return accounts_of(settings.budgets, run.id, started.workflow_id, simulated=started.simulated, above=started.accounts or ())


def handed_down(course: Course, run: ExecutionId) -> dict[str, object]:
    """What the first event of a child says of budgets: it counts on those of its parent as well."""
    accounts = accounts_here(course, run)
    root = course.started.root if course.started else None
    return {"accounts": accounts, "root": root or str(run.id)} if accounts else {}
