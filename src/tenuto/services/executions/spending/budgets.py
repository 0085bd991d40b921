"""Budgets: a run is allowed more, and what a workflow has spent of its day and its month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, Invalid, ReadOnly
from tenuto.core.events import Recorded, WorkflowResumed
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Mail
from tenuto.core.spending import Limits, accounts_of
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
    """What was spent of one budget of a workflow in its present period."""

    period: Period
    since: str = Field(description="The day or month (UTC): `2026-11-25` or `2026-11`.")
    usd: float = Field(description="US dollars, of turns whose price is known.")
    tokens: int
    calls: int
    limit: Budget


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
        """Allow a run more, and let it go on with all that belongs to it. A child's budget is that of the run it belongs to.

        Raises `Invalid` for no more than there was, `Conflict` for a run that has ended or has no such budget.
        """
        principal.require(Permission.execution_operate)
        if allowance.limits == Limits() and not allowance.unlimited:
            raise Invalid("This allows nothing.", fix="Send usd, tokens or calls as new limits, or unlimited: true.")
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            _refuse_over(run)
            begin = await Log(tx).beginning(run.id.id)
            root = run.id.id if begin is None or begin.root is None else UUID(begin.root)
            top = run if root == run.id.id else await Executions(tx).by_id(root)
        if top is None:
            raise Conflict(f'The execution that "{public_id}" belongs to was deleted, and its budget with it.')
        budgets = (await self._journal.definition(principal.workspace, top.version_hash)).settings.budgets
        async with self._database.transaction(principal.workspace) as tx:
            _check(allowance, budgets, await Spending(tx).of_run(str(root)))
            await Spending(tx).allow(str(root), allowance.limits, lifted=allowance.unlimited)
            below = await Executions(tx).paused_within(root)
        budget: JsonValue = allowance.model_dump(mode="json", exclude_defaults=True)
        signal: dict[str, JsonValue] = {"by": principal.label, "budget": budget}
        for run_id in dict.fromkeys([run.id, *(ExecutionId(principal.workspace, each) for each in (root, *below))]):
            await self._mailbox.send(run_id, Mail(f"resume:{new_id()}", "resume", signal))
        settled = await self._watches.until(run.id, run.head, _patience, _resumed)
        async with self._database.transaction(principal.workspace) as tx:
            return Acted(summary(await Executions(tx).get(public_id)), settled=settled is not None)

    async def spending(self, principal: Principal, workflow_id: str) -> Sequence[SpendingView]:
        """What the published workflow's budgets of a day or a month have come to. Raises `NotFound`."""
        principal.require(Permission.workflow_read)
        definition = await self._definitions.pinned(principal.workspace, workflow_id, None)
        budgets = [budget for budget in definition.settings.budgets if budget.period != "run"]
        accounts = accounts_of(budgets, UUID(int=0), workflow_id, simulated=False)
        rows = [account.row(self._now()) for account in accounts]
        async with self._database.transaction(principal.workspace) as tx:
            found = {(spent.period, spent.key): spent for spent in await Spending(tx).of_periods(rows)}
        return [_view(budget, row.partition("@")[0], found.get((budget.period, row))) for budget, row in zip(budgets, rows, strict=True)]


def _view(budget: Budget, since: str, spent: Spent | None) -> SpendingView:
    return SpendingView(
        period=budget.period,
        since=since,
        usd=spent.usd / 1_000_000 if spent else 0,
        tokens=spent.tokens if spent else 0,
        calls=spent.calls if spent else 0,
        limit=budget,
    )


def _check(allowance: Allowance, budgets: Sequence[Budget], spent: Spent | None) -> None:
    own = next((budget for budget in budgets if budget.period == "run"), None)
    asked = allowance.limits
    if asked != Limits() and own is None:
        raise Conflict("This run has no budget of its own.", fix="Send unlimited: true to let it go on without that of its workflow.")
    before = Limits() if own is None else Limits(None if own.usd is None else round(own.usd * 1_000_000), own.tokens, own.calls)
    for name, more, first, raised in zip(Limits._fields, asked, before, spent.raised if spent else Limits(), strict=True):
        if more is None:
            continue
        if first is None:
            raise Invalid(f"The budget of this run has no limit of {name}.", pointer=f"/{name}")
        if more <= (present := raised or first):
            shown = present / 1_000_000 if name == "usd" else present
            raise Invalid(f"This is no more than there is: the limit of {name} is {shown:,}.", pointer=f"/{name}")


def _refuse_over(run: Execution) -> None:
    if run.imported:
        raise ReadOnly(f'The execution "{run.public_id}" is an imported record.')
    if run.status.ended:
        raise Conflict(f'The execution "{run.public_id}" has ended.')


def _resumed(recorded: Recorded) -> bool:
    return isinstance(recorded.event, WorkflowResumed)
