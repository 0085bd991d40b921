"""Places for programs that are under way: a few, of which one that only waits is given up when somebody else wants it."""

from __future__ import annotations

import asyncio
from collections import deque


class Seat:
    """A place: whoever has it may keep a process."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        """Set where somebody waits for a place and this one's holder does nothing with it."""
        self.idle = False


class Seats:
    """A bounded number of seats, given in the order in which they were asked for."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._taken: dict[Seat, None] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> Seat:
        """A seat; waits for one."""
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        seat = Seat()
        self._taken[seat] = None
        return seat

    def leave(self, seat: Seat) -> None:
        """Give a seat back; once is enough."""
        if self._taken.pop(seat, seat) is None:
            self._pass_on()

    def rest(self, seat: Seat) -> None:
        """The holder waits for something outside: the seat may be asked for."""
        seat.idle = True
        self._ask()

    def work(self, seat: Seat) -> None:
        """The holder goes on."""
        seat.idle = False

    async def _turn(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._ask()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self._waiting.remove(turn)
            else:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _ask(self) -> None:
        """Have as many idle holders leave as there are others who wait."""
        asked = sum(seat.wanted.is_set() for seat in self._taken)
        for seat in self._taken:
            if asked >= len(self._waiting):
                return
            if seat.idle and not seat.wanted.is_set():
                seat.wanted.set()
                asked += 1
