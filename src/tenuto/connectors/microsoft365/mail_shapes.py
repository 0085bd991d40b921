"""What mail's actions take and answer."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AliasPath, AwareDatetime, Field, JsonValue, model_validator

from tenuto.connectors.microsoft365.service import Person
from tenuto.core.connector import Params, Result, options, unique

_id = "AAMkAGI1AAAoZCfHAAA="


def _base64(value: str) -> str:
    try:
        b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None
    return value


Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}$")]
Addresses = Annotated[tuple[Address, ...], Field(max_length=500)]
Line = Annotated[str, Field(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_=+/-]{1,400}$")]
Folder = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9_=+/-]+$")]
folder_options = options("list_folders", "folders")


class NewFile(Params):
    """A file to be sent."""

    name: Line = Field(description="Its name.", examples=["invoice.pdf"], min_length=1)
    content: Annotated[str, AfterValidator(_base64)] = Field(
        description="Its bytes as base64; at most 2 MB.", examples=["SGVsbG8="], max_length=2_800_000
    )
    media_type: str = Field(
        default="application/octet-stream",
        description="What it is.",
        examples=["application/pdf"],
        pattern=r"^[\w.+-]{1,64}/[\w.+-]{1,100}$",
    )


class NewMail(Params):
    """A mail to be sent."""

    to: Annotated[Addresses, Field(min_length=1)] = Field(description="Whom to.", examples=[["ada@example.com"]])
    subject: Line = Field(description="Subject.", examples=["Your order"])
    body: str = Field(description="The text, or HTML.", examples=["It is on its way."], max_length=3_000_000)
    html: bool = Field(default=False, description="Whether the body is HTML.", examples=[False])
    cc: Addresses = Field(default=(), description="Who gets a copy.", examples=[["bo@example.com"]])
    bcc: Addresses = Field(default=(), description="Who gets a hidden copy.", examples=[["cy@example.com"]])
    reply_to: Addresses = Field(default=(), description="Where answers go.", examples=[["support@example.com"]])
    importance: Annotated[str, Field(pattern="^(low|normal|high)$")] = Field(
        default="normal", description="low, normal or high.", examples=["high"]
    )
    attachments: tuple[NewFile, ...] = Field(
        default=(), description="Files.", examples=[[{"name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain"}]], max_length=20
    )

    @property
    def message(self) -> dict[str, JsonValue]:
        """The same in Graph's names."""
        kind = "html" if self.html else "text"
        made: dict[str, JsonValue] = {
            "subject": self.subject,
            "body": {"contentType": kind, "content": self.body},
            "importance": self.importance,
        }
        people = {"toRecipients": self.to, "ccRecipients": self.cc, "bccRecipients": self.bcc, "replyTo": self.reply_to}
        made |= {name: recipients(addresses) for name, addresses in people.items() if addresses}
        if self.attachments:
            made["attachments"] = [
                {
                    "@odata.type": "#microsoft.graph.fileAttachment",
                    "name": each.name,
                    "contentType": each.media_type,
                    "contentBytes": each.content,
                }
                for each in self.attachments
            ]
        return made


def recipients(addresses: tuple[str, ...]) -> list[JsonValue]:
    """Addresses as Graph has them."""
    return [{"emailAddress": {"address": address}} for address in addresses]


class NewDraft(NewMail):
    """A draft."""


class MailId(Params):
    """Which mail."""

    message: Id = Field(description="Graph's id of the mail.", examples=[_id])


class NewReply(MailId):
    """An answer."""

    body: str = Field(description="The text.", examples=["Thank you, that helps."], min_length=1, max_length=3_000_000)
    to_all: bool = Field(default=False, description="Whether all who got the mail get the answer.", examples=[True])


class NewForward(MailId):
    """A mail to be forwarded."""

    to: Annotated[Addresses, Field(min_length=1)] = Field(description="Whom to.", examples=[["bo@example.com"]])
    comment: str = Field(default="", description="What is said above it.", examples=["For you."], max_length=3_000_000)


class MailFilter(Params):
    """Which mails."""

    folder: Folder | None = Field(
        default=None, description="The folder's id, or inbox, drafts, sentitems, deleteditems, archive or junkemail; all if it is not given.",
        examples=["inbox"], json_schema_extra=folder_options,
    )  # fmt: skip
    unread_only: bool = Field(default=False, description="Whether to leave out what was read.", examples=[True])
    sender: Address | None = Field(default=None, description="Only from this address.", examples=["ada@example.com"])
    since: AwareDatetime | None = Field(default=None, description="Only what came since then.", examples=["2026-01-05T09:30:00Z"])
    query: str | None = Field(
        default=None, description="Words to search for, as in Outlook; not together with the others.", examples=["subject:invoice"], min_length=1,
        max_length=500,
    )  # fmt: skip
    limit: int = Field(default=25, ge=1, le=250, description="How many on a page.", examples=[25])
    skip: int = Field(default=0, ge=0, le=100_000, description="`next_skip` of the page before.", examples=[25])

    @model_validator(mode="after")
    def _either(self) -> MailFilter:
        if self.query is not None and (self.unread_only or self.sender or self.since or self.skip):
            raise ValueError("Outlook searches by query alone: leave unread_only, sender, since and skip out")
        return self


class ReadMark(MailId):
    """Read or unread."""

    read: bool = Field(default=True, description="false: mark it as unread.", examples=[True])


class Move(MailId):
    """Where a mail goes."""

    folder: Folder = Field(description="The folder's id, or its well-known name.", examples=["archive"], json_schema_extra=folder_options)


class FileOf(MailId):
    """Which file of a mail."""

    name: str | None = Field(default=None, description="The file's name; the first one if it is not given.", examples=["invoice.pdf"])


class NoParams(Params):
    """Nothing to be said."""


class Sent(Result):
    """A mail that was sent. Graph does not tell its id, but where it was looked up."""

    status: str = Field(default="sent", description="Always `sent`.", examples=["sent"])
    message: str | None = Field(default=None, description="Graph's id of it, where it is known.", examples=[None])


class Drafted(Result):
    """A draft that was made."""

    message: str = Field(validation_alias="id", description="Graph's id of it.", examples=[_id], json_schema_extra=unique)
    link: str | None = Field(
        default=None,
        validation_alias="webLink",
        description="Where people see it.",
        examples=["https://outlook.office365.com/owa/?ItemID=1"],
    )


class Email(Result):
    """A mail."""

    id: str = Field(description="Graph's id of it.", examples=[_id], json_schema_extra=unique)
    subject: str | None = Field(default=None, description="Subject.", examples=["Your order"])
    from_: Person | None = Field(default=None, alias="from", validation_alias=AliasPath("from", "emailAddress"), description="Who sent it.")
    to: tuple[Person, ...] = Field(default=(), validation_alias="toRecipients", description="Whom to.")
    cc: tuple[Person, ...] = Field(default=(), validation_alias="ccRecipients", description="Who got a copy.")
    received_at: datetime | None = Field(
        default=None, validation_alias="receivedDateTime", description="When it came.", examples=["2026-01-05T09:30:00Z"]
    )
    preview: str = Field(default="", validation_alias="bodyPreview", description="Its beginning.", examples=["It is on its way."])
    body: str = Field(default="", validation_alias=AliasPath("body", "content"), description="Its text.", examples=["It is on its way."])
    read: bool = Field(default=False, validation_alias="isRead", description="Whether it was read.", examples=[False])
    has_attachments: bool = Field(default=False, validation_alias="hasAttachments", description="Whether it has files.", examples=[False])
    conversation: str | None = Field(
        default=None, validation_alias="conversationId", description="Graph's id of its conversation.", examples=[_id]
    )
    folder: str | None = Field(default=None, validation_alias="parentFolderId", description="The folder's id.", examples=[_id])
    link: str | None = Field(
        default=None,
        validation_alias="webLink",
        description="Where people see it.",
        examples=["https://outlook.office365.com/owa/?ItemID=1"],
    )


class Emails(Result):
    """A page of mails."""

    emails: tuple[Email, ...] = Field(description="Mails, newest first.")
    next_skip: int | None = Field(description="What to give as `skip` for the next page; null at the end.", examples=[None])


class MailFolder(Result):
    """A folder."""

    id: str = Field(description="Its id.", examples=[_id], json_schema_extra=unique)
    name: str = Field(validation_alias="displayName", description="Its name.", examples=["Inbox"])
    total: int = Field(default=0, validation_alias="totalItemCount", description="How many mails are in it.", examples=[12])
    unread: int = Field(default=0, validation_alias="unreadItemCount", description="How many of them are unread.", examples=[2])


class Folders(Result):
    """The folders of the mailbox."""

    folders: tuple[MailFolder, ...] = Field(default=(), validation_alias="value", description="Folders.")


class File(Result):
    """A file of a mail."""

    name: str = Field(description="Its name.", examples=["invoice.pdf"])
    media_type: str = Field(default="", validation_alias="contentType", description="What it is.", examples=["application/pdf"])
    size: int = Field(default=0, description="Bytes.", examples=[5])
    content: str = Field(default="", validation_alias="contentBytes", description="Its bytes as base64.", examples=["SGVsbG8="])
