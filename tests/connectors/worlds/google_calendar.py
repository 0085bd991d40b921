"""Google Calendar against Google's document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.google_calendar import GoogleCalendar
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.google_calendar import google_calendar
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double[GoogleCalendar].add("Standup", "2026-01-05T09:00:00Z", "2026-01-05T09:15:00Z")
    span: JsonObject = {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z"}
    yield "list_calendars", {"writable": True}
    yield "list_events", {**span, "query": "Standup", "limit": 1}
    yield "list_events", {"page": "0"}
    yield "changed_events", {"since": "2026-01-05T00:00:00Z"}
    everything: JsonObject = {
        "title": "Review", "start": "2026-01-05T09:30:00+01:00", "end": "2026-01-05T10:00:00+01:00", "time_zone": "Europe/Berlin",
        "description": "d", "location": "l", "guests": ["bo@example.com"], "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"], "visibility": "private",
        "free": True, "notify": "all", "meet": True,
    }  # fmt: skip
    made = yield "create_event", everything
    one: JsonObject = {"event": made["id"]}
    yield "get_event", one
    yield (
        "update_event",
        {**one, "title": "Moved", "start": "2026-01-06", "end": "2026-01-07", "guests": [], "recurrence": [], "notify": "external"},
    )
    yield "free_busy", {**span, "calendars": ["primary"]}
    yield "delete_event", {**one, "notify": "all"}


conformance = Conformance(
    connector=google_calendar, double=GoogleCalendar, contract=OpenApi(("google-calendar.v3.openapi3.json",)), cases=cases
)
