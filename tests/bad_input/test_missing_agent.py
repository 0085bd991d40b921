"""An agent that is nowhere: named before anything runs, with those there are."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.api.runs import document
from tests.bad_input.asked import issues_at_every_door, text


async def test_it_is_named_with_those_there_are(api: Api) -> None:
    node = {"id": "a", "type": "agent", "config": {"agent": "agent-defualt"}}
    for found in await issues_at_every_door(api.as_role("owner"), document(node)):
        [issue] = found
        assert str(issue["pointer"]).startswith("/nodes/0/config/agent")
        assert '"agent-defualt"' in text(issue)
        assert "agent-default" in text(issue).replace("agent-defualt", "")


async def test_an_agent_that_was_switched_off_is_missing_too(api: Api) -> None:
    client = api.as_role("owner")
    made = await client.post("/api/agents/config", json={"name": "Old", "agent_id": "x", "type": "specialist", "id": "old"})
    assert made.status_code == 200, made.text
    assert (await client.put("/api/agents/config", json={"id": "old", "status": "inactive"})).status_code == 200
    node = {"id": "a", "type": "agent", "config": {"agent": "old"}}
    for found in await issues_at_every_door(client, document(node)):
        assert '"old"' in text(found[0])
