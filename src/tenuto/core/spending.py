"""What runs may spend: the accounts that a run counts on, and whether a further call fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from tenuto.core.usage import Usage, dollars
from tenuto.core.values import Frozen
from tenuto.core.workflow import Budget, OnBudget, Period

by_budget = "budget"
"""Who pauses a run that may not spend more, and lets it go on when it may."""


class Account(Frozen):
    """What a run counts on: its own root's budget, or its workflow's for a day or a month. Handed down to children as it is."""

    period: Period
    key: str
    """The root run's id, or the workflow's."""
    usd: int | None = None
    """Micro-USD."""
    tokens: int | None = None
    calls: int | None = None
    on_budget: OnBudget = "ask"

    def row(self, now: datetime) -> str:
        """The key of its row: of a period, the one that `now` (UTC) lies in."""
        match self.period:
            case "run":
                return self.key
            case "day":
                return f"{now:%Y-%m-%d}@{self.key}"
            case "month":
                return f"{now:%Y-%m}@{self.key}"


class Hold(NamedTuple):
    """What a call is expected to use, held until it is known; a request of a connector holds nothing but one call."""

    usd: int = 0
    tokens: int = 0

    @property
    def turn(self) -> bool:
        """Whether it is an agent's turn."""
        return self.tokens > 0


class Limits(NamedTuple):
    """At most this much; None is no limit."""

    usd: int | None = None
    tokens: int | None = None
    calls: int | None = None


no_limits = Limits()


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's row, and what is held on it by calls under way."""

    usd: int = 0
    tokens: int = 0
    calls: int = 0
    largest_usd: int = 0
    largest_tokens: int = 0
    turns: int = 0
    """Turns that were settled."""
    held_usd: int = 0
    held_tokens: int = 0
    held_calls: int = 0
    held_turns: int = 0
    raised: Limits = no_limits
    """Instead of the account's own limits, where somebody raised them."""


class Refused(Frozen):
    """A call that does not fit any more: what was spent, of what, and what the workflow wants to happen then."""

    detail: str
    fix: str
    asks: bool


Verdict: TypeAlias = Literal["go", "wait"] | Refused


def verdict(account: Account, balance: Balance, hold: Hold) -> Verdict:
    """Whether a further call may be made. It waits where it depends on what calls under way will have used.

    A call may exceed the budget only if it is alone: the first turn of an account goes alone, because nobody knows yet what a turn
    uses, and each later one is expected to use up to twice what the largest one did.
    """
    limits = limits_of(account, balance.raised)
    spent = {"usd": balance.usd, "tokens": balance.tokens, "calls": balance.calls}
    for kind, limit in (("usd", limits.usd), ("tokens", limits.tokens), ("calls", limits.calls)):
        if limit is not None and spent[kind] >= limit:
            return _refused(account, kind, spent[kind], limit)
    if limits.calls is not None and balance.calls + balance.held_calls + 1 > limits.calls:
        return "wait"
    if not hold.turn or not balance.held_turns or (limits.usd is None and limits.tokens is None):
        return "go"
    usd, tokens = max(hold.usd, 2 * balance.largest_usd), max(hold.tokens, 2 * balance.largest_tokens)
    fits = (
        balance.turns > 0
        and (limits.usd is None or balance.usd + balance.held_usd + usd <= limits.usd)
        and (limits.tokens is None or balance.tokens + balance.held_tokens + tokens <= limits.tokens)
    )
    return "go" if fits else "wait"


def amount(balance: Balance, hold: Hold) -> Hold:
    """What is held for a call that may go."""
    return Hold(max(hold.usd, 2 * balance.largest_usd), max(hold.tokens, 2 * balance.largest_tokens)) if hold.turn else hold


def accounts_of(
    budgets: Sequence[Budget], run: UUID, workflow: str | None, *, simulated: bool, above: Sequence[Account] = ()
) -> tuple[Account, ...]:
    """The accounts of a run, the nearest first: its own, and those of the run `above` it, each once.

    A simulated run spends nothing of a day or a month.
    """
    own = (
        Account(
            period=budget.period,
            key=str(run) if budget.period == "run" else workflow or "",
            usd=None if budget.usd is None else round(budget.usd * 1_000_000),
            tokens=budget.tokens,
            calls=budget.calls,
            on_budget=budget.on_budget,
        )
        for budget in budgets
        if budget.period == "run" or (workflow and not simulated)
    )
    return tuple({(account.period, account.key): account for account in (*own, *above)}.values())


def spoken(usage: Usage) -> tuple[int, int, int, int]:
    """(micro-USD, tokens, calls, turns) of something that was used, as an account takes it."""
    return usage.cost or 0, usage.tokens, usage.calls, usage.turns


def limits_of(account: Account, raised: Limits) -> Limits:
    """The limits that hold: what was `raised` goes before what the workflow says; where that has no limit, there is none."""
    own = Limits(account.usd, account.tokens, account.calls)
    pairs = zip(own, raised, strict=True)
    return Limits(*(raised if limit is not None and raised is not None else limit for limit, raised in pairs))


def _refused(account: Account, kind: str, spent: int, limit: int) -> Refused:
    whose = {"run": "This run has", "day": "This workflow has today", "month": "This workflow has this month"}[account.period]
    said = {
        "usd": f"spent {dollars(spent)} of {dollars(limit)}",
        "tokens": f"used {spent:,} of {limit:,} tokens",
        "calls": f"made {spent:,} of {limit:,} calls",
    }[kind]
    later = "" if account.period == "run" else f" or resume it when the {account.period} is over,"
    fix = f"Raise the budget (POST /api/executions/{{id}}/budget, or tenuto executions budget),{later} or let it go on without one (unlimited: true)."
    return Refused(detail=f"{whose} {said}: its budget is used up.", fix=fix, asks=account.on_budget == "ask")
