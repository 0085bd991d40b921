"""The guarded door: the only way out of the house, and the only one that puts a secret into a request."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Self, TypeVar

import httpx2
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from tenuto.core.auth import NoAuth
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import (
    ConnectionMissing,
    EgressRefused,
    Problem,
    Rejected,
)
from tenuto.vault.doors.commands import Commands
from tenuto.vault.doors.entrance import Entrance, doors, scheme_of
from tenuto.vault.egress import Guard, GuardedTransport, Resolver, resolve
from tenuto.vault.exchange import Exchange, answered, pieces, whole
from tenuto.vault.message import is_redirect, message, same_origin
from tenuto.vault.reach import host_of, port_of, reaches
from tenuto.vault.signing import followed, sign
from tenuto.vault.tokens import Secrets, Ticket, credential_for

most_redirects = 5
largest_answer = 64 * 1024 * 1024
connect_timeout = 10.0
"""Seconds for one attempt to connect, so that the next address of a host gets its turn."""

T = TypeVar("T")


class VaultSender:
    """Sends requests for the engine; satisfies `engine.ports.Sender`. One for a process: it holds the connection pool."""

    def __init__(
        self,
        secrets: Secrets,
        *,
        allow: Sequence[str] = (),
        resolve: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        largest: int = largest_answer,
        tracer: Tracer | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`allow` are the CIDRs of TENUTO_EGRESS_ALLOW, `resolve` asks the name server, `tls` replaces the system's authorities.

        `commands` are the command lines of TENUTO_MCP_COMMANDS. No answer of more than `largest` decoded bytes is read, whatever a request says. Spans go to `tracer`, else where the process's go.
        """
        self._largest = largest
        self._secrets = secrets
        self._guard = Guard(allow, resolve)
        self.transport = GuardedTransport(self._guard, tls)
        """For libraries that bring their own client: guarded, and without any secret."""
        self._tracer = tracer or trace.get_tracer("tenuto.vault")
        self._commands = Commands(commands or {})
        self._entrance = Entrance(secrets, self._guard, tls, self._tracer, largest)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.transport.aclose()

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """Send and read the whole answer; error statuses are answers.

        Raises `EgressRefused`, `ConnectionMissing` and `Invalid` before anything is sent; `Unreachable` if the request never left;
        `Uncertain` if it left and no whole answer came, whatever its method; `Rejected` for redirects without end; `TooLarge`;
        `InvalidOutput` if the body is not in the encoding it claims. The time limit holds for the whole exchange.
        """
        if scheme_of(request.url) == "stdio":
            return await self._commands.send(request, ticket)
        if scheme_of(request.url) in doors:
            return await self._entrance.send(request, ticket)
        with self._exchange(request) as exchange:
            return await exchange.within(self._send(request, ticket, exchange))

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        """Send and give the `Answer` without its body, then the body in pieces; for an error status it is whole and the single item.

        Raises as `send`.
        """
        with self._exchange(request) as exchange:
            response = await exchange.within(self._open(request, ticket, exchange))
            try:
                if response.status_code >= 400:
                    yield await exchange.within(whole(response, exchange))
                    return
                yield answered(response, exchange)
                async with contextlib.aclosing(pieces(response, exchange)) as parts:
                    while (piece := await exchange.within(anext(parts, None))) is not None:
                        if shown := exchange.mask.piece(piece):
                            yield shown
                if shown := exchange.mask.piece(b"", last=True):
                    yield shown
            finally:
                await response.aclose()

    async def confidential(self, url: httpx2.URL) -> bool:
        """Whether a secret may travel to this URL: by TLS, or inside the operator's own networks."""
        return url.scheme == "https" or await self._guard.inside(host_of(url), port_of(url))

    async def _send(self, request: Outbound, ticket: Ticket, exchange: Exchange) -> Answer:
        response = await self._open(request, ticket, exchange)
        try:
            answer = await whole(response, exchange, request.ends)
        finally:
            await response.aclose()
        if exchange.credential is not None and ticket.integration is not None:
            self._secrets.answered(ticket.integration, exchange.credential, answer)
        return answer

    async def _open(self, request: Outbound, ticket: Ticket, exchange: Exchange) -> httpx2.Response:
        """The answer after all redirects, its body not yet read.

        A token that is refused is renewed, and the request sent once more: with a 401 it was not carried out (RFC 9110, 15.5.2).
        """
        response = await self._follow(request, ticket, exchange)
        if response.status_code != 401 or exchange.credential is None:
            return response
        exchange.left = False
        try:
            exchange.renewed = await self._secrets.renewed(exchange.credential)
        except BaseException:
            await response.aclose()
            raise
        if exchange.renewed is None:
            exchange.left = True
            return response
        await response.aclose()
        return await self._follow(request, ticket, exchange)

    async def _follow(self, request: Outbound, ticket: Ticket, exchange: Exchange) -> httpx2.Response:
        outgoing = message(request)
        self._admit(outgoing.url, ticket)
        await self._sign(outgoing, ticket, exchange)
        seen: set[tuple[str, httpx2.URL]] = set()
        while True:
            seen.add((outgoing.method, outgoing.url))
            response = await self._hop(outgoing, exchange)
            if not is_redirect(response):
                return response
            await response.aclose()
            following = followed(outgoing, response, exchange.credential)
            self._admit(following.url, ticket)
            if ticket.integration and following.content and not same_origin(outgoing.url, following.url):
                raise EgressRefused(f"{host_of(outgoing.url)} wants the request to be sent again to {host_of(following.url)}.")
            if (following.method, following.url) in seen:
                raise Rejected(f"{host_of(outgoing.url)} redirects in a circle.")
            if len(seen) > most_redirects:
                raise Rejected(f"{host_of(outgoing.url)} redirects more than {most_redirects} times.")
            outgoing = following

    async def _hop(self, outgoing: httpx2.Request, exchange: Exchange) -> httpx2.Response:
        exchange.at(outgoing.url)
        outgoing.extensions = {"trace": exchange.trace, "timeout": {"connect": connect_timeout}}
        response = await self.transport.handle_async_request(outgoing)
        exchange.span.set_attribute("http.response.status_code", response.status_code)
        return response

    def _admit(self, url: httpx2.URL, ticket: Ticket) -> None:
        if ticket.allow and not reaches(ticket.allow, url, any_port=True):
            raise EgressRefused(f"{host_of(url)} is not on this workflow's list of hosts.", fix="Add the host to the workflow's list.")

    async def _sign(self, outgoing: httpx2.Request, ticket: Ticket, exchange: Exchange) -> None:
        """Put the secret in, if one is asked for and may be sent there: to its own hosts, by TLS or inside the operator's networks."""
        if ticket.integration is None:
            if ticket.connection is not None:  # whoever names one counts on its secret and its hosts
                raise ConnectionMissing(f"There is no connection named {ticket.connection}.", fix="Connect it, or name none.")
            return
        url = outgoing.url
        if not reaches(ticket.hosts, url, any_port=False):
            raise EgressRefused(f"The secret of {ticket.integration} may not be sent to {host_of(url)}:{port_of(url)}.")
        credential = exchange.renewed or await credential_for(self._secrets, ticket)
        if credential is None or isinstance(credential.auth, NoAuth):
            return
        if not await self.confidential(url):
            raise EgressRefused(f"The secret of {ticket.integration} may not be sent to {host_of(url)} without TLS.", fix="Use https.")
        exchange.credential, exchange.mask = credential, credential.mask()
        sign(outgoing, credential)

    @contextlib.contextmanager
    def _exchange(self, request: Outbound) -> Generator[Exchange]:
        """A span around an exchange: method, host and outcome, never a path or query, which may hold secrets of their own."""
        attributes = {"http.request.method": request.method}
        span = self._tracer.start_span(f"HTTP {request.method}", kind=SpanKind.CLIENT, attributes=attributes)
        deadline = asyncio.get_running_loop().time() + request.timeout
        try:
            yield Exchange(span, deadline, request.timeout, min(request.max_bytes, self._largest))
        except Exception as error:
            span.set_attribute("error.type", error.type if isinstance(error, Problem) else type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()
