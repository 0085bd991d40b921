"""Refused deliveries: counted, and a few of the last ones kept, however many come."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from tenuto.core.errors import Problem
from tenuto.store.triggers.hooks import Hooks, Refused, kept_refusals

_log = structlog.get_logger(__name__)
_every = 0.5
"""Seconds between two writes: a storm of forgeries costs two statements a second for each trigger."""


@dataclass(slots=True)
class _Heap:
    count: int = 0
    last: deque[tuple[str, dict[str, str]]] = field(default_factory=lambda: deque[tuple[str, dict[str, str]]](maxlen=kept_refusals))


class Refusals:
    """What one process has refused and not yet written. Nobody waits for it: a crash loses a count, and no delivery."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._heaps: dict[tuple[int, UUID], _Heap] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, workspace: int, trigger_id: UUID, verdict: str, headers: dict[str, str]) -> None:
        """Count one; it is written within half a second."""
        heap = self._heaps.setdefault((workspace, trigger_id), _Heap())
        heap.count += 1
        heap.last.append((verdict, headers))
        if self._task is None:
            self._task = asyncio.create_task(self._later(), name="refusals")

    async def flush(self) -> None:
        """Write what was counted."""
        heaps, self._heaps = self._heaps, {}
        for (workspace, trigger_id), heap in heaps.items():
            try:
                await self._hooks.refuse(Refused(workspace, trigger_id, heap.count, list(heap.last)[::-1]))
            except Problem as problem:
                _log.warning("refusals.lost", count=heap.count, reason=problem.data.detail)

    async def close(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
        await self.flush()

    async def _later(self) -> None:
        await asyncio.sleep(_every)
        self._task = None
        await self.flush()
