"""Ten thousand schedules, three schedulers, and a clock that jumps across the changes of two time zones: each slot fires once.

What should fire is enumerated apart from the product: minute by minute in UTC, read on the wall's clock, by Debian's rules.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tests.services.triggers.clockwork import Clock, clockwork
from tests.services.triggers.scheduler import ended

from tenuto.core.schedule import next_slot
from tenuto.services.triggers.install import trigger_id
from tenuto.store.database import Database

pytestmark = pytest.mark.slow

schedules, schedulers, per_workflow = 10_000, 3, 500
zones = ("Europe/Berlin", "America/New_York")
windows = [
    (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=UTC)),  # Berlin goes back at 01:00 UTC
    (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), datetime(2026, 11, 1, 8, 0, tzinfo=UTC)),  # New York goes back at 06:00 UTC
    (datetime(2027, 3, 14, 5, 0, tzinfo=UTC), datetime(2027, 3, 14, 9, 0, tzinfo=UTC)),  # New York goes on at 07:00 UTC
    (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), datetime(2027, 3, 28, 3, 0, tzinfo=UTC)),  # Berlin goes on at 01:00 UTC
]


def cron_of(number: int) -> tuple[str, str]:
    """(expression, zone): three quarters at a fixed time in the hours that matter, the others every two hours."""
    zone = zones[number % 2]
    minute, hour = number // 2 % 60, 1 + number // 120 % 3
    return (f"{minute} */2 * * *" if number % 8 >= 6 else f"{minute} {hour} * * *"), zone


def expected(number: int) -> Iterator[str]:
    """The slots of a schedule in all windows, found without a cron library."""
    expression, name = cron_of(number)
    minute, hours = int(expression.split()[0]), expression.split()[1]
    zone = ZoneInfo(name)
    for begin, end in windows:
        found: set[datetime] = set()
        at = begin + timedelta(minutes=1)
        while at <= end:
            wall = at.astimezone(zone)
            if hours == "*/2":
                if wall.minute == minute and wall.hour % 2 == 0:
                    found.add(at)
            elif ((wall.hour, wall.minute) == (int(hours), minute) and wall.fold == 0) or (
                wall.minute == wall.second == 0 and _in_gap(at, zone, int(hours), minute)
            ):
                found.add(at)
            at += timedelta(minutes=1)
        yield from (slot.isoformat().replace("+00:00", "Z") for slot in found)


def _in_gap(at: datetime, zone: ZoneInfo, hour: int, minute: int) -> bool:
    """Whether the clock jumps to this moment over the given time of day."""
    before, now = (at - timedelta(minutes=1)).astimezone(zone), at.astimezone(zone)
    jumped = now.replace(tzinfo=None) - before.replace(tzinfo=None) > timedelta(minutes=1)
    return jumped and before.hour * 60 + before.minute < hour * 60 + minute < now.hour * 60 + now.minute


async def test_each_slot_of_ten_thousand_schedules_fires_once(database: Database, dsn: str) -> None:
    clock = Clock(windows[0][0])
    link = await asyncpg.connect(dsn)
    await link.execute("create table test_clock (at timestamptz not null)")
    await link.execute("insert into test_clock values ($1)", clock.at)
    async with clockwork(database, dsn, clock) as works:
        for first in range(0, schedules, per_workflow):
            numbers = range(first, first + per_workflow)
            timed = [
                {"id": f"t{n}", "cron": cron_of(n)[0], "timezone": cron_of(n)[1], "overlap": "allow", "catch_up": "P1D"} for n in numbers
            ]
            await works.publish(*timed, id=f"w{first}")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.services.triggers.scheduler", dsn, cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE
        )
        for _ in range(schedulers)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), 120) == b"ready\n"
        async with asyncio.timeout(400):
            for begin, end in windows:
                # To where nothing is due for a while, and then in jumps through the hours in question.
                await _skip_to(link, begin)
                for at in (begin + timedelta(minutes=40), begin + timedelta(minutes=150), begin + timedelta(minutes=155), end):
                    await _jump(link, at)
        await link.execute("update test_clock set at = $1", ended)
        assert [await asyncio.wait_for(process.wait(), 60) for process in processes] == [0] * schedulers
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
    fired = await _fired(link)
    wanted = {trigger_id(1, f"w{n // per_workflow * per_workflow}", f"t{n}"): Counter(expected(n)) for n in range(schedules)}
    assert sum(map(len, wanted.values())) > 2 * schedules
    wrong = {name: (fired.get(name), slots) for name, slots in wanted.items() if fired.get(name, Counter()) != slots}
    assert not wrong, list(wrong.items())[:3]
    assert await link.fetchval("select sum(fired) from triggers") == sum(map(len, wanted.values()))
    await link.close()


async def _skip_to(link: asyncpg.Connection[asyncpg.Record], at: datetime) -> None:
    """Months pass with every server down: as if no slot had been before this time."""
    now = await link.fetchval("select at from test_clock")
    if now == at:
        return
    rows = await link.fetch("select id, spec from triggers")
    specs = [json.loads(row["spec"]) for row in rows]
    due = [next_slot(at, cron=spec["cron"], timezone=spec.get("timezone", "UTC")) for spec in specs]
    await link.execute(
        "update triggers t set slot_at = x.at, next_at = x.at from unnest($1::uuid[], $2::timestamptz[]) as x(id, at) where t.id = x.id",
        [row["id"] for row in rows], due,
    )  # fmt: skip
    await link.execute("update test_clock set at = $1", at)


async def _jump(link: asyncpg.Connection[asyncpg.Record], at: datetime) -> None:
    """Set the clock on, and wait until nothing is due."""
    await link.execute("update test_clock set at = $1", at)
    while await link.fetchval("select count(*) from triggers where next_at <= $1", at):
        await asyncio.sleep(0.1)


async def _fired(link: asyncpg.Connection[asyncpg.Record]) -> dict[UUID, Counter[str]]:
    """The slots that runs were begun for, by trigger."""
    found: dict[UUID, Counter[str]] = {}
    for row in await link.fetch("select data from execution_events where type = 'workflow_started'"):
        event = json.loads(row["data"])
        name = trigger_id(1, event["workflow_id"], event["trigger_data"]["id"])
        found.setdefault(name, Counter())[event["trigger_data"]["scheduled_at"]] += 1
    return found
