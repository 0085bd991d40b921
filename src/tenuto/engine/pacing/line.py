"""One limit as one process keeps to it: who waits, who goes next, and who is told to come back later."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from tenuto.core.errors import Unavailable
from tenuto.core.limits import Held, Lease, LimitKey, Place, Quota, Report
from tenuto.engine.pacing.turns import Turns
from tenuto.engine.ports import RateLimits
from tenuto.engine.steady import steady

short = 0.5
"""Seconds that a request waits in memory; one that must wait for longer is held."""
_probing = 0.25
"""Seconds that others wait for the answer to the first request to a vendor that nothing is known of yet."""
_chunk = 0.1
"""Seconds of the pace that are leased at a time, so that processes take turns."""
_nap = 2.0
_longest_pause = 60.0


class Permit(NamedTuple):
    """A request may go; `round` is the vendor's window it was leased in."""

    leased: bool
    round: int | None = None


class Line:
    """Those who want to send to one vendor with one account."""

    def __init__(self, key: LimitKey, limits: RateLimits, announce: Callable[[LimitKey], None]) -> None:
        """`announce` tells the other processes that there is something to keep to."""
        self._key = key
        self._limits = limits
        self._announce = announce
        self._turns: Turns[Permit] = Turns()
        self._governed = False
        self._free = False
        self._probe: asyncio.Event | None = None
        self._unleased = 0
        self._owed = 0
        self._lease = Lease(granted=0, governed=False)
        self._leased_at = 0.0
        self._stock = 0
        self._opens = 0.0
        self._reported_at = -math.inf
        self._pumping: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether it can be forgotten."""
        return not (self._governed or self._unleased or self._turns)

    async def admit(self, place: Place) -> Permit:
        """Wait for the permission to send. Raises `Held` where that takes longer than `short`."""
        if not self._governed:
            if not self._free:
                await self._after_probe()
            if not self._governed:
                self._unleased += 1
                return Permit(leased=False)
        now = time.monotonic()
        if self._stock and not self._turns:
            if now < self._leased_at + (self._lease.resets_in or 0) - _nap:
                self._stock -= 1
                return Permit(leased=True, round=self._lease.round)
            self._stock = 0
        if not place.begun and (wait := self._opens - now) > short:
            raise self._held(place, wait)
        waiter: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._turns.add(place, waiter)
        if self._pumping is None:
            self._pumping = asyncio.create_task(self._pump(), name=f"limit {self._key.name}")
        return await waiter

    async def heard(self, permit: Permit, quota: Quota | None) -> None:
        """Learn from the answer to a request that was admitted."""
        if not permit.leased:
            self._unleased -= 1
        if quota is not None and self._tells(quota, permit):
            await self._report(Report(quota, permit.round, self._unleased))
        elif not self._governed:
            self._free = True
        self._end_probe()

    def lost(self, permit: Permit) -> None:
        """There is no answer to learn from."""
        if not permit.leased:
            self._unleased -= 1
        self._end_probe()

    async def unused(self, permit: Permit) -> None:
        """The request never left: somebody else may send in its place."""
        self.lost(permit)
        if permit.leased:
            with suppress(Unavailable):  # then it counts, as if it had been sent
                await self._limits.give_back(self._key, permit.round)
                self._opens = 0.0

    def govern(self) -> None:
        """Another process has found a limit, or that it has changed."""
        if not self._governed:
            # What has left already was leased by nobody: it is taken off with the next lease.
            self._governed, self._owed = True, self._unleased
        self._opens = 0.0

    def refusal(self, place: Place, seconds: float) -> Held:
        """When somebody whom the vendor has refused comes back: as it says, and ever later."""
        wait = max(seconds, min(2.0**place.refused, _longest_pause))
        return Held(self._key.name, self._turns.appointment(place, wait, self._lease.pace), refused=True)

    async def _after_probe(self) -> None:
        """The first request goes alone, so that its answer can tell of a limit before there is a crowd beyond it."""
        if self._probe is None:
            self._probe = asyncio.Event()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._probe.wait(), _probing)

    def _end_probe(self) -> None:
        if self._probe is not None:
            self._probe.set()
            self._probe = None

    def _tells(self, quota: Quota, permit: Permit) -> bool:
        """Whether all have to know of it."""
        now, lease = time.monotonic(), self._lease
        if quota.refused is not None:
            return self._opens < now + quota.refused - short
        if quota.resets_in is None and quota.rolling is None:
            return False
        if not self._governed:
            return True
        if permit.round != lease.round or quota.resets_in is None or now < self._reported_at + _chunk:
            return False
        ends = self._leased_at + (lease.resets_in or math.inf)
        less = lease.remaining is None or (quota.remaining is not None and quota.remaining < lease.remaining)
        return less or not lease.told or now + quota.resets_in < ends - _probing

    async def _report(self, report: Report) -> None:
        self._reported_at = time.monotonic()
        new = not self._governed
        self._governed = True
        try:
            lease = await self._limits.report(self._key, report)
        except Unavailable:
            self._governed = not new  # learnt again from the next answer
            return
        self._take(lease)
        if new or report.quota.refused is not None:
            self._announce(self._key)

    def _take(self, lease: Lease) -> None:
        if lease.round != self._lease.round:
            self._stock = 0
        self._lease, self._leased_at = lease, time.monotonic()
        self._opens = self._leased_at + lease.wait if lease.wait else 0.0
        if not lease.governed:
            # Nothing is to be kept to any more; whether there is a limit after all is found out anew.
            self._governed = self._free = False

    def _wanted(self) -> int:
        chunk = math.ceil((self._lease.pace or 10 / _chunk) * _chunk)
        return max(min(len(self._turns), chunk), (self._lease.remaining or 0) // 50)

    async def _pump(self) -> None:
        """Lease and serve until nobody waits."""
        try:
            while self._turns:
                wanted = self._wanted() + self._owed
                lease = await steady(lambda wanted=wanted: self._limits.lease(self._key, wanted))
                self._take(lease)
                owed, self._owed = self._owed, max(0, self._owed - lease.granted)
                self._stock += max(0, lease.granted - owed)
                self._serve()
                if lease.wait and self._turns:
                    self._put_off(lease)
                    await asyncio.sleep(min(lease.wait, _nap))
        except Exception as error:
            self._turns.fail(error)
            raise
        finally:
            self._pumping = None

    def _serve(self) -> None:
        for waiter in self._next():
            if not waiter.done():
                waiter.set_result(Permit(leased=self._lease.governed, round=self._lease.round))
                if self._lease.governed:
                    self._stock -= 1
                else:
                    self._unleased += 1

    def _next(self) -> Iterator[asyncio.Future[Permit]]:
        while self._turns and (self._stock > 0 or not self._lease.governed):
            yield self._turns.next()

    def _put_off(self, lease: Lease) -> None:
        """Hold those whose turn comes later than `short`; whoever has begun keeps waiting."""
        for ahead, (place, waiter) in enumerate(self._turns.inspect()):
            wait = lease.wait + (ahead / lease.pace if lease.pace else 0)
            if wait > short and not place.begun:
                self._turns.remove(place, waiter)
                if not waiter.done():
                    waiter.set_exception(self._held(place, lease.wait))

    def _held(self, place: Place, wait: float) -> Held:
        return Held(self._key.name, self._turns.appointment(place, wait, self._lease.pace))
