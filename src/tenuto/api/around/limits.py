"""How often one may call, and how many streams one may hold: per address before anything is looked up, and per key or person after."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from tenuto.core.access import Principal
from tenuto.core.errors import TooManyRequests, Unavailable

_kept_free = 256
"""Files that may be open beside streams: to the database, of calls, and of what goes out."""

_calls_for_a_registration = 50
"""How many ordinary calls an application that registers itself counts for: it leaves a row behind."""


class Limits:
    """Counts of one process, by the minute."""

    def __init__(
        self, *, address: int, caller: int, streams: int = 2_000, all_streams: int = 10_000, sign_in: int = 30, guesses: int = 60
    ) -> None:
        """Calls a minute: of one address, of one key or person, attempts to sign in and wrong secrets from one address.

        `streams` is how many a key or person may hold open at the same time, `all_streams` how many all of them; the latter also leaves
        files to open to everything else.
        """
        self._streams, self._all_streams = streams, min(all_streams, _most_files())
        self._held: Counter[str] = Counter()
        self._counts = FixedWindowRateLimiter(MemoryStorage())
        self._address = RateLimitItemPerMinute(address)
        self._caller = RateLimitItemPerMinute(caller)
        self._sign_in = RateLimitItemPerMinute(sign_in)
        self._guesses = RateLimitItemPerMinute(guesses)
        self._registrations = RateLimitItemPerMinute(max(1, address // _calls_for_a_registration))

    async def of_address(self, address: str) -> None:
        """Count a call. Raises `TooManyRequests`."""
        await self._count(self._address, "address", address)

    async def of_caller(self, principal: Principal) -> None:
        """Count a call. Raises `TooManyRequests`."""
        await self._count(self._caller, "caller", _named(principal))

    @property
    def open_streams(self) -> int:
        """How many are held, by whomever."""
        return self._held.total()

    def hold_stream(self, principal: Principal) -> Callable[[], None]:
        """Count a stream that is opened; answers how it is let go. Raises `TooManyRequests` and `Unavailable`."""
        who = _named(principal)
        if self._held[who] >= self._streams:
            raise TooManyRequests(
                f"More than {self._streams:,} streams are open.",
                fix="Close those that nobody looks at, or ask for a higher limit.",
                retry_after=10,
            )
        if self._held.total() >= self._all_streams:
            raise Unavailable(
                f"All {self._all_streams:,} streams of this process are open.", fix="Come back later, or to another server.", retry_after=10
            )
        self._held[who] += 1

        def let_go() -> None:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]

        return let_go

    async def of_sign_in(self, address: str) -> None:
        """Count an attempt to sign in. Raises `TooManyRequests`."""
        await self._count(self._sign_in, "sign-in", address)

    async def of_registration(self, address: str) -> None:
        """Count an application that registers itself. Raises `TooManyRequests`."""
        await self._count(self._registrations, "registration", address)

    async def of_guesses(self, address: str) -> None:
        """Nothing is answered to an address from which too many wrong secrets came. Raises `TooManyRequests`."""
        if not await self._counts.test(self._guesses, "guess", address):
            await self._count(self._guesses, "guess", address)

    async def count_guess(self, address: str) -> None:
        """Count a wrong secret. Raises `TooManyRequests`."""
        await self._count(self._guesses, "guess", address)

    async def _count(self, limit: RateLimitItem, what: str, who: str) -> None:
        if await self._counts.hit(limit, what, who):
            return
        window = await self._counts.get_window_stats(limit, what, who)
        wait = max(1.0, window.reset_time - time.time())
        raise TooManyRequests(
            f"More than {limit.amount:,} calls in a minute.", fix=f"Wait {wait:.0f} seconds, or ask for a higher limit.", retry_after=wait
        )


def _named(principal: Principal) -> str:
    return f"{principal.workspace}/{principal.kind}/{principal.id}"


def _most_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft - _kept_free) if soft != resource.RLIM_INFINITY else 1 << 30
