"""An edge to or from a node that is not there: its end is named, and the nearest node is suggested."""

from __future__ import annotations

import pytest
from tests.api.conftest import Api
from tests.api.runs import document, value
from tests.bad_input.asked import issues_at_every_door, text


@pytest.mark.parametrize(("edge", "end"), [({"from": "first", "to": "sceond"}, "to"), ({"from": "sceond", "to": "first"}, "from")])
async def test_its_end_is_named(edge: dict[str, str], end: str, api: Api) -> None:
    broken = document(value("first", 1), value("second", 2), edges=[{"from": "first", "to": "second"}, edge])
    for found in await issues_at_every_door(api.as_role("owner"), broken):
        [issue] = [issue for issue in found if issue["pointer"] == f"/edges/1/{end}"]
        assert '"sceond"' in text(issue)
        assert '"second"?' in text(issue)


async def test_the_start_that_is_not_there_is_named(api: Api) -> None:
    for found in await issues_at_every_door(api.as_role("owner"), document(value("first", 1), startNode="frist")):
        assert any(issue["pointer"] == "/startNode" and "first" in text(issue) for issue in found), found
