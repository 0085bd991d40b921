"""Agents that a workspace keeps: made, read, changed, deleted; and taken into definitions that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue, ValidationError

from tenuto.core.access import Permission, Principal
from tenuto.core.agent import Agent, AgentConfig
from tenuto.core.catalog import Catalog
from tenuto.core.documents.tool_rules import tool_issues
from tenuto.core.errors import Conflict, Invalid, Issue, NotFound
from tenuto.core.values import pointer
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.keys import text_id
from tenuto.services.executions.uses import agents_named
from tenuto.store.agents import Agents as Rows
from tenuto.store.database import Database, Transaction
from tenuto.store.repository import Page
from tenuto.store.runs.identity import new_id

default_id = "agent-default"
_fields = frozenset(Agent.model_fields)


class Agents:
    """The use cases of agents."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def list(self, caller: Principal, *, limit: int = 200, cursor: str | None = None) -> tuple[Page[AgentConfig], int]:
        """The agents in the order in which they were made, and how many there are."""
        caller.require(Permission.agent_read)
        async with self._database.transaction(caller.workspace) as tx:
            return await Rows(tx).page(limit=limit, cursor=cursor), await Rows(tx).count()

    async def get(self, caller: Principal, id: str) -> AgentConfig:
        """One agent. Raises `NotFound`."""
        caller.require(Permission.agent_read)
        async with self._database.transaction(caller.workspace) as tx:
            return await _agent(tx, id)

    async def create(self, caller: Principal, given: Mapping[str, JsonValue]) -> AgentConfig:
        """A new agent, under its id if it has one. Raises `Invalid`, and `Conflict` if the id is taken."""
        caller.require(Permission.agent_write)
        agent = self._checked({"id": f"agent-{new_id()}", **given})
        async with self._database.transaction(caller.workspace) as tx:
            if not await Rows(tx).create(agent):
                raise Conflict(
                    f'There is an agent "{agent.id}" already.', pointer="/id", fix="Change that one, or send another id or none."
                )
            return await _agent(tx, agent.id)

    async def change(
        self, caller: Principal, id: str, changes: Mapping[str, JsonValue], *, status: Literal["active", "inactive"] | None = None
    ) -> AgentConfig:
        """Replace some fields. Versions that were published with it keep it as it was. Raises `NotFound` and `Invalid`."""
        caller.require(Permission.agent_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await _agent(tx, id, lock=True)
            agent = self._checked({**before.model_dump(mode="json", include=set(_fields)), **changes, "id": id})
            await Rows(tx).write(agent, status or before.status)
            return await _agent(tx, id)

    async def delete(self, caller: Principal, id: str) -> None:
        """Delete an agent. Versions that were published with it keep it. Raises `NotFound`."""
        caller.require(Permission.agent_write)
        async with self._database.transaction(caller.workspace) as tx:
            if "\0" in id or not await Rows(tx).remove(id):
                raise NotFound(f'There is no agent "{id[:128]}".')

    async def ensure_default(self, workspace: int, agent_id: str | None) -> None:
        """See that there is an agent to begin with, bound to the agent of the settings for as long as nobody changed it."""
        agent = Agent(
            id=default_id,
            name="General Assistant",
            description="Answers whatever no specialist is there for.",
            agent_id=agent_id,
            type="coordinator",
            capabilities=("general_assistance", "task_coordination", "data_analysis"),
        )
        async with self._database.transaction(workspace) as tx:
            if not await Rows(tx).create(agent):
                await Rows(tx).write_unchanged(agent)

    def _checked(self, given: Mapping[str, JsonValue]) -> Agent:
        try:
            agent = Agent.model_validate(given)
        except ValidationError as error:
            issues = tuple(
                Issue(
                    pointer=pointer(*each["loc"]), code=each["type"].replace("_", "-"), message=f"{pointer(*each['loc'])}: {each['msg']}."
                )
                for each in error.errors(include_url=False, include_input=False)
            )
            raise Invalid(issues[0].message, pointer=issues[0].pointer, issues=issues) from None
        text_id(agent.id, "id")
        provider = self._catalog.providers.get(agent.provider)
        if provider is None:
            known = ", ".join(self._catalog.providers)
            raise Invalid(f'There is no agent provider "{agent.provider}".', pointer="/provider", fix=f"Known: {known}.")
        plain = agent.model_dump(mode="json", include={"tools", "approve"})
        for wrong in tool_issues(plain, self._catalog):
            if wrong.severity == "error":
                raise Invalid(wrong.message, pointer=wrong.part, fix=wrong.fix)
        if wrong := tuple(issue for issue in provider.issues(agent) if issue.severity == "error"):
            raise Invalid(wrong[0].message, pointer=wrong[0].pointer, issues=wrong, fix=wrong[0].fix)
        return agent


def with_agents(definition: WorkflowDefinition, stored: Mapping[str, Agent]) -> WorkflowDefinition:
    """The definition with the stored agents that its nodes name and that it does not hold itself."""
    own = {agent.id for agent in definition.agents}
    more = [_plain(stored[name]) for name in agents_named(definition) if name in stored and name not in own]
    if not more:
        return definition
    # Made anew: a copy would keep the hash of what it was copied from.
    every = [agent.model_dump(mode="json", exclude_defaults=True) for agent in (*definition.agents, *more)]
    return WorkflowDefinition.model_validate({**definition.document, "agents": every})


def _plain(agent: Agent) -> Agent:
    """The agent without what belongs to the record."""
    return Agent.model_validate(agent.model_dump(include=set(_fields)))


async def _agent(tx: Transaction, id: str, *, lock: bool = False) -> AgentConfig:
    found = await Rows(tx).find(id, lock=lock) if "\0" not in id else None
    if found is None:
        raise NotFound(f'There is no agent "{id[:128]}".', fix="See /api/agents/config for those there are.")
    return found
