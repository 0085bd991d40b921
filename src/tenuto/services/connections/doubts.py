"""Secrets that nobody renews and a vendor refuses: it is asked once more, and what is over is said on the connection, as of a dead refresh token."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import Self
from uuid import UUID

import structlog

from tenuto.core.errors import AuthRejected, Problem
from tenuto.services.connections.adding import Adding
from tenuto.store.connections.rows import Connections as Rows
from tenuto.store.connections.rows import Held
from tenuto.store.database import Database
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.tokens import unseal

_log = structlog.get_logger(__name__)
_quiet = 60.0
"""Seconds in which a secret is not doubted again: an action that may not do what it wants is refused every time."""
_most = 10_000


class Doubts:
    """Asks vendors about secrets that they have refused. One for a process."""

    def __init__(self, database: Database, envelope: Envelope, adding: Adding) -> None:
        self._database, self._envelope, self._adding = database, envelope, adding
        self._asked: OrderedDict[tuple[UUID, int], float] = OrderedDict()
        self._asking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave what is under way: the next refusal asks again."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def raised(self, origin: tuple[int, UUID, int], refusal: str) -> None:
        """A vendor has refused the secret of a connection, by workspace, id and generation. Nobody waits for what comes of it."""
        workspace, connection, generation = origin
        now, key = time.monotonic(), (connection, generation)
        if now < self._asked.get(key, -math.inf) + _quiet:
            return
        self._asked[key] = now
        self._asked.move_to_end(key)
        if len(self._asked) > _most:
            self._asked.popitem(last=False)
        task = asyncio.create_task(self._settle(workspace, connection, generation, refusal), name="doubt")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def asked(self, held: Held) -> bool | None:
        """Whether the vendor takes the secret now, which is then on the connection; None where there is no way to ask it. Raises `Outgoing`."""
        try:
            works = await self._adding.works(held, await unseal(self._envelope, held.workspace, held.id, held.sealed))
        except AuthRejected as refused:
            await self._say(held, refused.data.detail)
            return False
        if works and held.attention is not None:
            await self._say(held, None)
        return works

    async def _settle(self, workspace: int, id: UUID, generation: int, refusal: str) -> None:
        try:
            async with self._database.transaction(workspace) as tx:
                held = await Rows(tx).held(id)
            if held is None or held.generation != generation or held.attention is not None or held.refreshable:
                return
            if await self.asked(held) is None:
                await self._say(held, refusal)  # there is nothing else to go by
        except Problem as problem:
            _log.info("connection.doubt_unsettled", connection=str(id), reason=problem.data.detail)

    async def _say(self, held: Held, attention: str | None) -> None:
        """Unless somebody has connected it anew meanwhile."""
        async with self._database.transaction(held.workspace) as tx:
            now = await Rows(tx).held(held.id, lock=True)
            if now is not None and now.generation == held.generation:
                await Rows(tx).change(held.id, {"attention": attention})
