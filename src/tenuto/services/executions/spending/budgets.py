"""Budgets: a run is allowed more, and what a workflow has spent of its day and its month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, Invalid, ReadOnly
from tenuto.core.events import Recorded, WorkflowResumed
from tenuto.core.execution import Status
from tenuto.core.run import Mail
from tenuto.core.spending import Account, Limits, accounts_of, limits_of
from tenuto.core.values import Frozen
from tenuto.core.workflow import Budget, Period
from tenuto.services.executions.folds import summary
from tenuto.services.executions.needs import Definitions
from tenuto.services.executions.operations import Acted
from tenuto.services.executions.watch import ExecutionWatches
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox
from tenuto.store.spending import Spending, Spent

_patience = 1.0


class Allowance(Frozen):
    """What a run may spend from now on: new limits, each more than the one before, or none at all."""

    usd: float | None = Field(default=None, gt=0, le=1_000_000, description="US dollars, all that it has spent already included.")
    tokens: int | None = Field(default=None, ge=1, lt=2**53)
    calls: int | None = Field(default=None, ge=1, lt=2**53)
    unlimited: bool = Field(default=False, description="Let it go on without any budget, also without those of a day or a month.")

    @property
    def limits(self) -> Limits:
        """In the units of accounts."""
        return Limits(None if self.usd is None else round(self.usd * 1_000_000), self.tokens, self.calls)


class SpendingView(Frozen):
    """What was spent of one budget, and what it allows by now."""

    period: Period
    execution: str | None = Field(default=None, description="Of the budget of a run: whose it is; that of a child is often its parent's.")
    since: str | None = Field(default=None, description="Of a day or month (UTC): `2026-11-25` or `2026-11`.")
    usd: float = Field(description="US dollars, of turns whose price is known.")
    tokens: int
    calls: int
    limit: Budget = Field(description="What it allows, with what it was raised to.")
    unlimited: bool = Field(default=False, description="Whether somebody let the run go on without any budget.")


class ExecutionBudgets:
    """What people may change and see of budgets."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        mailbox: Mailbox,
        watches: ExecutionWatches,
        definitions: Definitions,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._journal = journal
        self._mailbox = mailbox
        self._watches = watches
        self._definitions = definitions
        self._now = now

    async def allow(self, principal: Principal, public_id: str, allowance: Allowance) -> Acted:
        """Allow a run more by its own budget, else that of the run it belongs to; all that belongs together looks again.

        A run that has failed is taken up again by `retry`. Raises `Invalid` for no more than there was, `Conflict` for a run that has
        ended otherwise or has no such budget.
        """
        principal.require(Permission.execution_operate)
        if allowance.limits == Limits() and not allowance.unlimited:
            raise Invalid("This allows nothing.", fix="Send usd, tokens or calls as new limits, or unlimited: true.")
        run, root, accounts = await self._accounts(principal, public_id)
        _refuse_over(run)
        own = next((account for account in accounts if account.period == "run"), None)
        async with self._database.transaction(principal.workspace) as tx:
            if allowance.limits != Limits():
                _check(allowance, own, await Spending(tx).of_run(own.key) if own is not None else None)
                await Spending(tx).allow(own.key if own is not None else str(root), allowance.limits, lifted=False)
            if allowance.unlimited:
                await Spending(tx).allow(str(root), Limits(), lifted=True)
            if run.status is Status.failed:
                return Acted(summary(run), settled=True)
        budget: JsonValue = allowance.model_dump(mode="json", exclude_defaults=True)
        signal: dict[str, JsonValue] = {"by": principal.label, "budget": budget}
        # Once it is committed what is allowed: with this run go on all that belong together.
        await self._mailbox.send(run.id, Mail(f"resume:{new_id()}", "resume", signal))
        settled = await self._watches.until(run.id, run.head, _patience, _resumed)
        async with self._database.transaction(principal.workspace) as tx:
            return Acted(summary(await Executions(tx).get(public_id)), settled=settled is not None)

    async def of_run(self, principal: Principal, public_id: str) -> Sequence[SpendingView]:
        """The budgets that a run counts on, its own first, and what was spent of each. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        _, root, accounts = await self._accounts(principal, public_id)
        return await self._views(principal, accounts, str(root))

    async def spending(self, principal: Principal, workflow_id: str) -> Sequence[SpendingView]:
        """What the published workflow's budgets of a day or a month have come to. Raises `NotFound`."""
        principal.require(Permission.workflow_read)
        definition = await self._definitions.pinned(principal.workspace, workflow_id, None)
        budgets = [budget for budget in definition.settings.budgets if budget.period != "run"]
        return await self._views(principal, accounts_of(budgets, UUID(int=0), workflow_id, simulated=False), None)

    async def _accounts(self, principal: Principal, public_id: str) -> tuple[Execution, UUID, tuple[Account, ...]]:
        """A run, the one that everything belongs to, and the accounts it counts on, the nearest first."""
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            begin = None if run.imported else await Log(tx).beginning(run.id.id)
        if begin is None:
            return run, run.id.id, ()
        definition = await self._journal.definition(principal.workspace, run.version_hash)
        above, budgets = begin.accounts or (), definition.settings.budgets
        accounts = accounts_of(budgets, run.id.id, begin.workflow_id, simulated=begin.simulated, above=above)
        return run, UUID(begin.root) if begin.root else run.id.id, accounts

    async def _views(self, principal: Principal, accounts: Sequence[Account], root: str | None) -> Sequence[SpendingView]:
        now = self._now()
        async with self._database.transaction(principal.workspace) as tx:
            found = {(spent.period, spent.key): spent for spent in await Spending(tx).of([account.row(now) for account in accounts])}
            lifted = root is not None and (top := await Spending(tx).of_run(root)) is not None and top.lifted
            names: dict[str, str] = {}
            for account in accounts:
                if account.period == "run" and (run := await Executions(tx).by_id(UUID(account.key))) is not None:
                    names[account.key] = run.public_id
        return [
            _view(account, account.row(now), found.get((account.period, account.row(now))), names.get(account.key), unlimited=lifted)
            for account in accounts
        ]


def _view(account: Account, row: str, spent: Spent | None, execution: str | None, *, unlimited: bool) -> SpendingView:
    limits = limits_of(account, spent.raised if spent else Limits())
    return SpendingView(
        period=account.period,
        execution=execution,
        since=None if account.period == "run" else row.partition("@")[0],
        usd=spent.usd / 1_000_000 if spent else 0,
        tokens=spent.tokens if spent else 0,
        calls=spent.calls if spent else 0,
        limit=Budget(
            usd=None if limits.usd is None else limits.usd / 1_000_000,
            tokens=limits.tokens,
            calls=limits.calls,
            period=account.period,
            on_budget=account.on_budget,
        ),
        unlimited=unlimited,
    )


def _check(allowance: Allowance, own: Account | None, spent: Spent | None) -> None:
    if own is None:
        raise Conflict("This run has no budget of its own.", fix="Send unlimited: true to let it go on without that of its workflow.")
    present = limits_of(own, spent.raised if spent else Limits())
    for name, more, now in zip(Limits._fields, allowance.limits, present, strict=True):
        if more is None:
            continue
        if now is None:
            raise Invalid(f"The budget of this run has no limit of {name}.", pointer=f"/{name}")
        if more <= now:
            shown = f"{now / 1_000_000:g}" if name == "usd" else f"{now:,}"
            raise Invalid(f"This is no more than there is: the limit of {name} is {shown}.", pointer=f"/{name}")


def _refuse_over(run: Execution) -> None:
    if run.imported:
        raise ReadOnly(f'The execution "{run.public_id}" is an imported record.')
    if run.status.ended and run.status is not Status.failed:
        raise Conflict(f'The execution "{run.public_id}" has ended.')


def _resumed(recorded: Recorded) -> bool:
    return isinstance(recorded.event, WorkflowResumed)
