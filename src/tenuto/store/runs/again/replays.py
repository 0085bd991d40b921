"""Runs that begin with what nodes came to elsewhere: replays of others, and tests that are given answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tenuto.core.blob import references
from tenuto.core.events import Event, NodeProgress, WorkflowStarted, event_data, format_version, node_of
from tenuto.core.execution import ExecutionId
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs.again import statements as again
from tenuto.store.runs.bell import Bell


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A run to be made of another one."""

    source: ExecutionId
    """The run whose large values it takes over; of a test itself, as it takes none."""
    id: UUID
    public_id: str
    event: WorkflowStarted
    answers: Sequence[NodeProgress]
    """What it takes over, or is given; it follows the beginning in its log."""
    run_as: UUID | None
    priority: int
    keys: Sequence[str]


class Replays:
    """Makes them."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    async def make(self, replay: Replay) -> bool:
        """Insert the run, ready for any worker, with the large values of its source; False if its id is taken."""
        event, source = replay.event, replay.source
        events = (event, *replay.answers)
        with reaching_database():
            made = await self._database.pool.fetchval(
                again.replay, source.workspace, source.id, replay.id, replay.public_id, event.workflow_id, event.workflow_name,
                event.version, len(events), format_version, event.simulated, replay.run_as, event.user_id, event.session_id,
                replay.priority, event.trigger, list(replay.keys), [each.type for each in events], [node_of(each) for each in events],
                [event_data(each) for each in events], _large(events),
            )  # fmt: skip
        if made is not None:
            self._bell.ring("ready", "")
        return made is not None


def _large(events: Sequence[Event]) -> list[bytes]:
    """The digests of the values that these events name."""
    values = ((each.input, each.vars) if isinstance(each, WorkflowStarted) else getattr(each, "data", None) for each in events)
    return list({found.digest for value in values for _, found in references(value)})
