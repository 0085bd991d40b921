"""One turn of an agent: what its provider may ask of the house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from pydantic import JsonValue

from tenuto.core.agent import AgentProvider
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import VendorFailed
from tenuto.core.values import JsonObject
from tenuto.engine.ports import Exchange, Lend, Sender


@dataclass(frozen=True, kw_only=True)
class ProviderTurn:
    """Satisfies `core.agent.TurnContext` for one turn of one provider."""

    provider: AgentProvider
    sender: Sender
    ticket: Ticket
    recall: Callable[[str], JsonValue]
    record: Callable[[str, JsonValue], Awaitable[None]]
    tell: Callable[[JsonObject], Awaitable[None]]
    lend: Lend

    async def send(self, request: Outbound) -> Answer:
        """Through the guarded door, with the provider's credential put in."""
        return await self.sender.send(request, self.ticket)

    async def stream(self, request: Outbound) -> AsyncGenerator[bytes]:
        """The body as it comes. Raises the provider's problem for an error status."""
        async with aclosing(self.sender.stream(request, self.ticket)) as pieces:
            async for piece in pieces:
                if isinstance(piece, bytes):
                    yield piece
                elif piece.status >= 400:
                    raise self.provider.problem(piece) or VendorFailed(f"{self.provider.name} answered {piece.status}.", raw=piece.text)

    @asynccontextmanager
    async def client(
        self, refusal: Callable[[Answer], Exception | None], *, streamed: bool = False, seconds: float = 600
    ) -> AsyncGenerator[object]:
        """A client for a vendor's own library. What went wrong at the door leaves the block as it was raised there."""
        exchange = self._streamed if streamed else self._whole
        lent = self.lend(partial(_refused, exchange, refusal, seconds))
        try:
            yield lent.client
        except Exception:
            if lent.failure is not None:
                raise lent.failure from None
            raise
        finally:
            await lent.aclose()

    async def _whole(self, request: Outbound) -> AsyncGenerator[bytes | Answer]:
        answer = await self.sender.send(request, self.ticket)
        yield answer if answer.status >= 400 else replace(answer, body=b"")
        if answer.status < 400:
            yield answer.body

    async def _streamed(self, request: Outbound) -> AsyncGenerator[bytes | Answer]:
        async with aclosing(self.sender.stream(request, self.ticket)) as pieces:
            async for piece in pieces:
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


async def _refused(
    exchange: Exchange, refusal: Callable[[Answer], Exception | None], seconds: float, request: Outbound
) -> AsyncGenerator[bytes | Answer]:
    """The exchange, which a refused request ends."""
    async with aclosing(exchange(replace(request, timeout=seconds))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer) and (problem := refusal(piece)) is not None:
                raise problem
            yield piece
