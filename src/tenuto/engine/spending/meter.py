"""The meter of one attempt: every turn and call is counted with its price, by the step it belongs to where the node works in steps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from tenuto.core.agent import Agent, Reply, Turn
from tenuto.core.errors import (
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
from tenuto.core.usage import Usage, added, estimate, nothing
from tenuto.core.values import encode
from tenuto.engine.spending.prices import Prices

T = TypeVar("T")

_simulated_provider = "simulated"
_call, _simulated_call = Usage(), Usage(simulated=True)
_never_left = (EgressRefused, Invalid, NotFound, Unauthenticated, Unavailable, Unreachable)
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

    async def turn(self, agent: Agent, turn: Turn, provider: str, asked: Awaitable[Reply]) -> Reply:
        """Count a turn, also one that failed after it had been asked: it may have been billed."""
        try:
            reply = await asked
        except Problem as problem:
            if _left(problem):
                self._count(self._failed(agent, turn, provider, problem))
            raise
        except asyncio.CancelledError:
            self._count(self._priced(agent, provider, _estimated(turn, "")))
            raise
        said = reply.usage or _estimated(turn, reply.text + "".join(encode(call.arguments).decode() for call in reply.tool_calls))
        self._count(self._priced(agent, provider, said))
        return reply

    async def call(self, done: Awaitable[T]) -> T:
        """Count a request of a connector or of an http node."""
        try:
            answer = await done
        except Problem as problem:
            if _left(problem):
                self._count(_call)
            raise
        self._count(_simulated_call if self.simulated else _call)
        return answer

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

    def _count(self, usage: Usage) -> None:
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
