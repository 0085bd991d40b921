"""What every run of a process shares: the log, the claims, the mail, the parts, the clock and the dice."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tenuto.engine.children.ports import Children, Library, Outbox
from tenuto.engine.large.cache import Cache
from tenuto.engine.large.payloads import default_largest
from tenuto.engine.parts import Parts
from tenuto.engine.plan import Plans
from tenuto.engine.ports import Claims, Journal, Lanes, Mailbox


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """Collaborators of a run."""

    journal: Journal
    claims: Claims
    lanes: Lanes
    mailbox: Mailbox
    children: Children
    outbox: Outbox
    library: Library
    parts: Parts
    wake: Callable[[], None]
    """Tell every worker that a run is ready."""
    plans: Plans = field(default_factory=Plans)
    values: Cache = field(default_factory=Cache)
    largest: int = default_largest
    """Bytes of JSON that one value of a run may have."""
    now: Callable[[], datetime] = _utc
    """The time by the database's clock."""
    chance: Callable[[], float] = field(default=random.random)
    """A random number below 1, for jitter."""
