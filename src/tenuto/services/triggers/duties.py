"""What is done in rounds by every process that runs runs: whoever finds something due first does it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from tenuto.core.errors import Unavailable

_log = structlog.get_logger(__name__)
kept_for = timedelta(days=30)
"""How long deliveries stay in the inbox; as long is one recognised when it comes a second time."""

Duty = Callable[[], Awaitable[int]]
"""One piece of work, bounded in time; answers how much there was to do: while there is some, it is asked again at once."""


class Duties:
    """Rounds of one process."""

    def __init__(self, duties: Sequence[Duty], *, every: float = 1.0, name: str = "triggers") -> None:
        """`every` is the pause between two rounds that found nothing, in seconds; by `name` they are in the log."""
        self._name = name
        self._duties = tuple(duties)
        self._every = every

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            began = time.monotonic()
            if not await self.once():
                await asyncio.sleep(max(0.05, self._every - (time.monotonic() - began)))

    async def once(self) -> int:
        """One round; how much there was to do. What fails is tried again in the next."""
        done = 0
        for duty in self._duties:
            try:
                done += await duty()
            except Unavailable as away:
                _log.info(f"{self._name}.wait", reason=away.data.detail)
                return 0
            except Exception as error:
                _log.exception(f"{self._name}.bug", error=type(error).__name__)
        return done
