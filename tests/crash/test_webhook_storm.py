"""A storm of signed GitHub deliveries, duplicates and forgeries among them, on two served processes that are killed meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.api.conftest import secret_key
from tests.api.hooking import github, webhook, workflow
from tests.e2e.serving import Product, product

pytestmark = [pytest.mark.crash, pytest.mark.slow]

payloads = Path(__file__).parents[3] / "shared" / "specs" / "webhook-examples" / "github"
genuine = int(os.environ.get("TENUTO_STORM", "20000"))
duplicates = genuine // 10
forgeries = genuine // 10
connections = 24
largest = 64 * 1024


@dataclass(frozen=True)
class Message:
    """A request as it goes over the wire, but for its host."""

    delivery: str
    body: bytes
    headers: dict[str, str]
    forged: bool

    def wire(self, path: str) -> bytes:
        lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass
class Tally:
    """What the sender was told."""

    runs: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    refused: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list[str])


def messages(secret: str) -> list[Message]:
    """Genuine ones, some of them twice or three times, and forgeries: strangers' secrets, changed bodies under a genuine id, no signature."""
    dice = random.Random(20261125)
    files = [path for path in sorted(payloads.glob("*.json")) if path.stat().st_size <= largest]
    bodies = [(path.name.partition(".")[0].split("-")[0], json.dumps(json.loads(path.read_bytes())).encode()) for path in files]
    made: list[Message] = []
    for n in range(genuine):
        event, body = bodies[n % len(bodies)]
        made.append(Message(f"d-{n}", body, github(secret, body, f"d-{n}", event), False))
    copies = [dice.choice(made) for _ in range(duplicates)]
    for n in range(forgeries):
        victim = dice.choice(made[:genuine])
        match n % 3:
            case 0:
                headers = github("somebody else's", victim.body, f"f-{n}", "push")
            case 1:  # a genuine signature and id over another body
                headers = dict(victim.headers)
            case _:
                headers = {name: value for name, value in victim.headers.items() if name != "x-hub-signature-256"}
        body = victim.body[:-1] + b" }" if n % 3 == 1 else victim.body
        copies.append(Message(f"f-{n}", body, headers, True))
    everything = [*made, *copies]
    # Near each other, as retries are, and all mixed.
    order = {id(message): place for place, message in enumerate(made)}
    return sorted(everything, key=lambda message: order.get(id(message), 0) + dice.uniform(0, genuine if message.forged else 3000))


Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def hang_up(link: Link | None) -> None:
    if link is not None:
        link[1].close()
        with suppress(OSError):
            await link[1].wait_closed()


async def send(link: Link, wire: bytes) -> tuple[int, bytes]:
    """One request on a connection that is kept; raises OSError or IncompleteReadError when the server is gone."""
    reader, writer = link
    writer.write(wire)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    return int(lines[0].split(" ")[1]), await reader.readexactly(length)


async def sender(queue: asyncio.Queue[Message], ports: list[int], path: str, tally: Tally, number: int) -> None:
    """Send until nothing is left; what was not acknowledged goes to the other server."""
    link: Link | None = None
    turn = number
    while True:
        try:
            message = await queue.get()
        except asyncio.CancelledError:
            await hang_up(link)
            raise
        while True:
            try:
                async with asyncio.timeout(30):
                    if link is None:
                        link = await asyncio.open_connection("127.0.0.1", ports[turn % len(ports)])
                    status, body = await send(link, message.wire(path))
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                await hang_up(link)
                link, turn, tally.again = None, turn + 1, tally.again + 1
                await asyncio.sleep(0.02)
                continue
            if status in (429, 500, 502, 503):
                tally.again += 1
                await asyncio.sleep(0.1)
                continue
            break
        note(tally, message, status, body)
        queue.task_done()


def note(tally: Tally, message: Message, status: int, body: bytes) -> None:
    if message.forged:
        tally.refused += status == 401
    elif status in (200, 202) and (run := json.loads(body).get("execution_id")):
        tally.runs.setdefault(message.delivery, set()).add(run)
        return
    if (status == 401) is not message.forged:
        tally.wrong.append(f"{message.delivery}: {status} {body[:200]!r}")


@asynccontextmanager
async def killing(servers: list[Product]) -> AsyncGenerator[list[int]]:
    """Kill one server after the other, and start it again."""
    kills, over = [0], asyncio.Event()

    async def go() -> None:
        for server in cycle(servers):
            with suppress(TimeoutError):
                async with asyncio.timeout(4):
                    await over.wait()
            if over.is_set():
                return
            server.end(signal.SIGKILL)
            kills[0] += 1
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)

    task = asyncio.create_task(go())
    try:
        yield kills
    finally:
        over.set()
        await task  # never in the middle of a start, which goes on in its thread


async def test_every_genuine_delivery_runs_once_and_no_forgery_does(dsn: str, tmp_path: Path) -> None:
    if not payloads.is_dir():
        pytest.skip(f"{payloads} is not there")
    servers: list[Product] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        given = {"DATABASE_URL": dsn, "TENUTO_SECRET_KEY": secret_key, "TENUTO_CALLS_PER_ADDRESS": "1000000"}
        servers.append(product(folder, **given))
    try:
        for server in servers:
            await asyncio.to_thread(server.start)
        path, secret = await asyncio.to_thread(published, servers[0])
        tally = Tally()
        queue: asyncio.Queue[Message] = asyncio.Queue()
        everything = messages(secret)
        for message in everything:
            queue.put_nowait(message)
        ports = [server.port for server in servers]
        async with asyncio.timeout(500), killing(servers) as kills:
            tasks = [asyncio.create_task(sender(queue, ports, path, tally, n)) for n in range(connections)]
            await queue.join()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not tally.wrong, tally.wrong[:10]
        assert tally.refused == forgeries
        assert kills[0] >= 2, "nothing was killed: the storm was over too soon"
        assert tally.again > 0, "no sender noticed a kill"
        await settled(dsn)
        await check(dsn, tally)
    finally:
        for server in servers:
            if server.process is not None and server.process.poll() is None:
                server.process.kill()
                server.process.wait()


def published(server: Product) -> tuple[str, str]:
    """The path and the secret of the webhook."""
    with server.client() as client:
        document = workflow(webhook(connector="github", input={"d": "{{ trigger.delivery }}"}), value="{{ input.d }}")
        assert client.post("/api/workflows", json=document).status_code < 300
        [placed] = client.post("/api/workflows/w/publish").json()["version"]["triggers"]
    return "/api/hooks/" + placed["url"].partition("/api/hooks/")[2], placed["secret"]


async def settled(dsn: str) -> None:
    """Wait until every delivery has its run and every run has ended; the dead are dead to the others after ten seconds."""
    link = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(200):
            while True:
                waiting = await link.fetchval("select count(*) from deliveries where due_at is not null")
                going = await link.fetchval("select count(*) from executions where trigger = 'webhook' and finished_at is null")
                if not waiting and not going:
                    return
                await asyncio.sleep(0.5)
    finally:
        await link.close()


async def check(dsn: str, tally: Tally) -> None:
    """Against what the sender was told: each genuine delivery has one run, which ran once, and nothing else has any."""
    link = await asyncpg.connect(dsn)
    try:
        rows = await link.fetch("select public_id, status from executions where trigger = 'webhook'")
        kept: list[Any] = await link.fetch("select delivery, execution_id, status from deliveries where status <> 'refused'")
        counts = await link.fetch(
            "select e.public_id, count(*) as n from executions e"
            " join execution_events v on v.workspace = e.workspace and v.execution_id = e.id"
            " where e.trigger = 'webhook' and v.type = 'node_completed' group by 1"
        )
        places = await link.fetchval("select count(*) from deliveries where status = 'refused'")
    finally:
        await link.close()
    told = {delivery: next(iter(runs)) for delivery, runs in tally.runs.items()}
    assert all(len(runs) == 1 for runs in tally.runs.values()), "a duplicate was told another run"
    assert len(told) == genuine
    assert {row["public_id"]: row["status"] for row in rows} == dict.fromkeys(told.values(), "completed")
    assert {row["delivery"]: row["execution_id"] for row in kept} == told
    assert {row["status"] for row in kept} == {"started"}
    assert {row["public_id"]: row["n"] for row in counts} == dict.fromkeys(told.values(), 1)
    assert places <= 20
