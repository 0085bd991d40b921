"""The calendar: events listed, made once, changed, answered and taken away; who is busy."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from pydantic import Field, JsonValue

from tenuto.connectors.microsoft365.calendar_answers import Done, Event, Events, Schedules
from tenuto.connectors.microsoft365.calendar_shapes import ChangedSince, EventChange, EventId, EventSpan, NewEvent, Period, Response
from tenuto.connectors.microsoft365.service import Nothing, calendar_read, calendar_write, immutable, microsoft365, nothing, written
from tenuto.core.connector import Calls, QueryValue, Request, Result, mark
from tenuto.core.errors import NotFound

_events = "/me/events"
_one = f"{_events}/{{event}}"
_in_utc = {"prefer": f'{immutable}, outlook.timezone="UTC", outlook.body-content-type="text"'}
_words: Mapping[str, tuple[str, str]] = {
    "accept": ("accept", "accepted"), "tentative": ("tentativelyAccept", "tentativelyAccepted"), "decline": ("decline", "declined"),
}  # fmt: skip


class _Page(Result):
    value: tuple[Event, ...] = ()
    following: str | None = Field(default=None, validation_alias="@odata.nextLink")


@microsoft365.action(effect="read", scopes=(calendar_read,))
async def list_events(calls: Calls, params: EventSpan) -> Events:
    """List events by time; each event of a series by itself."""
    query: dict[str, QueryValue] = {
        "startDateTime": written(params.start),
        "endDateTime": written(params.end),
        "$orderby": "start/dateTime",
    }
    query |= {"$top": params.limit, "$skip": params.skip or None}
    page = await calls.send(Request(result=_Page, method="GET", path="/me/calendarView", query=query, headers=_in_utc))
    return Events(events=page.value, next_skip=params.skip + len(page.value) if page.following else None)


@microsoft365.action(effect="read", scopes=(calendar_read,))
async def changed_events(calls: Calls, params: ChangedSince) -> Events:
    """List events that were made or changed, the latest change first; for triggers that poll."""
    since = written(params.since) if params.since else "1900-01-01T00:00:00Z"
    query: dict[str, QueryValue] = {
        "$filter": f"lastModifiedDateTime ge {since}",
        "$orderby": "lastModifiedDateTime desc",
        "$top": params.limit,
    }
    page = await calls.send(Request(result=_Page, method="GET", path=_events, query=query, headers=_in_utc))
    return Events(events=page.value, next_skip=None)


@microsoft365.action(effect="read", scopes=(calendar_read,))
def get_event(params: EventId) -> Request[Event]:
    """Read an event."""
    return Request(result=Event, method="GET", path=_one, headers=_in_utc)


@microsoft365.action(effect="idempotent_write", scopes=(calendar_write,))
async def create_event(calls: Calls, params: NewEvent) -> Event:
    """Make an event. It goes with an id of ours, by which Graph makes it once."""
    body: dict[str, JsonValue] = {"subject": params.subject, "transactionId": mark(calls.key), **params.details}
    body |= params.times(params.start, params.end)
    body |= {"isAllDay": True} if params.all_day else {}
    body |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"} if params.online else {}
    return await calls.send(Request(result=Event, method="POST", path=_events, json=body, headers=_in_utc))


@microsoft365.action(effect="idempotent_write", scopes=(calendar_write,))
def update_event(params: EventChange) -> Request[Event]:
    """Change an event; what is not given stays."""
    body = params.details | ({"subject": params.subject} if params.subject is not None else {})
    if params.start is not None and params.end is not None:
        body |= params.times(params.start, params.end)
    return Request(result=Event, method="PATCH", path=_one, json=body, headers=_in_utc)


@microsoft365.action(effect="idempotent_write", scopes=(calendar_write,))
async def delete_event(calls: Calls, params: EventId) -> Done:
    """Delete an event; its guests are told. One that is not there is gone."""
    with contextlib.suppress(NotFound):
        await calls.send(Request(result=Nothing, method="DELETE", path=_one, fill={"event": params.event}, read=nothing))
    return Done(event=params.event, status="deleted")


@microsoft365.action(effect="idempotent_write", scopes=(calendar_write,))
async def respond_to_event(calls: Calls, params: Response) -> Done:
    """Answer an invitation."""
    word, status = _words[params.answer]
    body: dict[str, JsonValue] = {"sendResponse": params.tell, **({"comment": params.comment} if params.comment else {})}
    fill = {"event": params.event}
    await calls.send(Request(result=Nothing, method="POST", path=f"{_one}/{word}", fill=fill, json=body, read=nothing))
    return Done(event=params.event, status=status)


@microsoft365.action(effect="read", scopes=(calendar_read,))
def get_schedule(params: Period) -> Request[Schedules]:
    """Tell when people are busy."""
    times: dict[str, JsonValue] = {
        name: {"dateTime": written(moment).removesuffix("Z"), "timeZone": "UTC"}
        for name, moment in (("startTime", params.start), ("endTime", params.end))
    }
    body: JsonValue = {"schedules": list(params.addresses), **times}
    return Request(result=Schedules, method="POST", path="/me/calendar/getSchedule", json=body, headers=_in_utc)
