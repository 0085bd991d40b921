"""Large values that were looked into lately, as they were decoded."""

from __future__ import annotations

from collections import OrderedDict

from pydantic import JsonValue

from tenuto.core.blob import Reference
from tenuto.core.execution import ExecutionId


class Cache:
    """The values looked into lately, of all runs of a process, as they were decoded."""

    def __init__(self, most: int = 16 * 1024 * 1024) -> None:
        """`most` bytes of JSON altogether; one value may be a quarter of that."""
        self._most = most
        self._held: OrderedDict[tuple[ExecutionId, str], tuple[JsonValue, int]] = OrderedDict()
        self._size = 0

    def get(self, run: ExecutionId, found: Reference) -> JsonValue:
        """The value, or None: no large value is null."""
        key = (run, found.blob.digest)
        if (held := self._held.get(key)) is None:
            return None
        self._held.move_to_end(key)
        return held[0]

    def put(self, run: ExecutionId, found: Reference, value: JsonValue) -> None:
        """Hold it for a while, if it is not too large for that."""
        key, size = (run, found.blob.digest), found.blob.size
        if size > self._most // 4 or key in self._held:
            return
        self._held[key] = (value, size)
        self._size += size
        while self._size > self._most:
            _, (_, gone) = self._held.popitem(last=False)
            self._size -= gone
