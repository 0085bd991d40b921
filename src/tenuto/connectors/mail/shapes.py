"""What is asked of a mailbox, and what it answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tenuto.core.connector import Params, Result, options, unique

Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"
    ),
]
Line = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
MessageId = Annotated[str, StringConstraints(max_length=250, pattern=r"^<[!-;=?-~]+@[!-;=?-~]+>$")]
Id = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9]{1,20}\.[0-9]{1,20}$")]
_folder = options("list_folders", "folders", value="name", label="name")
_base64 = r"^[A-Za-z0-9+/\s]*={0,2}\s*$"


class Attachment(BaseModel):
    """A file that is sent with a mail."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: Word
    content: Annotated[str, StringConstraints(max_length=14_000_000, pattern=_base64)]
    """In base64."""
    type: Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")] = "application/octet-stream"


class NewMail(Params):
    """A mail."""

    sender: Email = Field(alias="from", description="Who writes: an address that the account may send from.", examples=["ada@example.com"])
    from_name: Line = Field(default="", description="The name beside that address.", examples=["Ada Lovelace"])
    to: tuple[Email, ...] = Field(default=(), max_length=100, description="To whom.", examples=[["grace@example.com"]])
    cc: tuple[Email, ...] = Field(default=(), max_length=100, description="Who gets a copy.", examples=[["bo@example.com"]])
    bcc: tuple[Email, ...] = Field(
        default=(), max_length=100, description="Who gets one without the others knowing.", examples=[["eve@example.com"]]
    )
    subject: Line = Field(default="", description="What it is about.", examples=["Hello"])
    text: Annotated[str, StringConstraints(max_length=2_000_000)] = Field(default="", description="What it says.", examples=["Hello Grace"])
    html: Annotated[str, StringConstraints(max_length=2_000_000)] | None = Field(
        default=None, description="The same as HTML.", examples=["<p>Hello Grace</p>"]
    )
    reply_to: Email | None = Field(default=None, description="Where answers go, if elsewhere.", examples=["team@example.com"])
    in_reply_to: MessageId | None = Field(
        default=None, description="The `message_id` of the mail it answers.", examples=["<m1@example.com>"]
    )
    references: tuple[MessageId, ...] = Field(
        default=(),
        max_length=50,
        description="The `references` of that mail: it stays in the conversation.",
        examples=[["<m0@example.com>"]],
    )
    attachments: tuple[Attachment, ...] = Field(
        default=(), max_length=20, description="Files.", examples=[[{"name": "a.txt", "content": "SGVsbG8=", "type": "text/plain"}]]
    )


class Outgoing(NewMail):
    """A mail that is sent."""

    to: tuple[Email, ...] = Field(min_length=1, max_length=100, description="To whom.", examples=[["grace@example.com"]])
    sent_folder: Word | None = Field(
        default=None, description="Where the server keeps what was sent: there it is looked for if its answer is lost.", examples=["Sent"]
    )


class Draft(NewMail):
    """A mail that is kept for somebody to send."""

    folder: Word = Field(default="Drafts", description="Where to.", examples=["Drafts"], json_schema_extra=_folder)


class InFolder(Params):
    """A folder."""

    folder: Word = Field(default="INBOX", description="The folder.", examples=["INBOX"], json_schema_extra=_folder)


class Search(InFolder):
    """Which mails; all that is given has to fit."""

    sender: Word | None = Field(default=None, alias="from", description="A part of who wrote it.", examples=["grace@example.com"])
    to: Word | None = Field(default=None, description="A part of whom it is to.", examples=["ada@example.com"])
    subject: Word | None = Field(default=None, description="A part of the subject.", examples=["Hello"])
    text: Word | None = Field(default=None, description="Anywhere in the mail.", examples=["tea"])
    since: date | None = Field(default=None, strict=False, description="Come on this day or later.", examples=["2026-01-02"])
    before: date | None = Field(default=None, strict=False, description="Come before this day.", examples=["2026-02-01"])
    unread: bool | None = Field(default=None, description="Only unread ones, or only read ones.", examples=[True])
    flagged: bool | None = Field(default=None, description="Only marked ones, or only unmarked ones.", examples=[True])
    after_uid: int | None = Field(default=None, ge=0, description="Only those that came after the one of this `uid`.", examples=[41])
    limit: int = Field(default=20, ge=1, le=200, description="How many at most, the newest.", examples=[10])


class Which(InFolder):
    """One mail."""

    id: Id = Field(description="The mail's id.", examples=["1700000000.42"])


class Marks(Which):
    """What is marked on a mail."""

    read: bool | None = Field(default=True, description="Whether it counts as read; null leaves that as it is.", examples=[True])
    flagged: bool | None = Field(default=None, description="Whether it is marked; null leaves that as it is.", examples=[True])


class Move(Which):
    """A mail for another folder."""

    to: Word = Field(description="The other folder.", examples=["Archive"], json_schema_extra=_folder)


class WhichAttachment(Which):
    """One file of a mail."""

    number: int = Field(ge=1, le=1000, description="Which file, from 1.", examples=[1])


class Nothing(Params):
    """Nothing has to be said."""


class Sent(Result):
    """That a mail is on its way."""

    message_id: str = Field(description="The mail's own id.", examples=["<2f9c@example.com>"], json_schema_extra=unique)
    accepted: tuple[str, ...] = Field(description="To whom it goes.", examples=[["grace@example.com"]])
    refused: dict[str, str] = Field(default_factory=dict, description="Whom the server would not take, and why.", examples=[{}])


class Kept(Result):
    """That a draft is there."""

    message_id: str = Field(description="The mail's own id.", examples=["<2f9c@example.com>"], json_schema_extra=unique)
    folder: str = Field(description="Where it is.", examples=["Drafts"])


class Summary(Result):
    """A mail, without what it says."""

    id: str = Field(description="What it is known by in its folder.", examples=["1700000000.42"], json_schema_extra=unique)
    uid: int = Field(description="A number that only grows.", examples=[42])
    folder: str = Field(description="Where it is.", examples=["INBOX"])
    message_id: str = Field(default="", description="The mail's own id.", examples=["<m1@example.com>"])
    in_reply_to: str = Field(default="", description="Which mail it answers.", examples=[""])
    references: tuple[str, ...] = Field(default=(), description="The conversation before it.", examples=[[]])
    sender: str = Field(default="", alias="from", description="Who wrote it.", examples=["Grace Hopper <grace@example.com>"])
    to: tuple[str, ...] = Field(default=(), description="To whom.", examples=[["ada@example.com"]])
    cc: tuple[str, ...] = Field(default=(), description="Who got a copy.", examples=[[]])
    subject: str = Field(default="", description="What it is about.", examples=["Hello"])
    date: datetime | None = Field(default=None, description="When it was written.", examples=["2026-01-02T03:04:05Z"])
    received: datetime | None = Field(default=None, description="When it came.", examples=["2026-01-02T03:04:06Z"])
    unread: bool = Field(description="Whether nobody has read it.", examples=[True])
    flagged: bool = Field(description="Whether it is marked.", examples=[False])
    size: int = Field(description="In bytes.", examples=[2048])


class File(Result):
    """A file of a mail."""

    number: int = Field(description="Which file, from 1.", examples=[1])
    name: str = Field(description="What it is called.", examples=["offer.pdf"])
    type: str = Field(description="Its media type.", examples=["application/pdf"])
    size: int = Field(description="In bytes.", examples=[1024])


class Mail(Summary):
    """A mail with what it says."""

    text: str = Field(default="", description="What it says, as text.", examples=["Hello Ada"])
    html: str = Field(
        default="", description="The same as HTML, as it came: from outside, so not to be shown as it is.", examples=["<p>Hello Ada</p>"]
    )
    attachments: tuple[File, ...] = Field(default=(), description="Its files.")


class Content(File):
    """A file of a mail with what is in it."""

    content: str = Field(description="In base64.", examples=["JVBERi0xLjcK"])


class Mails(Result):
    """Some mails."""

    messages: tuple[Summary, ...] = Field(description="The newest first.")
    total: int = Field(description="How many these are.", examples=[1])


class Folder(Result):
    """A folder."""

    name: str = Field(description="What it is called.", examples=["INBOX"])
    flags: tuple[str, ...] = Field(default=(), description="What it is for (RFC 6154).", examples=[["\\HasNoChildren"]])


class Folders(Result):
    """All folders."""

    folders: tuple[Folder, ...] = Field(description="In the server's order.")


class Done(Result):
    """That it is so now."""

    changed: bool = Field(description="Whether the mail was there to be changed.", examples=[True])
