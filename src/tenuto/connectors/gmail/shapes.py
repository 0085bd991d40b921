"""What Gmail's actions take."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from tenuto.connectors.gmail.rfc5322 import Attachment, control, mailboxes
from tenuto.core.connector import Params, options


def _addresses(value: str) -> str:
    mailboxes(value)
    return value


def _one_line(value: str) -> str:
    if control.search(value):
        raise ValueError("a subject has no line breaks or control characters")
    return value


def _base64(value: str) -> str:
    try:
        b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None
    return value


def _dated(value: str) -> str:
    return value.replace("-", "/")


def _quoted(value: str) -> str:
    plain = value.replace('"', " ")
    return f'"{plain}"'


Addresses = Annotated[str, AfterValidator(_addresses), Field(min_length=3, max_length=20_000)]
Line = Annotated[str, AfterValidator(_one_line)]
Base64 = Annotated[str, AfterValidator(_base64)]
MediaType = Annotated[str, Field(pattern=r"^[\w.+-]{1,64}/[\w.+-]{1,64}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Day = Annotated[str, AfterValidator(_dated), Field(pattern=r"^\d{4}[-/]\d{2}[-/]\d{2}$")]


class NewMail(Params):
    """A mail to be sent."""

    to: Addresses = Field(description="Whom to, separated by commas; `Name <address>` is fine.", examples=["ada@example.com"])
    subject: Annotated[str, AfterValidator(_one_line)] = Field(description="Subject.", examples=["Your order"], max_length=900)
    body: str = Field(description="Plain text.", examples=["It is on its way."], max_length=10_000_000)
    cc: Addresses | None = Field(default=None, description="Who gets a copy, separated by commas.", examples=["bo@example.com"])
    bcc: Addresses | None = Field(default=None, description="Who gets a hidden copy, separated by commas.", examples=["cy@example.com"])


class NewFile(Params):
    """A file to be sent."""

    name: Line = Field(description="Its name.", examples=["invoice.pdf"], min_length=1, max_length=255)
    content: Base64 = Field(description="Its bytes as base64; at most 3 MB.", examples=["SGVsbG8="], max_length=4_000_000)
    media_type: MediaType = Field(default="application/octet-stream", description="What it is.", examples=["application/pdf"])

    @property
    def attachment(self) -> Attachment:
        """The same with its bytes."""
        return Attachment(self.name, self.media_type, b64decode(self.content))


class RichMail(NewMail):
    """A mail with HTML and files."""

    html: str | None = Field(default=None, description="The same as HTML.", examples=["<p>It is on its way.</p>"], max_length=10_000_000)
    reply_to: Addresses | None = Field(default=None, description="Where answers go.", examples=["support@example.com"])
    attachments: tuple[NewFile, ...] = Field(
        default=(), description="Files.", examples=[[{"name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain"}]], max_length=50
    )


class NewDraft(RichMail):
    """A draft."""


class MailId(Params):
    """Which mail."""

    message_id: Id = Field(description="Gmail's id of the mail.", examples=["18c2f0a9b7d4e6f1"])


class NewReply(MailId):
    """An answer."""

    body: str = Field(description="Plain text.", examples=["Thank you, that helps."], max_length=10_000_000)
    html: str | None = Field(default=None, description="The same as HTML.", examples=["<p>Thank you.</p>"], max_length=10_000_000)
    to_all: bool = Field(default=False, description="Whether all who got the mail get the answer.", examples=[True])


class ThreadId(Params):
    """Which conversation."""

    thread_id: Id = Field(description="Gmail's id of the conversation.", examples=["18c2f0a9b7d4e6f0"])


class FileOf(MailId):
    """Which file of a mail."""

    name: str | None = Field(default=None, description="The file's name; the first one if it is not given.", examples=["invoice.pdf"])


class PagedSearch(Params):
    """Which mails, and which page of them."""

    query: str | None = Field(default=None, description="As in Gmail's search box.", examples=["from:ada@example.com newer_than:7d"])
    labels: tuple[Id, ...] = Field(
        default=(),
        description="Ids of labels that a mail has to have.",
        examples=[["INBOX"]],
        json_schema_extra=options("list_labels", "labels"),
    )
    limit: int = Field(default=25, ge=1, le=100, description="How many on a page.", examples=[25])
    page: str | None = Field(default=None, description="`next_page` of the page before.", examples=["09876543210987654321"])
    include_spam_and_trash: bool = Field(default=False, description="Whether to look there too.", examples=[False])


class NewSince(Params):
    """Which new mails."""

    since: AwareDatetime | None = Field(default=None, description="Only what came since then.", examples=["2026-01-05T09:30:00Z"])
    query: str | None = Field(default=None, description="As in Gmail's search box.", examples=["has:attachment"])
    labels: tuple[Id, ...] = Field(
        default=("INBOX",), description="Ids of labels that a mail has to have.", examples=[["INBOX"]],
        json_schema_extra=options("list_labels", "labels"),
    )  # fmt: skip
    limit: int = Field(default=50, ge=1, le=500, description="How many at most, the newest first.", examples=[50])


class NewLabel(Params):
    """A label to be created."""

    name: Line = Field(description="Its name; `/` nests it.", examples=["Orders/Late"], min_length=1, max_length=225)


class LabelChange(MailId):
    """Labels that change."""

    add: tuple[Id, ...] = Field(
        default=(), description="Ids of labels to put on.", examples=[["Label_12"]], max_length=100,
        json_schema_extra=options("list_labels", "labels"),
    )  # fmt: skip
    remove: tuple[Id, ...] = Field(
        default=(), description="Ids of labels to take off; without INBOX a mail is archived.", examples=[["INBOX"]], max_length=100,
        json_schema_extra=options("list_labels", "labels"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _something(self) -> LabelChange:
        if not self.add and not self.remove:
            raise ValueError("give at least one label to add or to remove")
        return self


class ReadMark(MailId):
    """Read or unread."""

    read: bool = Field(default=True, description="false: mark it as unread.", examples=[True])


class NoParams(Params):
    """Nothing to be said."""


class Watch(Params):
    """What Gmail is to tell, and whom."""

    topic: str = Field(
        description="A Pub/Sub topic in which Gmail may publish.", examples=["projects/acme/topics/mail"],
        pattern=r"^projects/[\w.:-]+/topics/[\w.~+%-]+$", max_length=400,
    )  # fmt: skip
    labels: tuple[Id, ...] = Field(
        default=(), description="Only changes of mails with one of these labels.", examples=[["INBOX"]],
        json_schema_extra=options("list_labels", "labels"),
    )  # fmt: skip


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
