"""Who this process is to the others; a process that has died to them lives on under a new id."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import uuid_utils

dead_after = timedelta(seconds=10)
"""A process whose last heartbeat is older than this is dead to everybody, itself included."""


class Identity:
    """The process's present id (UUID 7)."""

    def __init__(self) -> None:
        self.process = new_id()

    def renew(self) -> None:
        """Become another process: what the old one owned is no longer ours."""
        self.process = new_id()


def new_id() -> UUID:
    """A UUID 7: ids made later sort later."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
