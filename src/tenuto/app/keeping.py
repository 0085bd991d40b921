"""Rounds in which what was kept long enough is deleted and what ends soon is renewed, by those processes that work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tenuto.services.connections.care import Care
from tenuto.services.executions.keeping.retention import ExecutionRetention
from tenuto.services.triggers.duties import Duties

_every = 60.0


@asynccontextmanager
async def keeping(retention: ExecutionRetention, care: Care, *, working: bool) -> AsyncGenerator[None]:
    """Go round until the block ends, if this process works. Vendors that are slow to renew tokens keep nothing else waiting."""
    upkeep = Duties([retention.once, retention.sweep], every=_every, name="upkeep")
    accounts = Duties([care.renew, care.tell], every=_every, name="accounts")
    rounds = [asyncio.create_task(duties.run()) for duties in (upkeep, accounts)] if working else []
    try:
        yield
    finally:
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
