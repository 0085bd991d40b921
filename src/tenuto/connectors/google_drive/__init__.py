"""Google Drive's API: files found, fetched, made, copied, moved, shared and thrown away, in My Drive and in shared drives.

https://developers.google.com/workspace/drive/api/reference/rest/v3
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping

from pydantic import JsonValue

from tenuto.connectors.google_drive import sharing
from tenuto.connectors.google_drive.answers import Content, Drives, File, Files, fields
from tenuto.connectors.google_drive.service import everywhere, files, google_drive, made_by, marked, one, root, scope, shown
from tenuto.connectors.google_drive.shapes import (
    Change,
    Copy,
    Download,
    DriveFilter,
    Move,
    NewContent,
    NewFolder,
    OfFile,
    Search,
    Upload,
    folder_type,
)
from tenuto.core.connector import Answer, Calls, Params, QueryValue, Request, Result, mark

__all__ = ["google_drive", "sharing"]
_upload = f"/upload{files}"


class _Bytes(Result):
    media_type: str
    content: bytes


@google_drive.action(effect="read", scopes=(scope,))
def search_files(params: Search) -> Request[Files]:
    """Search files and folders, in shared drives too."""
    query: dict[str, QueryValue] = {**everywhere, "includeItemsFromAllDrives": True, "pageSize": params.limit, "pageToken": params.page}
    query |= {"q": params.words, "fields": f"nextPageToken,files({fields})"}
    # Drive sorts nothing that is searched for by what stands in it.
    query |= {} if params.text else {"orderBy": "createdTime desc" if params.created_after else "modifiedTime desc"}
    return Request(result=Files, method="GET", path=files, query=query)


@google_drive.action(effect="read", scopes=(scope,))
def get_file(params: OfFile) -> Request[File]:
    """Read what Drive knows of a file."""
    return Request(result=File, method="GET", path=one, query=shown)


@google_drive.action(effect="read", scopes=(scope,))
async def download_file(calls: Calls, params: Download) -> Content:
    """Fetch what is in a file; a document of Google's own is turned into something else."""
    fill = {"file": params.file}
    known = await calls.send(Request(result=File, method="GET", path=one, fill=fill, query=shown))
    query: Mapping[str, QueryValue] = {"mimeType": params.export_as} if params.export_as else {**everywhere, "alt": "media"}
    path = f"{one}/export" if params.export_as else one
    found = await calls.send(Request(result=_Bytes, method="GET", path=path, fill=fill, query=query, read=_bytes))
    content = b64encode(found.content).decode()
    return Content(name=known.name, media_type=params.export_as or known.media_type, size=len(found.content), content=content)


def _bytes(answer: Answer, _params: Params) -> _Bytes:
    return _Bytes(media_type=answer.headers.get("content-type", ""), content=answer.body)


def _related(metadata: Mapping[str, JsonValue], content: bytes, media_type: str, key: str) -> tuple[dict[str, str], bytes]:
    """A body of two parts (RFC 2387). The content is base64, in which no boundary stands."""
    boundary = f"tenuto-{mark(key)}"
    head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(dict(metadata))}\r\n"
    head += f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return {"content-type": f"multipart/related; boundary={boundary}"}, head.encode() + b64encode(
        content
    ) + f"\r\n--{boundary}--\r\n".encode()


@google_drive.action(effect="write", scopes=(scope,), verify=made_by)
def upload_file(params: Upload, key: str) -> Request[File]:
    """Make a file."""
    metadata: dict[str, JsonValue] = {"name": params.name, "mimeType": params.media_type, **marked(key)}
    metadata |= {"parents": [params.folder]} if params.folder else {}
    metadata |= {"description": params.description} if params.description else {}
    headers, content = _related(metadata, b64decode(params.content), params.media_type, key)
    return Request(result=File, method="POST", path=_upload, query={**shown, "uploadType": "multipart"}, headers=headers, content=content)


@google_drive.action(effect="idempotent_write", scopes=(scope,))
def replace_content(params: NewContent) -> Request[File]:
    """Fill a file that is there with something else; Drive keeps what was in it as a revision."""
    query: dict[str, QueryValue] = {**shown, "uploadType": "media"}
    headers, content = {"content-type": params.media_type}, b64decode(params.content)
    return Request(result=File, method="PATCH", path=f"{_upload}/{{file}}", query=query, headers=headers, content=content)


@google_drive.action(effect="write", scopes=(scope,), verify=made_by)
def create_folder(params: NewFolder, key: str) -> Request[File]:
    """Make a folder."""
    body: dict[str, JsonValue] = {"name": params.name, "mimeType": folder_type, **marked(key)}
    body |= {"parents": [params.folder]} if params.folder else {}
    return Request(result=File, method="POST", path=files, query=shown, json=body)


@google_drive.action(effect="write", scopes=(scope,), verify=made_by)
def copy_file(params: Copy, key: str) -> Request[File]:
    """Copy a file."""
    body: dict[str, JsonValue] = {**marked(key)}
    body |= {"name": params.name} if params.name else {}
    body |= {"parents": [params.folder]} if params.folder else {}
    return Request(result=File, method="POST", path=f"{one}/copy", query=shown, json=body)


@google_drive.action(effect="idempotent_write", scopes=(scope,))
async def move_file(calls: Calls, params: Move) -> File:
    """Move a file into another folder."""
    fill = {"file": params.file}
    known = await calls.send(Request(result=File, method="GET", path=one, fill=fill, query=shown))
    left = ",".join(each for each in known.folders if each != params.folder)
    query: dict[str, QueryValue] = {**shown, "addParents": params.folder, "removeParents": left or None}
    return await calls.send(Request(result=File, method="PATCH", path=one, fill=fill, query=query, json={}))


@google_drive.action(effect="idempotent_write", scopes=(scope,))
def update_file(params: Change) -> Request[File]:
    """Change a file's name, description or star."""
    body: JsonValue = params.model_dump(mode="json", include={"name", "description", "starred"}, exclude_none=True)
    return Request(result=File, method="PATCH", path=one, query=shown, json=body)


@google_drive.action(effect="idempotent_write", scopes=(scope,))
def trash_file(params: OfFile) -> Request[File]:
    """Move a file or a folder to the trash, from which it is deleted after 30 days."""
    return Request(result=File, method="PATCH", path=one, query=shown, json={"trashed": True})


@google_drive.action(effect="idempotent_write", scopes=(scope,))
def untrash_file(params: OfFile) -> Request[File]:
    """Take a file or a folder out of the trash."""
    return Request(result=File, method="PATCH", path=one, query=shown, json={"trashed": False})


@google_drive.action(effect="read", scopes=(scope,))
def list_drives(params: DriveFilter) -> Request[Drives]:
    """List the shared drives that the account is a member of."""
    return Request(result=Drives, method="GET", path=f"{root}/drives", query={"pageSize": params.limit})
