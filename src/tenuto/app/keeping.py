"""Rounds in which what was kept long enough is deleted, by those processes that work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tenuto.services.executions.keeping.retention import ExecutionRetention
from tenuto.services.triggers.duties import Duties

_every = 60.0


@asynccontextmanager
async def keeping(retention: ExecutionRetention, *, working: bool) -> AsyncGenerator[None]:
    """Go round until the block ends, if this process works."""
    duties = Duties([retention.once, retention.sweep], every=_every, name="upkeep")
    rounds = [asyncio.create_task(duties.run(), name="upkeep")] if working else []
    try:
        yield
    finally:
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
