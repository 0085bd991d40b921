"""What the calendar's actions answer, read from Graph's JSON by the aliases."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasPath, Field

from tenuto.connectors.microsoft365.service import Person
from tenuto.core.connector import Result, unique

_id = "AAMkAGI1AAAoZCfHAAA="


class Event(Result):
    """An event."""

    id: str = Field(description="Graph's id of it.", examples=[_id], json_schema_extra=unique)
    subject: str | None = Field(default=None, description="What it is called.", examples=["Review"])
    start: str = Field(
        default="",
        validation_alias=AliasPath("start", "dateTime"),
        description="When it begins, in UTC.",
        examples=["2026-01-05T09:30:00.0000000"],
    )
    end: str = Field(
        default="",
        validation_alias=AliasPath("end", "dateTime"),
        description="When it ends, in UTC.",
        examples=["2026-01-05T10:00:00.0000000"],
    )
    all_day: bool = Field(default=False, validation_alias="isAllDay", description="Whether it takes whole days.", examples=[False])
    location: str | None = Field(
        default=None, validation_alias=AliasPath("location", "displayName"), description="Where.", examples=["Room 4"]
    )
    organizer: Person | None = Field(
        default=None, validation_alias=AliasPath("organizer", "emailAddress"), description="Whose event it is."
    )
    body: str = Field(default="", validation_alias=AliasPath("body", "content"), description="What it is about.", examples=["Agenda: …"])
    cancelled: bool = Field(default=False, validation_alias="isCancelled", description="Whether it was cancelled.", examples=[False])
    answer: str | None = Field(
        default=None,
        validation_alias=AliasPath("responseStatus", "response"),
        description="What we answered to the invitation.",
        examples=["organizer"],
    )
    meeting: str | None = Field(
        default=None, validation_alias=AliasPath("onlineMeeting", "joinUrl"), description="Where people meet.",
        examples=["https://teams.microsoft.com/l/meetup-join/19"],
    )  # fmt: skip
    series: str | None = Field(
        default=None, validation_alias="seriesMasterId", description="The repeating event that it is one of.", examples=[None]
    )
    changed_at: datetime | None = Field(
        default=None, validation_alias="lastModifiedDateTime", description="When it last changed.", examples=["2026-01-02T10:00:00Z"]
    )
    link: str | None = Field(
        default=None,
        validation_alias="webLink",
        description="Where people see it.",
        examples=["https://outlook.office365.com/owa/?itemid=1"],
    )


class Events(Result):
    """A page of events."""

    events: tuple[Event, ...] = Field(description="Events.")
    next_skip: int | None = Field(description="What to give as `skip` for the next page; null at the end.", examples=[None])


class Done(Result):
    """Something that was done with an event."""

    event: str = Field(description="Graph's id of it.", examples=[_id])
    status: str = Field(description="What it is now.", examples=["accepted"])


class Busy(Result):
    """A time in which somebody is busy, in UTC."""

    status: str = Field(default="busy", description="tentative, busy, oof or workingElsewhere.", examples=["busy"])
    start: str = Field(
        default="", validation_alias=AliasPath("start", "dateTime"), description="From when on.", examples=["2026-01-05T09:30:00.0000000"]
    )
    end: str = Field(
        default="", validation_alias=AliasPath("end", "dateTime"), description="Until when.", examples=["2026-01-05T10:00:00.0000000"]
    )


class Schedule(Result):
    """When somebody is busy."""

    address: str = Field(validation_alias="scheduleId", description="Whose calendar.", examples=["bo@example.com"])
    busy: tuple[Busy, ...] = Field(default=(), validation_alias="scheduleItems", description="Times, the earliest first.")
    error: str | None = Field(
        default=None, validation_alias=AliasPath("error", "responseCode"), description="Why nothing is known of it.", examples=[None]
    )


class Schedules(Result):
    """Who is busy when."""

    schedules: tuple[Schedule, ...] = Field(default=(), validation_alias="value", description="One for each address.")
