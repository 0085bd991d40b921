"""A double of an API that allows so many requests in a window, and enforces it exactly: one real HTTP server on loopback.

`GET` and `POST` of any path count. A request that was under way for long counts in the window in which it may have left, as long as
that one has room: on a machine that stands still now and then, one that left in time comes when the next window has begun. Every answer says how the limit stands, as GitHub's do (`x-ratelimit-*`, and the `date` by which
they are to be read), unless it is `mute`: then only a 429 says anything (`retry-after`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import loopback, served

from tenuto.store.database import Database

slow = 10.0
"""Seconds that a request may have been under way."""


class Arrival(NamedTuple):
    """A request that came, by the double's clock (seconds since 1970)."""

    at: float
    path: str
    allowed: bool


@dataclass
class LimitedDouble:
    """What came, and what is allowed."""

    url: str
    limit: int
    window: int
    """Seconds. A window begins with its first request and ends at a whole second, by which its end can be told."""
    mute: bool = False
    delay: float = 0.02
    used: int = 0
    ends: float = 0
    room: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """Windows of the last seconds: when each ended, and how many requests it could have had besides."""
    arrivals: list[Arrival] = field(default_factory=list[Arrival])

    @property
    def refused(self) -> list[Arrival]:
        """The requests that were answered with 429."""
        return [arrival for arrival in self.arrivals if not arrival.allowed]

    def _late(self, now: float) -> bool:
        """Whether a request that is too much for this window may be one of the windows before it."""
        for index, (ended, room) in enumerate(self.room):
            if room and now - ended < slow:
                self.room[index] = ended, room - 1
                return True
        return False

    async def end_window(self, database: Database) -> None:
        """Have the window be over, for the double and for those who learnt of its end; a process that sends still knows of it."""
        self.ends = 0
        await database.pool.execute("update rate_limits set resets_at = now() where resets_at > now()")

    async def answer(self, request: Request) -> Response:
        """Count, then answer."""
        now = time.time()
        if now >= self.ends:
            self.room.append((self.ends, self.limit - self.used))
            self.used, self.ends = 0, now // 1 + self.window
        allowed = self.used < self.limit or self._late(now)
        self.used = min(self.limit, self.used + allowed)
        left, ends = self.limit - self.used, self.ends
        self.arrivals.append(Arrival(now, request.url.path, allowed))
        await asyncio.sleep(self.delay)
        headers = {"date": formatdate(now, usegmt=True)}
        if not self.mute:
            headers |= {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(left), "x-ratelimit-reset": str(int(ends))}
        if allowed:
            return JSONResponse([], headers=headers)
        headers["retry-after"] = str(max(1, round(ends - now + 0.5)))
        return JSONResponse({"message": "API rate limit exceeded"}, 429, headers=headers)


@asynccontextmanager
async def limited_double(limit: int, window: int, *, mute: bool = False) -> AsyncGenerator[LimitedDouble]:
    """Serve until the block ends."""
    bound = loopback()
    double = LimitedDouble(f"http://127.0.0.1:{bound.getsockname()[1]}", limit, window, mute)
    app = Starlette(routes=[Route("/{path:path}", double.answer, methods=["GET", "POST"])])
    async with served(app, bound, lambda: None):
        yield double
