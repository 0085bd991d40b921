"""The sleeps of one program: begun in the log, over when their time has come, whoever looks then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from tenuto.core.events import StepStarted
from tenuto.engine.code.partings import Host

_longest = timedelta(days=3660)
_short = 1.0
"""A sleep of less than this many seconds is waited for here; a longer one costs no process."""


class Naps:
    """Those that are not over."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sleeping: dict[int, tuple[datetime, StepStarted]] = {}

    def started(self, number: int, name: str, seconds: float, digest: str) -> StepStarted:
        """The beginning of a sleep, to be recorded."""
        steps = self._host.steps
        until = self._host.clock() + timedelta(seconds=seconds)
        event = StepStarted(
            node=steps.node,
            attempt=steps.attempt,
            step=name,
            key=f"{steps.key}:{number}",
            effect="pure",
            input={"seconds": seconds, "until": until.isoformat()},
            digest=digest,
        )
        steps.keep(event)
        return event

    def dream(self, number: int, started: StepStarted) -> None:
        """A sleep that has begun is waited for."""
        said = started.input if isinstance(started.input, dict) else {}
        self._sleeping[number] = (datetime.fromisoformat(str(said["until"])) if "until" in said else _long_ago, started)

    async def wake(self) -> None:
        """Record the sleeps that are over, in the order of their ends."""
        now = self._host.clock()
        for until, number in sorted((until, number) for number, (until, _) in self._sleeping.items()):
            if until > now:
                break
            _, started = self._sleeping.pop(number)
            await self._host.steps.remember(started.step, digest=started.digest)

    def rest(self) -> float:
        """Seconds until the first sleep is over; infinite where nobody sleeps."""
        until = self._first()
        return math.inf if until is None else max(0.0, (until - self._host.clock()).total_seconds())

    def long(self) -> datetime | None:
        """When the first sleep is over, if that is not soon."""
        return self._first() if _short < self.rest() < math.inf else None

    def clear(self) -> None:
        """Nobody waits for them."""
        self._sleeping.clear()

    def _first(self) -> datetime | None:
        return min((until for until, _ in self._sleeping.values()), default=None)


_long_ago = datetime.min.replace(tzinfo=UTC)


def seconds_of(args: Sequence[JsonValue]) -> float:
    """How long a sleep is, from its arguments. Raises `ValueError`."""
    seconds = args[0] if args else 0
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise ValueError("a number of seconds is needed")
    if seconds > _longest.total_seconds():
        raise ValueError("nobody sleeps longer than ten years")
    return max(0.0, float(seconds))
