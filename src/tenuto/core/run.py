"""What a run is to those who own, start and address it: its start, its claim, its mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.events import Event, WorkflowStarted
from tenuto.core.execution import ExecutionId, State, Status
from tenuto.core.outbox import Post
from tenuto.core.usage import Usage
from tenuto.core.waits import Over, Wait, WaitChanges
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
    usage: Usage | None = None
    """None where it has not changed."""
    waits: WaitChanges = field(default_factory=dict[str, "Wait | Over"])
    """What others find by what it waits for."""


@dataclass(frozen=True, slots=True)
class Start:
    """A run to be inserted: idempotent by its public id within the workspace."""

    id: ExecutionId
    public_id: str
    definition: WorkflowDefinition
    events: Sequence[tuple[Event, bytes]]
    """With the bytes to be stored (`event_data`); the first is `workflow_started`."""
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
    posts: Sequence[Post] = ()
    """What is left to be done after it."""


class Started(NamedTuple):
    """A start's answer: whether the run is new, and who it is; a repeated start gets the run that was there."""

    id: ExecutionId
    new: bool
    at: datetime
    owned: bool = False
    """Whether this process has it, as its start asked for."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process now owns."""

    id: ExecutionId
    public_id: str
    epoch: int
    head: int
    version_hash: str
    format: int = 1
    placed: bool = False
    """Whether it was let in, where runs of its workflow are limited in number."""


MailKind = Literal["cancel", "pause", "resume", "answer", "decide", "progress", "retry", "children", "call", "event"]


@dataclass(frozen=True, slots=True)
class Mail:
    """Something that happened to a run from outside; `key` de-duplicates."""

    key: str
    kind: MailKind
    signal: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run somebody asked for, checked and pinned to a definition: what a launcher makes a `Start` of."""

    id: ExecutionId
    public_id: str
    definition: WorkflowDefinition
    event: WorkflowStarted
    workflow_id: str | None = None
    run_as: UUID | None = None
    priority: int = 0
    keys: tuple[str, ...] = ()

    def starting(self, events: Sequence[tuple[Event, bytes]], projection: Projection, posts: Sequence[Post] = (), *, owned: bool) -> Start:
        """The start of this run, with its first events and what they came to."""
        event = self.event
        return Start(
            id=self.id,
            public_id=self.public_id,
            definition=self.definition,
            events=events,
            projection=projection,
            simulated=event.simulated,
            workflow_id=self.workflow_id,
            trigger=event.trigger,
            user_id=event.user_id,
            session_id=event.session_id,
            run_as=self.run_as,
            priority=self.priority,
            keys=self.keys,
            owned=owned,
            posts=posts,
        )


class Ended(NamedTuple):
    """A run whose end is committed, as whoever drove it knows it."""

    state: State
    started_at: datetime | None
    finished_at: datetime | None


class Launcher(Protocol):
    """Starts runs: in this process where it has a free slot, else by leaving them for any worker."""

    async def launch(self, order: Order) -> Started:
        """Insert the run durably; idempotent by public id. Raises `Problem` for what cannot be stored."""
        ...

    async def end(self, run: ExecutionId, seconds: float) -> Ended | None:
        """The end of a run that this process drives; None if it does not, or if the end does not come in time."""
        ...
