"""A guarded door that asks no vendor more often than it allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import urlsplit

from tenuto.core.catalog import Catalog
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound, problem_of
from tenuto.core.errors import AuthRejected, ConnectionMissing, CreditsExhausted, RateLimited, Unavailable, Unreachable
from tenuto.core.limits import Held, LimitKey, Place, Quota, RateLimit
from tenuto.core.quota import read_quota
from tenuto.core.run import Fenced
from tenuto.engine.pacing.line import Line, Permit
from tenuto.engine.ports import RateLimits, Sender

Account: TypeAlias = Callable[[Ticket], str]
"""Which account a ticket's requests count against, in words."""

most_refusals = 10
"""How often a request is sent again that a vendor refuses because of its rate limit; then that is its answer."""
_fresh = 5.0
"""Seconds after which the rows are looked at again, in case a ring was lost."""
_many = 4096
_alone = Place("")
_never_left = (ConnectionMissing, AuthRejected, Unreachable, Unavailable, Fenced)
"""What a sender raises before the first byte: nobody is connected, the connection needs attention, no way there, no key to its seal."""
_no_limit: tuple[str, RateLimit | None] = ("", None)


def named(ticket: Ticket) -> str:
    """The connection that is named, else the user's, else the workspace's own."""
    return ticket.connection or ticket.user_id or "default"


class Paced:
    """A `Sender` that keeps to every limit it knows of or learns of. Raises `Held` for what has to wait for long."""

    def __init__(
        self, sender: Sender, catalog: Catalog, limits: RateLimits, announce: Callable[[str], None], account: Account = named
    ) -> None:
        """`announce` tells the other processes' `rang`."""
        self._sender = sender
        self._catalog = catalog
        self._limits = limits
        self._announce = announce
        self._account = account
        self._lines: dict[LimitKey, Line] = {}
        self._looked: float | None = None
        self._looking: asyncio.Task[None] | None = None

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """As the sender. Raises `Held`, or `RateLimited` outside of runs."""
        line = await self._line(request, ticket)
        while True:
            permit = await self._admitted(line, ticket)
            try:
                answer = await self._sender.send(request, ticket)
            except _never_left:
                await line.unused(permit)
                raise
            except BaseException:
                line.lost(permit)
                raise
            place, held = ticket.place, await self._heard(line, permit, answer, ticket)
            if held is None or place is None:
                return answer
            if not place.begun:
                raise held
            await asyncio.sleep(held.seconds)
            ticket = replace(ticket, place=place._replace(refused=place.refused + 1))

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        """As the sender. Raises `Held`, or `RateLimited` outside of runs."""
        line = await self._line(request, ticket)
        permit: Permit | None = await self._admitted(line, ticket)
        try:
            async with aclosing(self._sender.stream(request, ticket)) as pieces:
                async for piece in pieces:
                    if permit is not None:
                        heard, permit = permit, None
                        held = await self._heard(line, heard, piece, ticket)
                        if held is not None and ticket.place is not None and not ticket.place.begun:
                            raise held
                    yield piece
        except _never_left:
            if permit is not None:
                unused, permit = permit, None
                await line.unused(unused)
            raise
        finally:
            if permit is not None:
                line.lost(permit)

    def rang(self, body: str) -> None:
        """Another process has learnt of a limit."""
        workspace, _, name = body.partition("\t")
        self._governed(LimitKey(int(workspace), name))

    async def _heard(self, line: Line, permit: Permit, said: Answer | bytes, ticket: Ticket) -> Held | None:
        """Learn from an answer; when to send again what was refused and what a run may wait for."""
        quota = self._quota(said, ticket) if isinstance(said, Answer) else None
        await line.heard(permit, quota)
        place = ticket.place
        if quota is None or quota.refused is None or place is None or place.refused >= most_refusals:
            return None
        return line.refusal(place, quota.refused)

    async def _admitted(self, line: Line, ticket: Ticket) -> Permit:
        try:
            return await line.admit(ticket.place or _alone)
        except Held as held:
            if ticket.place is not None:
                raise
            detail = f"The rate limit of {held.what} is used up; the next request is allowed in {held.seconds:.0f} seconds."
            raise RateLimited(detail, retry_after=held.seconds) from None

    async def _line(self, request: Outbound, ticket: Ticket) -> Line:
        name, limit = self._limit(request, ticket)
        key = LimitKey(ticket.workspace, _printable(name))
        await self._look()
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = self._new(key)
            if limit is not None:
                await self._limits.declare(key, limit)
                line.govern()
        return line

    def _limit(self, request: Outbound, ticket: Ticket) -> tuple[str, RateLimit | None]:
        """The name of the limit that a request counts against, and the limit itself where the connector knows it."""
        url = urlsplit(request.url)
        if ticket.integration is None:
            return url.netloc.rpartition("@")[2].lower(), None
        name = f"{ticket.integration}:{self._account(ticket)}"
        connector = self._catalog.connectors.get(ticket.integration)
        if connector is None:
            return name, None
        known = connector.limits.of(url.path)
        if connector.limits.each_path:
            return f"{name}/{url.path.rpartition('/')[2]}", known
        return (name + known.path if known else name), known

    def _quota(self, answer: Answer, ticket: Ticket) -> Quota | None:
        now = time.time()
        integration = ticket.integration or ""
        connector = self._catalog.connectors.get(integration)
        read = connector.limits.read if connector and connector.limits.read else read_quota
        quota = read(answer, now)
        if answer.status < 400:
            return quota
        if connector is not None:
            problem: Exception | None = problem_of(connector, answer)
        elif (provider := self._catalog.providers.get(_provider(integration))) is not None:
            problem = provider.problem(answer)
        else:
            return quota
        if isinstance(problem, CreditsExhausted):
            return None  # by waiting an empty account does not fill, though it may be told with the status of a limit
        if (quota is not None and quota.refused is not None) or not isinstance(problem, RateLimited):
            return quota
        found, wait = quota or Quota(), problem.data.retry_after
        return Quota(found.limit, 0, found.resets_in, found.rolling, 1.0 if wait is None else wait)

    def _new(self, key: LimitKey) -> Line:
        if len(self._lines) >= _many:
            self._lines = {known: line for known, line in self._lines.items() if not line.idle}
        return Line(key, self._limits, lambda found: self._announce(f"{found.workspace}\t{found.name}"))

    async def _look(self) -> None:
        """See at first use what is known already, and now and then what a ring would have told."""
        if self._looked is None:
            self._looking = self._looking or asyncio.create_task(self._refresh(), name="limits")
            await asyncio.shield(self._looking)
        elif time.monotonic() - self._looked > _fresh and (self._looking is None or self._looking.done()):
            self._looked = time.monotonic()
            self._looking = asyncio.create_task(self._refresh(), name="limits")

    async def _refresh(self) -> None:
        try:
            known = await self._limits.known()
        except Unavailable:
            known: Sequence[LimitKey] = ()  # what is not known is learnt
        self._looked = time.monotonic()
        for key in known:
            self._governed(key)

    def _governed(self, key: LimitKey) -> None:
        if (line := self._lines.get(key)) is None:
            line = self._lines[key] = self._new(key)
        line.govern()


def _printable(name: str) -> str:
    """One line of a name's text, bounded: it goes through rings and into sentences."""
    return "".join(char if char.isprintable() else "?" for char in name[:200])


def _provider(integration: str) -> str:
    """The agent provider of `agent:<provider>` and `agent:<provider>:<vendor>`."""
    return integration.removeprefix("agent:").partition(":")[0]
