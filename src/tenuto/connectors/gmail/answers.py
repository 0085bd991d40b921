"""What Gmail's actions answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tenuto.core.connector import Result, unique


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


class ResultPage(Result):
    """A page of mails."""

    emails: tuple[Email, ...] = Field(description="Mails, newest first.")
    next_page: str | None = Field(description="What to give as `page` for the next one; null at the end.", examples=[None])


class Attached(Result):
    """A file of a mail, without its bytes."""

    name: str = Field(description="Its name.", examples=["invoice.pdf"])
    media_type: str = Field(description="What it is.", examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48_213])


class WholeEmail(Email):
    """A mail with all that is in it."""

    cc: str = Field(description="Who got a copy.", examples=["bo@example.com"])
    reply_to: str = Field(description="Where answers go, if not to the sender.", examples=[""])
    internet_message_id: str = Field(description="Its Message-ID header.", examples=["<CAF7c3e@mail.gmail.com>"])
    html: str = Field(description="Its HTML, empty where it has none.", examples=["<p>It is on its way.</p>"])
    attachments: tuple[Attached, ...] = Field(description="Its files.")


class Conversation(Result):
    """A conversation."""

    thread_id: str = Field(description="Gmail's id of it.", examples=["18c2f0a9b7d4e6f0"])
    emails: tuple[WholeEmail, ...] = Field(description="Mails, oldest first.")
    total: int = Field(description="How many there are.", examples=[1])


class File(Attached):
    """A file of a mail."""

    content: str = Field(description="Its bytes as base64.", examples=["SGVsbG8="])


class Answered(Sent):
    """An answer that was sent."""

    thread_id: str = Field(description="Gmail's id of the conversation.", examples=["18c2f0a9b7d4e6f0"], json_schema_extra=unique)


class Drafted(Result):
    """A draft that was made."""

    draft_id: str = Field(description="Gmail's id of the draft.", examples=["r6837264872634"], json_schema_extra=unique)
    message_id: str = Field(description="Gmail's id of the mail in it.", examples=["18c2f0a9b7d4e6f1"], json_schema_extra=unique)
    to: str = Field(description="Whom to.", examples=["ada@example.com"])
    subject: str = Field(description="Subject.", examples=["Your order"])


class Label(Result):
    """A label."""

    id: str = Field(description="Gmail's id of it.", examples=["Label_12"], json_schema_extra=unique)
    name: str = Field(description="Its name.", examples=["Orders/Late"])
    type: str = Field(default="user", description="`system` or `user`.", examples=["user"])


class Labels(Result):
    """The labels of a mailbox."""

    labels: tuple[Label, ...] = Field(default=(), description="Labels.")


class Labelled(Result):
    """A mail and its labels."""

    message_id: str = Field(
        validation_alias="id", description="Gmail's id of the mail.", examples=["18c2f0a9b7d4e6f1"], json_schema_extra=unique
    )
    labels: tuple[str, ...] = Field(default=(), validation_alias="labelIds", description="Ids of its labels.", examples=[["INBOX"]])


class Watched(Result):
    """A watch."""

    history_id: str = Field(validation_alias="historyId", description="From where on changes are told.", examples=["1234567"])
    expires_at: datetime = Field(
        validation_alias="expiration", description="When it ends unless it is renewed.", examples=["2026-01-12T09:30:00Z"]
    )
