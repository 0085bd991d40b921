"""What a turn costs: by the agent's own prices, by those an operator set, else by the kept list of the package `genai-prices`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import SupportsFloat, cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from tenuto.core.agent import Agent
from tenuto.core.catalog import late
from tenuto.core.errors import Misconfigured
from tenuto.core.usage import Price
from tenuto.core.values import pointer

setting = "TENUTO_PRICES"

_adapter: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])
_known_prices = 4_096
_own_servers = frozenset({"ollama", "openai-compatible"})
"""What a model costs there nobody can know but who runs the server, whatever it costs elsewhere."""


class Prices:
    """Looks prices up. Nothing is fetched: the kept list comes with the package and is read when it is first needed."""

    def __init__(self, own: Mapping[str, Price] | None = None) -> None:
        """`own` goes before the kept list: by model (`openai:gpt-5-mini` or `gpt-5-mini`), by agent (`lyzr:<agent id>`), or by provider."""
        self._own = {name: price.model_copy(update={"source": f"{setting}: {name}"}) for name, price in (own or {}).items()}

    def of(self, agent: Agent, model: str | None = None, input_tokens: int = 0) -> Price | None:
        """What this agent costs, or None if nobody knows. `model` is the one that its provider says has answered.

        Some models cost more for a long prompt: `input_tokens` says how long it is.
        """
        if agent.prices is not None:
            return agent.prices.model_copy(update={"source": f"agent {agent.id}"})
        names = list(_names(agent, model))
        own = next((self._own[name] for name in names if name in self._own), None)
        return own or next((found for name in (model, agent.model) if name and (found := _kept(name, input_tokens))), None)


def read_prices(document: JsonValue) -> Prices:
    """Prices from the setting's JSON: `{"openai:gpt-5-mini": {"input": 0.25, "output": 2}}`. Raises `Misconfigured`."""
    try:
        return Prices(_adapter.validate_python(document))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = pointer(*first["loc"]) or "the whole"
        raise Misconfigured(
            f"{setting} is wrong at {where}: {first['msg']}.",
            fix='Write it like {"openai:gpt-5-mini": {"input": 0.25, "output": 2}}: US dollars for a million tokens.',
        ) from None


def _names(agent: Agent, model: str | None) -> Iterator[str]:
    for name in (model, agent.model):
        if name:
            yield name
            yield name.partition(":")[2] or name
    if agent.agent_id:
        yield f"{agent.provider}:{agent.agent_id}"
    yield agent.provider


def _kept(model: str, input_tokens: int) -> Price | None:
    """The kept list's price of `provider:model` or `model`."""
    found = _listed(model)
    if found is None:
        return None
    rates, source = found
    cached = _rate(getattr(rates, "cache_read_mtok", None), input_tokens)
    return Price(
        input=_rate(getattr(rates, "input_mtok", None), input_tokens) or 0,
        output=_rate(getattr(rates, "output_mtok", None), input_tokens) or 0,
        cached=cached,
        source=source,
    )


@lru_cache(maxsize=_known_prices)
def _listed(model: str) -> tuple[object, str] | None:
    package = late("genai_prices")
    provider, _, bare = model.rpartition(":")
    if provider in _own_servers:
        return None
    try:
        found = package.calc_price(package.Usage(input_tokens=1, output_tokens=1), model_ref=bare, provider_id=provider or None)
    except LookupError:
        return None
    return found.model_price, f"genai-prices {package.__version__}: {found.provider.id}/{found.model.id}"


def _rate(given: object, input_tokens: int) -> float | None:
    """Dollars for a million tokens; where prices have tiers, the one of the last tier that the prompt is longer than."""
    if given is None:
        return None
    reached = [tier.price for tier in getattr(given, "tiers", ()) if input_tokens > tier.start]
    return float(cast("SupportsFloat", reached[-1] if reached else getattr(given, "base", given)))
