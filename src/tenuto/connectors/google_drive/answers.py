"""What Google Drive's actions answer, read from Google's JSON by the aliases."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasChoices, Field

from tenuto.core.connector import Result, unique

_id = "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk"
fields = "id,name,mimeType,size,parents,createdTime,modifiedTime,webViewLink,description,starred,trashed,driveId"
"""What Drive is asked to tell of a file."""


class File(Result):
    """A file or a folder."""

    id: str = Field(description="Its id.", examples=[_id], json_schema_extra=unique)
    name: str = Field(default="", description="Its name.", examples=["invoice.pdf"])
    media_type: str = Field(default="", validation_alias="mimeType", description="What it is.", examples=["application/pdf"])
    size: int | None = Field(default=None, description="Bytes; null for folders and documents of Google's own.", examples=[48_213])
    folders: tuple[str, ...] = Field(
        default=(), validation_alias="parents", description="Ids of the folders that it is in.", examples=[[_id]]
    )
    created_at: datetime | None = Field(
        default=None, validation_alias="createdTime", description="When it was made.", examples=["2026-01-05T09:30:00Z"]
    )
    changed_at: datetime | None = Field(
        default=None, validation_alias="modifiedTime", description="When it was changed last.", examples=["2026-01-05T09:30:00Z"]
    )
    link: str | None = Field(
        default=None,
        validation_alias="webViewLink",
        description="Where people see it.",
        examples=[f"https://drive.google.com/file/d/{_id}/view"],
    )
    description: str | None = Field(default=None, description="What it is about.", examples=["Order 1042"])
    starred: bool = Field(default=False, description="Whether it has a star.", examples=[False])
    trashed: bool = Field(default=False, description="Whether it is in the trash.", examples=[False])
    drive: str | None = Field(default=None, validation_alias="driveId", description="The shared drive that it is in.", examples=[None])


class Files(Result):
    """A page of files."""

    files: tuple[File, ...] = Field(default=(), description="Files, the latest change first.")
    next_page: str | None = Field(
        default=None,
        validation_alias="nextPageToken",
        description="What to give as `page` for the next one; null at the end.",
        examples=[None],
    )


class Content(Result):
    """What is in a file."""

    name: str = Field(description="Its name.", examples=["invoice.pdf"])
    media_type: str = Field(description="What the bytes are.", examples=["application/pdf"])
    size: int = Field(description="How many bytes.", examples=[5])
    content: str = Field(description="The bytes as base64.", examples=["SGVsbG8="])


class Permission(Result):
    """Who may do what with a file."""

    id: str = Field(description="Its id.", examples=["06127392"], json_schema_extra=unique)
    role: str = Field(description="owner, organizer, fileOrganizer, writer, commenter or reader.", examples=["reader"])
    kind: str = Field(validation_alias="type", description="user, group, domain or anyone.", examples=["user"])
    who: str | None = Field(
        default=None,
        validation_alias=AliasChoices("emailAddress", "domain"),
        description="The address or the domain.",
        examples=["bo@example.com"],
    )


class Permissions(Result):
    """Who may do what with a file."""

    permissions: tuple[Permission, ...] = Field(default=(), description="Permissions.")


class Unshared(Result):
    """A permission that is taken away."""

    file: str = Field(description="Id of the file.", examples=[_id])
    permission: str = Field(description="Id of the permission.", examples=["06127392"])


class Drive(Result):
    """A shared drive."""

    id: str = Field(description="Its id.", examples=["0AShArEdDriveUk9PVA"], json_schema_extra=unique)
    name: str = Field(description="Its name.", examples=["Team"])


class Drives(Result):
    """Shared drives."""

    drives: tuple[Drive, ...] = Field(default=(), description="Shared drives.")
