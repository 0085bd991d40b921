"""How many runs of a workflow go on at once: the lane that a run belongs to, and what is known of one that stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tenuto.core.run import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A run that has to be let in before it goes on."""

    claim: Claim
    lane: str
    most: int
    """The limit, as its version of the workflow has it."""
    since: datetime
    """When the run began to be: the limit that holds is the one of the youngest."""
    until: datetime | None
    """When its time is over, whether it was let in or not."""


def lane_of(workflow_id: str | None, name: str, *, simulated: bool) -> str:
    """The lane of a workflow; runs of what is not stored share the lane of its name. Simulated runs keep no real one waiting."""
    return f"{'simulated ' if simulated else ''}{f'name:{name}' if workflow_id is None else f'id:{workflow_id}'}"
