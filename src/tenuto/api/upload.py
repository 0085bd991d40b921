"""Files that go with questions: `POST /api/upload`."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, UploadFile
from pydantic import Field

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.assets import Asset
from tenuto.core.assets import File as Given
from tenuto.core.errors import Malformed, TooLarge
from tenuto.services.conversations import largest_file, most_files

router = Router("/api/upload", tag="Agents")

_room = 256 * 1024
"""For the boundaries and headers of the parts."""


class AssetView(Asset):
    """What became of one file: `asset_id` goes into `assets` of a question."""

    simulated: bool


class UploadAnswer(Done):
    """What became of the files, in their order."""

    assets: tuple[AssetView, ...]
    message: str
    simulated: bool = Field(description="Whether nothing was sent, because the key of the agent provider is not set.")


@router.post("", permission=Permission.agent_ask, limit=most_files * largest_file + _room, also=(502, 504))
async def upload(
    caller: Caller,
    services: Provided,
    files: Annotated[list[UploadFile] | None, File(description="1 to 10 files of at most 10 MB each.")] = None,
) -> UploadAnswer:
    """Hand files to the agent provider."""
    if not files:
        raise Malformed("No file was sent.", pointer="/files", fix="Send multipart/form-data with one or more parts named files.")
    if (largest := max(files, key=lambda file: file.size or 0)).size is not None and (largest.size or 0) > largest_file:
        raise TooLarge(f"A file has {largest.size:,} bytes; at most {largest_file:,} are taken.", pointer="/files")
    taken = [Given(file.filename or "", await file.read(), file.content_type or "application/octet-stream") for file in files]
    uploaded = await services.conversations.upload(caller, taken)
    assets = tuple(AssetView(**asset.model_dump(), simulated=uploaded.simulated) for asset in uploaded.assets)
    done = sum(asset.success for asset in assets)
    message = f"{done} of {len(assets)} files were uploaded." if not uploaded.simulated else "Simulated: nothing was sent."
    return UploadAnswer(assets=assets, message=message, simulated=uploaded.simulated)
