"""A double of an API that allows so many requests in a window, and enforces it exactly: one real HTTP server on loopback.

`GET` and `POST` of any path count. Every answer says how the limit stands, as GitHub's do (`x-ratelimit-*`, and the `date` by which
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
    """Seconds; windows begin at multiples of it, so that their ends are whole seconds."""
    mute: bool = False
    delay: float = 0.02
    used: int = 0
    ends: float = 0
    arrivals: list[Arrival] = field(default_factory=list[Arrival])

    @property
    def refused(self) -> list[Arrival]:
        """The requests that were answered with 429."""
        return [arrival for arrival in self.arrivals if not arrival.allowed]

    async def answer(self, request: Request) -> Response:
        """Count, then answer."""
        now = time.time()
        if now >= self.ends:
            self.used, self.ends = 0, (now // self.window + 1) * self.window
        allowed = self.used < self.limit
        self.used += allowed
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
