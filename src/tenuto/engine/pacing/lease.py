"""Nothing leaves a process that the others may have taken for dead: it may have been stopped, or asleep, between a commit and a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.run import Fenced
from tenuto.engine.ports import Sender


class Leased:
    """A `Sender` for as long as `alive` holds; then it raises `Fenced`, and the run is dropped where it stands.

    Between this look and the first byte on the wire remain some milliseconds, as with every lease; a vendor that takes the idempotency
    key closes those as well.
    """

    def __init__(self, sender: Sender, alive: Callable[[], bool]) -> None:
        self._sender = sender
        self._alive = alive

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """As the sender. Raises `Fenced`."""
        self._look()
        return await self._sender.send(request, ticket)

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        """As the sender. Raises `Fenced`."""
        self._look()
        async with aclosing(self._sender.stream(request, ticket)) as pieces:
            async for piece in pieces:
                yield piece

    def _look(self) -> None:
        if not self._alive():
            raise Fenced("this process has not been heard of for too long")
