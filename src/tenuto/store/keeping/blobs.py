"""Large values of runs: in compressed parts beside the log, found by their SHA-256; satisfies the engine's `Blobs`."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from io import BytesIO
from typing import Protocol

from tenuto.core.blob import Blob, chunk_size
from tenuto.core.errors import Damaged
from tenuto.core.execution import ExecutionId
from tenuto.store.database import Database
from tenuto.store.door import reaching_database

_at_once = 4
"""Parts on their way at the same time: what a value costs in memory beyond itself."""
_packed, _raw = b"\x01", b"\x00"

_write = """
insert into blobs (workspace, execution_id, sha256, n, body)
select $1, $2, $3, x.n, x.body from unnest($4::int[], $5::bytea[]) as x(n, body)
on conflict do nothing
"""
_parts = "select count(*) from blobs where workspace = $1 and execution_id = $2 and sha256 = $3"
_read = "select n, body from blobs where workspace = $1 and execution_id = $2 and sha256 = $3 and n >= $4 order by n limit $5"
_sweep = """
with ended as materialized (
    select 1 from executions
    where workspace = $1 and id = $2 and finished_at is not null and owner is null and head = $4 for no key update
)
delete from blobs where workspace = $1 and execution_id = $2 and not sha256 = any($3::bytea[]) and exists (select 1 from ended)
"""
"""While the row is locked nobody claims the run, so that one that is taken up again writes nothing that would be swept; and one that was
taken up and has ended again has events that whoever sweeps does not know."""
_copy = """
insert into blobs (workspace, execution_id, sha256, n, body)
select workspace, $3, sha256, n, body from blobs where workspace = $1 and execution_id = $2 and ($4::bytea[] is null or sha256 = any($4))
on conflict do nothing
"""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Blobs:
    """Writes and reads them. A value is whole before any event names it; what no event names is swept when its run ends.

    A part is stored as one byte that says how, its CRC-32, and its bytes: compressed where that makes them fewer.
    """

    def __init__(self, database: Database, tick: Callable[[], None] | None = None) -> None:
        """`tick` is called after every commit."""
        self._database = database
        self._tick = tick or (lambda: None)

    async def write(self, run: ExecutionId, digest: bytes, data: bytes) -> None:
        """Keep the bytes, unless this run has them already; again after a break is safe. Raises `Unavailable`."""
        parts = max(1, -(-len(data) // chunk_size))
        with reaching_database():
            there = await self._database.pool.fetchval(_parts, run.workspace, run.id, digest)
        if there == parts:
            return
        for first in range(0, parts, _at_once):
            numbers = list(range(first, min(first + _at_once, parts)))
            bodies = await asyncio.to_thread(_pack, data, numbers)
            with reaching_database():
                await self._database.pool.execute(_write, run.workspace, run.id, digest, numbers, bodies)
            self._tick()

    async def read(self, run: ExecutionId, blob: Blob) -> bytes:
        """All of it. Raises `Damaged` where it is not what was written, and `Unavailable`."""
        data = BytesIO()  # whose bytes are handed out without a copy
        async for part in self.stream(run, blob):
            data.write(part)
        return data.getvalue()

    async def stream(self, run: ExecutionId, blob: Blob) -> AsyncGenerator[bytes]:
        """Its bytes, a part at a time; the last one comes only if the whole is what was written. Raises like `read`."""
        parts = max(1, -(-blob.size // chunk_size))
        digest, whole, size = bytes.fromhex(blob.digest), hashlib.sha256(), 0
        for first in range(0, parts, _at_once):
            wanted = min(_at_once, parts - first)
            with reaching_database():
                rows = await self._database.pool.fetch(_read, run.workspace, run.id, digest, first, wanted)
            if [row["n"] for row in rows] != list(range(first, first + wanted)):
                raise _damaged(blob, "a part of it is missing")
            for row in rows:
                part = await asyncio.to_thread(_unpack, row["body"], whole)
                size += len(part) if part is not None else 0
                last = row["n"] == parts - 1
                if part is None or (last and (size != blob.size or whole.digest() != digest)):
                    raise _damaged(blob, f"part {row['n'] + 1} of {parts} has changed")
                yield part

    async def sweep(self, run: ExecutionId, named: Collection[bytes], head: int) -> None:
        """Delete what no event of a run that has ended at `head` names: written just before a process stopped. Raises `Unavailable`."""
        with reaching_database():
            await self._database.pool.execute(_sweep, run.workspace, run.id, list(named), head)

    async def copy(self, source: ExecutionId, target: ExecutionId, only: Sequence[bytes] | None = None) -> None:
        """Give a run of the same workspace the values of another one (or those of these digests). Raises `Unavailable`."""
        with reaching_database():
            await self._database.pool.execute(_copy, source.workspace, source.id, target.id, only)
        self._tick()


def _pack(data: bytes, numbers: Sequence[int]) -> list[bytes]:
    packed: list[bytes] = []
    for n in numbers:
        part = memoryview(data)[n * chunk_size : (n + 1) * chunk_size]
        small = zlib.compress(part, 1)
        how, body = (_packed, small) if len(small) < len(part) else (_raw, bytes(part))
        packed.append(how + zlib.crc32(body).to_bytes(4) + body)
    return packed


def _unpack(stored: bytes, whole: _Digest) -> bytes | None:
    """A part as it was written, taken into the digest of the whole; None for one that has changed."""
    how, check, body = stored[:1], stored[1:5], stored[5:]
    if how not in (_packed, _raw) or zlib.crc32(body).to_bytes(4) != check:
        return None
    if how == _packed:
        unpacking = zlib.decompressobj()
        try:
            body = unpacking.decompress(body, chunk_size)
        except zlib.error:
            return None
        if unpacking.unconsumed_tail:
            return None
    whole.update(body)
    return body


def _damaged(blob: Blob, what: str) -> Damaged:
    return Damaged(
        f"The stored value {blob.digest[:12]}… ({blob.size:,} bytes) cannot be read: {what}.",
        fix="Restore the database from a backup, or run the workflow again.",
    )
