"""A double of Google Calendar's API: events with ids that the client may choose, sync tokens that grow old, who is busy, who gets mail.

From https://developers.google.com/workspace/calendar/api/v3/reference (events, calendarList, freebusy, channels),
…/api/guides/sync, …/api/guides/errors, …/api/guides/version-resources and …/api/guides/recurringevents.
Where the vendor documents nothing, the double chose: a sync token is the number of the last change; quickAdd makes an event of one
hour at the next full one; of RRULE it knows FREQ=DAILY and WEEKLY with INTERVAL, COUNT and UNTIL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.google import Refusal, flag, guarded, inner, many, number, one_of, refusal_of, with_reason
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, user

zone = "Europe/Berlin"
shared = "team@group.calendar.google.com"
"""A calendar that the user may read."""
_updates = ("all", "externalOnly", "none")
_unsynced = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin")
"""What a list with a sync token must not say."""
_offset = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class GoogleCalendar(Vendor):
    """The calendars of one user: their own, and one that they may only read."""

    key = "google_calendar"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.calendars: dict[str, Json] = {
            user: {"summary": user, "timeZone": zone, "accessRole": "owner", "primary": True},
            shared: {"summary": "Team", "timeZone": "UTC", "accessRole": "reader"},
        }
        self.events: dict[str, list[Json]] = {each: [] for each in self.calendars}
        """Of each calendar, deleted ones among them."""
        self.changed: dict[str, int] = {}
        """The number of each event's last change, by its id."""
        self.oldest = 0
        """A sync token before this change is no longer valid."""
        self.mails: list[tuple[str, str]] = []
        """(event, guest): who was told by mail."""
        self.channels: list[Json] = []

    def routes(self) -> Routes:
        calendars = "/calendar/v3/users/me/calendarList"
        events = "/calendar/v3/calendars/{calendar}/events"
        routes: Routes = [
            ("GET", calendars, self._list_calendars),
            ("GET", calendars + "/{calendar}", self._get_calendar),
            ("POST", "/calendar/v3/freeBusy", self._busy),
            ("POST", "/calendar/v3/channels/stop", self._stop),
            ("GET", events, self._list),
            ("POST", events, self._insert),
            ("POST", events + "/quickAdd", self._quick),
            ("POST", events + "/watch", self._watch),
            ("GET", events + "/{event}", self._get),
            ("PATCH", events + "/{event}", self._patch),
            ("PUT", events + "/{event}", self._put),
            ("DELETE", events + "/{event}", self._delete),
            ("GET", events + "/{event}/instances", self._instances),
            ("POST", events + "/{event}/move", self._move),
        ]
        return guarded(routes, with_reason)

    def refuse(self, fault: Fault) -> Response:
        return with_reason(refusal_of(fault))

    def add(self, summary: str, start: str, end: str, calendar: str = user, **more: Any) -> Json:
        """Put an event into a calendar; a start without a time is a whole day."""
        name = "dateTime" if "T" in start else "date"
        event: Json = {"summary": summary, "start": {name: start}, "end": {name: end}, **more}
        return self._stored(calendar, event, {"email": user, "self": True})

    def cancel(self, event: Json) -> None:
        """Somebody deletes an event."""
        event["status"] = "cancelled"
        self._touched(event)

    def expire(self) -> None:
        """Every sync token that was given out so far is no longer valid."""
        self.oldest = self.books.next()

    def _stored(self, calendar: str, event: Json, creator: Json) -> Json:
        number, now = event.get("id") or uuid4().hex[:26], _now()
        stored: Json = {
            "kind": "calendar#event", "id": number, "status": "confirmed", "htmlLink": f"https://www.google.com/calendar/event?eid={number}",
            "created": now, "creator": creator, "organizer": {"email": calendar, "self": calendar == user},
            "iCalUID": f"{number}@google.com", "sequence": 0, "reminders": {"useDefault": True}, "eventType": "default",
            **{name: value for name, value in event.items() if name != "id"},
        }  # fmt: skip
        for name in ("start", "end"):
            if "dateTime" in stored[name]:
                stored[name] = {"timeZone": self.calendars[calendar]["timeZone"], **stored[name]}
        for guest in many(stored, "attendees"):
            guest.setdefault("responseStatus", "needsAction")
        self.events[calendar].append(stored)
        self._touched(stored)
        return stored

    def _touched(self, event: Json) -> None:
        change = self.books.next()
        self.changed[event["id"]] = change
        event |= {"updated": _now(), "etag": f'"{3_000_000_000_000_000 + change}"'}

    def _calendar(self, request: Request, *, write: bool = False, name: str = "calendar") -> str:
        asked = request.path_params.get(name) or request.query_params.get("destination", "")
        wanted = user if asked == "primary" else asked
        if wanted not in self.calendars:
            raise Refusal(404, "notFound", "Not Found")
        if write and self.calendars[wanted]["accessRole"] == "reader":
            raise Refusal(403, "requiredAccessLevel", "You need to have writer access to this calendar.")
        return wanted

    def _event(self, request: Request, *, write: bool = False) -> Json:
        calendar, wanted = self._calendar(request, write=write), request.path_params["event"]
        found = next((each for each in self.events[calendar] if each["id"] == wanted), None)
        if found is None and not write:
            found = next((one for each in self.events[calendar] for one in _occurrences(each) if one["id"] == wanted), None)
        if found is None:
            raise Refusal(404, "notFound", "Not Found")
        if write and (match := request.headers.get("if-match")) not in (None, "*", found["etag"]):
            raise Refusal(412, "conditionNotMet", f"Precondition Failed: {match}", "If-Match")
        return found

    def _tell(self, request: Request, event: Json) -> None:
        """Mail to the guests, as `sendUpdates` says; the old name of the parameter is still taken."""
        asked = one_of(request, "sendUpdates", _updates, "all" if flag(request, "sendNotifications") else "none")
        for guest in many(event, "attendees"):
            inside = guest["email"].endswith("@example.com")
            if guest["email"] != user and (asked == "all" or (asked == "externalOnly" and not inside)):
                self.mails.append((event["id"], guest["email"]))

    def _entry(self, calendar: str) -> Json:
        return {"kind": "calendar#calendarListEntry", "etag": '"1"', "id": calendar, "selected": True, **self.calendars[calendar]}

    async def _list_calendars(self, request: Request, _sent: Any) -> Response:
        roles = ("freeBusyReader", "reader", "writer", "owner")
        least = one_of(request, "minAccessRole", roles, "freeBusyReader") or roles[0]
        fits = [each for each in self.calendars if roles.index(self.calendars[each]["accessRole"]) >= roles.index(least)]
        items = [self._entry(each) for each in fits]
        return self._page(request, items, {"kind": "calendar#calendarList", "etag": '"1"'}, 100, 250)

    async def _get_calendar(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._entry(self._calendar(request)))

    async def _list(self, request: Request, _sent: Any) -> Response:
        calendar, query = self._calendar(request), request.query_params
        sync, order = query.get("syncToken"), one_of(request, "orderBy", ("startTime", "updated"))
        single = flag(request, "singleEvents")
        if order == "startTime" and not single:
            raise Refusal(400, "badRequest", "The requested ordering is not available for the particular query.", "orderBy")
        if sync is not None:
            found = self._since(request, calendar, sync)
        else:
            found = [each for each in self.events[calendar] if _fits(request, each)]
        if single:
            found = [one for each in found for one in _occurrences(each)]
        low, high = _moment(query.get("timeMin"), "timeMin"), _moment(query.get("timeMax"), "timeMax")
        if low and high and low >= high:
            raise Refusal(400, "timeRangeEmpty", "The specified time range is empty.", "timeMax")
        within = [each for each in found if (not low or _end(each) > low) and (not high or _start(each) < high)]
        within.sort(key=_start if order == "startTime" else lambda each: self.changed[each.get("recurringEventId", each["id"])])
        facts: Json = {
            "kind": "calendar#events", "etag": '"p1"', "summary": self.calendars[calendar]["summary"], "timeZone": zone, "updated": _now(),
            "accessRole": self.calendars[calendar]["accessRole"], "defaultReminders": [],
        }  # fmt: skip
        # An ordered list, and one of a search, is none to go on from.
        token = None if order or "q" in query else str(self.books.serial)
        return self._page(request, within, facts, 250, 2500, token)

    def _since(self, request: Request, calendar: str, sync: str) -> list[Json]:
        """What has changed since a token was given out, deleted events too."""
        if both := [name for name in _unsynced if name in request.query_params]:
            raise Refusal(400, "badRequest", f"Sync token cannot be used with other query restrictions: {both[0]}.", both[0])
        if request.query_params.get("showDeleted") == "false":
            raise Refusal(400, "badRequest", "Sync token cannot be used with showDeleted=false.", "showDeleted")
        if not sync.isdecimal():
            raise Refusal(400, "invalid", "Invalid sync token value.", "syncToken")
        if int(sync) < self.oldest:
            raise Refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "syncToken")
        return [each for each in self.events[calendar] if self.changed[each["id"]] > int(sync)]

    def _page(self, request: Request, items: list[Json], facts: Json, usual: int, most: int, token: str | None = None) -> Response:
        start = request.query_params.get("pageToken", "0")
        if not start.isdecimal():
            raise Refusal(400, "invalid", "Invalid page token value.", "pageToken")
        end = int(start) + self.size(number(request, "maxResults", usual, most), usual)
        answer = facts | {"items": items[int(start) : end]}
        if end < len(items):
            answer["nextPageToken"] = str(end)
        elif token is not None:
            answer["nextSyncToken"] = token
        return JSONResponse(answer)

    async def _get(self, request: Request, _sent: Any) -> Response:
        event = self._event(request)
        if request.headers.get("if-none-match") == event["etag"]:
            return Response(status_code=304)
        return JSONResponse(event, headers={"etag": event["etag"]})

    async def _insert(self, request: Request, sent: Any) -> Response:
        calendar, event = self._calendar(request, write=True), dict(_object(sent))
        wanted = event.get("id")
        if wanted is not None and not re.fullmatch(r"[a-v0-9]{5,1024}", wanted):
            raise Refusal(400, "invalid", "Invalid resource id value.")
        if any(each["id"] == wanted for events in self.events.values() for each in events):
            raise Refusal(409, "duplicate", "The requested identifier already exists.")
        one_of(request, "sendUpdates", _updates)
        stored = self._stored(calendar, _checked(_conference(request, event)), {"email": user, "self": True})
        self._tell(request, stored)
        self.happened(sent, f"event:{stored['id']}")
        return JSONResponse(stored)

    async def _quick(self, request: Request, _sent: Any) -> Response:
        calendar, text = self._calendar(request, write=True), request.query_params.get("text")
        if not text:
            raise Refusal(400, "required", "Missing required parameter: text", "text")
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        times = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": (start + timedelta(hours=1)).isoformat()}}
        stored = self._stored(calendar, {"summary": text, **times}, {"email": user, "self": True})
        self.happened(text, f"event:{stored['id']}")
        return JSONResponse(stored)

    async def _patch(self, request: Request, sent: Any) -> Response:
        """Fields that are not sent stay, a list is replaced whole, and null takes a field away."""
        event = self._event(request, write=True)
        changed = {name: value for name, value in {**event, **_merged(event, _object(sent))}.items() if value is not None}
        return self._changed(request, event, changed, sent)

    async def _put(self, request: Request, sent: Any) -> Response:
        event = self._event(request, write=True)
        kept = {
            name: event[name] for name in ("kind", "id", "htmlLink", "created", "creator", "organizer", "iCalUID", "status", "sequence")
        }
        return self._changed(request, event, {**kept, **_object(sent), "id": event["id"]}, sent)

    def _changed(self, request: Request, event: Json, changed: Json, sent: Any) -> Response:
        one_of(request, "sendUpdates", _updates)
        checked = _checked(_conference(request, changed))
        moved = any(event[name] != checked[name] for name in ("start", "end"))
        event.clear()
        event |= checked | {"sequence": checked["sequence"] + moved}
        self._touched(event)
        self._tell(request, event)
        self.happened(sent, f"change:{event['id']}")
        return JSONResponse(event)

    async def _delete(self, request: Request, _sent: Any) -> Response:
        event = self._event(request, write=True)
        if event["status"] == "cancelled":
            raise Refusal(410, "deleted", "Resource has been deleted")
        self._tell(request, event)
        self.cancel(event)
        self.happened(None, f"delete:{event['id']}")
        return Response(status_code=204)

    async def _instances(self, request: Request, _sent: Any) -> Response:
        event = self._event(request)
        return self._page(request, list(_occurrences(event)), {"kind": "calendar#events", "timeZone": zone}, 250, 2500)

    async def _move(self, request: Request, _sent: Any) -> Response:
        event, source = self._event(request, write=True), self._calendar(request)
        target = self._calendar(request, write=True, name="destination")
        self.events[source].remove(event)
        self.events[target].append(event)
        event["organizer"] = {"email": target}
        self._touched(event)
        self.happened(None, f"move:{event['id']}")
        return JSONResponse(event)

    async def _busy(self, _request: Request, sent: Any) -> Response:
        asked = _object(sent)
        low, high = (_moment(asked.get(name), name) for name in ("timeMin", "timeMax"))
        if low is None or high is None:
            raise Refusal(400, "required", "Missing required field.", "timeMin" if low is None else "timeMax")
        if low >= high:
            raise Refusal(400, "timeRangeEmpty", "The specified time range is empty.", "timeMax")
        if len(many(asked, "items")) > 50:
            raise Refusal(400, "tooManyCalendarsRequested", "The number of calendars requested is too large for a single query.")
        answered = {each["id"]: self._times(each["id"], low, high) for each in many(asked, "items")}
        return JSONResponse({"kind": "calendar#freeBusy", "timeMin": asked["timeMin"], "timeMax": asked["timeMax"], "calendars": answered})

    def _times(self, asked: str, low: datetime, high: datetime) -> Json:
        calendar = user if asked == "primary" else asked
        if calendar not in self.calendars:
            return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        counted = [each for each in self.events[calendar] if each["status"] != "cancelled" and each.get("transparency") != "transparent"]
        events = [one for each in counted for one in _occurrences(each)]
        spans = sorted((max(_start(each), low), min(_end(each), high)) for each in events if _start(each) < high and _end(each) > low)
        busy: list[tuple[datetime, datetime]] = []
        for start, end in spans:
            if busy and start <= busy[-1][1]:
                busy[-1] = (busy[-1][0], max(end, busy[-1][1]))
            else:
                busy.append((start, end))
        return {"busy": [{"start": _written(start), "end": _written(end)} for start, end in busy]}

    async def _watch(self, request: Request, sent: Any) -> Response:
        calendar, asked = self._calendar(request), _object(sent)
        if asked.get("type") != "web_hook" or not str(asked.get("address", "")).startswith("https://"):
            raise Refusal(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS: " + str(asked.get("address")))
        if not asked.get("id"):
            raise Refusal(400, "required", "Missing required field: id")
        if any(each["id"] == asked["id"] for each in self.channels):
            raise Refusal(400, "channelIdNotUnique", "Channel id not unique")
        expires = int((datetime.now(UTC) + timedelta(days=7)).timestamp() * 1000)
        channel: Json = {"kind": "api#channel", "id": asked["id"], "resourceId": uuid4().hex, "resourceUri": f"{self.url}/{calendar}"}
        channel |= {"expiration": str(min(expires, int(asked.get("expiration") or expires))), "token": asked.get("token")}
        self.channels.append(channel)
        self.happened(sent, f"watch:{asked['id']}")
        return JSONResponse(channel)

    async def _stop(self, _request: Request, sent: Any) -> Response:
        kept = [each for each in self.channels if (each["id"], each["resourceId"]) != (sent.get("id"), sent.get("resourceId"))]
        if len(kept) == len(self.channels):
            raise Refusal(404, "notFound", f"Channel '{sent.get('id')}' not found for project")
        self.channels = kept
        self.happened(None, f"stop:{sent['id']}")
        return Response(status_code=204)


def _object(sent: Any) -> Json:
    if sent is not None and not isinstance(sent, dict):
        raise Refusal(400, "parseError", "Parse Error")
    return cast("Json", sent or {})


def _checked(event: Json) -> Json:
    """The event, if Google takes it."""
    for name in ("start", "end"):
        _checked_time(event.get(name), name)
    if ("date" in event["start"]) != ("date" in event["end"]) or _start(event) > _end(event):
        raise Refusal(400, "timeRangeEmpty", "The specified time range is empty.", "timeMax")
    for guest in many(event, "attendees"):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", guest.get("email", "")):
            raise Refusal(400, "invalid", "Invalid attendee email.")
        guest.setdefault("responseStatus", "needsAction")
    if any(not each.startswith(("RRULE:", "EXRULE:", "RDATE", "EXDATE")) for each in many(event, "recurrence")):
        raise Refusal(400, "invalid", "Invalid recurrence rule.")
    if event.get("status", "confirmed") not in ("confirmed", "tentative", "cancelled"):
        raise Refusal(400, "invalid", "Invalid value for: status")
    if event.get("recurrence") and "dateTime" in event["start"] and "timeZone" not in event["start"]:
        raise Refusal(400, "required", "Missing time zone definition for start time.")
    return event


def _checked_time(time: Json | None, name: str) -> None:
    if not time or not (time.get("date") or time.get("dateTime")):
        raise Refusal(400, "required", f"Missing {name} time.")
    if "timeZone" in time and time["timeZone"] not in available_timezones():
        raise Refusal(400, "invalid", f"Invalid time zone definition for {name} time.")
    if time.get("date") and time.get("dateTime"):
        raise Refusal(400, "invalid", f"Invalid {name} time.")
    try:
        read = _time(time)
    except ValueError:
        raise Refusal(400, "parseError", "Parse Error") from None
    if read.tzinfo is None:
        raise Refusal(400, "required", f"Missing time zone definition for {name} time.")


def _conference(request: Request, event: Json) -> Json:
    """A request for a conference is heard from version 1 on, and is otherwise not noticed."""
    asked: Json | None = inner(event, "conferenceData").get("createRequest")
    if not number(request, "conferenceDataVersion", 0, 1, 0):
        return {name: value for name, value in event.items() if name != "conferenceData" or not asked}
    if not asked:
        return event
    if not asked.get("requestId"):
        raise Refusal(400, "invalid", "Invalid conference request id.")
    link = f"https://meet.google.com/{asked['requestId'][:3]}-mnop-qrs"
    made = {"createRequest": {**asked, "status": {"statusCode": "success"}}, "entryPoints": [{"entryPointType": "video", "uri": link}]}
    return event | {"conferenceData": made, "hangoutLink": link}


def _merged(old: Json, new: Json) -> Json:
    """The semantics of patch: objects below are merged, and a date takes the place of a time."""
    merged: Json = {}
    for name, value in new.items():
        before = old.get(name)
        merged[name] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
        if name in ("start", "end") and isinstance(value, dict):
            merged[name] = {inner: each for inner, each in merged[name].items() if each is not None}
            if "date" in value and "dateTime" not in value:
                merged[name] = {"date": value["date"]}
            elif "dateTime" in value:
                merged[name].pop("date", None)
    return merged


def _fits(request: Request, event: Json) -> bool:
    query = request.query_params
    since = _moment(query.get("updatedMin"), "updatedMin")
    if since and since < datetime.now(UTC) - timedelta(days=28):
        raise Refusal(410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far in the past.", "updatedMin")
    if since and datetime.fromisoformat(event["updated"]) < since:
        return False
    if event["status"] == "cancelled" and not (flag(request, "showDeleted") or since):
        return False
    if "iCalUID" in query and event["iCalUID"] != query["iCalUID"]:
        return False
    people = [str(each.get(name, "")) for each in many(event, "attendees") for name in ("email", "displayName")]
    texts = [str(event.get(name, "")) for name in ("summary", "description", "location")] + people
    if any(word.lower() not in " ".join(texts).lower() for word in query.get("q", "").split()):
        return False
    properties = inner(event, "extendedProperties")
    wanted = [(kind, pair.partition("=")) for kind in ("private", "shared") for pair in query.getlist(f"{kind}ExtendedProperty")]
    return all(inner(properties, kind).get(name) == value for kind, (name, _, value) in wanted)


def _occurrences(event: Json) -> Iterator[Json]:
    """The instances of an event that comes again, else the event itself; no more than 100."""
    rules = [each.removeprefix("RRULE:") for each in many(event, "recurrence") if each.startswith("RRULE:")]
    if not rules:
        yield event
        return
    rule: dict[str, str] = dict(part.split("=", 1) for part in rules[0].split(";"))
    step = timedelta(weeks=1) if rule["FREQ"] == "WEEKLY" else timedelta(days=1)
    until = datetime.strptime(rule["UNTIL"][:8] + "+0000", "%Y%m%d%z") + timedelta(days=1) if "UNTIL" in rule else None
    for index in range(min(int(rule.get("COUNT", 100)), 100)):
        times = {name: _shifted(event[name], step * index * int(rule.get("INTERVAL", 1))) for name in ("start", "end")}
        one = {name: value for name, value in event.items() if name != "recurrence"} | times
        if until and _start(one) >= until:
            return
        mark = f"{_start(one):%Y%m%dT%H%M%SZ}" if "dateTime" in event["start"] else f"{_start(one):%Y%m%d}"
        yield one | {"id": f"{event['id']}_{mark}", "recurringEventId": event["id"], "originalStartTime": times["start"]}


def _shifted(time: Json, by: timedelta) -> Json:
    if "date" in time:
        return {"date": (date.fromisoformat(time["date"]) + by).isoformat()}
    return time | {"dateTime": (datetime.fromisoformat(time["dateTime"]) + by).isoformat()}


def _time(time: Json) -> datetime:
    if "date" in time:
        return datetime.combine(date.fromisoformat(time["date"]), datetime.min.time(), ZoneInfo(zone))
    read = datetime.fromisoformat(time["dateTime"])
    return read.replace(tzinfo=ZoneInfo(time["timeZone"])) if read.tzinfo is None and "timeZone" in time else read


def _start(event: Json) -> datetime:
    return _time(event["start"]).astimezone(UTC)


def _end(event: Json) -> datetime:
    return _time(event["end"]).astimezone(UTC)


def _moment(value: str | None, name: str) -> datetime | None:
    if value is None:
        return None
    if not _offset.fullmatch(value):
        raise Refusal(400, "badRequest", "Bad Request", name)
    return datetime.fromisoformat(value).astimezone(UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
