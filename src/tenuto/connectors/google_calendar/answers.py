"""What Google Calendar's actions answer, read from Google's JSON by the aliases."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, AliasPath, Field

from tenuto.core.connector import Result, unique


class Calendar(Result):
    """A calendar."""

    id: str = Field(description="Its id.", examples=["ada@example.com"], json_schema_extra=unique)
    title: str = Field(
        default="", validation_alias=AliasChoices("summaryOverride", "summary"), description="What it is called.", examples=["Ada"]
    )
    time_zone: str | None = Field(default=None, validation_alias="timeZone", description="Its time zone.", examples=["Europe/Berlin"])
    role: str = Field(default="", validation_alias="accessRole", description="owner, writer, reader or freeBusyReader.", examples=["owner"])
    primary: bool = Field(default=False, description="Whether it is the account's own.", examples=[True])


class Calendars(Result):
    """The account's calendars."""

    calendars: tuple[Calendar, ...] = Field(description="Calendars.")
    total: int = Field(description="How many are in the list.", examples=[1])


class CalendarPage(Result):
    """A page of calendars; `following` is None at the end."""

    items: tuple[Calendar, ...] = ()
    following: str | None = Field(default=None, validation_alias="nextPageToken")


class Guest(Result):
    """A guest."""

    address: str = Field(default="", validation_alias="email", description="Address.", examples=["bo@example.com"])
    name: str | None = Field(default=None, validation_alias="displayName", description="Name, where Google knows it.", examples=["Bo"])
    answer: str = Field(
        default="needsAction",
        validation_alias="responseStatus",
        description="needsAction, accepted, tentative or declined.",
        examples=["accepted"],
    )


class Event(Result):
    """An event. Of a cancelled one Google tells little more than its id."""

    id: str = Field(description="Its id.", examples=["4ssoq6v0k1n3h5e7g9j2m4p6r8"], json_schema_extra=unique)
    status: str = Field(default="confirmed", description="confirmed, tentative or cancelled.", examples=["confirmed"])
    title: str = Field(default="", validation_alias="summary", description="What it is called.", examples=["Review"])
    start: str | None = Field(
        default=None, validation_alias=AliasChoices(AliasPath("start", "dateTime"), AliasPath("start", "date")),
        description="When it begins; a day for a whole day.", examples=["2026-01-05T09:30:00+01:00"],
    )  # fmt: skip
    end: str | None = Field(
        default=None, validation_alias=AliasChoices(AliasPath("end", "dateTime"), AliasPath("end", "date")),
        description="When it ends; for whole days the day after the last.", examples=["2026-01-05T10:00:00+01:00"],
    )  # fmt: skip
    description: str | None = Field(default=None, description="What it is about.", examples=["Agenda: …"])
    location: str | None = Field(default=None, description="Where.", examples=["Room 4"])
    organizer: str | None = Field(
        default=None, validation_alias=AliasPath("organizer", "email"), description="Whose event it is.", examples=["ada@example.com"]
    )
    guests: tuple[Guest, ...] = Field(default=(), validation_alias="attendees", description="Guests.")
    link: str | None = Field(
        default=None,
        validation_alias="htmlLink",
        description="Where people see it.",
        examples=["https://www.google.com/calendar/event?eid=NHNzb3E"],
    )
    meet_link: str | None = Field(
        default=None, validation_alias="hangoutLink", description="Where people meet.", examples=["https://meet.google.com/abc-mnop-qrs"]
    )
    recurrence: tuple[str, ...] = Field(default=(), description="How it repeats.", examples=[["RRULE:FREQ=WEEKLY;COUNT=4"]])
    series: str | None = Field(
        default=None, validation_alias="recurringEventId", description="The id of the repeating event that it is one of.", examples=[None]
    )
    updated_at: datetime | None = Field(
        default=None, validation_alias="updated", description="When it last changed.", examples=["2026-01-02T10:00:00Z"]
    )


class EventPage(Result):
    """A page of events."""

    events: tuple[Event, ...] = Field(default=(), validation_alias="items", description="Events.")
    next_page: str | None = Field(
        default=None,
        validation_alias="nextPageToken",
        description="What to give as `page` for the next one; null at the end.",
        examples=[None],
    )


class Changes(Result):
    """Events that changed."""

    events: tuple[Event, ...] = Field(description="Events, the latest change last; cancelled ones too.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Cancelled(Result):
    """An event that is cancelled."""

    event: str = Field(description="Its id.", examples=["4ssoq6v0k1n3h5e7g9j2m4p6r8"])
    status: Literal["cancelled"] = Field(default="cancelled", description="Always `cancelled`.", examples=["cancelled"])


class Span(Result):
    """A time in which somebody is busy."""

    start: datetime = Field(description="From when on.", examples=["2026-01-05T09:30:00Z"])
    end: datetime = Field(description="Until when.", examples=["2026-01-05T10:00:00Z"])


class Times(Result):
    """When somebody is busy."""

    calendar: str = Field(description="Whose calendar.", examples=["primary"])
    busy: tuple[Span, ...] = Field(description="Times, the earliest first.")
    error: str | None = Field(description="Why nothing is known of it (`notFound`).", examples=[None])


class Busy(Result):
    """Who is busy when."""

    calendars: tuple[Times, ...] = Field(description="One for each calendar that was asked for.")
