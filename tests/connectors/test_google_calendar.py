"""Google Calendar: events that are made once, changed and cancelled, what is listed and has changed, who is busy, and how it says no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.google_calendar import GoogleCalendar, shared
from tests.doubles.vendor import Kind

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Problem, RateLimited, Rejected, VendorFailed

event = {"title": "Review", "start": "2026-01-05T09:30:00+01:00", "end": "2026-01-05T10:00:00+01:00"}


async def do(world: World, action: str, params: dict[str, Any], key: str = "run:node:1") -> dict[str, Any]:
    return await world.do("google_calendar", action, params, key)


async def test_an_event_is_made_with_guests_who_are_told(world: World) -> None:
    made = await do(world, "create_event", {**event, "guests": ["bo@example.com", "cy@other.example"], "notify": "external", "meet": True})
    assert (made["title"], made["start"], made["status"]) == ("Review", "2026-01-05T09:30:00+01:00", "confirmed")
    assert [(guest["address"], guest["answer"]) for guest in made["guests"]] == [
        ("bo@example.com", "needsAction"),
        ("cy@other.example", "needsAction"),
    ]
    assert made["meet_link"].startswith("https://meet.google.com/")
    assert world.double[GoogleCalendar].mails == [(made["id"], "cy@other.example")]


async def test_an_event_is_made_once_though_its_answer_was_lost(world: World) -> None:
    world.double.fail("google_calendar", "drop_after", path="/events")
    with pytest.raises(Problem):
        await do(world, "create_event", event)
    made = await do(world, "create_event", event)
    assert (made["id"], made["title"]) == (mark("run:node:1"), "Review")
    assert len(world.double[GoogleCalendar].events["ada@example.com"]) == 1
    assert world.double.effects[mark("run:node:1")] == 1


async def test_a_whole_day_and_a_series(world: World) -> None:
    day = await do(world, "create_event", {"title": "Away", "start": "2026-01-05", "end": "2026-01-07"})
    assert (day["start"], day["end"]) == ("2026-01-05", "2026-01-07")
    weekly = {**event, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"], "time_zone": "Europe/Berlin"}
    series = await do(world, "create_event", weekly, "run:node:2")
    listed = await do(world, "list_events", {"query": "Review"})
    assert [each["start"][:10] for each in listed["events"]] == ["2026-01-05", "2026-01-12", "2026-01-19"]
    assert {each["series"] for each in listed["events"]} == {series["id"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end": "2026-01-05T09:00:00+01:00"}, "end has to be after start"),
        ({"start": "2026-01-05", "end": "2026-01-05"}, "day after the last"),
        ({"start": "2026-01-05"}, "both days or both times"),
        ({"start": "2026-01-05T09:30:00", "end": "2026-01-05T10:00:00"}, "needs time_zone"),
        ({"start": "tomorrow"}, "write a day"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"guests": ["nobody"]}, "pattern"),
        ({"guests": ["a@example.com\r\nX: y"]}, "pattern"),
        ({"recurrence": ["FREQ=WEEKLY"]}, "pattern"),
        ({"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]}, "needs time_zone"),
        ({"title": ""}, "at least 1"),
    ],
)
async def test_an_event_that_cannot_be_is_refused_before_anything_is_sent(world: World, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        await do(world, "create_event", {**event, **wrong})
    assert world.double.calls == []


async def test_a_change_leaves_what_it_does_not_name(world: World) -> None:
    made = await do(world, "create_event", {**event, "location": "Room 4", "guests": ["bo@example.com"]})
    one = {"event": made["id"]}
    changed = await do(world, "update_event", {**one, "title": "Moved", "start": "2026-01-06T09:30:00Z", "end": "2026-01-06T10:00:00Z"})
    assert (changed["title"], changed["location"], changed["start"]) == ("Moved", "Room 4", "2026-01-06T09:30:00Z")
    assert (await do(world, "update_event", {**one, "guests": []}))["guests"] == []
    for nothing in ({}, {"start": "2026-01-06T09:30:00Z"}):
        with pytest.raises(Invalid, match="give"):
            await do(world, "update_event", {**one, **nothing})


async def test_an_event_is_cancelled_once_and_stays_so(world: World) -> None:
    made = await do(world, "create_event", {**event, "guests": ["bo@example.com"]})
    for _ in range(2):
        assert await do(world, "delete_event", {"event": made["id"], "notify": "all"}) == {"event": made["id"], "status": "cancelled"}
    assert (world.double.effects[f"delete:{made['id']}"], len(world.double[GoogleCalendar].mails)) == (1, 1)
    with pytest.raises(Rejected):
        await do(world, "delete_event", {"event": "never0there"})


async def test_events_are_listed_page_by_page_in_their_order(world: World) -> None:
    for day in (3, 1, 2):
        world.double[GoogleCalendar].add(str(day), f"2026-01-0{day}T09:00:00Z", f"2026-01-0{day}T10:00:00Z")
    first = await do(world, "list_events", {"limit": 2, "start": "2026-01-01T00:00:00Z"})
    rest = await do(world, "list_events", {"limit": 2, "start": "2026-01-01T00:00:00Z", "page": first["next_page"]})
    assert [each["title"] for each in first["events"] + rest["events"]] == ["1", "2", "3"]
    assert rest["next_page"] is None
    with pytest.raises(Invalid, match="end has to be after start"):
        await do(world, "list_events", {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"})


async def test_what_changed_since_then_is_told_cancelled_events_too(world: World) -> None:
    world.double.page_max = 2
    double = world.double[GoogleCalendar]
    old = double.add("old", "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z")
    old["updated"] = "2020-01-01T00:00:00.000Z"
    made = [double.add(str(number), "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z") for number in range(5)]
    double.cancel(made[0])
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    changes = await do(world, "changed_events", {"since": since})
    assert [(each["title"], each["status"]) for each in changes["events"]][-2:] == [("4", "confirmed"), ("0", "cancelled")]
    assert changes["total"] == 5
    assert [each["title"] for each in (await do(world, "changed_events", {"since": since, "limit": 1}))["events"]] == ["0"]


async def test_a_calendar_that_was_quiet_for_long_can_still_be_polled(world: World) -> None:
    world.double[GoogleCalendar].add("new", "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z")
    since = (datetime.now(UTC) - timedelta(days=100)).isoformat()
    assert [each["title"] for each in (await do(world, "changed_events", {"since": since}))["events"]] == ["new"]


async def test_calendars_are_listed_and_only_some_can_be_written(world: World) -> None:
    world.double.page_max = 1
    assert [each["id"] for each in (await do(world, "list_calendars", {}))["calendars"]] == ["ada@example.com", shared]
    assert [each["role"] for each in (await do(world, "list_calendars", {"writable": True}))["calendars"]] == ["owner"]
    with pytest.raises(Rejected, match="writer access") as refused:
        await do(world, "create_event", {**event, "calendar": shared})
    assert "may write" in (refused.value.data.fix or "")


async def test_who_is_busy_and_whom_nobody_knows(world: World) -> None:
    double = world.double[GoogleCalendar]
    double.add("a", "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z")
    double.add("b", "2026-01-05T09:30:00Z", "2026-01-05T11:00:00Z")
    period = {"start": "2026-01-05T08:00:00Z", "end": "2026-01-05T18:00:00Z", "calendars": ["primary", "no@example.com"]}
    mine, nobody = (await do(world, "free_busy", period))["calendars"]
    assert mine["busy"] == [{"start": "2026-01-05T09:00:00Z", "end": "2026-01-05T11:00:00Z"}]
    assert (nobody["busy"], nobody["error"]) == ([], "notFound")


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unauthorized", AuthRejected), ("forbidden", AuthRejected), ("rate_limited", RateLimited), ("secondary_limit", RateLimited),
        ("server_error", VendorFailed), ("unavailable", VendorFailed), ("html", InvalidOutput), ("malformed", InvalidOutput),
    ],
)  # fmt: skip
async def test_refusals_are_problems(world: World, kind: Kind, problem: type[Problem]) -> None:
    world.double.fail("google_calendar", kind)
    with pytest.raises(problem):
        await do(world, "list_events", {})
