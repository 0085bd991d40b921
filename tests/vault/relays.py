"""The embedded PostgreSQL as a customer's database: reached by TCP on loopback, with a password, and with TLS where a test wants it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import asyncpg

from tenuto.store.server.embedded import Embedded

password = "pa%ss word+/Zx9=that must not be seen"
_ssl_request = bytes.fromhex("0000000804d2162f")


@dataclass
class Customer:
    """A database of somebody else: its URL as a base URL has it, and a way in for tests."""

    port: int
    database: str
    dsn: str
    user: str = "customer"

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/{self.database}"

    async def rows(self, question: str, *values: object) -> list[asyncpg.Record]:
        """As its owner."""
        link = await asyncpg.connect(self.dsn)
        try:
            return await link.fetch(question, *values)
        finally:
            await link.close()


async def admit(server: Embedded, dsn: str) -> None:
    """Let `customer` in with its password only, and let it do everything in this database."""
    rules = server.cluster.data / "pg_hba.conf"
    rule = "local all customer scram-sha-256\n"
    if rule not in rules.read_text():
        rules.write_text(rule + rules.read_text())
    link = await asyncpg.connect(dsn)
    try:
        await link.execute("select pg_reload_conf()")
        if not await link.fetchval("select true from pg_roles where rolname = 'customer'"):
            await link.execute(f"create role customer login password '{password}'")
        await link.execute("grant all on schema public to customer")
    finally:
        await link.close()


@contextlib.asynccontextmanager
async def customer(server: Embedded, dsn: str, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Customer]:
    """The database of `dsn` at a port of loopback; with `tls` the way there is encrypted, and a session without it is not begun."""
    await admit(server, dsn)
    database = dsn.partition("@/")[2].partition("?")[0]
    path = str(server.cluster.socket_folder / ".s.PGSQL.5432")
    tasks: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            first = await reader.readexactly(8)
            if first == _ssl_request:
                writer.write(b"S" if tls else b"N")
                await writer.drain()
                first = b""
                if tls:
                    # As PostgreSQL does from 17 on: who names protocols, and not its own, is refused (RFC 7301, 3.2).
                    tls.set_alpn_protocols(["postgresql", "http/1.1"])
                    await writer.start_tls(tls)
                    if writer.get_extra_info("ssl_object").selected_alpn_protocol() not in (None, "postgresql"):
                        return
            elif tls:
                return
            theirs, ours = await asyncio.open_unix_connection(path)
            ends.append(ours)
            ours.write(first)
            await asyncio.gather(_copied(theirs, writer), _copied(reader, ours))
        except (OSError, EOFError):
            return
        finally:
            for each in ends:
                each.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(relay(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield Customer(listening.sockets[0].getsockname()[1], database, dsn)
    finally:
        listening.close()
        ending = list(tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await asyncio.sleep(0.01)  # what was cut off is told to the streams


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
