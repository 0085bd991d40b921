"""Wait out a database that is away: what a run needs of it is asked again until it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from tenuto.core.errors import Unavailable

T = TypeVar("T")


async def steady(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, however long the database is away. Everything but `Unavailable` is raised at once."""
    async for attempt in stamina.retry_context(on=Unavailable, attempts=None, timeout=None, wait_initial=0.05, wait_max=1.0):
        with attempt:
            return await ask()
    raise AssertionError("unreachable: there is no last attempt")
