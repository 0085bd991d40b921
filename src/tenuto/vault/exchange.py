"""One exchange with the outside: its time, its size, how far it got, and what is hidden in its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeVar

import httpx2
from opentelemetry.trace import Span

from tenuto.core.connector import Answer
from tenuto.core.errors import InvalidOutput, Outgoing, TooLarge, Uncertain, Unreachable
from tenuto.vault.broken import reason
from tenuto.vault.mask import Mask
from tenuto.vault.reach import host_of, port_of
from tenuto.vault.tokens import Credential

T = TypeVar("T")


@dataclass(slots=True)
class Exchange:
    """One request and all that comes of it. Mutable: it learns where it is, and whether anything has left."""

    span: Span
    deadline: float
    seconds: float
    max_bytes: int
    place: str = "The host"
    left: bool = False
    mask: Mask = field(default_factory=Mask)
    credential: Credential | None = None
    renewed: Credential | None = None

    def at(self, url: httpx2.URL) -> None:
        """Be about to ask this host."""
        self.place = f"{host_of(url)}:{port_of(url)}"
        self.span.set_attribute("server.address", host_of(url))
        self.span.set_attribute("server.port", port_of(url))

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """httpcore2's own report of how far it got: from the first byte of the headers on, the request may have arrived."""
        if event == "http11.send_request_headers.started":
            self.left = True

    async def within(self, work: Awaitable[T]) -> T:
        """Do a part of the exchange in the time that is left. Every error leaves as a problem, without text from below."""
        try:
            async with asyncio.timeout_at(self.deadline):
                return await work
        except TimeoutError:
            raise self.failed(f"took longer than {self.seconds:g} seconds") from None
        except httpx2.DecodingError:
            raise InvalidOutput(f"{self.place} sent a body that is not in the encoding it claims.") from None
        except httpx2.TransportError as error:
            raise self.failed(reason(error)) from None
        except Unreachable as problem:
            if self.left:
                raise self.failed("redirected to a host that cannot be reached") from None
            raise problem from None

    def failed(self, reason: str) -> Outgoing:
        """The problem that a broken exchange is: uncertain once the request has left."""
        if self.left:
            return Uncertain(f"{self.place} {reason}. The request had left: it may or may not have been carried out.")
        return Unreachable(f"{self.place} {reason}. The request did not leave.")


async def whole(response: httpx2.Response, exchange: Exchange, ends: Callable[[bytes], bool] | None = None) -> Answer:
    """The answer with its whole body, or with as much of it as `ends` it, secrets hidden. Raises `TooLarge`."""
    gathered = BytesIO()  # whose bytes are handed out without a copy
    async with aclosing(pieces(response, exchange)) as parts:
        async for piece in parts:
            gathered.write(piece)
            if ends is not None and ends(gathered.getvalue()):
                break
    return answered(response, exchange, gathered.getvalue())


def answered(response: httpx2.Response, exchange: Exchange, body: bytes = b"") -> Answer:
    """Status, headers and what there is of the body, secrets hidden."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if exchange.mask.finds("\n".join(headers.values()).encode()):
        headers = {name: exchange.mask.hide(value.encode()).decode() for name, value in headers.items()}
    return Answer(status=response.status_code, headers=headers, body=exchange.mask.hide(body))


async def pieces(response: httpx2.Response, exchange: Exchange) -> AsyncGenerator[bytes]:
    """The decoded body, never more than the limit: it is counted while it is being unpacked, a mebibyte at a time."""
    size = 0
    async with aclosing(response.aiter_bytes()) as parts:
        async for piece in parts:
            size += len(piece)
            if size > exchange.max_bytes:
                raise TooLarge(f"{exchange.place} sent more than {exchange.max_bytes:,} bytes.")
            yield piece
