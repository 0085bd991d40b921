"""What Gmail's actions take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from tenuto.connectors.gmail.mail import control, mailboxes
from tenuto.core.connector import Params, Result, unique


def _addresses(value: str) -> str:
    mailboxes(value)
    return value


def _one_line(value: str) -> str:
    if control.search(value):
        raise ValueError("a subject has no line breaks or control characters")
    return value


def _dated(value: str) -> str:
    return value.replace("-", "/")


def _quoted(value: str) -> str:
    plain = value.replace('"', " ")
    return f'"{plain}"'


Addresses = Annotated[str, AfterValidator(_addresses), Field(min_length=3, max_length=20_000)]
Day = Annotated[str, AfterValidator(_dated), Field(pattern=r"^\d{4}[-/]\d{2}[-/]\d{2}$")]


class NewMail(Params):
    """A mail to be sent."""

    to: Addresses = Field(description="Whom to, separated by commas; `Name <address>` is fine.", examples=["ada@example.com"])
    subject: Annotated[str, AfterValidator(_one_line)] = Field(description="Subject.", examples=["Your order"], max_length=900)
    body: str = Field(description="Plain text.", examples=["It is on its way."], max_length=10_000_000)
    cc: Addresses | None = Field(default=None, description="Who gets a copy, separated by commas.", examples=["bo@example.com"])
    bcc: Addresses | None = Field(default=None, description="Who gets a hidden copy, separated by commas.", examples=["cy@example.com"])


class Inbox(Params):
    """Which mails of the inbox."""

    limit: int = Field(default=10, ge=1, le=100, description="How many at most.", examples=[10])
    unread_only: bool = Field(default=False, description="Whether to leave out what was read.", examples=[True])


class Search(Params):
    """What to search for; all that is given must fit."""

    query: str | None = Field(default=None, description="As in Gmail's search box.", examples=["has:attachment invoice"])
    from_: str | None = Field(default=None, alias="from", description="The sender, or a part of it.", examples=["ada@example.com"])
    subject: str | None = Field(default=None, description="Words of the subject.", examples=["invoice"])
    after: Day | None = Field(default=None, description="From this day on (2026-01-31).", examples=["2026-01-01"])
    before: Day | None = Field(default=None, description="Before this day (2026-01-31).", examples=["2026-01-31"])

    @model_validator(mode="after")
    def _something(self) -> Search:
        if not self.words:
            raise ValueError("give at least one of query, from, subject, after and before")
        return self

    @property
    def words(self) -> str:
        """The search in Gmail's language."""
        quoted = {"from": self.from_, "subject": self.subject}
        parts = [self.query or "", *(f"{name}:{_quoted(value)}" for name, value in quoted.items() if value)]
        parts += [f"{name}:{day}" for name, day in (("after", self.after), ("before", self.before)) if day]
        return " ".join(part for part in parts if part.strip())


class Sent(Result):
    """A mail that was sent."""

    message_id: str = Field(description="Gmail's id of it.", examples=["18c2f0a9b7d4e6f1"], json_schema_extra=unique)
    to: str = Field(description="Whom to.", examples=["ada@example.com"])
    subject: str = Field(description="Subject.", examples=["Your order"])
    sent_at: datetime = Field(description="When.", examples=["2026-01-05T09:30:00Z"])
    status: str = Field(default="sent", description="Always `sent`.", examples=["sent"])


class Email(Result):
    """A mail."""

    id: str = Field(description="Gmail's id of it.", examples=["18c2f0a9b7d4e6f1"], json_schema_extra=unique)
    thread_id: str = Field(description="Gmail's id of its conversation.", examples=["18c2f0a9b7d4e6f0"], json_schema_extra=unique)
    from_: str = Field(alias="from", description="Who sent it.", examples=["Ada <ada@example.com>"])
    to: str = Field(description="Whom to.", examples=["me@example.com"])
    subject: str = Field(description="Subject.", examples=["Your order"])
    date: datetime | None = Field(description="When Gmail got it.", examples=["2026-01-05T09:30:00Z"])
    snippet: str = Field(description="Its beginning.", examples=["It is on its way."])
    body: str = Field(description="Its text; made from the HTML where there is no plain one.", examples=["It is on its way."])
    unread: bool = Field(description="Whether it is unread.", examples=[True])
    labels: tuple[str, ...] = Field(description="Ids of its labels.", examples=[["INBOX", "UNREAD"]])


class Emails(Result):
    """Mails of the inbox."""

    emails: tuple[Email, ...] = Field(description="Mails, newest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Found(Emails):
    """Mails that fit a search."""

    query: str = Field(description="The whole search, in Gmail's language.", examples=['from:"ada@example.com" invoice'])
