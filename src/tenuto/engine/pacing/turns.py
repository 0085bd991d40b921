"""Whose turn it is: those who have begun first, then one of each line in turn; and appointments for those who come back later."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

from tenuto.core.limits import Place

_assumed = 10.0
"""Appointments a second where nobody knows how many requests will be allowed."""

T = TypeVar("T")
_Waiter: TypeAlias = "tuple[Place, asyncio.Future[T]]"


class Turns(Generic[T]):
    """A queue for each line, served in rotation."""

    def __init__(self) -> None:
        self._begun: deque[_Waiter[T]] = deque()
        self._lines: dict[str, deque[_Waiter[T]]] = {}
        self._booked: dict[tuple[str, bool], float] = {}

    def __len__(self) -> int:
        return len(self._begun) + sum(len(line) for line in self._lines.values())

    def add(self, place: Place, waiter: asyncio.Future[T]) -> None:
        """Stand in line."""
        queue = self._begun if place.begun else self._lines.setdefault(place.line, deque())
        queue.append((place, waiter))

    def next(self) -> asyncio.Future[T]:
        """Whose turn it is. Raises `IndexError` where nobody waits."""
        if self._begun or not self._lines:
            return self._begun.popleft()[1]
        name, line = next(iter(self._lines.items()))
        _, waiter = line.popleft()
        del self._lines[name]
        if line:
            self._lines[name] = line  # at the end of the rotation
        return waiter

    def inspect(self) -> Sequence[_Waiter[T]]:
        """All that wait, in the order in which they will be served."""
        rows = [list(line) for line in self._lines.values()]
        longest = max((len(row) for row in rows), default=0)
        return [*self._begun, *(row[i] for i in range(longest) for row in rows if i < len(row))]

    def remove(self, place: Place, waiter: asyncio.Future[T]) -> None:
        """Stand in line no more."""
        line = self._lines[place.line]
        line.remove((place, waiter))
        if not line:
            del self._lines[place.line]

    def fail(self, error: Exception) -> None:
        """Tell all of them."""
        for _, waiter in self.inspect():
            if not waiter.done():
                waiter.set_exception(error)
        self._begun.clear()
        self._lines.clear()

    def appointment(self, place: Place, wait: float, pace: float | None) -> float:
        """In how many seconds somebody has to come back: one after the other in each line, so that not all come back at once.

        A line does not know of the others, nor of those in other processes; who comes in vain gets an appointment among the first.
        """
        now = time.monotonic()
        mine = place.line, place.again
        at = max(now + wait, self._booked.get(mine, 0.0))
        self._booked = {name: until for name, until in self._booked.items() if until > now}
        self._booked[mine] = at + 1 / (pace or _assumed)
        return at - now
