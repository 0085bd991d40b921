"""Large values of runs, streamed: never shown in a browser as what they claim to be, only saved."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Header, Path, Response
from fastapi.responses import StreamingResponse

from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.blob import Blob, json_media

router = Router("/api/executions", tag="Executions")


@router.get(
    "/{id:path}/blobs/{digest}",
    permission=Permission.execution_read,
    response_class=Response,
    responses={
        200: {"description": "The bytes.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "It is the one the caller has: a value never changes."},
    },
)
async def value(
    id: str,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the value, as its reference says.")],
    caller: Caller,
    services: Provided,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A value that is too large for the log, whole, as a download."""
    stored = await services.executions.values.find(caller, id, digest)
    headers = _headers(stored.blob)
    if if_none_match is not None and headers["ETag"] in {each.strip() for each in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    first = await anext(stored.parts, b"")  # what cannot be read is said before anything is sent
    headers["Content-Length"] = str(stored.blob.size)
    return StreamingResponse(_rest(first, stored.parts), media_type=stored.blob.media_type, headers=headers)


async def _rest(first: bytes, parts: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        yield first
        async for part in parts:
            yield part
    finally:
        await parts.aclose()


def _headers(blob: Blob) -> dict[str, str]:
    """What makes it a file to save: a value comes from anywhere, and a page of it would run as ours."""
    ending = "json" if blob.media_type == json_media else "txt" if blob.media_type.startswith("text/") else "bin"
    return {
        "ETag": f'"{blob.digest}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": f'attachment; filename="{blob.digest[:16]}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
