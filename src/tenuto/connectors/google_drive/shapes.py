"""What Google Drive's actions take."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from tenuto.core.connector import Params

folder_type = "application/vnd.google-apps.folder"
_address = re.compile(r"https://(?:drive|docs)\.google\.com/\S*?(?:/d/|/folders/|[?&]id=)([\w-]{10,100})(?:[/?#&]\S*)?")
_in_file = "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk"


def _number(value: str) -> str:
    found = _address.fullmatch(value)
    if not found and not re.fullmatch(r"[\w-]{4,100}", value):
        raise ValueError("write the id of a file or folder, or its address in the browser")
    return found[1] if found else value


def _base64(value: str) -> str:
    try:
        b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None
    return value


FileId = Annotated[str, AfterValidator(_number)]
Name = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
MediaType = Annotated[str, Field(pattern=r"^[\w.+-]{1,64}/[\w.+-]{1,100}$")]
Base64 = Annotated[str, AfterValidator(_base64), Field(max_length=4_000_000)]
Role = Literal["reader", "commenter", "writer"]
folder_field = Field(default=None, description="Id of the folder, or its address; My Drive if it is not given.", examples=[_in_file])
content_field = Field(description="The bytes as base64; at most 3 MB.", examples=["SGVsbG8="])


def quoted(value: str) -> str:
    """A text in Drive's search language."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Search(Params):
    """Which files."""

    name: str | None = Field(default=None, description="What a word of the name begins with.", examples=["invoice"], max_length=500)
    text: str | None = Field(default=None, description="What stands in it.", examples=["overdue"], max_length=500)
    folder: FileId | None = Field(default=None, description="Only directly in this folder; `root` is My Drive.", examples=["root"])
    media_type: MediaType | None = Field(default=None, description="Only of this kind.", examples=["application/pdf"])
    only: Literal["files", "folders"] | None = Field(default=None, description="Only files, or only folders.", examples=["files"])
    created_after: AwareDatetime | None = Field(
        default=None, description="Only what was made after this.", examples=["2026-01-05T09:30:00Z"]
    )
    changed_after: AwareDatetime | None = Field(
        default=None, description="Only what was changed after this.", examples=["2026-01-05T09:30:00Z"]
    )
    query: str | None = Field(
        default=None, description="Further conditions in Drive's search language.", examples=["starred = true"], max_length=2000
    )
    trashed: bool = Field(default=False, description="Whether to look in the trash instead.", examples=[False])
    limit: int = Field(default=50, ge=1, le=1000, description="How many on a page.", examples=[50])
    page: str | None = Field(default=None, description="`next_page` of the page before.", examples=["~!!~AI9FV7Q"])

    @property
    def words(self) -> str:
        """The search in Drive's language."""
        times = {"createdTime": self.created_after, "modifiedTime": self.changed_after}
        parts = [f"trashed = {str(self.trashed).lower()}"]
        parts += [f"name contains {quoted(self.name)}"] if self.name else []
        parts += [f"fullText contains {quoted(self.text)}"] if self.text else []
        parts += [f"{quoted(self.folder)} in parents"] if self.folder else []
        parts += [f"mimeType = {quoted(self.media_type)}"] if self.media_type else []
        parts += [f"mimeType {'=' if self.only == 'folders' else '!='} {quoted(folder_type)}"] if self.only else []
        parts += [f"{name} > {quoted(time.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S'))}" for name, time in times.items() if time]
        parts += [f"({self.query})"] if self.query else []
        return " and ".join(parts)


class OfFile(Params):
    """Which file."""

    file: FileId = Field(description="Id of the file or folder, or its address.", examples=[_in_file])


class Download(OfFile):
    """Which file, and as what."""

    export_as: MediaType | None = Field(
        default=None, description="What a document of Google's own is turned into; for others nothing.", examples=["application/pdf"]
    )


class Upload(Params):
    """A file to be made."""

    name: Name = Field(description="Its name.", examples=["invoice.pdf"])
    content: Base64 = content_field
    media_type: MediaType = Field(default="application/octet-stream", description="What it is.", examples=["application/pdf"])
    folder: FileId | None = folder_field
    description: str | None = Field(default=None, description="What it is about.", examples=["Order 1042"], max_length=4096)


class NewContent(OfFile):
    """What a file is filled with."""

    content: Base64 = content_field
    media_type: MediaType = Field(default="application/octet-stream", description="What it is.", examples=["application/pdf"])


class NewFolder(Params):
    """A folder to be made."""

    name: Name = Field(description="Its name.", examples=["Orders"])
    folder: FileId | None = folder_field


class Copy(OfFile):
    """A copy to be made."""

    name: Name | None = Field(default=None, description="Its name; `Copy of …` if it is not given.", examples=["Contract Acme"])
    folder: FileId | None = Field(default=None, description="Where; beside the first one if it is not given.", examples=[_in_file])


class Move(OfFile):
    """Where a file goes."""

    folder: FileId = Field(description="Id of the folder, or its address; `root` is My Drive.", examples=[_in_file])


class Change(OfFile):
    """What changes of a file; what is not given stays."""

    name: Name | None = Field(default=None, description="Its name.", examples=["invoice-1042.pdf"])
    description: str | None = Field(default=None, description="What it is about.", examples=["Order 1042"], max_length=4096)
    starred: bool | None = Field(default=None, description="Whether it has a star.", examples=[True])

    @model_validator(mode="after")
    def _something(self) -> Change:
        if self.name is None and self.description is None and self.starred is None:
            raise ValueError("give at least one thing that changes")
        return self


class Share(OfFile):
    """Who may do what with a file."""

    role: Role = Field(default="reader", description="What they may do.", examples=["writer"])
    address: str | None = Field(
        default=None, description="Whose: a person or a group.", examples=["bo@example.com"],
        pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}$",
    )  # fmt: skip
    domain: str | None = Field(default=None, description="Everybody of a domain.", examples=["example.com"], pattern=r"^[A-Za-z0-9.-]+$")
    anyone: bool = Field(default=False, description="Anyone who has the link.", examples=[False])
    notify: bool = Field(default=True, description="Whether they get mail; only with `address`.", examples=[False])
    message: str | None = Field(default=None, description="What the mail says.", examples=["Please have a look."], max_length=2000)

    @model_validator(mode="after")
    def _one(self) -> Share:
        if sum((self.address is not None, self.domain is not None, self.anyone)) != 1:
            raise ValueError("give exactly one of address, domain and anyone")
        return self


class Unshare(OfFile):
    """Which permission is taken away."""

    permission: str = Field(description="The permission's id.", examples=["06127392"], pattern=r"^\w{1,64}$")


class DriveFilter(Params):
    """Which shared drives."""

    limit: int = Field(default=100, ge=1, le=100, description="How many at most.", examples=[100])
