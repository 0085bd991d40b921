"""Files that are handed to agents, and what their provider made of them."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class File(NamedTuple):
    """A file to be uploaded: its name, its bytes, its media type."""

    name: str
    content: bytes
    media: str = "application/octet-stream"


class Asset(BaseModel):
    """What became of one file; without success there is an `error` and no id."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    asset_id: str | None = None
    file_name: str = ""
    success: bool = True
    type: str | None = None
    url: str | None = None
    file_size: int | None = None
    mime_type: str | None = None
    error: str | None = None
