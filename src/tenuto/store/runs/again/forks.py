"""Runs that begin with a part of another one's log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tenuto.core.events import WorkflowStarted, event_data, format_version
from tenuto.core.execution import ExecutionId
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs.again import statements as again
from tenuto.store.runs.bell import Bell


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A run to be made of another one."""

    source: ExecutionId
    upto: int
    """The events of the source up to this one are looked at."""
    nodes: Sequence[str]
    """What happened to these is copied."""
    id: UUID
    public_id: str
    event: WorkflowStarted
    """How it begins; its `forked` says how many events its log then has."""
    run_as: UUID | None
    priority: int
    keys: Sequence[str]


class Forks:
    """Makes them."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    async def count(self, source: ExecutionId, upto: int, nodes: Sequence[str]) -> int:
        """How many events a fork would copy."""
        with reaching_database():
            return await self._database.pool.fetchval(again.countable, source.workspace, source.id, upto, list(nodes))

    async def make(self, fork: Fork) -> bool:
        """Insert the run with what it copies, ready for any worker; False if its id is taken or the source has gone."""
        event, source = fork.event, fork.source
        with reaching_database():
            made = await self._database.pool.fetchval(
                again.fork, source.workspace, source.id, fork.upto, list(fork.nodes), fork.id, fork.public_id, event.workflow_id,
                event.workflow_name, event.version, event.forked.copied if event.forked else 1, format_version, event.simulated,
                fork.run_as, event.user_id, event.session_id, fork.priority, event.trigger, list(fork.keys), event_data(event),
            )  # fmt: skip
        if made is not None:
            self._bell.ring("ready", "")
        return made is not None
