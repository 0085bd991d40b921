"""Until when a delay waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import JsonValue, ValidationError
from tests.nodes.context import Context, noon

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.node import Answered, Completed, Suspended, TimeCame
from tenuto.nodes.delay import Delay, DelayConfig


def delay(**config: JsonValue) -> Delay:
    return Delay(id="n", config=DelayConfig.model_validate(config))


async def test_a_duration_counts_from_the_beginning_of_the_attempt() -> None:
    assert await delay(duration="PT15M").run(Context()) == Suspended("delay", noon + timedelta(minutes=15))


async def test_a_time_is_waited_for() -> None:
    assert await delay(until="2026-03-01T14:00:00+01:00").run(Context()) == Suspended("delay", noon + timedelta(hours=1))


@pytest.mark.parametrize("config", [{"duration": "PT0S"}, {"until": "2026-03-01T12:00:00Z"}, {"until": "1999-01-01T00:00:00Z"}])
async def test_what_has_come_does_not_wait(config: dict[str, JsonValue]) -> None:
    assert await delay(**config).run(Context()) == Completed()


async def test_it_completes_when_the_time_comes_and_takes_no_answer() -> None:
    assert await delay(duration="PT1S").resume(Context(), TimeCame()) == Completed()
    with pytest.raises(Conflict):
        await delay(duration="PT1S").resume(Context(), Answered({}, "member:Ada"))


async def test_a_duration_past_the_calendar_is_refused() -> None:
    with pytest.raises(Invalid, match="9999"):
        await delay(duration="P9999999D").run(Context())


@pytest.mark.parametrize(
    "config", [{}, {"duration": "PT1S", "until": "2030-01-01T00:00:00Z"}, {"duration": "-PT1S"}, {"until": "2030-01-01T00:00:00"}]
)
def test_exactly_one_of_both_that_is_not_negative_and_has_a_zone(config: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        delay(**config)
