"""A typo in the path of an expression: what is there is named, at the check where it can be known, else when the node runs."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import document, execute, value
from tests.bad_input.asked import issues_at_every_door, text

given: JsonValue = {"customer": {"name": "Ada", "email": "ada@example.com"}, "items": [{"sku": "x"}]}


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("{{ input.custmer.name }}", ["custmer", "customer", "items"]),
        ("{{ input.customer.nmae }}", ["nmae", "name", "email"]),
        ("{{ input.items[0].skU }}", ["skU", "sku"]),
        ("{{ nodes.first.output.totl }}", ["totl", "total"]),
        ("{{ vars.mesage }}", ["mesage", "message"]),
        ("{{ input.customer.nmae + '!' }}", ["nmae", "name"]),
    ],
)
async def test_what_is_there_is_named(expression: str, named: list[str], api: Api) -> None:
    run = await execute(api.as_role("owner"), document(value("first", {"total": 3}), value("b", expression)), wait=30, input=given)
    assert run["status"] == "failed"
    assert run["current_node"] == "b"
    for word in named:
        assert word in str(run["error"])


async def test_a_node_that_is_not_there_is_found_before_anything_runs(api: Api) -> None:
    for found in await issues_at_every_door(api.as_role("owner"), document(value("first", 1), value("b", "{{ nodes.frist.output }}"))):
        [issue] = found
        assert issue["pointer"] == "/nodes/1/config/value"
        assert "first" in text(issue)
