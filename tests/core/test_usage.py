"""Adding up what was used: nothing is counted twice, and what is not known is not called 0."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.core.usage import Price, Usage, added, counted, dollars, nothing, without

mini = Price(input=0.25, output=2, cached=0.025, source="list")


def turn(cost: int | None = 5, **more: object) -> Usage:
    return Usage.model_validate({"turns": 1, "priced": int(cost is not None), "cost": cost, "input_tokens": 10, "output_tokens": 3, **more})


usages = st.builds(
    lambda tokens, cost, times: Usage(calls=times, turns=times, priced=times if cost is not None else 0, cost=cost, input_tokens=tokens),
    st.integers(0, 1_000),
    st.none() | st.integers(0, 1_000),
    st.integers(1, 5),
)


def test_a_price_is_in_millionths_of_a_dollar_and_rounds_up() -> None:
    assert mini.cost(1_000_000, 1_000_000) == 2_250_000
    assert mini.cost(1, 0) == 1
    assert mini.cost(0, 0) == 0
    assert mini.cost(1_000, 0, cached_tokens=1_000) == 25
    assert Price(turn=0.05).cost(9_999, 9_999) == 50_000
    assert Price(input=1, source="no price of cached tokens").cost(100, 0, cached_tokens=50) == 100


def test_a_cost_that_is_not_known_is_never_0() -> None:
    known, unknown = turn(5), turn(None)
    assert added(unknown, unknown).cost is None
    assert added(unknown, Usage()).cost is None
    both = added(known, unknown)
    assert (both.cost, both.unpriced, both.turns) == (5, 1, 2)
    assert dollars(None) == "unknown"


def test_a_model_is_named_where_it_was_one_throughout() -> None:
    one, other = turn(model="a", provider="lyzr", price=mini), turn(model="b", provider="lyzr", price=mini)
    assert added(one, one).model == "a"
    assert (added(one, other).model, added(one, other).provider, added(one, other).price) == (None, "lyzr", mini)
    assert added(one, Usage()).model == "a", "a request has no model"


@settings(deadline=None)
@given(st.lists(usages, min_size=1, max_size=6), st.integers(0, 5))
def test_steps_and_the_end_of_an_attempt_count_once(parts: list[Usage], steps: int) -> None:
    """A node whose first parts are steps says at its end what all of them used."""
    run: Usage | None = None
    node: Usage | None = None
    whole: Usage = nothing
    for number, part in enumerate(parts):
        whole = added(whole, part)
        if number < steps:
            run, node = counted(run, node, part, step=True)
    run, node = counted(run, node, whole, step=False)
    assert (run.calls, run.tokens, run.cost, run.priced) == (whole.calls, whole.tokens, whole.cost, whole.priced)
    assert node == whole
    run, node = counted(run, node, whole, step=False)
    assert run.calls == whole.calls, "the same once more is no more"


@settings(deadline=None)
@given(usages, usages)
def test_what_was_added_can_be_taken_away(one: Usage, other: Usage) -> None:
    left = without(added(one, other), other)
    assert (left.calls, left.input_tokens, left.priced, left.cost) == (one.calls, one.input_tokens, one.priced, one.cost)


def test_dollars_are_readable() -> None:
    assert [dollars(n) for n in (0, 1, 12_300, 1_000_000, 1_234_567_890)] == ["$0.00", "$0.000001", "$0.0123", "$1.00", "$1,234.57"]
