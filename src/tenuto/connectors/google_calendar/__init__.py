"""Google Calendar's API: calendars, events, who is busy, and what has changed.

https://developers.google.com/workspace/calendar/api/v3/reference
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import JsonValue

from tenuto.connectors.google_calendar.answers import Busy, CalendarPage, Calendars, Cancelled, Changes, Event, EventPage, Span, Times
from tenuto.connectors.google_calendar.shapes import (
    CalendarFilter,
    ChangedSince,
    Deletion,
    EventChange,
    EventFilter,
    NewEvent,
    Notify,
    OneEvent,
    Period,
)
from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, Whoami, mark
from tenuto.core.errors import AuthRejected, Conflict, NotFound, RateLimited

page_size = 250
remembered = timedelta(days=21)
"""For how long changes are asked for: further back Google refuses (`updatedMinTooLongAgo`), at some four weeks."""
_events_scope, _read_scope = (f"https://www.googleapis.com/auth/calendar.{name}" for name in ("events", "readonly"))
_root = "/calendar/v3"
_events = f"{_root}/calendars/{{calendar}}/events"
_one = f"{_events}/{{event}}"
_limits = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "calendarUsageLimitsExceeded")
_unauthorised = ("authError", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
_told: dict[Notify, str] = {"all": "all", "external": "externalOnly", "none": "none"}


def _account(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=_Primary.model_validate(answer.json).summary)


class _Primary(Result):
    summary: str


class _Nothing(Result):
    pass


google_calendar = Connector(
    key="google_calendar",
    name="Google Calendar",
    doc="Events, guests and who is busy.",
    base_url="https://www.googleapis.com",
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a password
        revoke_url="https://oauth2.googleapis.com/revoke",
        app="google",
        issuer="https://accounts.google.com",
        scopes=(_events_scope, _read_scope),
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    # What either of the scopes allows; the account's own calendar is called as its address is.
    check=Request(result=Whoami, method="GET", path=f"{_root}/calendars/primary/events", query={"maxResults": 1}, read=_account),
    errors=(
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.errors.0.reason",
            kinds={
                **dict.fromkeys(_limits, RateLimited),
                **dict.fromkeys(_unauthorised, AuthRejected),
                "duplicate": Conflict,
                "deleted": NotFound,
            },
            fixes={
                **dict.fromkeys(_unauthorised, "Connect Google Calendar again and grant what it asks for."),
                "requiredAccessLevel": "Choose a calendar in which the account may write.",
            },
        ),
    ),
)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@google_calendar.action(effect="read", scopes=(_read_scope,))
async def list_calendars(calls: Calls, params: CalendarFilter) -> Calendars:
    """List the account's calendars."""
    found, token = list(CalendarPage().items), cast("str | None", "")
    while token is not None and len(found) < params.limit:
        query: dict[str, QueryValue] = {"maxResults": page_size, "pageToken": token or None}
        query |= {"minAccessRole": "writer"} if params.writable else {}
        page = await calls.send(Request(result=CalendarPage, method="GET", path=f"{_root}/users/me/calendarList", query=query))
        found, token = [*found, *page.items], page.following
    return Calendars(calendars=tuple(found[: params.limit]), total=len(found[: params.limit]))


@google_calendar.action(effect="read", scopes=(_events_scope,))
def list_events(params: EventFilter) -> Request[EventPage]:
    """List events by time, the next one first; each event of a series by itself."""
    query: dict[str, QueryValue] = {"singleEvents": True, "orderBy": "startTime", "maxResults": params.limit, "q": params.query}
    query |= {"timeMin": params.start and _written(params.start), "timeMax": params.end and _written(params.end), "pageToken": params.page}
    return Request(result=EventPage, method="GET", path=_events, query=query)


@google_calendar.action(effect="read", scopes=(_events_scope,))
async def changed_events(calls: Calls, params: ChangedSince) -> Changes:
    """List events that were made, changed or cancelled; for triggers that poll."""
    query: dict[str, QueryValue] = {"orderBy": "updated", "showDeleted": True, "maxResults": min(page_size, params.limit)}
    # A calendar may be quiet for longer than Google remembers changes; whoever polls it must not be refused for that ever after.
    since = params.since and max(params.since, calls.now - remembered)
    query |= {"updatedMin": since and _written(since)}
    found, token = list(EventPage().events), cast("str | None", "")
    while token is not None:
        ask = {**query, "pageToken": token or None}
        page = await calls.send(Request(result=EventPage, method="GET", path=_events, fill={"calendar": params.calendar}, query=ask))
        found, token = [*found, *page.events], page.next_page
    # The latest ones: Google lists the oldest change first.
    return Changes(events=tuple(found[-params.limit :]), total=len(found[-params.limit :]))


@google_calendar.action(effect="read", scopes=(_events_scope,))
def get_event(params: OneEvent) -> Request[Event]:
    """Read an event."""
    return Request(result=Event, method="GET", path=_one)


@google_calendar.action(effect="idempotent_write", scopes=(_events_scope,))
async def create_event(calls: Calls, params: NewEvent) -> Event:
    """Make an event. Its id is ours, so that it is made once."""
    body: dict[str, JsonValue] = {"id": mark(calls.key), "summary": params.title, **params.details}
    body |= {"start": params.time(params.start), "end": params.time(params.end)}
    query: dict[str, QueryValue] = {"sendUpdates": _told[params.notify]}
    if params.meet:
        solution: JsonValue = {"type": "hangoutsMeet"}
        body["conferenceData"] = {"createRequest": {"requestId": mark(calls.key), "conferenceSolutionKey": solution}}
        query["conferenceDataVersion"] = 1
    fill = {"calendar": params.calendar, "event": mark(calls.key)}
    try:
        return await calls.send(Request(result=Event, method="POST", path=_events, fill=fill, query=query, json=body))
    except Conflict:
        return await calls.send(Request(result=Event, method="GET", path=_one, fill=fill))


@google_calendar.action(effect="idempotent_write", scopes=(_events_scope,))
def update_event(params: EventChange) -> Request[Event]:
    """Change an event; what is not given stays."""
    body = params.details | ({"summary": params.title} if params.title is not None else {})
    if params.start is not None and params.end is not None:
        body |= {"start": params.time(params.start), "end": params.time(params.end)}
    return Request(result=Event, method="PATCH", path=_one, query={"sendUpdates": _told[params.notify]}, json=body)


@google_calendar.action(effect="idempotent_write", scopes=(_events_scope,))
async def delete_event(calls: Calls, params: Deletion) -> Cancelled:
    """Cancel an event; one that is cancelled already stays so."""
    fill = {"calendar": params.calendar, "event": params.event}
    query: dict[str, QueryValue] = {"sendUpdates": _told[params.notify]}
    with contextlib.suppress(NotFound):
        await calls.send(Request(result=_Nothing, method="DELETE", path=_one, fill=fill, query=query, read=_done))
    return Cancelled(event=params.event)


def _done(_answer: Answer, _params: Params) -> _Nothing:
    return _Nothing()


@google_calendar.action(effect="read", scopes=(_read_scope,))
def free_busy(params: Period) -> Request[Busy]:
    """Tell when people are busy."""
    body: JsonValue = {
        "timeMin": _written(params.start), "timeMax": _written(params.end), "items": [{"id": each} for each in params.calendars],
    }  # fmt: skip
    return Request(result=Busy, method="POST", path=f"{_root}/freeBusy", json=body, read=_busy)


class _Told(Result):
    busy: tuple[Span, ...] = ()
    errors: tuple[dict[str, str], ...] = ()


class _All(Result):
    calendars: dict[str, _Told]


def _busy(answer: Answer, _params: Params) -> Busy:
    told = _All.model_validate(answer.json).calendars
    return Busy(
        calendars=tuple(
            Times(calendar=name, busy=each.busy, error=each.errors[0].get("reason") if each.errors else None) for name, each in told.items()
        )
    )
