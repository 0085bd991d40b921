"""When a schedule is due: slots of a cron expression in a time zone, or of an interval aligned to the epoch.

Where clocks are set forward, a slot of fixed time (minute and hour are no wildcards) inside the gap comes at its end; where they are
set back, it comes once, the first time. Wildcards (`*/15 * * * *`) follow real time and come in both hours. So does Debian's cron.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_unreadable = (CronSimError, AssertionError, ValueError, TypeError)
"""What the library raises for expressions that it cannot read."""


def check_cron(expression: str) -> None:
    """Raises ValueError, which says what is wrong, for what is no cron expression or has no slot in fifty years."""
    try:
        found = next(CronSim(expression, _epoch), None)
    except _unreadable as error:
        raise ValueError(f'"{expression}" is no cron expression: {str(error).lower() or "it cannot be read"}') from None
    if found is None:
        raise ValueError(f'"{expression}" never comes')


def next_slot(after: datetime, *, cron: str | None = None, every: timedelta | None = None, timezone: str = "UTC") -> datetime | None:
    """The first slot later than an aware time, in UTC; None where there is none in fifty years. The expression was checked before."""
    if every is not None:
        return after + (every - (after - _epoch) % every)
    if cron is None:
        raise ValueError("a schedule has a cron expression or an interval")
    local = after.astimezone(UTC if timezone == "UTC" else ZoneInfo(timezone))
    for slot in CronSim(cron, local):
        # In the hour that clocks repeat, the library counts from its first pass.
        if (found := slot.astimezone(UTC)) > after:
            return found
    return None


def slots(after: datetime, *, cron: str | None = None, every: timedelta | None = None, timezone: str = "UTC") -> Iterator[datetime]:
    """Every slot later than a time, in order."""
    slot: datetime | None = after
    while (slot := next_slot(slot, cron=cron, every=every, timezone=timezone)) is not None:
        yield slot
