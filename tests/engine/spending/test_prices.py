"""Where a price comes from, and what is said when nobody knows one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tenuto.core.agent import Agent
from tenuto.core.errors import Misconfigured
from tenuto.core.usage import Price
from tenuto.engine.spending.prices import Prices, read_prices

mini = Agent(id="a", name="A", provider="model", model="openai:gpt-5-mini")
studio = Agent(id="b", name="B", provider="lyzr", agent_id="64b0c0ffee0000000000e0c0")


def test_the_kept_list_knows_models_by_provider_or_alone() -> None:
    found = Prices().of(mini)
    assert found is not None
    assert (found.input, found.output) == (0.25, 2.0)
    assert found.source.startswith("genai-prices ")
    assert found.source.endswith("openai/gpt-5-mini")
    assert Prices().of(studio.model_copy(update={"model": "gpt-5-mini"})) == found


def test_the_model_that_answered_goes_before_the_one_that_was_asked() -> None:
    found = Prices().of(mini, "openai:gpt-4o")
    assert found is not None
    assert found.source.endswith("openai/gpt-4o")


def test_a_long_prompt_costs_the_price_of_its_tier() -> None:
    gemini = Agent(id="g", name="G", provider="model", model="google:gemini-2.5-pro")
    short, long = Prices().of(gemini, None, 1_000), Prices().of(gemini, None, 200_001)
    assert short is not None
    assert long is not None
    assert long.input == 2 * short.input


@pytest.mark.parametrize("model", ["nobody:knows", "x", "", ":", "openai:", "\0", "a" * 10_000])
def test_what_nobody_knows_has_no_price(model: str) -> None:
    assert Prices().of(Agent(id="a", name="A", provider="model", model=model)) is None
    assert Prices().of(studio) is None


@pytest.mark.parametrize("name", ["openai:gpt-5-mini", "gpt-5-mini", "model"])
def test_an_operators_price_goes_before_the_kept_list(name: str) -> None:
    found = read_prices({name: {"input": 1, "output": 3}}).of(mini)
    assert found == Price(input=1, output=3, source=f"TENUTO_PRICES: {name}")


def test_an_agent_of_a_provider_that_bills_turns_has_a_price_of_its_own() -> None:
    assert read_prices({f"lyzr:{studio.agent_id}": {"turn": 0.04}}).of(studio) is not None
    own = studio.model_copy(update={"prices": Price(turn=0.02)})
    found = read_prices({"lyzr": {"turn": 0.04}}).of(own)
    assert found == Price(turn=0.02, source="agent b")


@pytest.mark.parametrize("wrong", [[], 3, {"m": 3}, {"m": {"input": -1}}, {"m": {"inputs": 1}}, {"m": {"input": "NaN"}}])
def test_wrong_prices_stop_the_start(wrong: object) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_PRICES is wrong"):
        read_prices(wrong)  # pyright: ignore[reportArgumentType]  # wrong on purpose


def test_the_kept_list_is_read_when_it_is_first_needed() -> None:
    code = "import sys, tenuto.app; print('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
