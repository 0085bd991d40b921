"""What a wait waits for, and what lets it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import JsonValue, ValidationError
from tests.nodes.context import Context, noon

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.node import Answered, Arrived, Completed, Suspended, TimeCame
from tenuto.nodes.wait import Wait, WaitConfig


def wait(**config: JsonValue) -> Wait:
    return Wait(id="n", config=WaitConfig.model_validate(config))


async def test_without_an_event_it_waits_for_a_call_and_shows_its_address() -> None:
    outcome = await wait(timeout="PT1H").run(Context())
    assert isinstance(outcome, Suspended)
    assert (outcome.reason, outcome.until) == ("call", noon + timedelta(hours=1))
    assert outcome.data == {"url": Context().address, "expires": "2026-03-01T13:00:00+00:00"}


async def test_with_an_event_it_waits_for_that() -> None:
    outcome = await wait(event="github.issues.closed", match="{{ event.ok }}").run(Context())
    assert isinstance(outcome, Suspended)
    assert (outcome.reason, outcome.until) == ("event", None)
    assert outcome.data == {"event": "github.issues.closed", "match": "{{ event.ok }}", "expires": None}


async def test_a_call_an_event_and_a_person_let_it_go_on() -> None:
    assert await wait().resume(Context(), Arrived({"a": 1})) == Completed({"data": {"a": 1}, "event": None})
    assert await wait(event="e").resume(Context(), Arrived(None, "e", "1")) == Completed({"data": None, "event": "e"})
    assert await wait().resume(Context(), Answered({"a": 1}, "member:Ada")) == Completed(
        {"data": {"a": 1}, "event": None, "by": "member:Ada"}
    )


async def test_time_lets_it_go_by_the_other_port() -> None:
    assert await wait(timeout="PT1S").resume(Context(), TimeCame()) == Completed({"data": None, "event": None}, "expired")


@pytest.mark.parametrize(("value", "problem"), [(False, Conflict), (1, Invalid), ("true", Invalid), (None, Invalid)])
async def test_only_what_matches_counts(value: JsonValue, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        await wait(event="e", match="{{ event }}").resume(Context(matches=value), Arrived({}, "e", "1"))


@pytest.mark.parametrize(
    "config", [{"match": "{{ event.a }}"}, {"timeout": "PT0S"}, {"event": ""}, {"event": "a\nb"}, {"event": "e", "x": 1}]
)
def test_a_config_that_means_nothing_is_refused(config: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        wait(**config)


async def test_a_timeout_beyond_all_time_is_a_problem() -> None:
    with pytest.raises(Invalid, match="9999"):
        await wait(timeout="P3000000D").run(Context())
