"""Schedules: each slot once, missed slots, overlap, and what is said about them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.services.triggers.clockwork import Clock, Clockwork, clockwork, launch_of, owner

from tenuto.core.catalog import discover
from tenuto.services.triggers.operations import TriggerOperations
from tenuto.services.triggers.schedules import Schedules
from tenuto.store.database import Database
from tenuto.store.triggers.due import Due

slow_node = {"id": "a", "type": "delay", "config": {"duration": "PT1H"}}


async def test_a_slot_fires_once_with_its_time_as_input(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "cron": "0 9 * * *", "timezone": "Europe/Berlin"})
        assert f"{placed.next_at:%d %H:%M}" == "02 07:00"
        await works.rounds()
        assert await works.slots() == []
        works.clock.at = placed.next_at + timedelta(seconds=1) if placed.next_at else works.clock.at
        await works.rounds()
        await works.rounds()
        assert await works.slots() == ["2026-06-02T07:00:00Z"]
        row = await works.row(placed.id)
        assert (f"{row['next_at']:%d %H:%M}", row["fired"], row["leased_until"]) == ("03 07:00", 1, None)
        [run] = await works.rows("select trigger, workflow_id from executions")
        assert (run["trigger"], run["workflow_id"]) == ("schedule", "w")


async def test_of_many_schedulers_one_fires_a_slot(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        await works.publish(*({"id": f"t{n}", "every": "PT1M", "overlap": "allow"} for n in range(20)))
        others = [Schedules(Due(database), launch_of(works.rig, works.clock, discover()), works.clock) for _ in range(4)]
        for _ in range(5):
            works.clock.on(minutes=1)
            await asyncio.gather(*(each.fire() for each in [works.schedules, *others] * 3))
        await works.rounds()
        assert len(await works.slots()) == 100
        assert {row["fired"] for row in await works.rows("select fired from triggers")} == {5}


async def test_a_scheduler_that_dies_after_starting_the_run_leaves_one_run(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "every": "PT1M"})
        works.clock.on(minutes=1)
        # What is there when it dies between the start and the next slot: the run, the lease, the old slot.
        [row] = await Due(database).take("schedule", works.clock(), timedelta(seconds=30), 10)
        started = await works.schedules._one(row, works.clock(), busy=False)
        assert started is not None
        assert await works.schedules.fire() == 0, "somebody has it"
        works.clock.on(seconds=31)
        await works.rounds()
        assert len(await works.slots()) == 1
        assert (await works.row(placed.id))["fired"] == 1


@pytest.mark.parametrize(
    ("missed", "catch_up", "expected", "skipped", "says"),
    [
        ("all", "PT1H", ["13:00", "13:15", "13:30", "13:45", "14:00"], 3, "left out: they are older than catch_up"),
        ("last", "PT1H", ["14:00"], 7, "the last one was made up for"),
        ("all", "PT0S", ["14:00"], 7, "older than catch_up"),
    ],
)
async def test_missed_slots_are_made_up_for_within_catch_up(
    database: Database, dsn: str, missed: str, catch_up: str, expected: list[str], skipped: int, says: str
) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "every": "PT15M", "overlap": "allow", "missed": missed, "catch_up": catch_up})
        works.clock.on(hours=2)
        await works.rounds()
        assert [slot[11:16] for slot in await works.slots()] == expected
        row = await works.row(placed.id)
        assert (row["skipped"], f"{row['next_at']:%H:%M}") == (skipped, "14:15")
        assert says in row["note"]


async def test_skip_leaves_a_slot_out_while_the_run_before_goes_on(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "every": "PT1M"}, nodes=[slow_node])
        works.clock.on(minutes=1)
        await works.rounds()
        works.clock.on(minutes=1)
        await works.rounds()
        row = await works.row(placed.id)
        assert (len(await works.slots()), row["fired"], row["skipped"]) == (1, 1, 1)
        assert "still goes on" in row["note"]


async def test_queue_starts_the_slot_after_the_run_before(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        await works.publish({"id": "t", "every": "PT1M", "overlap": "queue"}, nodes=[{**slow_node, "config": {"duration": "PT2S"}}])
        for _ in range(3):
            works.clock.on(minutes=1)
            await works.rounds()
        async with asyncio.timeout(60):
            while len(await works.slots()) < 3:
                works.clock.on(seconds=3)
                await works.rounds()
                await _exclusive(works)
                await asyncio.sleep(0.2)
        assert (await works.slots())[:3] == ["2026-06-01T12:01:00Z", "2026-06-01T12:02:00Z", "2026-06-01T12:03:00Z"]


async def test_a_new_version_keeps_the_slot_and_other_times_count_from_now(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "cron": "0 * * * *"})
        works.clock.on(minutes=90)
        [same] = await works.publish({"id": "t", "cron": "0 * * * *", "input": {"x": 1}})
        assert (same.id, same.next_at) == (placed.id, placed.next_at), "a slot that was due is not lost by publishing"
        [other] = await works.publish({"id": "t", "cron": "30 * * * *"})
        assert f"{other.next_at:%H:%M}" == "14:30"
        await works.publish()
        works.clock.on(days=1)
        await works.rounds()
        assert await works.slots() == []


async def test_what_cannot_start_says_so_and_the_next_slot_is_tried(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "every": "PT1M", "input": "{{ event.nothing }}"})
        for _ in range(2):
            works.clock.on(minutes=1)
            await works.rounds()
        shown = await _operations(works).get(owner, placed.id)
        assert (shown.state, "event.nothing" in shown.says, shown.fired) == ("failing", True, 0)
        assert f"{shown.next[0]:%H:%M}" == "12:03"


async def test_late_and_off_are_said_and_the_next_five_times_are_shown(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        [placed] = await works.publish({"id": "t", "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"})
        operations = _operations(works)
        shown = await operations.get(owner, placed.id)
        assert [f"{at:%a %H:%M}" for at in shown.next] == ["Tue 07:00", "Wed 07:00", "Thu 07:00", "Fri 07:00", "Mon 07:00"]
        assert shown.state == "ok"
        works.clock.on(days=2)
        assert (await operations.get(owner, placed.id)).state == "late"
        off = await operations.switch(owner, placed.id, enabled=False)
        assert (off.state, off.next) == ("off", ())
        await works.rounds()
        on = await operations.switch(owner, placed.id, enabled=True)
        assert (on.state, on.skipped, f"{on.next[0]:%a}") == ("ok", 0, "Thu")
        assert await works.slots() == []


async def test_jitter_is_the_same_for_every_slot(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn, Clock()) as works:
        placed = await works.publish(*({"id": f"t{n}", "cron": "0 0 * * *", "jitter": "PT1H", "catch_up": "PT2H"} for n in range(8)))
        works.clock.on(hours=12)
        await works.rounds()
        early = len(await works.slots())
        assert early < 8
        works.clock.on(hours=1)
        await works.rounds()
        assert await works.slots() == ["2026-06-02T00:00:00Z"] * 8
        first = {row["id"]: row["next_at"] - row["slot_at"] for row in await works.rows("select * from triggers")}
        assert len(set(first.values())) > 4
        assert all(timedelta(0) <= late < timedelta(hours=1) for late in first.values())
        assert len(placed) == 8


async def test_a_definition_nobody_can_read_and_a_bug_keep_no_other_from_its_slot(database: Database, dsn: str) -> None:
    async with clockwork(database, dsn) as works:
        bad, worse, good = await works.publish(*({"id": name, "every": "PT1M"} for name in ("bad", "worse", "good")))
        await works.rows('update triggers set spec = \'{"type":"schedule"}\' where id = $1 returning id', bad.id)
        # A version hash of no definition at all, which only a bug of ours could leave.
        await works.rows("update triggers set version_hash = 'none' where id = $1 returning id", worse.id)
        works.clock.on(minutes=1)
        await works.schedules.fire()
        assert ((await works.row(good.id))["fired"], (await works.row(worse.id))["failures"]) == (1, 1)
        assert len(await works.slots()) == 1


async def _exclusive(works: Clockwork) -> None:
    [going] = await works.rows("select count(*) as n from executions where finished_at is null")
    assert going["n"] <= 1


def _operations(works: Clockwork) -> TriggerOperations:
    return TriggerOperations(works.rig.database, works.launch, works.envelope, address=works.installer.address, changed=lambda: None)
