"""Slots of schedules: cron in time zones across both changes of the clock, intervals, and what is no schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.core.schedule import check_cron, next_slot, slots

berlin, york = "Europe/Berlin", "America/New_York"


def local(cron: str, zone: str, after: str, count: int) -> list[str]:
    """The next slots by the clock on the wall, with the offset."""
    found = islice(slots(datetime.fromisoformat(after), cron=cron, timezone=zone), count)
    return [f"{slot.astimezone(ZoneInfo(zone)):%d %H:%M%z}" for slot in found]


@pytest.mark.parametrize(
    ("zone", "day", "forward"),
    [(berlin, "2027-03-27T23:00:00+00:00", "03:00"), (york, "2027-03-13T12:00:00+00:00", "03:00")],
)
def test_a_slot_in_the_gap_comes_at_its_end(zone: str, day: str, forward: str) -> None:
    first, second = local("30 2 * * *", zone, day, 2)
    assert (first[3:8], second[3:8]) == (forward, "02:30")


def test_a_slot_in_the_hour_that_comes_twice_comes_once_and_first() -> None:
    assert local("30 2 * * *", berlin, "2026-10-24T20:00:00+00:00", 2) == ["25 02:30+0200", "26 02:30+0100"]
    assert local("30 1 * * *", york, "2026-10-31T20:00:00+00:00", 2) == ["01 01:30-0400", "02 01:30-0500"]
    # Asked in the second pass of that hour, the answer is not in the past.
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert next_slot(second, cron="30 2 * * *", timezone=berlin) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_wildcards_follow_real_time_through_both_hours() -> None:
    found = list(islice(slots(datetime(2026, 10, 25, 0, 0, tzinfo=UTC), cron="*/15 * * * *", timezone=berlin), 12))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}
    hourly = local("0 * * * *", berlin, "2026-10-24T23:30:00+00:00", 4)
    assert hourly == ["25 02:00+0200", "25 02:00+0100", "25 03:00+0100", "25 04:00+0100"]
    assert local("0 * * * *", berlin, "2027-03-28T00:30:00+00:00", 2) == ["28 03:00+0200", "28 04:00+0200"]


def test_two_slots_that_meet_at_the_end_of_the_gap_are_one() -> None:
    assert local("0 2,3 * * *", berlin, "2027-03-27T23:00:00+00:00", 3) == ["28 03:00+0200", "29 02:00+0200", "29 03:00+0200"]


def test_intervals_are_aligned_to_the_epoch() -> None:
    found = list(islice(slots(datetime(2026, 1, 1, 10, 7, 3, tzinfo=UTC), every=timedelta(minutes=15)), 3))
    assert [f"{slot:%H:%M:%S}" for slot in found] == ["10:15:00", "10:30:00", "10:45:00"]
    assert next_slot(found[0], every=timedelta(minutes=15)) == found[1]


@settings(max_examples=150, deadline=None)
@given(
    after=st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    zone=st.sampled_from([berlin, york, "UTC", "Australia/Lord_Howe", "Pacific/Apia"]),
    cron=st.sampled_from(["30 2 * * *", "*/20 * * * *", "0 0 1 * *", "15 1-3 * * 0", "0 9 * * 1-5", "0 0 29 2 *", "5 4 * * sun#1"]),
)
def test_slots_only_go_forward_and_no_two_are_one(after: datetime, zone: str, cron: str) -> None:
    found = [after, *islice(slots(after, cron=cron, timezone=zone), 6)]
    assert all(earlier < later for earlier, later in pairwise(found))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "* * * *",
        "61 * * * *",
        "* * 30 2 *",
        "a b c d e",
        "*/0 * * * *",
        "1L,2/2 * * * 1L",
        "5-1 * * * *",
        "* * * * * * *",
        "🕐 * * * *",
    ],
)
def test_what_is_no_cron_expression_is_said(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no cron expression|never comes"):
        check_cron(wrong)
