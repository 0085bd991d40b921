"""Whether this process can serve: migrated, able to write, and claiming runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from tenuto.store.database import Database
from tenuto.store.health import Probe, probe

_good_for = 1.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a load balancer asks."""

    migrated: bool
    writable: bool
    claiming: bool

    @property
    def ready(self) -> bool:
        """Whether requests should come here."""
        return self.migrated and self.writable and self.claiming


class Health:
    """Looks at most once a second, however often it is asked: the question is open to everybody."""

    def __init__(self, database: Database, claiming: Callable[[], bool]) -> None:
        self._database = database
        self._claiming = claiming
        self._alone = asyncio.Lock()
        self._looked_at = float("-inf")
        self._probe = Probe(migrated=False, writable=False)

    async def ready(self) -> Readiness:
        """How it is; never raises."""
        async with self._alone:
            if time.monotonic() - self._looked_at > _good_for:
                self._probe = await probe(self._database)
                self._looked_at = time.monotonic()
        return Readiness(self._probe.migrated, self._probe.writable, self._claiming())
