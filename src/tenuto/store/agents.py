"""Agents as a workspace keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, func

from tenuto.core.agent import Agent, AgentConfig
from tenuto.core.values import JsonObject, decode, encode
from tenuto.store.repository import Order, Page, Repository, metadata

agents = Table(
    "agents",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class Agents(Repository[AgentConfig]):
    """The rows of agents."""

    table, noun = agents, "agent"

    async def page(self, *, limit: int, cursor: str | None = None) -> Page[AgentConfig]:
        """In the order in which they were made. Raises `Malformed` for a cursor that is none of ours."""
        return await self._page(order=_oldest, limit=limit, cursor=cursor)

    async def count(self) -> int:
        """How many there are."""
        return await self._count()

    async def active(self) -> Sequence[AgentConfig]:
        """Those that may be used, in the order in which they were made."""
        return [self._read(row) for row in await self._rows(agents.c.status == "active", order=_oldest)]

    async def create(self, agent: Agent, status: str = "active") -> bool:
        """Insert one; False if its id is taken."""
        return await self.add({"id": agent.id, "body": _body(agent), "status": status}, ignore_existing=True)

    async def write(self, agent: Agent, status: str) -> None:
        """Replace one."""
        await self._update({"body": _body(agent), "status": status, "updated_at": func.now()}, agents.c.id == agent.id)

    async def write_unchanged(self, agent: Agent) -> None:
        """Replace one that nobody has changed since it was made."""
        await self._update({"body": _body(agent)}, agents.c.id == agent.id, agents.c.updated_at == agents.c.created_at)

    async def remove(self, id: str) -> bool:
        """Delete one; False if there is none."""
        return await self._delete(agents.c.id == id) == 1

    def _read(self, row: RowMapping) -> AgentConfig:
        stored = cast("JsonObject", decode(row["body"]))
        about = {"id": row["id"], "status": row["status"], "created": row["created_at"], "updated": row["updated_at"]}
        return AgentConfig.model_validate({**stored, **about})


_oldest = Order((agents.c.created_at, agents.c.id), descending=False)


def _body(agent: Agent) -> bytes:
    return encode(agent.model_dump(mode="json", include=set(Agent.model_fields) - {"id"}, exclude_defaults=True), what="The agent")
