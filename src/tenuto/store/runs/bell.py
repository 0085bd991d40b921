"""The doorbell between processes: coalesced NOTIFY outside any transaction; it may be lost, and nothing depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal
from uuid import UUID

import asyncpg
import structlog

from tenuto.core.errors import Problem
from tenuto.store.database import Database

Ring = Literal["events", "mail", "ready", "whisper", "limit"]

_log = structlog.get_logger(__name__)
_channel = "tenuto"
_payload = 7_900
_pause = 0.015


class Bell:
    """Rings in this process at once and in the others about 15 ms later, many rings in one notification."""

    def __init__(self, database: Database, process: UUID) -> None:
        self._database = database
        self._me = process.hex[-12:]
        self._heard: dict[Ring, list[Callable[[str], None]]] = {}
        self._reconnected: list[Callable[[], None]] = []
        self._pending: dict[Ring, dict[str, None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.others = True
        """Whether any other process is there to hear it; kept by the heartbeat."""

    def hear(self, ring: Ring, callback: Callable[[str], None]) -> None:
        """Call back for each ring of this kind, from here or elsewhere."""
        self._heard.setdefault(ring, []).append(callback)

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """Call back whenever rings may have been missed."""
        self._reconnected.append(callback)

    async def open(self) -> None:
        """Start to listen to the other processes."""
        await self._database.listen(_channel, self._receive)

    def ring(self, ring: Ring, body: str, *, here: bool = True) -> None:
        """Tell everybody. `body` has no newline; for `events` it is `workspace:id:head`."""
        if here:
            self._call(ring, body)
        if self.others and len(body.encode()) < _payload - 40:
            self._pending.setdefault(ring, {})[body] = None
            if self._task is None:
                self._task = asyncio.create_task(self._send(), name="bell")

    async def close(self) -> None:
        """Send what waits."""
        if self._task is not None:
            await self._task

    def _call(self, ring: Ring, body: str) -> None:
        for callback in self._heard.get(ring, ()):
            callback(body)

    def _receive(self, payload: str | None) -> None:
        if payload is None:
            for callback in self._reconnected:
                callback()
            return
        sender, ring, *bodies = payload.split("\n")
        if sender == self._me or ring not in ("events", "mail", "ready", "whisper", "limit"):
            return
        for body in bodies:
            self._call(ring, body)

    async def _send(self) -> None:
        try:
            while self._pending:
                await asyncio.sleep(_pause)
                pending, self._pending = self._pending, {}
                for ring, bodies in pending.items():
                    await self._notify(ring, list(bodies))
        except (Problem, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            _log.info("bell.lost", error=type(error).__name__)
        finally:
            self._task = None

    async def _notify(self, ring: Ring, bodies: list[str]) -> None:
        head = f"{self._me}\n{ring}"
        while bodies:
            payload = head
            while bodies and len(payload.encode()) + len(bodies[0].encode()) + 1 < _payload:
                payload += "\n" + bodies.pop(0)
            await self._database.pool.execute("select pg_notify($1, $2)", _channel, payload)
