"""An HTTP client for a vendor's own library: it has no connections of its own, and all it sends goes through the guarded door."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias, cast, get_args

import httpx2

from tenuto.core.connector import Answer, Method, Outbound
from tenuto.core.errors import Invalid

Exchange: TypeAlias = Callable[[Outbound], AsyncGenerator[bytes | Answer]]
"""Sends, and gives the `Answer` without its body, then the body in pieces."""

largest = 32 * 1024 * 1024
"""Bytes of an answer."""

_left_out = frozenset(
    {
        *("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "proxy-authorization"),
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"),
    }
)
"""Credentials, which only the vault puts in, and what it writes itself."""
_machine = "x-stainless-"
"""Vendors' libraries tell the vendor of the machine they run on by such headers."""
_undone = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
"""Of an answer whose body has been unpacked."""


@dataclass
class LentClient:
    """Satisfies `engine.ports.Lent`. Good for one use; a request is sent once, and redirects are the door's affair."""

    exchange: Exchange
    failure: Exception | None = None
    client: object = field(init=False)

    def __post_init__(self) -> None:
        # Without the environment: a proxy or a .netrc that it names would be another way out.
        self._http = httpx2.AsyncClient(transport=_Through(self), timeout=None, trust_env=False, follow_redirects=False)
        self.client = self._http

    async def aclose(self) -> None:
        """End the client, and whatever answer it has left open."""
        await self._http.aclose()


def lend(exchange: Exchange) -> LentClient:
    """A client that sends nothing but by the exchange."""
    return LentClient(exchange)


@dataclass
class _Through(httpx2.AsyncBaseTransport):
    lent: LentClient
    open: list[AsyncGenerator[bytes | Answer]] = field(default_factory=list[AsyncGenerator[bytes | Answer]])

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        outbound = _outbound(request, await request.aread())
        pieces = self.lent.exchange(outbound)
        self.open.append(pieces)
        try:
            head = await anext(pieces)
        except Exception as error:
            self.lent.failure = error
            raise
        if not isinstance(head, Answer):
            raise TypeError("an exchange begins with its answer")
        headers = [(name, value) for name, value in head.headers.items() if name not in _undone]
        return httpx2.Response(head.status, headers=headers, stream=_Body(self.lent, pieces, head.body), request=request)

    async def aclose(self) -> None:
        for pieces in self.open:
            await pieces.aclose()


@dataclass
class _Body(httpx2.AsyncByteStream):
    lent: LentClient
    pieces: AsyncGenerator[bytes | Answer]
    first: bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.first:
            yield self.first
        try:
            async for piece in self.pieces:
                if isinstance(piece, bytes):
                    yield piece
        except Exception as error:
            self.lent.failure = error
            raise

    async def aclose(self) -> None:
        await self.pieces.aclose()


def _outbound(request: httpx2.Request, content: bytes) -> Outbound:
    if request.method not in get_args(Method):
        raise Invalid(f"A vendor's library wants to send {request.method}, which is not sent.")
    headers = {
        name.lower(): value
        for name, value in request.headers.items()
        if name.lower() not in _left_out and not name.lower().startswith(_machine)
    }
    return Outbound(
        method=cast("Method", request.method), url=str(request.url), headers=headers, content=content or None, max_bytes=largest
    )
