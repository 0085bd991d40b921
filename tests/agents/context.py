"""A TurnContext that speaks real HTTP, and remembers what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import httpx2
from pydantic import JsonValue

from tenuto.core.agent import AgentProvider
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Uncertain, Unreachable

key = "sk-default-0123456789abcdefghijABCDEFGHIJ01"


@dataclass
class Context:
    """Satisfies `TurnContext` as the house does: puts the key in, answers error statuses, raises what a lost answer is."""

    provider: AgentProvider
    client: httpx2.AsyncClient
    api_key: str = key
    facts: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What an earlier life of this turn remembered, and what this one does."""
    tokens: list[str] = field(default_factory=list[str])
    slept: list[float] = field(default_factory=list[float])
    sent: list[Outbound] = field(default_factory=list[Outbound])

    async def send(self, request: Outbound) -> Answer:
        self.sent.append(request)
        try:
            got = await self.client.send(self._request(request))
        except httpx2.ConnectError as error:
            raise Unreachable("Nobody listens there.") from error
        except httpx2.TransportError as error:
            raise Uncertain("The request left and no answer came.") from error
        return Answer(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content)

    async def stream(self, request: Outbound) -> AsyncIterator[bytes]:
        self.sent.append(request)
        try:
            got = await self.client.send(self._request(request), stream=True)
            try:
                if got.status_code >= 400:
                    await got.aread()
                    headers = {name.lower(): value for name, value in got.headers.items()}
                    problem = self.provider.problem(Answer(got.status_code, headers, got.content))
                    assert problem is not None
                    raise problem
                async for part in got.aiter_bytes():
                    yield part
            finally:
                await got.aclose()
        except httpx2.ConnectError as error:
            raise Unreachable("Nobody listens there.") from error
        except httpx2.TransportError as error:
            raise Uncertain("The connection broke off.") from error

    def client(
        self, refusal: Callable[[Answer], Exception | None], *, streamed: bool = False, seconds: float = 600
    ) -> AbstractAsyncContextManager[object]:
        """None: those who are tested so speak HTTP themselves."""
        raise NotImplementedError

    async def token(self, text: str) -> None:
        self.tokens.append(text)

    def recalled(self, name: str) -> JsonValue:
        return self.facts.get(name)

    async def remember(self, name: str, value: JsonValue) -> None:
        self.facts[name] = value

    async def sleep(self, seconds: float) -> None:
        """Notes how long and does not wait: the double's clock goes by questions, not by time."""
        self.slept.append(seconds)

    def _request(self, request: Outbound) -> httpx2.Request:
        files = [(name, (file, content, media)) for name, file, content, media in request.files]
        return self.client.build_request(
            request.method,
            request.url,
            params=dict(request.query) or None,  # pyright: ignore[reportArgumentType] - our query values are httpx2's
            headers={**request.headers, "x-api-key": self.api_key},
            json=request.json,
            content=request.content,
            files=files or None,
            timeout=30,
        )
