"""The status of a run, in our words and in those of older clients."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    """The true status of a run."""

    pending = "pending"
    running = "running"
    waiting = "waiting"
    paused = "paused"
    unknown = "unknown"
    compensating = "compensating"
    """It has failed, and what it had done is being undone."""
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the run any more by itself."""
        return self in _ended

    @property
    def kept(self) -> Literal["pending", "running", "completed", "failed"]:
        """The status in the words of the kept routes: four only."""
        match self:
            case Status.pending:
                return "pending"
            case Status.completed:
                return "completed"
            case Status.failed | Status.cancelled:
                return "failed"
            case _:
                return "running"


_ended = frozenset({Status.completed, Status.failed, Status.cancelled})
