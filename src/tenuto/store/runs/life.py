"""The life of a process among others: known, beating, and born again when it has died to them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import stamina
import structlog

from tenuto.core.errors import Unavailable
from tenuto.core.events import format_version
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.runs import statements
from tenuto.store.runs.bell import Bell
from tenuto.store.runs.heartbeat import Heartbeat
from tenuto.store.runs.identity import Identity

_log = structlog.get_logger(__name__)


class Life:
    """Registers the process, keeps its heartbeat, and tells when it has to drop everything."""

    def __init__(self, database: Database, bell: Bell, identity: Identity) -> None:
        self._database = database
        self._bell = bell
        self._identity = identity
        self._heart: Heartbeat | None = None
        self._dead = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """The time by the database's clock, as well as we know it."""
        return self._heart.now() if self._heart is not None else datetime.now(UTC)

    def alive(self) -> bool:
        """Whether nobody can have taken us for dead yet."""
        return self._heart is not None and self._heart.alive

    async def enter(self, on_death: Callable[[], Awaitable[None]]) -> None:
        """Become known. `on_death` is awaited whenever this process has died to the others, before it is born again."""
        await self._register()
        self._task = asyncio.create_task(self._live(on_death), name="life")

    async def end(self) -> None:
        """Hand everything over and be forgotten."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._heart is not None:
            await self._heart.stop()
        try:
            with reaching_database():
                await self._database.pool.execute(statements.depart, self._identity.process)
        except Unavailable as away:
            _log.warning("process.cannot_depart", reason=away.data.detail, meaning="others take its runs over in ten seconds")
        self._bell.ring("ready", "", here=False)

    async def _live(self, on_death: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._dead.wait()
            _log.error("process.died", process=str(self._identity.process), meaning="others have taken its runs over")
            await on_death()
            if self._heart is not None:
                await self._heart.stop()
            self._identity.renew()
            # What kills a process is mostly the database being away; a process that stayed unknown would never beat again.
            async for attempt in stamina.retry_context(on=Unavailable, attempts=None, timeout=None, wait_initial=0.1, wait_max=1.0):
                with attempt:
                    await self._register()

    async def _register(self) -> None:
        """Become known under the present id. Raises `Unavailable`."""
        self._dead.clear()
        me = self._identity.process
        with reaching_database():
            at = await self._database.pool.fetchval(statements.register, me, socket.gethostname(), os.getpid(), [format_version])
        self._heart = Heartbeat(self._database.door, me, on_death=self._dead.set, on_others=self._others)
        self._heart.start(at)

    def _others(self, others: bool) -> None:
        self._bell.others = others
