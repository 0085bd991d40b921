"""What the engine asks of the world, as structural protocols; the store and the vault satisfy them without knowing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.connector import Answer, Outbound
from tenuto.core.events import Event, Recorded
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.workflow import WorkflowDefinition


class Fenced(Exception):
    """Another process has taken the run over: drop it and touch nothing."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The columns of the run's row that its events change."""

    status: Status
    current_node: str | None = None
    waiting_for: str | None = None
    error: JsonValue = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A run to be inserted: idempotent by its public id within the workspace."""

    id: ExecutionId
    public_id: str
    definition: WorkflowDefinition
    events: tuple[Event, ...]
    """The first is `workflow_started`."""
    projection: Projection
    simulated: bool
    workflow_id: str | None
    trigger: str = "api"
    user_id: str | None = None
    session_id: str | None = None
    run_as: UUID | None = None
    priority: int = 0
    keys: tuple[str, ...] = ()
    owned: bool = False
    """Claim it at once for this process, which has a free slot."""


class Started(NamedTuple):
    """A start's answer: whether the run is new, and who it is; a repeated start gets the run that was there."""

    id: ExecutionId
    new: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process now owns."""

    id: ExecutionId
    public_id: str
    epoch: int
    head: int
    version_hash: str
    format: int = 1


MailKind = Literal["cancel", "pause", "resume", "answer", "decide", "retry", "progress"]


@dataclass(frozen=True, slots=True)
class Mail:
    """Something that happened to a run from outside; `key` de-duplicates."""

    key: str
    kind: MailKind
    signal: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


class Journal(Protocol):
    """The log. Only the owner of a run appends to it."""

    async def start(self, start: Start) -> Started:
        """Insert a run with its first events; batched with others."""
        ...

    async def append(
        self, claim: Claim, head: int, events: Sequence[Event], projection: Projection, consumed: Sequence[str] = ()
    ) -> Sequence[Recorded]:
        """Commit events after `head` and delete the mail they consumed. Raises `Fenced`."""
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


class Mailbox(Protocol):
    """Everything that happens to a run enters here."""

    async def read(self, run: ExecutionId) -> Sequence[Mail]:
        """The mail that waits, oldest first."""
        ...

    async def send(self, run: ExecutionId, mail: Mail) -> bool:
        """Leave mail and wake the run; False if the run has ended or mail with this key is there already."""
        ...


class Sender(Protocol):
    """The guarded door to the outside: the only way out, and the only one that sees a secret."""

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """Send and read the whole answer; error statuses are answers.

        Raises `EgressRefused`, `Unreachable` (it never left), `Uncertain` (it left, no answer), `TooLarge`, `ConnectionMissing`.
        """
        ...

    def stream(self, request: Outbound, ticket: Ticket) -> AsyncIterator[bytes | Answer]:
        """Send and give the body in pieces as it comes; for an error status the single item is the whole `Answer`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """On whose behalf a request goes out, and where its secret may be sent."""

    workspace: int
    user_id: str | None = None
    integration: str | None = None
    """Whose secret is to be put in: a connector's key, or `agent:<provider>`; None for none."""
    connection: str | None = None
    """The connection's name, where the node names one."""
    hosts: tuple[str, ...] = ()
    """Hosts (`host` or `host:port`) the secret may be sent to; with a secret the request may go nowhere else."""
    allow: tuple[str, ...] = ()
    """The workflow's own egress allow-list; empty means any public host."""
