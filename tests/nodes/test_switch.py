"""Which way a switch takes, and which ports it has."""

from __future__ import annotations

import pytest
from pydantic import JsonValue, ValidationError
from tests.nodes.context import Context

from tenuto.core.node import Completed
from tenuto.nodes.switch import Switch, SwitchConfig, same


def switch(value: JsonValue, *cases: tuple[JsonValue, str]) -> Switch:
    return Switch(id="n", config=SwitchConfig.model_validate({"value": value, "cases": [{"when": w, "port": p} for w, p in cases]}))


async def test_the_first_case_that_equals_wins() -> None:
    node = switch("b", ("a", "one"), ("b", "two"), ("b", "three"))
    assert await node.run(Context()) == Completed("b", "two")


async def test_else_default() -> None:
    assert await switch("c", ("a", "one")).run(Context()) == Completed("c", "default")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (True, True, True),
        ("1", 1, False),
        (None, False, False),
        ([1, True], [1, 1], False),
        ([1], [1, 2], False),
        ({"a": [None]}, {"a": [None]}, True),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ({"a": True}, {"a": 1}, False),
    ],
)
def test_values_are_compared_as_json(one: JsonValue, other: JsonValue, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_ports_come_from_the_config_each_once() -> None:
    config: JsonValue = {"cases": [{"when": 1, "port": "a"}, {"when": 2, "port": "b"}, {"when": 3, "port": "a"}]}
    assert Switch.ports_of(config) == ("a", "b", "default")


@pytest.mark.parametrize("cases", [None, "{{ x }}", [None, 3, {"when": 1}, {"port": 5}]])
def test_ports_of_a_config_that_is_not_valid_are_what_can_be_read(cases: JsonValue) -> None:
    assert Switch.ports_of({"cases": cases}) == ("default",)


def test_no_case_may_take_the_port_of_failures() -> None:
    with pytest.raises(ValidationError, match="failed node"):
        switch(1, (1, "error"))
