"""Who may go out by the doors beside HTTP, and with which secret: the same rules as for HTTP, asked before anything is connected."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Generator, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from pydantic import JsonValue

from tenuto.core.auth import Basic
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import ConnectionMissing, EgressRefused, Invalid, Misconfigured, Problem, TooLarge
from tenuto.core.values import encode
from tenuto.vault.doors.mail import mail, servers
from tenuto.vault.doors.sql import sql
from tenuto.vault.doors.visit import Door, Refused, Server, Visit
from tenuto.vault.egress import Guard
from tenuto.vault.reach import is_host, names
from tenuto.vault.tokens import Credential, Secrets, Ticket, credential_for

doors: Mapping[str, Door] = {"postgresql": sql, "mail": mail}
"""By the scheme of the URL."""


def scheme_of(url: str) -> str:
    """The scheme, in small letters; empty where there is none."""
    return url.partition("://")[0].lower() if "://" in url else ""


class Entrance:
    """Leads a request to its door; the answer is JSON, a refusal an error status with `{"error": {"code", "message"}}`."""

    def __init__(self, secrets: Secrets, guard: Guard, tls: ssl.SSLContext | None, tracer: Tracer, largest: int) -> None:
        self._secrets, self._guard, self._tls, self._tracer, self._largest = secrets, guard, tls, tracer, largest

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """Carry it out within its time. Raises as `VaultSender.send`."""
        named, place, operation = _address(request.url)
        ends = servers(named, place) if scheme_of(request.url) == "mail" else (named,)
        credential = await self._admitted(ends, ticket)
        loop = asyncio.get_running_loop()
        visit = Visit(
            guard=self._guard, tls=self._tls, server=named, place=place, operation=operation, asked=_asked(request),
            content=request.content, user=credential.user, password=credential.secret,
            deadline=loop.time() + request.timeout, seconds=request.timeout, max_bytes=min(request.max_bytes, self._largest),
        )  # fmt: skip
        with self._span(request, visit):
            status, found = await _carried(doors[scheme_of(request.url)], visit)
            body = credential.mask().hide(encode(found, limit=4 * visit.max_bytes, what="The answer"))
            if len(body) > visit.max_bytes:
                raise TooLarge(f"{visit.server} sent more than {visit.max_bytes:,} bytes.")
        return Answer(status=status, headers={"content-type": "application/json"}, body=body)

    async def _admitted(self, ends: Sequence[Server], ticket: Ticket) -> Credential:
        """The credential, if the workflow may reach the hosts and the secret may be sent there.

        A second host stands in the path, which is the base URL's: it is as much the account's own as the first.
        """
        server = ends[0]
        for end in ends:
            if ticket.allow and not names(ticket.allow, end.host, end.port, default=None):
                raise EgressRefused(f"{end.host} is not on this workflow's list of hosts.", fix="Add the host to the workflow's list.")
        if ticket.integration is None:
            raise EgressRefused("Only http and https can be reached without an account.", fix="Use the integration's own actions.")
        if not names(ticket.hosts, server.host, server.port, default=server.port):
            raise EgressRefused(f"The secret of {ticket.integration} may not be sent to {server}.")
        credential = await credential_for(self._secrets, ticket)
        if credential is None:
            raise ConnectionMissing(
                f"There is no connection for {ticket.integration}.", fix=f"Connect an account for {ticket.integration}."
            )
        if not isinstance(credential.auth, Basic):
            raise Misconfigured(f"{ticket.integration} is signed in to with a user name and a password.", fix="Connect it again.")
        return credential

    @contextlib.contextmanager
    def _span(self, request: Outbound, visit: Visit) -> Generator[None]:
        """Protocol, operation, host and outcome: never a statement, an address of a person or a path."""
        scheme = scheme_of(request.url)
        attributes = {"network.protocol.name": scheme, "server.address": visit.server.host, "server.port": visit.server.port}
        span = self._tracer.start_span(f"{scheme} {visit.operation}", kind=SpanKind.CLIENT, attributes=attributes)
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", error.type if isinstance(error, Problem) else type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()


async def _carried(door: Door, visit: Visit) -> tuple[int, JsonValue]:
    """Every error leaves as a problem, without text from below."""
    try:
        async with asyncio.timeout_at(visit.deadline):
            return 200, await door(visit)
    except Refused as refused:
        return refused.status, {"error": {"code": refused.code, "message": str(refused)}}
    except ssl.SSLCertVerificationError as error:
        raise visit.failed(f"has a certificate that cannot be trusted ({error.verify_message})") from None
    except ssl.SSLError:
        raise visit.failed("does not speak TLS as it should") from None
    except TimeoutError:
        raise visit.failed(f"took longer than {visit.seconds:g} seconds") from None
    except (OSError, EOFError):
        raise visit.failed("closed the connection or stopped answering") from None


def _address(url: str) -> tuple[Server, tuple[str, ...], str]:
    """Server, the parts of the base URL's path, operation. Raises `EgressRefused` for what is no plain address of one."""
    parts = urlsplit(url)
    try:
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise EgressRefused("The port of this URL is not between 1 and 65535.") from None
    if "@" in parts.netloc:
        raise EgressRefused("A URL may not hold a user name or password.", fix="Connect an account.")
    if not is_host(host) or not port:
        raise EgressRefused("The host of this URL is neither a name nor a plainly written address, or it has no port.")
    *place, operation = parts.path.strip("/").split("/")
    if parts.query or parts.fragment or not all((*place, operation)):
        raise EgressRefused("This is no address of an operation.")
    return Server(host, port), tuple(place), operation


def _asked(request: Outbound) -> Mapping[str, JsonValue]:
    """The query and the JSON as one object."""
    if request.json is not None and not isinstance(request.json, dict):
        raise Invalid("What is asked has to be an object.")
    query = {name: value if isinstance(value, str | int | float | None) else list(value) for name, value in request.query.items()}
    return {**cast("Mapping[str, JsonValue]", query), **(request.json or {})}
