"""Large values that nobody keeps: those of a trial, which are shown by their beginning and forgotten."""

from __future__ import annotations

from collections.abc import Collection

from tenuto.core.blob import Blob
from tenuto.core.execution import ExecutionId


class Held:
    """Satisfies `Blobs` in memory."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    async def write(self, run: ExecutionId, digest: bytes, data: bytes) -> None:
        """Keep the bytes."""
        del run
        self._held[digest.hex()] = data

    async def read(self, run: ExecutionId, blob: Blob) -> bytes:
        """The bytes."""
        del run
        return self._held[blob.digest]

    async def sweep(self, run: ExecutionId, named: Collection[bytes], head: int) -> None:
        """Nothing is kept longer than this lives."""
        del run, named, head
