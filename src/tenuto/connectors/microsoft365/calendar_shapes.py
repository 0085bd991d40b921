"""What the calendar's actions take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, model_validator

from tenuto.connectors.microsoft365.mail_shapes import Address, Id, Line
from tenuto.core.connector import Params

_id = "AAMkAGI1AAAoZCfHAAA="


def _local(value: str) -> str:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("write a time such as 2026-01-31T09:30:00") from None
    if found.tzinfo is not None or "T" not in value:
        raise ValueError("write a time without an offset such as 2026-01-31T09:30:00; time_zone says where it holds")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError(f'"{value}" is no time zone; write a name such as Europe/Berlin') from None
    return value


Local = Annotated[str, AfterValidator(_local), Field(max_length=30)]
Zone = Annotated[str, AfterValidator(_zone), Field(max_length=64)]
Show = Literal["free", "tentative", "busy", "oof", "workingElsewhere"]


class EventSpan(Params):
    """Which events."""

    start: AwareDatetime = Field(description="Only what ends after this.", examples=["2026-01-05T00:00:00Z"])
    end: AwareDatetime = Field(description="Only what starts before this.", examples=["2026-01-12T00:00:00Z"])
    limit: int = Field(default=50, ge=1, le=250, description="How many on a page.", examples=[50])
    skip: int = Field(default=0, ge=0, le=100_000, description="`next_skip` of the page before.", examples=[50])

    @model_validator(mode="after")
    def _ordered(self) -> EventSpan:
        if self.start >= self.end:
            raise ValueError("end has to be after start")
        return self


class ChangedSince(Params):
    """Which changes."""

    since: AwareDatetime | None = Field(
        default=None, description="Only what was made or changed since then.", examples=["2026-01-05T09:30:00Z"]
    )
    limit: int = Field(default=50, ge=1, le=250, description="How many at most.", examples=[50])


class EventId(Params):
    """Which event."""

    event: Id = Field(description="Graph's id of the event.", examples=[_id])


class _Details(Params):
    body: str | None = Field(default=None, description="What it is about.", examples=["Agenda: …"], max_length=1_000_000)
    html: bool = Field(default=False, description="Whether the body is HTML.", examples=[False])
    location: Line | None = Field(default=None, description="Where.", examples=["Room 4"])
    guests: tuple[Address, ...] | None = Field(
        default=None, description="Addresses of the guests; they are told.", examples=[["bo@example.com"]], max_length=200
    )
    show_as: Show | None = Field(default=None, description="What one counts as meanwhile.", examples=["busy"])
    reminder_minutes: int | None = Field(default=None, ge=0, le=40_320, description="How long before one is reminded.", examples=[15])
    time_zone: Zone = Field(default="UTC", description="Where the times hold.", examples=["Europe/Berlin"])

    @property
    def details(self) -> dict[str, JsonValue]:
        """What was given, in Graph's names."""
        given: dict[str, JsonValue] = {"showAs": self.show_as, "reminderMinutesBeforeStart": self.reminder_minutes}
        if self.body is not None:
            given["body"] = {"contentType": "html" if self.html else "text", "content": self.body}
        if self.location is not None:
            given["location"] = {"displayName": self.location}
        if self.guests is not None:
            given["attendees"] = [{"emailAddress": {"address": guest}, "type": "required"} for guest in self.guests]
        return {name: value for name, value in given.items() if value is not None}

    def times(self, start: str, end: str) -> dict[str, JsonValue]:
        """Both times as Graph has them."""
        return {name: {"dateTime": value, "timeZone": self.time_zone} for name, value in (("start", start), ("end", end))}


def _fitting(start: str, end: str, *, all_day: bool) -> None:
    low, high = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if high < low or (all_day and high == low):
        raise ValueError("end has to be after start")
    if all_day and any((each.hour, each.minute, each.second) != (0, 0, 0) for each in (low, high)):
        raise ValueError("a whole day is from midnight to midnight")


class NewEvent(_Details):
    """An event to be made."""

    subject: Line = Field(description="What it is called.", examples=["Review"], min_length=1)
    start: Local = Field(description="When it begins, in its time zone.", examples=["2026-01-05T09:30:00"])
    end: Local = Field(description="When it ends; for whole days midnight after the last.", examples=["2026-01-05T10:00:00"])
    all_day: bool = Field(default=False, description="Whether it takes whole days.", examples=[False])
    online: bool = Field(default=False, description="Whether to add a Teams meeting.", examples=[True])

    @model_validator(mode="after")
    def _possible(self) -> NewEvent:
        _fitting(self.start, self.end, all_day=self.all_day)
        return self


class EventChange(_Details):
    """What changes of an event; what is not given stays."""

    event: Id = Field(description="Graph's id of the event.", examples=[_id])
    subject: Line | None = Field(default=None, description="What it is called.", examples=["Review, moved"], min_length=1)
    start: Local | None = Field(
        default=None, description="When it begins; then `end` has to be given too.", examples=["2026-01-06T09:30:00"]
    )
    end: Local | None = Field(default=None, description="When it ends.", examples=["2026-01-06T10:00:00"])

    @model_validator(mode="after")
    def _possible(self) -> EventChange:
        if (self.start is None) != (self.end is None):
            raise ValueError("give start and end, or neither")
        if self.start is not None and self.end is not None:
            _fitting(self.start, self.end, all_day=False)
        if not self.details and self.subject is None and self.start is None:
            raise ValueError("give at least one thing that changes")
        return self


class Response(EventId):
    """What is answered to an invitation."""

    answer: Literal["accept", "tentative", "decline"] = Field(description="Whether one comes.", examples=["accept"])
    comment: str | None = Field(default=None, description="What is said with it.", examples=["Gladly."], max_length=10_000)
    tell: bool = Field(default=True, description="Whether the organizer is told.", examples=[True])


class Period(Params):
    """Of whom, and when."""

    addresses: tuple[Address, ...] = Field(description="Whose calendars.", examples=[["bo@example.com"]], min_length=1, max_length=20)
    start: AwareDatetime = Field(description="From when on.", examples=["2026-01-05T08:00:00Z"])
    end: AwareDatetime = Field(description="Until when; at most 62 days later.", examples=["2026-01-05T18:00:00Z"])

    @model_validator(mode="after")
    def _ordered(self) -> Period:
        if self.start >= self.end:
            raise ValueError("end has to be after start")
        return self
