"""A single question to an agent: `/api/agent` and `/api/agent/chat`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.agent import Exchange
from tenuto.core.errors import Malformed
from tenuto.services.agents import default_id
from tenuto.services.conversations import Question, Said

router = Router("/api/agent", tag="Agents")

_text = 1_000_000
_outside = (502, 504)


class ExchangeBody(BaseModel):
    """A question, and what was answered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str = Field(max_length=_text)
    answer: str = Field(max_length=_text)


class ChatBody(BaseModel):
    """A question. Fields that are not known are passed over, as older clients expect."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["message"]})

    message: str | None = Field(default=None, max_length=_text)
    user_id: str | None = Field(default=None, max_length=128, description="The caller by default.")
    session_id: str | None = Field(default=None, max_length=128, description="The conversation that goes on; a new one by default.")
    assets: tuple[str, ...] = Field(default=(), max_length=50, description="Ids of /api/upload.")
    history: tuple[ExchangeBody, ...] = Field(
        default=(),
        max_length=100,
        description="What was said before, oldest first, for an agent that is a model; a provider that keeps sessions passes it over.",
    )


class AgentCallBody(ChatBody):
    """A question to a certain agent."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["message", "agent_id"]})

    agent_id: str | None = Field(default=None, max_length=128, description="An agent's id here, or its id at Lyzr.")


class AgentResponse(BaseModel):
    """What the agent answered, as agents write it for older clients."""

    model_config = ConfigDict(frozen=True)

    status: str
    result: JsonValue = Field(description="The object it answered, else `{text, artifacts}`.")
    message: str
    metadata: dict[str, JsonValue]


class AgentCallAnswer(Done):
    """An answer with its surroundings."""

    response: AgentResponse
    agent_id: str
    user_id: str
    session_id: str
    timestamp: datetime
    raw_response: str = Field(description="The answer as it came.")
    simulated: bool = Field(description="Whether no agent was asked, because the key of its provider is not set.")


class ChatAnswer(Done):
    """An answer as text, and read."""

    response: str
    result: JsonValue
    session_id: str
    user_id: str
    agent_id: str
    timestamp: datetime
    simulated: bool


class ChatReady(Done):
    """Who answers here."""

    response: str
    session_id: str | None = Field(description="The conversation that was asked for.")
    agent_id: str
    agent_name: str


@router.post("", permission=Permission.agent_ask, also=_outside)
async def ask_agent(body: AgentCallBody, caller: Caller, services: Provided) -> AgentCallAnswer:
    """Ask an agent once, without a run. In production a missing key is a 401 that names the setting."""
    if not body.agent_id:
        raise Malformed("agent_id is needed.", pointer="/agent_id", fix="See /api/agents/config for the agents.")
    said = await services.conversations.ask(caller, _question(body, body.agent_id))
    return AgentCallAnswer(
        response=AgentResponse(status=said.status, result=said.result, message=said.message, metadata=dict(said.metadata)),
        agent_id=body.agent_id,
        user_id=said.user_id,
        session_id=said.session_id,
        timestamp=said.at,
        raw_response=said.raw,
        simulated=said.simulated,
    )


@router.post("/chat", permission=Permission.agent_ask, also=_outside)
async def chat(body: ChatBody, caller: Caller, services: Provided) -> ChatAnswer:
    """Talk to the general assistant (`agent-default`)."""
    said: Said = await services.conversations.ask(caller, _question(body, default_id))
    return ChatAnswer(
        response=said.message or said.text,
        result=said.result,
        session_id=said.session_id,
        user_id=said.user_id,
        agent_id=said.agent.agent_id or said.agent.id,
        timestamp=said.at,
        simulated=said.simulated,
    )


@router.get("/chat", permission=Permission.agent_read)
async def chat_ready(caller: Caller, services: Provided, session_id: Annotated[str | None, Query(max_length=128)] = None) -> ChatReady:
    """Which agent answers here. What was said is kept by the agent's provider, not here."""
    agent = await services.agents.get(caller, default_id)
    return ChatReady(
        response=f"{agent.name} is here. Send a message by POST.",
        session_id=session_id,
        agent_id=agent.agent_id or agent.id,
        agent_name=agent.name,
    )


def _question(body: ChatBody, agent_id: str) -> Question:
    if not body.message:
        raise Malformed("message is needed.", pointer="/message", fix="Send the question as message.")
    return Question(
        message=body.message,
        agent_id=agent_id,
        user_id=body.user_id,
        session_id=body.session_id,
        assets=body.assets,
        history=tuple(Exchange(question=each.question, answer=each.answer) for each in body.history),
    )
