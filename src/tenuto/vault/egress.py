"""The guard at the door: it resolves a name, checks every address, and lets a connection be made only to one that it has checked."""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import TypeAlias, cast

import httpcore2
import httpx2

from tenuto.core.errors import EgressRefused, Unreachable
from tenuto.vault.reach import Address, check, is_literal, meant, metadata, network, special
from tenuto.vault.wire import Body, Pool, Stream

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

checked_for = 10.0
"""Seconds for which the checked addresses of a host are used again."""
_most_hosts = 4096
_open_one = "If it is yours and may be reached, add its address to TENUTO_EGRESS_ALLOW."


@functools.cache
def authorities() -> ssl.SSLContext:
    """HTTPS with whom the system's certificate authorities vouch for. Reading them takes 50 ms: once for a process."""
    return httpcore2.default_ssl_context()


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer for a name. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return tuple(dict.fromkeys(str(item[4][0]) for item in found))


class Guard(httpcore2.AsyncNetworkBackend):
    """Resolves, checks every address, and connects to a checked one and no other: a name that changes its mind gains nothing.

    TLS and `Host` keep the name, and a pooled connection stays with the address that was checked when it was made.
    """

    def __init__(self, allow: Sequence[str] = (), resolve: Resolver = resolve, checked_for: float = checked_for) -> None:
        """`allow` are CIDRs beside the public internet (TENUTO_EGRESS_ALLOW). Raises `Misconfigured` if one cannot be read."""
        self._allow = tuple(network(text) for text in allow)
        self._resolve, self._checked_for = resolve, checked_for
        self._known: dict[str, tuple[float, tuple[Address, ...]]] = {}
        self._asked: dict[str, asyncio.Task[tuple[Address, ...]]] = {}
        self._inside: set[str] = set()

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of a host that may be connected to. Raises `EgressRefused`, or `Unreachable` if it has none.

        One forbidden address condemns a name (rebinding answers with both kinds), unless the operator allowed another of its
        addresses: then the forbidden ones are left out (localhost is 127.0.0.1 and ::1).
        """
        until, known = self._known.get(host, (0.0, ()))
        if time.monotonic() < until:
            return known
        task = self._asked.get(host)
        if task is None:
            task = self._asked[host] = asyncio.create_task(self._look_up(host, port))
            task.add_done_callback(lambda done: self._answered(host, done))
        try:
            return await asyncio.shield(task)
        except (EgressRefused, Unreachable) as problem:  # each who waits gets one of their own: it will learn where it happened
            raise type(problem)(problem.data.detail, fix=problem.data.fix) from None

    async def inside(self, host: str, port: int) -> bool:
        """Whether a host is in the operator's own network, so that a secret may go there without TLS; from then on it has to stay there."""
        if all(self._is_inside(address) for address in await self.addresses(host, port)):
            self._inside.add(host)
            return True
        return False

    async def reachable(self, host: str, port: int) -> tuple[tuple[Address, ...], bool]:
        """The same addresses, and whether all of them are in the operator's own network. Raises as `addresses`."""
        addresses = await self.addresses(host.lower().removesuffix("."), port)
        return addresses, all(self._is_inside(address) for address in addresses)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        host = host.lower().removesuffix(".")
        failed: Exception | None = None
        for address in await self.addresses(host, port):
            if host in self._inside and not self._is_inside(address):
                raise EgressRefused(f"{host} was inside the allowed networks and has left them.")
            try:
                return await Stream.connect(str(address), port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or Unreachable(f"{host} has no address.")

    async def _look_up(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            found = [ip_address(host)] if is_literal(host) else [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, ValueError):
            raise Unreachable(f"{host} has no address.", fix="Check the host's name, and the name server.") from None
        refused = [(address, reason) for address in found if (reason := self._refusal(address))]
        if refused and not any(self._is_allowed(address) for address in found):
            address, reason = refused[0]
            raise EgressRefused(f"{host} leads to {address}, {reason}.", fix=_open_one)
        return tuple(address for address in found if not self._refusal(address))

    def _answered(self, host: str, task: asyncio.Task[tuple[Address, ...]]) -> None:
        del self._asked[host]
        if not task.cancelled() and task.exception() is None:
            if len(self._known) >= _most_hosts:
                self._known.pop(next(iter(self._known)))
            self._known[host] = (time.monotonic() + self._checked_for, task.result())

    def _is_allowed(self, address: Address) -> bool:
        """A network of more than one address does not open a metadata service: that has to be named itself."""
        address = meant(address)
        fitting = [allowed.num_addresses for allowed in self._allow if address in allowed]
        return 1 in fitting if address in metadata else bool(fitting)

    def _is_inside(self, address: Address) -> bool:
        return self._is_allowed(address) and special(meant(address)) is not None

    def _refusal(self, address: Address) -> str | None:
        return None if self._is_allowed(address) else special(meant(address))


class GuardedTransport(httpx2.AsyncBaseTransport):
    """httpx2's pool behind a `Guard`. It knows no proxy: behind one, the address that is reached could not be checked."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        """`tls` replaces the system's certificate authorities.

        The libraries' own logs are turned down: they write whole URLs and, for debugging, every header that a server sends back.
        """
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.pool = Pool(
            guard,
            tls or authorities(),
            most=500,
            most_idle=100,
            idle=4.0,  # Node and uvicorn close after 5 s: never write into a connection that is being closed
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; no redirect is followed. Raises `EgressRefused`, `Unreachable` and httpx2's transport errors."""
        url = request.url
        check(url)
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        outgoing = httpcore2.Request(
            request.method,
            target,
            headers=request.headers.raw,
            content=await request.aread(),
            extensions=cast("dict[str, object]", request.extensions),
        )
        try:
            response, body = await self.pool.send(outgoing)
        except Exception as error:
            raise _twin(error) from error
        return httpx2.Response(response.status, headers=response.headers, stream=_Body(body))

    async def aclose(self) -> None:
        await self.pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._body:
                yield part
        except Exception as error:
            raise _twin(error) from error

    async def aclose(self) -> None:
        await self._body.aclose()


_twins: dict[type[Exception], type[httpx2.TransportError]] = {
    httpcore2.PoolTimeout: httpx2.PoolTimeout,
    httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
    httpcore2.ReadTimeout: httpx2.ReadTimeout,
    httpcore2.WriteTimeout: httpx2.WriteTimeout,
    httpcore2.ConnectError: httpx2.ConnectError,
    httpcore2.ReadError: httpx2.ReadError,
    httpcore2.WriteError: httpx2.WriteError,
    httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
    httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
}


def _twin(error: Exception) -> Exception:
    """httpx2's name for an error of httpcore2; its text is left behind."""
    twin = _twins.get(type(error), httpx2.NetworkError if isinstance(error, OSError) else None)
    return twin(type(error).__name__) if twin else error
