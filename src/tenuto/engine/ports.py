"""What the engine asks of the world, as structural protocols; the store and the vault satisfy them without knowing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from tenuto.core.account import Account
from tenuto.core.blob import Blob
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.events import Event, Recorded
from tenuto.core.execution import ExecutionId
from tenuto.core.lanes import Standing
from tenuto.core.limits import Lease, LimitKey, RateLimit, Report
from tenuto.core.outbox import Post
from tenuto.core.run import Claim, Mail, Projection, Start, Started
from tenuto.core.workflow import WorkflowDefinition


class Blobs(Protocol):
    """Large values beside the log, by their SHA-256 within a run."""

    async def write(self, run: ExecutionId, digest: bytes, data: bytes) -> None:
        """Keep the bytes, unless the run has them; doing it again is safe."""
        ...

    async def read(self, run: ExecutionId, blob: Blob) -> bytes:
        """The bytes, checked. Raises `Damaged`."""
        ...

    async def sweep(self, run: ExecutionId, named: Collection[bytes], head: int) -> None:
        """Delete all but these of a run that has ended at `head`; nothing of one that somebody has taken up again since."""
        ...


class Journal(Protocol):
    """The log. Only the owner of a run appends to it."""

    @property
    def blobs(self) -> Blobs:
        """What is too large for it."""
        ...

    async def start(self, start: Start) -> Started:
        """Insert a run with its first events; batched with others."""
        ...

    async def define(self, workspace: int, definition: WorkflowDefinition) -> None:
        """Keep a definition that runs are pinned to."""
        ...

    def commit(
        self,
        claim: Claim,
        head: int,
        events: Sequence[tuple[Event, bytes]],
        projection: Projection,
        consumed: Sequence[str] = (),
        *,
        posts: Sequence[Post] = (),
    ) -> asyncio.Future[datetime]:
        """Commit encoded events after `head`, delete the mail they consumed and leave posts, in the order of the calls.

        Resolves with the time of the commit, or with `Fenced`.
        """
        ...

    async def read(self, run: ExecutionId, after: int = 0) -> Sequence[Recorded]:
        """The log after a sequence number, in order."""
        ...

    async def definition(self, workspace: int, version_hash: str) -> WorkflowDefinition:
        """The pinned definition; cached."""
        ...

    def whisper(self, run: ExecutionId, event: Event) -> None:
        """Tell those who watch, in this process and others, without recording it."""
        ...


class Claims(Protocol):
    """Who owns which run."""

    async def claim(self, limit: int) -> Sequence[Claim]:
        """Take at most `limit` ready runs."""
        ...

    async def park(self, claim: Claim, until: datetime | None) -> bool:
        """Let go of a run that waits; False if mail has come in the meantime. Raises `Fenced`."""
        ...

    async def release(self, claims: Sequence[Claim]) -> None:
        """Hand runs over: they are ready for any process at once."""
        ...

    async def seize(self, run: ExecutionId) -> Claim | None:
        """Take a run from whoever owns it; None if it has ended."""
        ...

    async def take_over(self) -> int:
        """Make the runs of dead processes ready again; answers how many."""
        ...

    async def owned(self) -> Sequence[Claim]:
        """What this process owns by the database's account."""
        ...

    async def mailed(self) -> Sequence[ExecutionId]:
        """The runs of this process that have mail, in case a ring was lost."""
        ...


class Lanes(Protocol):
    """Who of the runs of a workflow that are limited in number may go on."""

    async def stand(self, standing: Standing) -> None:
        """Let go of a run until it is let in, which may be at once. Raises `Fenced`."""
        ...

    async def admit(self, workspace: int, lane: str) -> int:
        """Let in whoever may."""
        ...

    async def sweep(self) -> None:
        """Let in whom somebody should have let in who is dead."""
        ...


class Mailbox(Protocol):
    """Everything that happens to a run enters here."""

    async def read(self, run: ExecutionId) -> Sequence[Mail]:
        """The mail that waits, oldest first."""
        ...

    async def send(self, run: ExecutionId, mail: Mail) -> bool:
        """Leave mail and wake the run; False if the run has ended or mail with this key is there already."""
        ...


class RateLimits(Protocol):
    """The limits of vendors, which all processes share."""

    async def lease(self, key: LimitKey, wanted: int) -> Lease:
        """At most `wanted` requests, to be sent now."""
        ...

    async def report(self, key: LimitKey, report: Report) -> Lease:
        """Take in what an answer said of the limit; nothing is leased."""
        ...

    async def declare(self, key: LimitKey, limit: RateLimit) -> None:
        """Keep to a limit that is known beforehand."""
        ...

    async def give_back(self, key: LimitKey, round: int | None) -> None:
        """What was leased in that window for a request that never left."""
        ...

    async def known(self) -> Sequence[LimitKey]:
        """Every limit that somebody has to keep to."""
        ...


class ConnectedAccounts(Protocol):
    """What is known of connected accounts beside their secrets."""

    async def account(self, ticket: Ticket) -> Account:
        """The account whose secret a request with this ticket will carry. Raises `ConnectionMissing`."""
        ...


class Sender(Protocol):
    """The guarded door to the outside: the only way out, and the only one that sees a secret."""

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """Send and read the whole answer; error statuses are answers.

        Raises `EgressRefused`, `Unreachable` (it never left), `Uncertain` (it left, no answer), `TooLarge`, `ConnectionMissing`.
        """
        ...

    def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        """Send and give first the `Answer` without its body, then the body in pieces as it comes.

        For an error status the single item is the whole `Answer`.
        """
        ...


Exchange: TypeAlias = Callable[[Outbound], AsyncGenerator[bytes | Answer]]
"""Sends, and gives what `Sender.stream` gives."""


class Lent(Protocol):
    """An HTTP client that is lent to a vendor's own library."""

    @property
    def client(self) -> object:
        """The `httpx2.AsyncClient`."""
        ...

    @property
    def failure(self) -> Exception | None:
        """What the exchange raised, which the library may have wrapped."""
        ...

    async def aclose(self) -> None:
        """End what the library has left open."""
        ...


Lend: TypeAlias = Callable[[Exchange], Lent]
"""Makes a client that sends nothing but by the exchange."""
