"""What runs use of models and vendors, and what that costs: the noun on every event that ends a turn, a step or a node."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from tenuto.core.values import Frozen

Rate = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Price(Frozen):
    """What a model costs, in US dollars for a million tokens, and for each turn as such."""

    input: Rate = Field(default=0, description="For a million input tokens.", examples=[0.25])
    output: Rate = Field(default=0, description="For a million output tokens.", examples=[2.0])
    cached: Rate | None = Field(default=None, description="For a million input tokens read from a cache; like others if not given.")
    turn: Rate = Field(default=0, description="For each turn, where a provider bills turns rather than tokens.")
    source: str = Field(default="", max_length=200, description="Where the price is from; filled in by Tenuto.")

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> int:
        """In micro-USD, rounded up: nothing that costs something ever costs 0."""
        cached = min(cached_tokens, input_tokens)
        rate = self.input if self.cached is None else self.cached
        # Dollars for a million tokens are millionths of a dollar for one.
        exact = (input_tokens - cached) * self.input + cached * rate + output_tokens * self.output + self.turn * 1_000_000
        return math.ceil(round(exact, 6))


class Usage(Frozen):
    """What was used, by one turn or by several together; counts are added up, and so is the cost of those turns whose price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int | None = Field(default=None, description="Input tokens read from the provider's cache, where it tells.")
    calls: int = Field(default=1, description="Turns of agents, and requests of connectors and http nodes.")
    turns: int = Field(default=0, description="Turns of agents among the calls.")
    priced: int = Field(default=0, description="Turns whose price is known.")
    cost: int | None = Field(default=None, description="Micro-USD of the turns whose price is known; null where none is, never a silent 0.")
    model: str | None = Field(default=None, description="The model, where it was one throughout and is known.")
    provider: str | None = Field(default=None, description="The agent provider, where it was one throughout.")
    price: Price | None = Field(default=None, description="The price that was used, where it was one throughout.")
    estimated: bool = Field(default=False, description="Whether tokens were estimated, because the provider does not tell them.")
    simulated: bool = Field(default=False, description="Whether no model was asked; the cost is 0 then.")

    @property
    def tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens

    @property
    def unpriced(self) -> int:
        """Turns whose price is not known, so that they are missing from the cost."""
        return self.turns - self.priced


nothing = Usage(calls=0)


def added(one: Usage | None, other: Usage | None) -> Usage:
    """Both together."""
    if one is None or one.calls == 0:
        return other or nothing
    if other is None or other.calls == 0:
        return one
    return _combined(one, other, 1)


def without(whole: Usage | None, part: Usage | None) -> Usage:
    """The whole without a part that was added to it before; what the two have in common in words stays as it is."""
    if whole is None or part is None or part.calls == 0:
        return whole or nothing
    return _combined(whole, part, -1)


def counted(run: Usage | None, node: Usage | None, said: Usage, *, step: bool) -> tuple[Usage, Usage]:
    """What the run and one of its nodes have used after an event of the node's said so.

    A step says what it used itself; the end of an attempt says what the node has used altogether, its steps included.
    """
    more = said if step else without(said, node)
    return added(run, more), (added(node, said) if step else said)


def estimate(text: str) -> int:
    """Tokens of a text whose provider does not count them: four characters each, as models' own rule of thumb has it."""
    return len(text) // 4 + 1


def dollars(micro: int | None) -> str:
    """Micro-USD in words: `$0.0123`, and `unknown`."""
    if micro is None:
        return "unknown"
    return f"${micro / 1_000_000:,.2f}" if micro >= 1_000_000 else f"${micro / 1_000_000:.6f}".rstrip("0").ljust(5, "0")


def _combined(one: Usage, other: Usage, sign: int) -> Usage:
    priced = one.priced + sign * other.priced
    cached = (
        None if one.cached_tokens is None and other.cached_tokens is None else (one.cached_tokens or 0) + sign * (other.cached_tokens or 0)
    )
    talks = [usage for usage in (one, other) if usage.turns]
    first, last = (talks[0], talks[-1]) if talks else (one, other)
    return Usage(
        input_tokens=one.input_tokens + sign * other.input_tokens,
        output_tokens=one.output_tokens + sign * other.output_tokens,
        cached_tokens=cached,
        calls=one.calls + sign * other.calls,
        turns=one.turns + sign * other.turns,
        priced=priced,
        cost=(one.cost or 0) + sign * (other.cost or 0) if priced > 0 else None,
        model=first.model if first.model == last.model else None,
        provider=first.provider if first.provider == last.provider else None,
        price=first.price if first.price == last.price else None,
        estimated=one.estimated or other.estimated,
        simulated=one.simulated or other.simulated,
    )
