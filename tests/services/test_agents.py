"""Agents taken into definitions, and who may change them."""

from __future__ import annotations

import pytest

from tenuto.core.access import Principal, Role
from tenuto.core.agent import Agent
from tenuto.core.catalog import discover
from tenuto.core.errors import Forbidden
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.agents import Agents, with_agents
from tenuto.store.database import Database

viewer = Principal(1, "key", None, "v", Role.viewer)
stored = {name: Agent(id=name, name=name.upper()) for name in ("a", "b", "c", "unused")}


def test_named_agents_are_taken_in_once_and_own_ones_win() -> None:
    nodes = [
        {"id": "1", "type": "agent", "config": {"agent": "a"}},
        {"id": "2", "type": "agent", "config": {"agent": "a"}},
        {"id": "3", "type": "map", "config": {"body": {"nodes": [{"id": "x", "type": "team", "config": {"agents": ["b", "own"]}}]}}},
        {"id": "4", "type": "agent", "config": {"agent": "missing"}},
    ]
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "1", "nodes": nodes, "agents": [{"id": "own", "name": "O"}]})
    before = definition.version_hash
    whole = with_agents(definition, stored | {"own": Agent(id="own", name="Not this one")})
    assert [(agent.id, agent.name) for agent in whole.agents] == [("own", "O"), ("a", "A"), ("b", "B")]
    assert whole.version_hash != before, "another definition has another hash"
    assert with_agents(whole, stored) is whole


async def test_every_method_asks_for_its_permission(database: Database) -> None:
    agents = Agents(database, discover())
    for call in (agents.create(viewer, {}), agents.change(viewer, "a", {}), agents.delete(viewer, "a")):
        with pytest.raises(Forbidden):
            await call
