"""An unknown type of node: the known ones are named, and the nearest is suggested."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.api.runs import document
from tests.bad_input.asked import issues_at_every_door, text


async def test_the_known_ones_are_named_and_the_nearest_is_suggested(api: Api) -> None:
    node = {"id": "a", "type": "transfrom", "config": {"value": 1}}
    for found in await issues_at_every_door(api.as_role("owner"), document(node)):
        [issue] = found
        assert issue["pointer"] == "/nodes/0/type"
        assert '"transfrom"' in text(issue)
        assert '"transform"?' in text(issue)
        for known in ("agent", "approval", "condition", "delay", "end", "http", "integration", "switch", "transform"):
            assert known in text(issue)


async def test_what_resembles_nothing_gets_the_list_alone(api: Api) -> None:
    for found in await issues_at_every_door(api.as_role("owner"), document({"id": "a", "type": "qqqqqqqq"})):
        assert "Did you mean" not in text(found[0])
        assert "transform" in text(found[0])
