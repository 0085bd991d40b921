"""One turn of an agent: what its provider may ask of the house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.core.agent import AgentProvider
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import VendorFailed
from tenuto.core.values import JsonObject
from tenuto.engine.ports import Sender


@dataclass(frozen=True, kw_only=True)
class ProviderTurn:
    """Satisfies `core.agent.TurnContext` for one turn of one provider."""

    provider: AgentProvider
    sender: Sender
    ticket: Ticket
    recall: Callable[[str], JsonValue]
    record: Callable[[str, JsonValue], Awaitable[None]]
    tell: Callable[[JsonObject], Awaitable[None]]

    async def send(self, request: Outbound) -> Answer:
        """Through the guarded door, with the provider's credential put in."""
        return await self.sender.send(request, self.ticket)

    async def stream(self, request: Outbound) -> AsyncGenerator[bytes]:
        """The body as it comes. Raises the provider's problem for an error status."""
        async with aclosing(self.sender.stream(request, self.ticket)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Answer):
                    raise self.provider.problem(piece) or VendorFailed(f"{self.provider.name} answered {piece.status}.", raw=piece.text)
                yield piece

    async def token(self, text: str) -> None:
        """Tell those who watch that some text came."""
        await self.tell({"kind": "token", "text": text})

    def recalled(self, name: str) -> JsonValue:
        """What was remembered before a crash."""
        return self.recall(name)

    async def remember(self, name: str, value: JsonValue) -> None:
        """Commit a fact about this turn."""
        await self.record(name, value)

    async def sleep(self, seconds: float) -> None:
        """Wait between polls."""
        await asyncio.sleep(seconds)
