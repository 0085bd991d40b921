"""The ear of a database: one connection that hears all channels and comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import asyncpg
import structlog

from tenuto.core.errors import Unavailable
from tenuto.store.door import Door, Link, reaching_database

Callback: TypeAlias = Callable[[str | None], None]
Stop: TypeAlias = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)

pulse = 20.0
"""Seconds between two questions to the server: a cut cable is noticed by no other means."""

first_pause, longest_pause = 0.1, 5.0


class Listener:
    """Hears channels over one connection, for as long as somebody listens."""

    def __init__(self, door: Door) -> None:
        """Opens nothing yet."""
        self._door = door
        self._callbacks: dict[str, list[Callback]] = {}
        self._link: Link | None = None
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def listen(self, channel: str, callback: Callback) -> Stop:
        """See `Database.listen`."""
        async with self._lock:
            with reaching_database():
                link = await self._linked()
                if channel not in self._callbacks:
                    await link.add_listener(channel, self._heard)
            self._callbacks.setdefault(channel, []).append(callback)
            callback(None)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="database listener")

        async def stop() -> None:
            await self._stop(channel, callback)

        return stop

    async def close(self) -> None:
        """Hear nothing any more."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        self._callbacks.clear()
        if self._link is not None:
            # Nothing is lost with this connection, so nobody waits for its farewell.
            self._link.terminate()
            self._link = None

    async def _stop(self, channel: str, callback: Callback) -> None:
        async with self._lock:
            callbacks = self._callbacks.get(channel, [])
            if callback in callbacks:
                callbacks.remove(callback)
            if callbacks or channel not in self._callbacks:
                return
            del self._callbacks[channel]
            if self._link is not None and not self._link.is_closed():
                with suppress(Unavailable), reaching_database():
                    await self._link.remove_listener(channel, self._heard)

    async def _linked(self) -> Link:
        """The connection, opened anew if it is gone; then everybody who listened before is told to look."""
        if self._link is not None and not self._link.is_closed():
            return self._link
        link = await self._door.open()
        try:
            for channel in self._callbacks:
                await link.add_listener(channel, self._heard)
        except BaseException:
            link.terminate()
            raise
        self._link = link
        for callbacks in self._callbacks.values():
            for callback in callbacks:
                callback(None)
        return link

    async def _keep(self) -> None:
        pause = first_pause
        while True:
            try:
                async with self._lock:
                    with reaching_database():
                        link = await self._linked()
                pause = first_pause
                await self._watch(link)
            except Unavailable as problem:
                log.warning("database_listener_lost", reason=problem.data.detail, again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest_pause)

    async def _watch(self, link: Link) -> None:
        """Return or raise `Unavailable` when the connection is gone."""
        gone = asyncio.Event()

        def ended(_: object) -> None:
            gone.set()

        link.add_termination_listener(ended)
        while not gone.is_set() and not link.is_closed():
            with suppress(TimeoutError):
                await asyncio.wait_for(gone.wait(), pulse)
                return
            try:
                with reaching_database():
                    await link.execute("select 1", timeout=pulse)
            except (Unavailable, asyncpg.PostgresError):
                link.terminate()
                raise

    def _heard(self, _link: object, _pid: int, channel: str, payload: object) -> None:
        for callback in tuple(self._callbacks.get(channel, ())):
            callback(str(payload))
