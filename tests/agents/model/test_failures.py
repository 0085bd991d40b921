"""What goes wrong with models, in real runs: refused keys, limits, vendors that fail, answers that are cut or that are none."""

from __future__ import annotations

import pytest
from tests.agents.model.running import Models, asking, everyone, problem_of, ran
from tests.doubles.models import Script


@everyone
async def test_a_wrong_key_names_the_setting_to_mend(models: Models, model: str) -> None:
    models.double(model).key = "sk-another-key-0123456789"  # pyright: ignore[reportAttributeAccessIssue] - the class's is everybody's
    problem = await problem_of(models, asking(model))
    assert (problem["type"], problem["retryable"]) == ("auth-rejected", False)
    assert "API_KEY" in problem["fix"]
    assert "start again" in problem["fix"]
    assert len(models.double(model).calls) == 1


@everyone
@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (Script(status=400, message="Bad thing."), "rejected", "Bad thing"),
        (Script(status=403), "auth-rejected", "403"),
        (Script(status=404, message="no such model"), "rejected", "no such model"),
        (Script(status=413), "rejected", "too long"),
        (Script(status=402, message="Your credit balance is too low."), "credits-exhausted", "used up"),
        (Script(status=429, code="insufficient_quota", message="You exceeded your current quota."), "credits-exhausted", "used up"),
        (Script(status=500), "vendor-failed", "500"),
        (Script(status=529, message="Overloaded"), "vendor-failed", "Overloaded"),
        (Script(fault="html", status=503), "vendor-failed", "503"),
        (Script(fault="html"), "vendor-failed", "502"),
        (Script(fault="malformed"), "invalid-output", ""),
        (Script(fault="truncated"), None, ""),
        (Script(fault="empty"), "invalid-output", ""),
        (Script(fault="drop_before"), "vendor-failed", "billed"),
        (Script(fault="drop_midway", text="a long answer " * 20), "vendor-failed", "billed"),
        (Script(refusal="I will not say that."), "invalid-output", "refuses"),
        (Script(text="x" * 4000, finish=None, times=None), "invalid-output", "cut off"),
    ],
    ids=lambda value: None,
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_goes_wrong_is_a_problem(models: Models, model: str, script: Script, kind: str | None, words: str, stream: bool) -> None:
    models.double(model).script(script)
    limited = {"max_tokens": 50} if "cut" in words else None
    problem = await problem_of(models, asking(model, settings=limited, stream=stream))
    assert problem["type"] in ((kind,) if kind else ("invalid-output", "vendor-failed")), problem
    assert words in problem["detail"], problem
    assert "put-in-by-tenuto" not in str(problem)
    assert len(models.double(model).calls) == 1


@everyone
async def test_a_limit_is_waited_for_and_the_library_asks_nothing_by_itself(alone: Models, model: str) -> None:
    double = alone.double(model)
    double.script(Script(status=429, retry_after=1), Script(text="Now."))
    run = await ran(alone.api, asking(model))
    assert run["output"]["text"] == "Now."
    assert run["duration_ms"] >= 1000
    assert len(double.calls) == 2
    assert run["nodes"]["ask"]["attempt"] == 1
