"""Connections are kept, shared out and let go of; none is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import httpcore2
import pytest
from tests.vault.doors import Names, here
from tests.vault.loopback import Loopback, Script, loopback, reply

from tenuto.vault.egress import Guard
from tenuto.vault.wire import Pool, Stream


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


def pool_of(most: int = 10, most_idle: int = 10, idle: float = 60) -> Pool:
    return Pool(Guard(here, Names()), httpcore2.default_ssl_context(), most=most, most_idle=most_idle, idle=idle)


async def ask(pool: Pool, url: str, content: bytes = b"") -> bytes:
    headers = [("host", "h"), ("content-length", str(len(content)))]
    _, body = await pool.send(httpcore2.Request("POST", url, headers=headers, content=content))
    try:
        return b"".join([part async for part in body])
    finally:
        await body.aclose()


async def test_one_connection_serves_one_request_after_another(server: Loopback) -> None:
    pool = pool_of()
    for _ in range(5):
        await ask(pool, server.url)
    assert (server.connections, len(pool)) == (1, 1)
    await pool.aclose()
    assert len(pool) == 0


async def test_a_connection_that_the_server_closed_is_not_used_again(server: Loopback) -> None:
    server.routes["/"] = Script(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", close=True)
    pool = pool_of()
    for _ in range(20):
        assert await ask(pool, server.url) == b"ok"
        await asyncio.sleep(0.005)
    assert server.connections == 20
    await pool.aclose()


async def test_a_connection_is_not_kept_for_longer_than_allowed(server: Loopback) -> None:
    pool = pool_of(idle=-1)
    for _ in range(3):
        await ask(pool, server.url)
    assert (server.connections, len(pool)) == (3, 0)


async def test_no_more_than_allowed_at_once_and_no_more_kept() -> None:
    busy, most, full = 0, 0, asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers nobody before three have asked."""
        nonlocal busy, most
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                busy += 1
                most = max(most, busy)
                if busy == 3:
                    full.set()
                await full.wait()
                await asyncio.sleep(0.01)
                busy -= 1
                writer.write(reply(200, b"ok").data)
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    pool = pool_of(most=3, most_idle=2)
    async with server, asyncio.timeout(60):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await asyncio.gather(*(ask(pool, url) for _ in range(12))) == [b"ok"] * 12
        assert (most, len(pool)) == (3, 2)
        await pool.aclose()


async def test_who_waits_or_talks_and_is_cancelled_leaves_room(server: Loopback) -> None:
    server.routes["/never"] = Script(b"", delay=30)
    server.routes["/half"] = Script(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha", close=True)
    pool = pool_of(most=2)
    for _ in range(3):
        tasks = [asyncio.create_task(ask(pool, f"{server.url}/never")) for _ in range(5)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(httpcore2.RemoteProtocolError):
            await ask(pool, f"{server.url}/half")
    server.routes["/"] = reply(200, b"ok")
    async with asyncio.timeout(60):
        assert await asyncio.gather(*(ask(pool, server.url) for _ in range(4))) == [b"ok"] * 4
    await pool.aclose()


async def test_hosts_that_are_not_asked_again_make_room(server: Loopback) -> None:
    async with loopback() as other:
        pool = pool_of(most_idle=1)
        for _ in range(3):
            await ask(pool, server.url)
            await ask(pool, other.url)
        assert len(pool) == 1
        assert (server.connections, other.connections) == (3, 3)
        await pool.aclose()


async def test_a_large_body_arrives_whole(server: Loopback) -> None:
    server.routes["/"] = lambda seen: reply(200, str(len(seen.body)).encode())
    pool = pool_of()
    assert await ask(pool, server.url, b"x" * 5_000_000) == b"5000000"
    await pool.aclose()


async def test_an_answer_that_comes_before_the_body_was_read_is_heard() -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(early, "127.0.0.1", 0)
    pool = pool_of()
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await ask(pool, url, b"x" * 1000) == b"big"
    assert len(pool) == 0


async def test_connecting_takes_no_longer_than_allowed() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        connecting = [Stream.connect("127.0.0.1", port, 0.2) for _ in range(10)]
        made = await asyncio.gather(*connecting, return_exceptions=True)
        assert any(isinstance(each, httpcore2.ConnectTimeout) for each in made)
        for stream in made:
            if isinstance(stream, Stream):
                await stream.aclose()
        await asyncio.sleep(0)
