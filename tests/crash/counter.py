"""The world outside, in a process of its own: it counts what arrives by key and body, and plays the vendors.

As a process: `python -m tests.crash.counter` prints its addresses as one line of JSON and stops on SIGTERM. Anything sent to `/effect/…`
is counted by method, path, `Idempotency-Key` and body; `GET /counts?run=…` tells what one run did outside, `GET /arrived?more_than=…`
waits until so many requests have come in, to whichever of its servers.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.doubles import loopback, served
from tests.doubles.github import GitHub
from tests.doubles.gmail import Gmail
from tests.doubles.lyzr import LyzrDouble, lyzr_app
from tests.doubles.slack import Slack
from tests.doubles.vendors import VendorsDouble, vendors_app


class Addresses(NamedTuple):
    """Where the outside is found."""

    counter: str
    lyzr: str
    vendors: str


class World:
    """What has happened outside."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str, str, str]] = Counter()
        """By method, path, key and body."""
        self.arrived = 0
        self._more = asyncio.Event()

    def watched(self, app: ASGIApp) -> ASGIApp:
        """The app, each of whose requests is noticed before it is answered."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] not in ("/arrived", "/counts"):
                self.arrived += 1
                more, self._more = self._more, asyncio.Event()
                more.set()
            await app(scope, receive, send)

        return watched

    async def more_than(self, number: int) -> None:
        """Wait for the next arrivals."""
        while self.arrived <= number:
            await self._more.wait()


def counter_app(world: World, lyzr: LyzrDouble, vendors: VendorsDouble) -> Starlette:
    """The counter proper; what it tells of a run includes what the vendors saw of it."""

    async def effect(request: Request) -> Response:
        body = (await request.body()).decode()
        call = (request.method, request.url.path, request.headers.get("idempotency-key", ""), body)
        world.calls[call] += 1
        return JSONResponse({"done": True})

    async def counts(request: Request) -> Response:
        run = request.query_params["run"]
        http = [[*call, times] for call, times in world.calls.items() if run in call[1] or run in call[3]]
        turns = [[message, times, lyzr.finished[session, message]] for (session, message), times in lyzr.counts.items() if run in session]
        return JSONResponse(
            {
                "http": http,
                "turns": turns,
                "mails": sum(run in json.dumps(mail["payload"]["headers"]) for mail in vendors[Gmail].mails),
                "issues": [issue["title"] for issue in vendors[GitHub].issues if run in issue["title"]],
                "channels": sum(run in channel["name"] for channel in vendors[Slack].channels),
                "effects": dict(vendors.effects),
            }
        )

    async def arrived(request: Request) -> Response:
        if (number := request.query_params.get("more_than")) is not None:
            await world.more_than(int(number))
        return JSONResponse({"arrived": world.arrived})

    methods = ["GET", "PUT", "POST"]
    return Starlette(routes=[Route("/effect/{rest:path}", effect, methods=methods), Route("/counts", counts), Route("/arrived", arrived)])


class Outside:
    """The process, as the tests ask it."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses

    def counts(self, run: str) -> dict[str, Any]:
        """What one run did outside."""
        with urllib.request.urlopen(f"{self.addresses.counter}/counts?{urlencode({'run': run})}", timeout=30) as answer:
            return json.load(answer)


@contextmanager
def outside() -> Generator[Outside]:
    """The counting process, until the block ends."""
    with subprocess.Popen([sys.executable, "-m", "tests.crash.counter"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Outside(Addresses(*json.loads(process.stdout.readline())))
        finally:
            process.terminate()


async def _main() -> None:
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    sockets = [loopback() for _ in range(3)]
    addresses = Addresses(*(f"http://127.0.0.1:{bound.getsockname()[1]}" for bound in sockets))
    world, lyzr, vendors = World(), LyzrDouble(addresses.lyzr), VendorsDouble(addresses.vendors, Gmail, Slack, GitHub)
    apps = (counter_app(world, lyzr, vendors), lyzr_app(lyzr), vendors_app(vendors))
    ends = (lambda: None, lyzr.close, lambda: None)
    counter, agents, others = (served(world.watched(app), bound, end) for app, bound, end in zip(apps, sockets, ends, strict=True))
    async with counter, agents, others:
        print(json.dumps(addresses), flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main())
