"""Group commit: whatever waits goes out in one statement; a batch grows under load and never waits for a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
A = TypeVar("A")


class Batch(Generic[T, A]):
    """Collects items and flushes them together; one flush at a time.

    `flush` answers in the order of its items, an exception standing for an item that failed. A flush that raises is
    repeated one item at a time, so that only the culprit fails.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[T]], Awaitable[Sequence[A | BaseException]]],
        *,
        limit: int = 400,
        weigh: Callable[[T], int] = lambda _: 0,
        heaviest: int = 8 * 1024 * 1024,
    ) -> None:
        """A flush takes at most `limit` items, which weigh (in bytes) at most `heaviest` together, but always one."""
        self._flush = flush
        self._limit = limit
        self._weigh = weigh
        self._heaviest = heaviest
        self._waiting: deque[tuple[T, asyncio.Future[A]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def submit(self, item: T) -> asyncio.Future[A]:
        """Hand an item in; resolves when it is committed, with what the flush says of it. Items keep their order."""
        if self._closed:
            raise RuntimeError("the batch is closed")
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="batch")
        return future

    async def close(self) -> None:
        """Flush what waits and accept nothing more."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _drain(self) -> None:
        # One turn of the loop lets everybody who is about to hand something in do so.
        await asyncio.sleep(0)
        try:
            while self._waiting:
                await self._flush_all(self._take())
        finally:
            self._task = None

    def _take(self) -> list[tuple[T, asyncio.Future[A]]]:
        taken = [self._waiting.popleft()]
        weight = self._weigh(taken[0][0])
        while self._waiting and len(taken) < self._limit:
            weight += self._weigh(self._waiting[0][0])
            if weight > self._heaviest:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _flush_all(self, taken: Sequence[tuple[T, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._flush([item for item, _ in taken])
        except Exception as error:
            if len(taken) > 1:
                for one in taken:
                    await self._flush_all([one])
                return
            answers = [error]
        for (_, future), answer in zip(taken, answers, strict=True):
            if future.cancelled():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
