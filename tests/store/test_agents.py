"""Rows of agents."""

from __future__ import annotations

from tenuto.core.agent import Agent
from tenuto.store.agents import Agents
from tenuto.store.database import Database

agent = Agent(id="a", name="A", agent_id="66", tools=("slack.list_channels",))


async def test_written_and_read_as_the_same(database: Database) -> None:
    async with database.transaction(1) as tx:
        assert await Agents(tx).create(agent)
        assert not await Agents(tx).create(agent)
        found = await Agents(tx).get("a")
    assert Agent.model_validate(found.model_dump(include=set(Agent.model_fields))) == agent
    assert (found.status, found.created) == ("active", found.updated)


async def test_only_what_nobody_changed_is_replaced(database: Database) -> None:
    async with database.transaction(1) as tx:
        await Agents(tx).create(agent)
    for writes, name in ((False, "B"), (True, "C")):
        async with database.transaction(1) as tx:
            if writes:
                await Agents(tx).write(agent.model_copy(update={"name": name}), "inactive")
            await Agents(tx).write_unchanged(agent.model_copy(update={"name": "B"}))
            assert (await Agents(tx).get("a")).name == name
    async with database.transaction(1) as tx:
        assert await Agents(tx).active() == []
        assert await Agents(tx).count() == 1
        assert await Agents(tx).remove("a")
        assert not await Agents(tx).remove("a")
