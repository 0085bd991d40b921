"""Files that a question goes with: uploaded to Lyzr, and then named by their asset ids."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from tenuto.agents.lyzr.problems import clean
from tenuto.core.assets import Asset, File
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Invalid, InvalidOutput, Rejected, TooLarge

max_files = 10
max_bytes = 10 * 1024 * 1024
_timeout = 300


class _Uploaded(BaseModel):
    model_config = ConfigDict(extra="ignore")

    results: tuple[Asset, ...]


def upload_request(base_url: str, files: Sequence[File]) -> Outbound:
    """Raises `Invalid` for no or too many files and `TooLarge` for one above 10 MB: Lyzr's limits."""
    if not 0 < len(files) <= max_files:
        raise Invalid(f"Between 1 and {max_files} files can be uploaded at once; these are {len(files)}.")
    for file in files:
        if len(file.content) > max_bytes:
            raise TooLarge(f"{file.name} has {len(file.content):,} bytes; Lyzr takes at most {max_bytes:,}.")
    parts = tuple(("files", file.name, file.content, file.media) for file in files)
    return Outbound(method="POST", url=f"{base_url}/v3/assets/upload", files=parts, timeout=_timeout)


def assets_of(answer: Answer) -> tuple[Asset, ...]:
    """One asset for each file, in order. Raises `Rejected` when Lyzr took none of them."""
    try:
        uploaded = _Uploaded.model_validate(answer.json)
    except ValidationError:
        raise InvalidOutput("Lyzr answered something else than a list of uploaded files.", raw=answer.text) from None
    if not any(asset.success for asset in uploaded.results):
        errors = "; ".join(f"{asset.file_name}: {asset.error or 'no reason given'}" for asset in uploaded.results)
        raise clean(Rejected(f"Lyzr took none of the files: {errors}", raw=answer.text))
    return uploaded.results
