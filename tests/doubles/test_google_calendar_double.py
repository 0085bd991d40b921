"""What the double of Google Calendar must do, over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.google_calendar import GoogleCalendar, shared
from tests.doubles.vendor import user
from tests.doubles.vendors import VendorsDouble

events = "/google_calendar/calendar/v3/calendars/primary/events"
marker = "0123456789abcdef01234567"
meeting: dict[str, Any] = {
    "summary": "Review", "start": {"dateTime": "2026-01-05T10:00:00+01:00"}, "end": {"dateTime": "2026-01-05T11:00:00+01:00"},
}  # fmt: skip


def reason(answer: httpx2.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["errors"][0]["reason"]


async def test_an_id_that_the_client_chose_is_taken_once_and_never_again(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    made = (await caller.post(events, json={**meeting, "id": marker})).json()
    assert (made["id"], made["status"], made["organizer"]["email"]) == (marker, "confirmed", user)
    assert reason(await caller.post(events, json={**meeting, "id": marker})) == (409, "duplicate")
    assert (await caller.delete(f"{events}/{marker}")).status_code == 204
    assert reason(await caller.delete(f"{events}/{marker}")) == (410, "deleted")
    assert (await caller.get(f"{events}/{marker}")).json()["status"] == "cancelled"
    assert reason(await caller.post(events, json={**meeting, "id": marker})) == (409, "duplicate")
    assert vendors.effects[marker] == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "wxyz!"}, "invalid"),
        ({"end": None}, "required"),
        ({"start": {"dateTime": "2026-01-05T10:00:00"}}, "required"),
        ({"start": {"dateTime": "2026-01-05T10:00:00", "timeZone": "Mars/Olympus"}}, "invalid"),
        ({"start": {"dateTime": "soon"}}, "parseError"),
        ({"end": {"dateTime": "2026-01-05T09:00:00+01:00"}}, "timeRangeEmpty"),
        ({"end": {"date": "2026-01-06"}}, "timeRangeEmpty"),
        ({"attendees": [{"email": "nobody"}]}, "invalid"),
        ({"recurrence": ["FREQ=DAILY"]}, "invalid"),
    ],
)
async def test_events_that_are_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient, change: dict[str, Any], why: str) -> None:
    assert reason(await caller.post(events, json={**meeting, **change})) == (400, why)
    assert vendors[GoogleCalendar].events[user] == []


async def test_a_sync_token_brings_what_changed_and_grows_old(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    calendar = vendors[GoogleCalendar]
    for number in range(3):
        calendar.add(str(number), "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z")
    first = (await caller.get(events, params={"maxResults": 2})).json()
    assert "nextSyncToken" not in first
    last = (await caller.get(events, params={"maxResults": 2, "pageToken": first["nextPageToken"]})).json()
    assert [each["summary"] for each in first["items"] + last["items"]] == ["0", "1", "2"]
    token = {"syncToken": last["nextSyncToken"]}
    assert (await caller.get(events, params=token)).json()["items"] == []
    calendar.cancel(calendar.events[user][0])
    calendar.add("3", "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z")
    changed = (await caller.get(events, params=token)).json()
    assert [(each["summary"], each["status"]) for each in changed["items"]] == [("0", "cancelled"), ("3", "confirmed")]
    assert len((await caller.get(events)).json()["items"]) == 3
    for both in ({"q": "x"}, {"timeMin": "2026-01-05T10:00:00Z"}, {"showDeleted": "false"}):
        assert reason(await caller.get(events, params={**token, **both})) == (400, "badRequest")
    calendar.expire()
    assert reason(await caller.get(events, params=token)) == (410, "fullSyncRequired")


async def test_what_comes_again_is_listed_once_or_each_time(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors[GoogleCalendar].add("Stand-up", "2026-01-05T09:00:00Z", "2026-01-05T09:15:00Z", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    vendors[GoogleCalendar].add("Lunch", "2026-01-06T12:00:00Z", "2026-01-06T13:00:00Z")
    once = (await caller.get(events)).json()["items"]
    assert len(once) == 2
    query = {"singleEvents": "true", "orderBy": "startTime", "timeMin": "2026-01-06T00:00:00Z", "timeMax": "2026-01-07T00:00:00Z"}
    found = (await caller.get(events, params=query)).json()
    assert [each["summary"] for each in found["items"]] == ["Stand-up", "Lunch"]
    assert (found["items"][0]["id"], "nextSyncToken" in found) == (once[0]["id"] + "_20260106T090000Z", False)
    assert (await caller.get(f"{events}/{found['items'][0]['id']}")).json()["recurringEventId"] == once[0]["id"]
    assert reason(await caller.get(events, params={"orderBy": "startTime"})) == (400, "badRequest")
    assert reason(await caller.get(events, params={"timeMin": "2026-01-06"})) == (400, "badRequest")


async def test_a_patch_keeps_the_rest_and_an_old_etag_is_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    made = (await caller.post(events, json={**meeting, "location": "Room 1", "description": "d"})).json()
    place = f"{events}/{made['id']}"
    changed = await caller.patch(place, json={"location": "Room 2", "description": None}, headers={"if-match": made["etag"]})
    assert (changed.json()["location"], changed.json()["summary"], "description" in changed.json()) == ("Room 2", "Review", False)
    late = await caller.patch(place, json={"location": "Room 3"}, headers={"if-match": made["etag"]})
    assert reason(late) == (412, "conditionNotMet")
    assert (await caller.get(place, headers={"if-none-match": changed.json()["etag"]})).status_code == 304
    replaced = (await caller.put(place, json=meeting)).json()
    assert "location" not in replaced
    assert vendors[GoogleCalendar].events[user] == [replaced]


async def test_guests_get_mail_only_where_it_is_asked_for(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    invited = {**meeting, "attendees": [{"email": user}, {"email": "bo@example.com"}, {"email": "cy@elsewhere.org"}]}
    for asked, told in ((None, 0), ("none", 0), ("externalOnly", 1), ("all", 2)):
        vendors[GoogleCalendar].mails.clear()
        await caller.post(events, json=invited, params={"sendUpdates": asked} if asked else {})
        assert len(vendors[GoogleCalendar].mails) == told
    assert reason(await caller.post(events, json=invited, params={"sendUpdates": "some"})) == (400, "invalidParameter")
    assert len(vendors[GoogleCalendar].events[user]) == 4


async def test_a_meeting_gets_a_link_only_in_the_version_that_has_them(caller: httpx2.AsyncClient) -> None:
    asked = {**meeting, "conferenceData": {"createRequest": {"requestId": marker}}}
    assert "hangoutLink" not in (await caller.post(events, json=asked)).json()
    assert "hangoutLink" in (await caller.post(events, json=asked, params={"conferenceDataVersion": 1})).json()


async def test_who_is_busy(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    calendar = vendors[GoogleCalendar]
    calendar.add("a", "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z")
    calendar.add("b", "2026-01-05T10:30:00Z", "2026-01-05T12:00:00Z")
    calendar.add("free", "2026-01-05T15:00:00Z", "2026-01-05T16:00:00Z", transparency="transparent")
    asked: dict[str, Any] = {"timeMin": "2026-01-05T00:00:00Z", "timeMax": "2026-01-06T00:00:00Z"}
    ids = ["primary", shared, "nobody@example.com"]
    found = (await caller.post("/google_calendar/calendar/v3/freeBusy", json={**asked, "items": [{"id": each} for each in ids]})).json()
    busy = [{"start": "2026-01-05T10:00:00Z", "end": "2026-01-05T12:00:00Z"}]
    missing = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    assert found["calendars"] == {"primary": {"busy": busy}, shared: {"busy": []}, "nobody@example.com": missing}
    assert reason(await caller.post("/google_calendar/calendar/v3/freeBusy", json={"timeMin": asked["timeMin"]})) == (400, "required")


async def test_a_calendar_that_may_only_be_read_and_one_that_is_not_there(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    listed = (await caller.get("/google_calendar/calendar/v3/users/me/calendarList")).json()
    assert [(each["id"], each["accessRole"]) for each in listed["items"]] == [(user, "owner"), (shared, "reader")]
    place = events.replace("primary", shared)
    assert (await caller.get(place)).is_success
    assert reason(await caller.post(place, json=meeting)) == (403, "requiredAccessLevel")
    assert reason(await caller.get(events.replace("primary", "nobody"))) == (404, "notFound")
    assert reason(await caller.get(f"{events}/nothing")) == (404, "notFound")


async def test_private_properties_find_an_event_again(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    await caller.post(events, json={**meeting, "extendedProperties": {"private": {"step": marker}}})
    assert len((await caller.get(events, params={"privateExtendedProperty": f"step={marker}"})).json()["items"]) == 1
    assert (await caller.get(events, params={"privateExtendedProperty": "step=other"})).json()["items"] == []
    assert (await caller.get(events, params={"q": "revIEW"})).json()["items"] != []


async def test_a_channel_is_opened_once_and_stopped(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    asked = {"id": "channel-1", "type": "web_hook", "address": "https://example.com/hook", "token": "t"}
    channel = (await caller.post(f"{events}/watch", json=asked)).json()
    assert reason(await caller.post(f"{events}/watch", json=asked)) == (400, "channelIdNotUnique")
    plain = {**asked, "id": "2", "address": "http://example.com"}
    assert reason(await caller.post(f"{events}/watch", json=plain)) == (400, "push.webhookUrlNotHttps")
    stop = {"id": channel["id"], "resourceId": channel["resourceId"]}
    assert (await caller.post("/google_calendar/calendar/v3/channels/stop", json=stop)).status_code == 204
    assert vendors[GoogleCalendar].channels == []


async def test_a_limit_is_403_or_429(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("google_calendar", "rate_limited")
    assert reason(await caller.get(events)) == (403, "userRateLimitExceeded")
    vendors.fail("google_calendar", "secondary_limit")
    assert reason(await caller.get(events)) == (429, "rateLimitExceeded")
    vendors.fail("google_calendar", "rate_limited", error="quotaExceeded")
    assert reason(await caller.get(events)) == (403, "quotaExceeded")
