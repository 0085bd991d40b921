"""Connections to addresses that were checked before: asyncio's streams for httpcore2, and a pool that finds one at once.

httpcore2's own pool looks at every connection for every request, and its sockets write the head and the body of a request one by
one; at 50 requests in flight that is half of the door's time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import httpcore2

Origin = tuple[bytes, bytes, int]

_most_unsent = 64 * 1024


class Stream(httpcore2.AsyncNetworkStream):
    """A connection on asyncio's streams. What is written leaves with the next read, or when it has grown large."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._unsent = bytearray()

    @classmethod
    async def connect(cls, address: str, port: int, seconds: float | None) -> Stream:
        """Connect to an address, never to a name. Raises httpcore2's `ConnectTimeout` and `ConnectError`."""
        try:
            async with asyncio.timeout(seconds):
                return cls(*await asyncio.open_connection(address, port))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error
        except OSError as error:
            raise httpcore2.ConnectError from error

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore2's signature
        try:
            async with asyncio.timeout(timeout):
                with suppress(ConnectionError):  # the server may have answered before it stopped listening
                    await self._flush()
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error
        except OSError as error:
            raise httpcore2.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore2's signature
        self._unsent += buffer
        if len(self._unsent) < _most_unsent:
            return
        try:
            async with asyncio.timeout(timeout):
                await self._flush()
        except TimeoutError as error:
            raise httpcore2.WriteTimeout from error
        except OSError as error:
            raise httpcore2.WriteError from error

    async def aclose(self) -> None:
        """Close at once: what was not sent is not sent any more, and no farewell is waited for."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException as error:
            self._writer.transport.abort()
            if isinstance(error, TimeoutError):
                raise httpcore2.ConnectTimeout from error
            if isinstance(error, OSError):
                raise httpcore2.ConnectError from error
            raise
        return self

    def get_extra_info(self, info: str) -> object:
        """What httpcore2 asks for. An idle connection is `is_readable` when the server has closed it or talks out of turn."""
        match info:
            case "ssl_object":
                return self._writer.get_extra_info("ssl_object")
            case "server_addr":
                return self._writer.get_extra_info("peername")
            case "is_readable":
                return self._reader.at_eof() or self._writer.transport.is_closing() or bool(self._reader.exception())
            case _:
                return None

    async def _flush(self) -> None:
        if self._unsent:
            self._writer.write(bytes(self._unsent))
            self._unsent.clear()
            await self._writer.drain()


class Pool:
    """Connections by origin. The one that was used last is taken first; the oldest idle one goes when there are too many."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend, tls: ssl.SSLContext, *, most: int, most_idle: int, idle: float) -> None:
        """`most` connections at once (more requests wait), `most_idle` kept for `idle` seconds at most."""
        self._backend, self._tls = backend, tls
        self._room = asyncio.Semaphore(most)
        self._most_idle, self._seconds = most_idle, idle
        self._idle: OrderedDict[httpcore2.AsyncHTTPConnection, Origin] = OrderedDict()
        self._free: dict[Origin, list[httpcore2.AsyncHTTPConnection]] = {}

    def __len__(self) -> int:
        """How many connections are idle."""
        return len(self._idle)

    async def send(self, request: httpcore2.Request) -> tuple[httpcore2.Response, Body]:
        """The answer's head, and its body, which has to be closed."""
        origin = request.url.origin
        key = origin.scheme, origin.host, origin.port
        await self._room.acquire()
        connection = None
        try:
            connection = await self._take(key) or self._new(origin)
            response = await connection.handle_async_request(request)
        except BaseException:
            self._room.release()
            if connection:
                await connection.aclose()
            raise
        return response, Body(self, key, connection, response)

    async def aclose(self) -> None:
        """Close every idle connection; those in use close when their answers do."""
        self._most_idle = 0
        await self._trim()

    async def give_back(self, key: Origin, connection: httpcore2.AsyncHTTPConnection) -> None:
        """Keep a connection for the next request to its origin, if it can take one."""
        self._room.release()
        if connection.is_idle() and not connection.has_expired():
            self._idle[connection] = key
            self._free.setdefault(key, []).append(connection)
        else:
            await connection.aclose()
        await self._trim()

    def _new(self, origin: httpcore2.Origin) -> httpcore2.AsyncHTTPConnection:
        return httpcore2.AsyncHTTPConnection(origin, ssl_context=self._tls, keepalive_expiry=self._seconds, network_backend=self._backend)

    async def _take(self, key: Origin) -> httpcore2.AsyncHTTPConnection | None:
        free = self._free.get(key, [])
        while free:
            connection = free.pop()
            del self._idle[connection]
            if connection.is_idle() and not connection.has_expired():
                return connection
            await connection.aclose()
        self._free.pop(key, None)
        return None

    async def _trim(self) -> None:
        """Close the oldest while there are too many, or while they have expired."""
        while self._idle:
            connection, key = next(iter(self._idle.items()))
            if len(self._idle) <= self._most_idle and not connection.has_expired():
                return
            del self._idle[connection]
            self._free[key].remove(connection)
            if not self._free[key]:
                del self._free[key]
            await connection.aclose()


class Body:
    """The body of an answer as it comes; closing it gives the connection back."""

    def __init__(self, pool: Pool, key: Origin, connection: httpcore2.AsyncHTTPConnection, response: httpcore2.Response) -> None:
        self._pool, self._key, self._connection, self._response = pool, key, connection, response
        self._open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._response.aiter_stream()) as parts:
            async for part in parts:
                yield part

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            try:
                await self._response.aclose()
            finally:  # also when whoever waits is cancelled here: the place in the pool must not be lost
                await self._pool.give_back(self._key, self._connection)
