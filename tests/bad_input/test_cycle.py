"""Edges that go round in a circle: the circle is named node by node."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.api.runs import document, value
from tests.bad_input.asked import issues_at_every_door, text


async def test_the_circle_is_named(api: Api) -> None:
    nodes = [value(name, 1) for name in ("start", "one", "two", "three")]
    edges = [{"from": "start", "to": "one"}, {"from": "one", "to": "two"}, {"from": "two", "to": "three"}, {"from": "three", "to": "one"}]
    for found in await issues_at_every_door(api.as_role("owner"), document(*nodes, edges=edges)):
        assert any("one → two → three → one" in text(issue) for issue in found), found
        assert not any("start →" in text(issue) for issue in found)


async def test_a_node_that_leads_to_itself_is_one(api: Api) -> None:
    edges = [{"from": "a", "to": "a"}]
    for found in await issues_at_every_door(api.as_role("owner"), document(value("a", 1), edges=edges)):
        assert any("a → a" in text(issue) for issue in found), found
