"""How often one may call: counted per address before anything is looked up, and per key or person after."""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from tenuto.core.access import Principal
from tenuto.core.errors import TooManyRequests


class Limits:
    """Counts of one process, by the minute."""

    def __init__(self, *, address: int, caller: int, sign_in: int = 30, guesses: int = 60) -> None:
        """Calls a minute: of one address, of one key or person, attempts to sign in and wrong secrets from one address."""
        self._counts = FixedWindowRateLimiter(MemoryStorage())
        self._address = RateLimitItemPerMinute(address)
        self._caller = RateLimitItemPerMinute(caller)
        self._sign_in = RateLimitItemPerMinute(sign_in)
        self._guesses = RateLimitItemPerMinute(guesses)

    async def of_address(self, address: str) -> None:
        """Count a call. Raises `TooManyRequests`."""
        await self._count(self._address, "address", address)

    async def of_caller(self, principal: Principal) -> None:
        """Count a call. Raises `TooManyRequests`."""
        await self._count(self._caller, "caller", f"{principal.workspace}/{principal.kind}/{principal.id}")

    async def of_sign_in(self, address: str) -> None:
        """Count an attempt to sign in. Raises `TooManyRequests`."""
        await self._count(self._sign_in, "sign-in", address)

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
