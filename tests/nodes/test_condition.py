"""What counts as true for a condition, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from tests.nodes.context import Context

from tenuto.core.errors import Invalid
from tenuto.core.node import Completed
from tenuto.nodes.condition import Condition, ConditionConfig


def condition(value: JsonValue) -> Condition:
    return Condition(id="n", config=ConditionConfig(condition=value))


@pytest.mark.parametrize("value", [True, 1, -0.5, ["x"], {"a": None}])
async def test_true_things_leave_by_true(value: JsonValue) -> None:
    assert await condition(value).run(Context()) == Completed(True, "true")


@pytest.mark.parametrize("value", [False, 0, 0.0, None, [], {}])
async def test_empty_things_leave_by_false(value: JsonValue) -> None:
    assert await condition(value).run(Context()) == Completed(False, "false")


@pytest.mark.parametrize("value", ["false", "true", "", "3 > 2", "x" * 500])
async def test_text_is_refused_with_a_sentence(value: str) -> None:
    with pytest.raises(Invalid) as caught:
        await condition(value).run(Context())
    assert "neither true nor false" in caught.value.data.detail
    assert len(caught.value.data.detail) < 200
    assert caught.value.data.pointer == "/config/condition"


def test_it_is_pure_and_has_two_ports() -> None:
    assert Condition.pure
    assert Condition.ports_of({"condition": "{{ x }}"}) == ("true", "false")
