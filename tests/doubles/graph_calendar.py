"""The calendars of Microsoft Graph's double: events, the view of a time with the occurrences in it, replies, free and busy times.

From https://learn.microsoft.com/en-us/graph/api/ (user-post-events, event-get, event-update, event-delete, event-cancel, event-accept,
user-list-events, user-list-calendarview, event-delta, calendar-getschedule), …/graph/api/resources/datetimetimezone and …/resources/event
(`transactionId`: the same request again answers the event that is there). Of recurrences there are daily and weekly ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.graph_base import (
    Changes,
    Home,
    Refusal,
    address,
    body_of,
    delta,
    dressed,
    fresh_id,
    given,
    listed,
    many,
    now,
    one,
    paged,
    plain,
    preferred,
    selected,
    stamped,
    unchanged,
    wrong,
)
from tests.doubles.graph_mail import person
from tests.doubles.vendor import Json, Routes

_zones = {
    "W. Europe Standard Time": "Europe/Berlin",
    "GMT Standard Time": "Europe/London",
    "Pacific Standard Time": "America/Los_Angeles",
    "Eastern Standard Time": "America/New_York",
    "Tokyo Standard Time": "Asia/Tokyo",
}
writable = {
    "subject", "body", "start", "end", "location", "locations", "attendees", "isAllDay", "isOnlineMeeting", "onlineMeetingProvider",
    "recurrence", "reminderMinutesBeforeStart", "isReminderOn", "showAs", "sensitivity", "importance", "categories", "transactionId",
    "responseRequested", "allowNewTimeProposals", "hideAttendees", "singleValueExtendedProperties", "isCancelled",
}  # fmt: skip
known = writable | {
    "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "bodyPreview", "hasAttachments", "iCalUId", "isDraft", "isOrganizer",
    "onlineMeeting", "onlineMeetingUrl", "organizer", "originalStart", "originalStartTimeZone", "originalEndTimeZone", "responseStatus",
    "seriesMasterId", "type", "webLink",
}  # fmt: skip
_days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendar:
    """One calendar, `Calendar`; `events` in the order in which they were made."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.id = fresh_id()
        self.events: list[Json] = []
        self.changes = Changes()
        self._sent: dict[str, tuple[Json, str]] = {}
        """What was sent with a transaction id, and the id of the event that it made."""

    def routes(self) -> Routes:
        """Below `/me` and below `/users/{user}`."""
        found: Routes = [
            ("GET", "/calendars", self._calendars),
            ("GET", "/calendar", self._default),
            ("POST", "/calendar/getSchedule", self._schedule),
            ("GET", "/calendarView/delta", self._delta),
        ]
        for place in ("", "/calendar", "/calendars/{calendar}"):
            found += [
                ("GET", f"{place}/events", self._list),
                ("POST", f"{place}/events", self._create),
                ("GET", f"{place}/calendarView", self._view),
                ("GET", f"{place}/events/{{id}}", self._get),
                ("PATCH", f"{place}/events/{{id}}", self._update),
                ("DELETE", f"{place}/events/{{id}}", self._delete),
            ]
        found += [
            ("POST", f"/events/{{id}}/{word}", self._answering(word)) for word in ("accept", "decline", "tentativelyAccept", "cancel")
        ]
        return found

    def add(self, subject: str, start: str, end: str, **more: Any) -> Json:
        """Put an event into the calendar; times in UTC (`2026-01-02T10:00:00`)."""
        times = {"start": {"dateTime": start, "timeZone": "UTC"}, "end": {"dateTime": end, "timeZone": "UTC"}}
        return self._put({"subject": subject} | times | more)

    def _put(self, sent: Json) -> Json:
        me = person(self.home.address, self.home.name)
        status = {"response": "none", "time": "0001-01-01T00:00:00Z"}
        event = stamped(
            {
                "id": fresh_id(), "createdDateTime": now(), "subject": "", "body": {"contentType": "text", "content": ""},
                "isAllDay": False, "isCancelled": False, "isOrganizer": True, "organizer": me, "attendees": [], "location": {"displayName": ""},
                "showAs": "busy", "sensitivity": "normal", "importance": "normal", "categories": [], "hasAttachments": False,
                "iCalUId": uuid4().hex.upper(), "responseRequested": True, "isOnlineMeeting": False, "onlineMeeting": None, "recurrence": None,
                "type": "seriesMaster" if sent.get("recurrence") else "singleInstance", "seriesMasterId": None, "transactionId": None,
                "webLink": "https://outlook.office365.com/owa/?itemid=1", "responseStatus": status, **sent,
            }
        )  # fmt: skip
        event["attendees"] = [{"type": "required", "status": status} | each for each in event["attendees"]]
        if event["isOnlineMeeting"]:
            event["onlineMeeting"] = {"joinUrl": f"https://teams.microsoft.com/l/meetup-join/{uuid4()}"}
        self.events.append(event)
        self._changed("created", event)
        return event

    def _changed(self, change: str, event: Json) -> None:
        self.changes.log.append((change, "events", event["id"]))
        self.home.changed(change, "me/events", event, "event")

    def _shown(self, event: Json, request: Request) -> Json:
        zone = preferred(request, "outlook.timezone") or "UTC"
        times = {name: _in_zone(_moment(event[name]), zone) for name in ("start", "end")}
        body = dressed(request, event["body"])
        return selected(event | times | {"body": body, "bodyPreview": plain(event["body"])[:255]}, request, known)

    async def _create(self, request: Request, sent: Any) -> Response:
        asked = given(sent, writable, "event")
        self._is_calendar(request)
        if not {"start", "end"} <= set(asked):
            raise wrong("At least one property failed validation.", "ErrorPropertyValidationFailure")
        event = _checked(asked)
        again = self._sent.get(str(asked.get("transactionId")))
        if again and again[0] != asked:
            text = "An event with the same transactionId and other content exists."
            raise Refusal(409, "ErrorDuplicateTransactionId", text)
        if again:
            return JSONResponse(self._shown(one(self.events, again[1]), request), 201)
        made = self._put(event)
        if asked.get("transactionId"):
            self._sent[asked["transactionId"]] = dict(asked), made["id"]
        self.home.happened(sent, f"event:{made['id']}")
        return JSONResponse(self._shown(made, request), 201)

    async def _list(self, request: Request, _sent: Any) -> Response:
        self._is_calendar(request)
        found = listed(list(self.events), request, known)
        return paged([self._shown(each, request) for each in found], request, self.home.books, usual=10, most=1000, what="events")

    async def _view(self, request: Request, _sent: Any) -> Response:
        self._is_calendar(request)
        found = listed([each for _, each in sorted(self._within(request), key=lambda pair: pair[0])], request, known)
        return paged([self._shown(each, request) for each in found], request, self.home.books, usual=10, most=1000, what="calendarView")

    def _within(self, request: Request) -> Iterator[tuple[datetime, Json]]:
        """Events, and occurrences of the recurring ones, that touch the time asked for; without a time there is no view."""
        query = request.query_params
        try:
            first, last = (_aware(query[name]) for name in ("startDateTime", "endDateTime"))
        except (KeyError, ValueError) as error:
            text = "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."
            raise wrong(text, "ErrorInvalidParameter") from error
        for event in self.events:
            length = _moment(event["end"]) - _moment(event["start"])
            for start in _starts(event, last):
                if start < last and start + length > first:
                    yield start, event if event["type"] == "singleInstance" else _occurrence(event, start, length)

    async def _get(self, request: Request, _sent: Any) -> Response:
        self._is_calendar(request)
        return JSONResponse(self._shown(one(self.events, request.path_params["id"]), request))

    async def _update(self, request: Request, sent: Any) -> Response:
        event = one(self.events, request.path_params["id"])
        unchanged(request, event)
        changes = given(sent, writable - {"transactionId"}, "event")
        event |= stamped(_checked({"start": event["start"], "end": event["end"], "isAllDay": event["isAllDay"]} | changes))
        self._changed("updated", event)
        self.home.happened(sent, f"update:{event['id']}")
        return JSONResponse(self._shown(event, request))

    async def _delete(self, request: Request, _sent: Any) -> Response:
        event = one(self.events, request.path_params["id"])
        self.events.remove(event)
        self._changed("deleted", event)
        self.home.happened(None, f"delete:{event['id']}")
        return Response(status_code=204)

    def _answering(self, word: str) -> Callable[[Request, Any], Awaitable[Response]]:
        """Accept, decline, tentatively accept an invitation; cancel a meeting of one's own: 202."""

        async def answer(request: Request, sent: Any) -> Response:
            event = one(self.events, request.path_params["id"])
            given(sent or {}, {"comment"} if word == "cancel" else {"comment", "sendResponse", "proposedNewTime"}, word)
            if event["isOrganizer"] != (word == "cancel"):
                text = "Your request can't be completed. You need to be an organizer to cancel a meeting."
                raise wrong(
                    text if word == "cancel" else "You can't respond to this meeting because you're the meeting organizer.",
                    "ErrorInvalidRequest",
                )
            if word == "cancel":
                self.events.remove(event)
                self._changed("deleted", event)
            else:
                event["responseStatus"] = {"response": {"accept": "accepted", "decline": "declined"}.get(word, word), "time": now()}
            self.home.happened(sent, f"{word}:{event['id']}")
            return Response(status_code=202)

        return answer

    async def _calendars(self, request: Request, _sent: Any) -> Response:
        return paged([self._about()], request, self.home.books, usual=10, most=1000, what="calendars")

    async def _default(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(self._about())

    def _about(self) -> Json:
        owner = {"name": self.home.name, "address": self.home.address}
        return {"id": self.id, "name": "Calendar", "color": "auto", "isDefaultCalendar": True, "canEdit": True, "owner": owner}

    def _is_calendar(self, request: Request) -> None:
        if request.path_params.get("calendar", self.id) != self.id:
            one([], request.path_params["calendar"])

    async def _schedule(self, request: Request, sent: Any) -> Response:
        asked = given(sent, {"schedules", "startTime", "endTime", "availabilityViewInterval"}, "getSchedule")
        first, last = _moment(asked["startTime"]), _moment(asked["endTime"])
        zone = preferred(request, "outlook.timezone") or "UTC"
        found: list[Json] = []
        for whose in asked["schedules"]:
            mine = self.events if whose == self.home.address else []
            busy = [each for each in mine if _moment(each["start"]) < last and _moment(each["end"]) > first and each["showAs"] != "free"]
            items = [
                {"status": each["showAs"], "start": _in_zone(_moment(each["start"]), zone), "end": _in_zone(_moment(each["end"]), zone)}
                for each in busy
            ]
            found.append({"scheduleId": whose, "scheduleItems": items})
        return JSONResponse({"value": found})

    async def _delta(self, request: Request, _sent: Any) -> Response:
        query = request.query_params
        if not ("$deltatoken" in query or "$skiptoken" in query) and {"startDateTime", "endDateTime"} - set(query):
            raise wrong("This request requires a time window.", "ErrorInvalidParameter")
        items = {each["id"]: each for each in self.events}
        return delta(request, self.changes, "events", items, lambda each: self._shown(each, request), self.home.books)


def _checked(event: Json) -> Json:
    start, end = _moment(event["start"]), _moment(event["end"])
    if end < start:
        raise wrong("At least one property failed validation.", "ErrorPropertyValidationFailure")
    if event.get("isAllDay") and any(event[name]["dateTime"][10:].strip("T0:.") for name in ("start", "end")):
        text = "The Event.Start property for an all-day event needs to be set to midnight."
        raise wrong(text, "ErrorInvalidRequest")
    for each in many(event, "attendees"):
        if "@" not in address(each):
            raise wrong("At least one recipient is not valid.", "ErrorInvalidRecipients")
    recurrence: Json = event.get("recurrence") or {}
    pattern: Json = recurrence.get("pattern") or {}
    if recurrence and pattern.get("type") not in ("daily", "weekly"):
        raise wrong("The recurrence pattern is not known.", "ErrorInvalidRecurrencePattern")
    return event | ({"body": body_of(event["body"])} if "body" in event else {})


def _starts(event: Json, last: datetime) -> Iterator[datetime]:
    start, recurrence = _moment(event["start"]), event["recurrence"]
    if not recurrence:
        yield start
        return
    pattern, limits = recurrence["pattern"], recurrence["range"]
    left = limits.get("numberOfOccurrences") or 1000
    until = _aware(f"{limits['endDate']}T23:59:59") if limits.get("endDate") and limits.get("type") == "endDate" else last
    days = {day.lower() for day in pattern.get("daysOfWeek") or [_days[start.weekday()]]}
    monday, day = start - timedelta(days=start.weekday()), start
    while day < last and day <= until and left:
        weeks = (day - monday).days // 7
        fits = (day - start).days % pattern["interval"] == 0 if pattern["type"] == "daily" else weeks % pattern["interval"] == 0
        if fits and (pattern["type"] == "daily" or _days[day.weekday()] in days):
            left -= 1
            yield day
        day += timedelta(days=1)


def _occurrence(event: Json, start: datetime, length: timedelta) -> Json:
    times = {"start": _in_zone(start, "UTC"), "end": _in_zone(start + length, "UTC")}
    own = {"id": f"{event['id']}OC{start:%Y%m%d%H%M}", "type": "occurrence", "seriesMasterId": event["id"], "recurrence": None}
    return event | times | own


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(_zones.get(name, name))
    except (KeyError, ValueError, OSError) as error:
        text = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        raise wrong(text, "TimeZoneNotSupportedException") from error


def _moment(value: Any) -> datetime:
    """A `dateTimeTimeZone`; a date of one with an offset of its own is refused, as the zone stands beside it."""
    try:
        text = value["dateTime"]
        found = datetime.fromisoformat(text[:19])
    except (KeyError, TypeError, ValueError) as error:
        raise wrong("Cannot convert the literal to the expected type 'Edm.DateTimeOffset'.", "RequestBodyRead") from error
    return found.replace(tzinfo=_zone(value.get("timeZone") or "UTC")).astimezone(UTC)


def _in_zone(moment: datetime, zone: str) -> Json:
    return {"dateTime": f"{moment.astimezone(_zone(zone)):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone}


def _aware(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace(" ", "+"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
