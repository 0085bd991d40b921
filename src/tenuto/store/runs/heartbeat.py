"""One heartbeat per process, from a thread with a connection of its own, which a blocked event loop does not stop."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from tenuto.core.errors import Problem
from tenuto.store.door import Door, reaching_database
from tenuto.store.runs import statements
from tenuto.store.runs.identity import dead_after

every = 2.0
gives_up_after = 8.0
"""A process that cannot beat for this long stops its runs itself, before anybody else takes them over."""
blocked_after = 5.0

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Beats until it is stopped; tells once if this process has died to the others."""

    def __init__(self, door: Door, process: UUID, *, on_death: Callable[[], None], on_others: Callable[[bool], None]) -> None:
        """Both callbacks are called in the event loop that made the heartbeat."""
        self._door = door
        self._process = process
        self._on_death = on_death
        self._on_others = on_others
        self._loop = asyncio.get_running_loop()
        self._main = threading.get_ident()
        self._stop = threading.Event()
        self._alive_at = time.monotonic()
        self._beat_at = _monotonic()
        self._offset = timedelta()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._beat()), name="heartbeat", daemon=True)

    def start(self, database_time: datetime) -> None:
        """Begin to beat; `database_time` is what the database said the time is just now."""
        self._offset = database_time - datetime.now(UTC)
        self._thread.start()

    def now(self) -> datetime:
        """The time by the database's clock, as well as we know it."""
        return datetime.now(UTC) + self._offset

    @property
    def alive(self) -> bool:
        """Whether nobody can have taken us for dead yet, even if this process has been stopped or asleep until just now."""
        return _monotonic() - self._beat_at < gives_up_after

    async def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, 5)

    async def _beat(self) -> None:
        last = _monotonic()
        connection: asyncpg.Connection | None = None
        while not self._stop.is_set():
            self._look_at_loop()
            # Counted from before it was sent, and never waited for beyond the end: others count from when the database got it.
            sent = _monotonic()
            try:
                async with asyncio.timeout(max(0.0, min(gives_up_after / 2, last + gives_up_after - sent))):
                    with reaching_database():
                        connection = connection or await self._door.open()
                        alive = await self._beat_once(connection)
            except (Problem, TimeoutError) as error:
                _log.warning("heartbeat.missed", error=str(error) or type(error).__name__)
                connection = await _dropped(connection)
                alive = _monotonic() - last < gives_up_after
                pause = 0.2
            else:
                last, pause = sent, every
                self._beat_at = sent
            if not alive:
                self._tell(self._on_death)
                break
            self._stop.wait(pause)
        await _dropped(connection)

    async def _beat_once(self, connection: asyncpg.Connection) -> bool:
        row = await connection.fetchrow(statements.beat, self._process, dead_after)
        if row is None:
            return False
        self._offset = row["at"] - datetime.now(UTC)
        others: bool = row["processes"] > 1
        self._tell(lambda: self._on_others(others))
        return True

    def _tell(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(callback)

    def _look_at_loop(self) -> None:
        """Log the stack of an event loop that has not turned for five seconds."""
        blocked = time.monotonic() - self._alive_at
        if blocked > blocked_after and (frame := sys._current_frames().get(self._main)) is not None:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  # the one way to another thread's stack
            _log.error("loop.blocked", seconds=round(blocked, 1), stack="".join(traceback.format_stack(frame)))
        self._tell(self._mark_alive)

    def _mark_alive(self) -> None:
        self._alive_at = time.monotonic()


def _monotonic() -> float:
    """Seconds that go on while the machine is asleep, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


async def _dropped(connection: asyncpg.Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):
            await connection.close(timeout=1)
