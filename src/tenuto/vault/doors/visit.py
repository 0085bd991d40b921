"""A visit to a server that speaks another protocol than HTTP: what is asked, with whose secret, and where it may lead."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pydantic import JsonValue, SecretStr

from tenuto.core.errors import Outgoing, Uncertain, Unreachable
from tenuto.vault.egress import Guard

connect_timeout = 10.0
"""Seconds for one attempt to connect, so that the next address of a host gets its turn."""


class Server(NamedTuple):
    """A host and a port; what may be connected to are the addresses that the guard gives for them."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Refused(Exception):
    """A server said no, and that nothing was done; `status` is HTTP's for the same, 503 where trying again may help."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@functools.cache
def authorities() -> ssl.SSLContext:
    """TLS with whom the system's certificate authorities vouch for, read once for a process.

    Not the one of HTTP: its library writes that protocol's name into it (ALPN, RFC 7301), and PostgreSQL from 17 on refuses who names another.
    """
    return ssl.create_default_context()


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request and all that comes of it. Mutable: it learns where it is, and whether the effect may have happened."""

    guard: Guard
    tls: ssl.SSLContext | None
    """Replaces the system's certificate authorities."""
    server: Server
    """Of the URL's own host."""
    place: tuple[str, ...]
    """The parts of the base URL's path."""
    operation: str
    asked: Mapping[str, JsonValue]
    content: bytes | None
    user: str
    password: SecretStr
    deadline: float
    """On the loop's clock."""
    seconds: float
    max_bytes: int
    tls_ports: frozenset[int] = frozenset({465, 993})
    """Of mail servers that speak TLS from the start (RFC 8314)."""
    left: bool = False
    """Whether what changes something has been sent; from then on a lost answer is uncertain."""

    def remaining(self) -> float:
        """Seconds that are left, never none."""
        return max(0.1, self.deadline - asyncio.get_running_loop().time())

    async def connect(self, server: Server) -> tuple[socket.socket, bool]:
        """A connection to a checked address, and whether that is inside the operator's networks, where a secret may go without TLS.

        Raises `EgressRefused` and `Unreachable`.
        """
        loop, self.server = asyncio.get_running_loop(), server
        addresses, inside = await self.guard.reachable(*server)
        for address in addresses:
            family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
            link = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            link.setblocking(False)
            try:
                async with asyncio.timeout(connect_timeout):
                    await loop.sock_connect(link, (str(address), server.port))
            except OSError:  # a TimeoutError too
                link.close()
            except BaseException:
                link.close()
                raise
            else:
                return link, inside
        raise Unreachable(f"{server} does not accept connections. The request did not leave.")

    def context(self, *, inside: bool) -> ssl.SSLContext:
        """For TLS with a server: its certificate is verified, except inside the operator's networks, where none would be needed at all."""
        if not inside:
            return self.tls or authorities()
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        return unverified

    def failed(self, reason: str) -> Outgoing:
        """It broke: `Uncertain` once the effect may have happened, else `Unreachable`."""
        if self.left:
            return Uncertain(f"{self.server} {reason}. The request had left: it may or may not have been carried out.")
        return Unreachable(f"{self.server} {reason}. Nothing was done.")


Door: TypeAlias = Callable[[Visit], Awaitable[JsonValue]]
"""Does what a visit asks for, in its own protocol, and answers JSON.

Raises `Refused` for what the server refused, problems for what we refuse, and `OSError` or `EOFError` for a connection that broke.
"""
