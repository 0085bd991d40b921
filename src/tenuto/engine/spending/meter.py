"""The meter of one attempt: every turn and call is counted with its price, by the step it belongs to where the node works in steps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply, Turn
from tenuto.core.errors import (
    BudgetExceeded,
    EgressRefused,
    Invalid,
    InvalidOutput,
    NotFound,
    Problem,
    RateLimited,
    Rejected,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from tenuto.core.limits import Held
from tenuto.core.spending import Hold
from tenuto.core.usage import Usage, added, estimate, nothing
from tenuto.core.values import encode
from tenuto.engine.spending.prices import Prices
from tenuto.engine.spending.purse import Purse, in_background

T = TypeVar("T")

_simulated_provider = "simulated"
_call, _simulated_call = Usage(), Usage(simulated=True)
_never_left = (BudgetExceeded, EgressRefused, Invalid, NotFound, Unauthenticated, Unavailable, Unreachable)
"""Problems that say that nothing was asked of anybody; an `InvalidOutput` is an `Invalid` that came back."""


@dataclass
class Step:
    """The step that is being done, as those see it who work in it."""

    name: str
    used: Usage = nothing

    def taken(self) -> Usage | None:
        """What it used, for the event that ends it: from then on it is counted there."""
        used, self.used = self.used, nothing
        return used if used.calls else None


_now: ContextVar[Step | None] = ContextVar("step", default=None)
"""Steps are done side by side, each in a task of its own."""


@dataclass
class Meter:
    """Counts what one attempt of a node uses."""

    prices: Prices
    simulated: bool
    observe: Callable[[Usage], None]
    purse: Purse | None = None
    """None where no budget is set."""
    loose: Usage = field(default=nothing)
    """What no step has recorded."""

    @property
    def step(self) -> str | None:
        """The name of the step that is being done here."""
        step = _now.get()
        return step.name if step is not None else None

    @contextmanager
    def within(self, name: str) -> Generator[Step]:
        """Count for this step until the block ends; what it leaves in `used` by then is counted as loose."""
        step = Step(name)
        token = _now.set(step)
        try:
            yield step
        finally:
            _now.reset(token)
            self.loose = added(self.loose, step.used)

    async def turn(self, agent: Agent, turn: Turn, provider: str, key: str, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """Count a turn, also one that failed after it had been asked: it may have been billed. Raises `BudgetExceeded` before asking."""
        if self.purse is not None:
            await self.purse.reserve(key, self._expected(self.purse, agent, turn, provider))
        try:
            reply = await ask()
        except Problem as problem:
            await self._count(key, self._failed(agent, turn, provider, problem) if _left(problem) else nothing)
            raise
        except Held as held:
            await self._count(key, _call if held.refused else nothing)
            raise
        except BaseException:
            self._lose(key, self._priced(agent, provider, _estimated(turn, "")))
            raise
        said = reply.usage or _estimated(turn, reply.text + "".join(encode(call.arguments).decode() for call in reply.tool_calls))
        await self._count(key, self._priced(agent, provider, said))
        return reply

    async def admit(self, key: str) -> None:
        """Reserve a request before anything is recorded of it; `call` with the same key reserves nothing again."""
        if self.purse is not None:
            await self.purse.reserve(key, Hold())

    async def call(self, key: str, do: Callable[[], Awaitable[T]]) -> T:
        """Count a request of a connector or of an http node. Raises `BudgetExceeded` before it is sent."""
        await self.admit(key)
        used = _simulated_call if self.simulated else _call
        try:
            answer = await do()
        except Problem as problem:
            await self._count(key, used if _left(problem) else nothing)
            raise
        except Held as held:
            await self._count(key, used if held.refused else nothing)
            raise
        except BaseException:
            self._lose(key, used)
            raise
        await self._count(key, used)
        return answer

    async def found(self, key: str, looked_up: Awaitable[JsonValue]) -> JsonValue:
        """What became of a request whose answer was lost; where it was made, what it held is spent."""
        found = await looked_up
        if found is not None and self.purse is not None:
            await self.purse.settle(key, _call)
        return found

    def _expected(self, purse: Purse, agent: Agent, turn: Turn, provider: str) -> Hold:
        guess = _estimated(turn, "").input_tokens
        priced = self._priced(agent, provider, Usage(input_tokens=guess))
        purse.require_price(agent.name, known=priced.cost is not None)
        return Hold(usd=priced.cost or 0, tokens=priced.tokens)

    def _failed(self, agent: Agent, turn: Turn, provider: str, problem: Problem) -> Usage:
        if isinstance(problem, Rejected | RateLimited):
            return _call  # refused, so that no model was asked
        return self._priced(agent, provider, _estimated(turn, problem.data.raw or ""))

    def _priced(self, agent: Agent, provider: str, said: Usage) -> Usage:
        model = said.model or agent.model
        about = {"turns": 1, "model": model, "provider": provider}
        if self.simulated or provider == _simulated_provider:
            return said.model_copy(update={**about, "priced": 1, "cost": 0, "simulated": True})
        price = self.prices.of(agent, said.model, said.input_tokens)
        if price is None:
            return said.model_copy(update=about)
        cost = price.cost(said.input_tokens, said.output_tokens, said.cached_tokens or 0)
        return said.model_copy(update={**about, "priced": 1, "cost": cost, "price": price})

    async def _count(self, key: str, usage: Usage) -> None:
        if usage.calls:
            self._add(usage)
        if self.purse is not None:
            # Whoever is cancelled now has been answered: it is counted all the same.
            await asyncio.shield(in_background(self.purse.settle(key, usage)))

    def let_go(self, key: str) -> None:
        """Hold nothing for a call that was admitted and is not made."""
        if self.purse is not None:
            self.purse.let_go(key)

    def _lose(self, key: str, usage: Usage) -> None:
        """Count what was stopped in the middle, or broke, and may be billed; whoever was cancelled cannot wait for the database."""
        self._add(usage)
        if self.purse is not None:
            in_background(self.purse.settle(key, usage))

    def _add(self, usage: Usage) -> None:
        self.observe(usage)
        if (step := _now.get()) is not None:
            step.used = added(step.used, usage)
        else:
            self.loose = added(self.loose, usage)


def _left(problem: Problem) -> bool:
    return isinstance(problem, InvalidOutput) or not isinstance(problem, _never_left)


def _estimated(turn: Turn, answer: str) -> Usage:
    asked = turn.message + "".join(result.content for result in turn.tool_results)
    asked += encode(list(turn.transcript)).decode() if turn.transcript else ""
    return Usage(input_tokens=estimate(asked), output_tokens=estimate(answer) if answer else 0, estimated=True)
