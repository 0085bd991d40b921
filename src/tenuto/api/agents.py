"""Agents of the workspace: `/api/agents/config`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Cursor, Done, Limit, Said
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.agent import AgentConfig
from tenuto.core.errors import Malformed
from tenuto.core.usage import Price
from tenuto.core.vendor import ModelSettings

router = Router("/api/agents", tag="Agents")

Id = Annotated[str | None, Query(max_length=128, description="The agent's id.")]
_required = ("name", "agent_id", "type")
_fields = {
    "id",
    "name",
    "description",
    "provider",
    "agent_id",
    "model",
    "instructions",
    "type",
    "capabilities",
    "integrations",
    "tools",
    "approve",
    "settings",
    "prices",
}


class AgentBody(BaseModel):
    """An agent. Fields that are not known are passed over, as older clients expect."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["name", "type"]})

    id: str | None = Field(default=None, description="1 to 128 characters; one is made where none is sent.")
    name: str | None = None
    description: str | None = None
    provider: str | None = Field(default=None, description="`lyzr` by default; see /api/catalog.")
    agent_id: str | None = Field(default=None, description="The agent's id at its provider; needed for `lyzr`.")
    model: str | None = None
    instructions: str | None = None
    type: Literal["coordinator", "specialist", "integration"] | None = None
    capabilities: tuple[str, ...] | None = None
    integrations: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = Field(default=None, description="Connector actions it may call: `github.list_issues`.")
    approve: tuple[str, ...] | None = Field(
        default=None, description="Those of its tools that a person has to approve each time; `*`: all that change something."
    )
    settings: ModelSettings | None = Field(default=None, description="For the provider `model`: how the model is to answer.")
    prices: Price | None = Field(default=None, description="US dollars for a million tokens, where the kept list does not know it.")

    def given(self) -> dict[str, JsonValue]:
        """The fields of an agent that were sent."""
        return self.model_dump(mode="json", exclude_none=True, include=_fields)


class AgentChange(AgentBody):
    """Fields that are to be others."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["id"]})

    status: Literal["active", "inactive"] | None = Field(
        default=None, description="An inactive agent is not used by new versions and calls."
    )


class AgentView(AgentConfig):
    """An agent as it is answered: older clients count on `agent_id` being there."""

    agent_id: str | None = ""


class AgentAnswer(Done):
    """One agent."""

    agent: AgentView


class ChangedAgent(AgentAnswer):
    """An agent that was just written."""

    message: str


class AgentsAnswer(Done):
    """A page of agents."""

    agents: tuple[AgentView, ...]
    total: int
    next: str | None = None


@router.get("/config", permission=Permission.agent_read, response_model_exclude_none=True)
async def get_agents(
    caller: Caller, services: Provided, id: Id = None, limit: Limit = 200, cursor: Cursor = None
) -> AgentAnswer | AgentsAnswer:
    """One agent, by `id`; or all of them, in the order in which they were made."""
    if id is not None:
        return AgentAnswer(agent=_view(await services.agents.get(caller, id)))
    page, total = await services.agents.list(caller, limit=limit, cursor=cursor)
    return AgentsAnswer(agents=tuple(_view(agent) for agent in page.items), total=total, next=page.next)


@router.post("/config", permission=Permission.agent_write, response_model_exclude_none=True)
async def create_agent(body: AgentBody, caller: Caller, services: Provided) -> ChangedAgent:
    """Make an agent."""
    given = body.given()
    needed = _required if given.get("provider", "lyzr") == "lyzr" else ("name", "type")
    if missing := [name for name in needed if not given.get(name)]:
        raise Malformed(f"An agent needs {' and '.join(missing)}.", pointer=f"/{missing[0]}", fix=f"Send {', '.join(needed)}.")
    return ChangedAgent(agent=_view(await services.agents.create(caller, given)), message="Agent created successfully")


@router.put("/config", permission=Permission.agent_write, response_model_exclude_none=True)
async def change_agent(body: AgentChange, caller: Caller, services: Provided) -> ChangedAgent:
    """Change an agent. What was published with it stays as it was."""
    if not body.id:
        raise Malformed("id is needed.", pointer="/id", fix="Send the id of the agent that changes.")
    agent = await services.agents.change(caller, body.id, body.given(), status=body.status)
    return ChangedAgent(agent=_view(agent), message="Agent updated successfully")


@router.delete("/config", permission=Permission.agent_write)
async def delete_agent(caller: Caller, services: Provided, id: Id = None) -> Said:
    """Delete an agent. What was published with it keeps it."""
    if not id:
        raise Malformed("id is needed.", fix="Send ?id=…")
    await services.agents.delete(caller, id)
    return Said(message="Agent deleted successfully")


def _view(agent: AgentConfig) -> AgentView:
    return AgentView.model_validate({**agent.model_dump(), "agent_id": agent.agent_id or ""})
