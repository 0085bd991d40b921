"""What Google Calendar's actions take."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, model_validator

from tenuto.core.connector import Params, options

_day = re.compile(r"\d{4}-\d\d-\d\d")


def _moment(value: str) -> str:
    try:
        date.fromisoformat(value) if _day.fullmatch(value) else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("write a day (2026-01-31) or a time (2026-01-31T09:30:00+01:00)") from None
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError(f'"{value}" is no time zone; write a name such as Europe/Berlin') from None
    return value


Moment = Annotated[str, AfterValidator(_moment), Field(max_length=40)]
Zone = Annotated[str, AfterValidator(_zone), Field(max_length=64)]
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}$")]
Rule = Annotated[str, Field(pattern=r"^(RRULE|EXRULE|RDATE|EXDATE)[:;][^\r\n]{1,500}$")]
Notify = Literal["all", "external", "none"]


class OfCalendar(Params):
    """Which calendar."""

    calendar: str = Field(
        default="primary", description="The calendar's id; `primary` is the account's own.", examples=["primary"], min_length=1, max_length=256,
        json_schema_extra=options("list_calendars", "calendars", label="title"),
    )  # fmt: skip


class CalendarFilter(Params):
    """Which calendars."""

    writable: bool = Field(default=False, description="Only those in which events can be made.", examples=[True])
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class EventFilter(OfCalendar):
    """Which events."""

    start: AwareDatetime | None = Field(default=None, description="Only what ends after this.", examples=["2026-01-05T00:00:00Z"])
    end: AwareDatetime | None = Field(default=None, description="Only what starts before this.", examples=["2026-01-12T00:00:00Z"])
    query: str | None = Field(
        default=None, description="Words of the title, the text, the place or the guests.", examples=["review"], min_length=1
    )
    limit: int = Field(default=50, ge=1, le=250, description="How many on a page.", examples=[50])
    page: str | None = Field(default=None, description="`next_page` of the page before.", examples=["CigKGmE"])

    @model_validator(mode="after")
    def _ordered(self) -> EventFilter:
        if self.start and self.end and self.start >= self.end:
            raise ValueError("end has to be after start")
        return self


class ChangedSince(OfCalendar):
    """Which changes."""

    since: AwareDatetime | None = Field(
        default=None, description="Only what was made, changed or cancelled since then; at most three weeks ago.",
        examples=["2026-01-05T09:30:00Z"],
    )  # fmt: skip
    limit: int = Field(default=100, ge=1, le=2500, description="How many at most.", examples=[100])


class OneEvent(OfCalendar):
    """Which event."""

    event: str = Field(description="The event's id.", examples=["4ssoq6v0k1n3h5e7g9j2m4p6r8"], min_length=1, max_length=1024)


class Deletion(OneEvent):
    """Which event is cancelled, and who hears of it."""

    notify: Notify = Field(default="none", description="Which guests get mail.", examples=["all"])


class _Details(OfCalendar):
    description: str | None = Field(
        default=None, description="What it is about; simple HTML is shown.", examples=["Agenda: …"], max_length=8192
    )
    location: str | None = Field(default=None, description="Where.", examples=["Room 4"], max_length=1024)
    time_zone: Zone | None = Field(default=None, description="Of times without an offset, and of what repeats.", examples=["Europe/Berlin"])
    guests: tuple[Address, ...] | None = Field(
        default=None, description="Addresses of the guests.", examples=[["bo@example.com"]], max_length=200
    )
    recurrence: tuple[Rule, ...] | None = Field(
        default=None, description="How it repeats, as RFC 5545 has it.", examples=[["RRULE:FREQ=WEEKLY;COUNT=4"]], max_length=20
    )
    visibility: Literal["default", "public", "private"] | None = Field(default=None, description="Who sees it.", examples=["private"])
    free: bool | None = Field(default=None, description="Whether one counts as free meanwhile.", examples=[False])
    notify: Notify = Field(default="none", description="Which guests get mail.", examples=["all"])

    @property
    def details(self) -> dict[str, JsonValue]:
        """What was given, in Google's names."""
        given: dict[str, JsonValue] = {"description": self.description, "location": self.location, "visibility": self.visibility}
        given["attendees"] = None if self.guests is None else [{"email": guest} for guest in self.guests]
        given["recurrence"] = None if self.recurrence is None else list(self.recurrence)
        given["transparency"] = None if self.free is None else "transparent" if self.free else "opaque"
        return {name: value for name, value in given.items() if value is not None}

    def time(self, moment: str) -> JsonValue:
        """A day or a time as Google takes it."""
        if _day.fullmatch(moment):
            return {"date": moment}
        zone: dict[str, JsonValue] = {"timeZone": self.time_zone} if self.time_zone else {}
        return {"dateTime": moment, **zone}


def _fitting(start: str, end: str, zone: str | None) -> None:
    if bool(_day.fullmatch(start)) != bool(_day.fullmatch(end)):
        raise ValueError("start and end are both days or both times")
    if _day.fullmatch(start):
        if date.fromisoformat(end) <= date.fromisoformat(start):
            raise ValueError("end is the day after the last one, so it has to be after start")
        return
    times = [datetime.fromisoformat(value) for value in (start, end)]
    if any(time.tzinfo is None for time in times) and zone is None:
        raise ValueError("a time without an offset needs time_zone")
    low, high = (time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone or "UTC")) for time in times)
    if high < low:
        raise ValueError("end has to be after start")


class NewEvent(_Details):
    """An event to be made."""

    title: str = Field(description="What it is called.", examples=["Review"], min_length=1, max_length=1024)
    start: Moment = Field(description="When it begins: a time, or a day for a whole day.", examples=["2026-01-05T09:30:00+01:00"])
    end: Moment = Field(description="When it ends; for whole days the day after the last.", examples=["2026-01-05T10:00:00+01:00"])
    meet: bool = Field(default=False, description="Whether to add a Google Meet link.", examples=[True])

    @model_validator(mode="after")
    def _possible(self) -> NewEvent:
        _fitting(self.start, self.end, self.time_zone)
        if self.recurrence and not _day.fullmatch(self.start) and self.time_zone is None:
            raise ValueError("what repeats needs time_zone")
        return self


class EventChange(_Details):
    """What changes of an event; what is not given stays."""

    event: str = Field(description="The event's id.", examples=["4ssoq6v0k1n3h5e7g9j2m4p6r8"], min_length=1, max_length=1024)
    title: str | None = Field(default=None, description="What it is called.", examples=["Review, moved"], min_length=1, max_length=1024)
    start: Moment | None = Field(
        default=None, description="When it begins; then `end` has to be given too.", examples=["2026-01-06T09:30:00+01:00"]
    )
    end: Moment | None = Field(default=None, description="When it ends.", examples=["2026-01-06T10:00:00+01:00"])

    @model_validator(mode="after")
    def _possible(self) -> EventChange:
        if (self.start is None) != (self.end is None):
            raise ValueError("give start and end, or neither")
        if self.start is not None and self.end is not None:
            _fitting(self.start, self.end, self.time_zone)
        if not self.details and self.title is None and self.start is None:
            raise ValueError("give at least one thing that changes")
        return self


class Period(Params):
    """Of whom, and when."""

    calendars: tuple[str, ...] = Field(
        default=("primary",), description="Ids of calendars, or people's addresses.", examples=[["primary", "bo@example.com"]], min_length=1,
        max_length=50,
    )  # fmt: skip
    start: AwareDatetime = Field(description="From when on.", examples=["2026-01-05T08:00:00Z"])
    end: AwareDatetime = Field(description="Until when.", examples=["2026-01-05T18:00:00Z"])

    @model_validator(mode="after")
    def _ordered(self) -> Period:
        if self.start >= self.end:
            raise ValueError("end has to be after start")
        return self
