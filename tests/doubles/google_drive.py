"""A double of Google Drive's API: files found by `q`, sent in one piece or in many, exported, copied, shared; shared drives.

From https://developers.google.com/workspace/drive/api/reference/rest/v3 (files, permissions, drives, changes, about),
…/drive/api/guides/manage-uploads, …/guides/ref-export-formats, …/guides/enable-shareddrives, …/guides/fields-parameter,
…/guides/manage-sharing, …/guides/handle-errors. Where the vendor documents nothing, the double chose: 409 has the reason
`fileIdInUse`, and the export of a document is its text.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any, cast
from urllib.parse import unquote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.google import Refusal, flag, guarded, inner, many, number, one_of, picked, refusal_of, with_reason
from tests.doubles.google_drive_query import query
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, user

chunk = 256 * 1024
"""All pieces of an upload but the last are a multiple of this."""
folder = "application/vnd.google-apps.folder"
editors = {
    "application/vnd.google-apps.document": ("text/plain", "text/html", "text/markdown", "application/pdf", "application/rtf"),
    "application/vnd.google-apps.spreadsheet": ("text/csv", "application/pdf", "application/vnd.oasis.opendocument.spreadsheet"),
    "application/vnd.google-apps.presentation": ("text/plain", "application/pdf"),
}
"""What the kinds of Google's own documents are exported as."""
_own = "application/vnd.google-apps."
_usual = "kind,id,name,mimeType"
"""The fields of a file where none are named."""
_roles = ("owner", "organizer", "fileOrganizer", "writer", "commenter", "reader")
_kinds = ("user", "group", "domain", "anyone")
_settable = (
    "name", "mimeType", "description", "starred", "trashed", "properties", "appProperties", "parents", "createdTime", "modifiedTime", "id",
    "writersCanShare", "copyRequiresWriterPermission", "folderColorRgb", "originalFilename", "viewedByMeTime", "shortcutDetails",
    "contentHints", "contentRestrictions", "inheritedPermissionsDisabled",
)  # fmt: skip


class GoogleDrive(Vendor):
    """My Drive of one user, and one shared drive; `add` puts a file there."""

    key = "google_drive"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.root, self.shared_drive = "0AroOtOfMyDriveUk9PVA", "0AShArEdDriveOfTheTeamUk9PVA"
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.reserved: set[str] = set()
        """Ids that were given out and not used yet."""
        self.sessions: dict[str, Json] = {}
        """Uploads that have begun, by their id."""
        self.mails: list[tuple[str, str]] = []
        """(file, address): who was told that a file was shared."""
        self.changes: list[Json] = []
        self.channels: list[Json] = []
        self.add("My Drive", folder, number=self.root)
        self.add("Team", folder, number=self.shared_drive)
        self.changes.clear()

    def routes(self) -> Routes:
        files, up = "/drive/v3/files", "/upload/drive/v3/files"
        one, rights = files + "/{id}", files + "/{id}/permissions"
        routes: Routes = [
            ("GET", "/drive/v3/about", self._about),
            ("GET", "/drive/v3/drives", self._drives),
            ("GET", "/drive/v3/drives/{id}", self._drive),
            ("GET", "/drive/v3/changes/startPageToken", self._start),
            ("GET", "/drive/v3/changes", self._changes),
            ("POST", "/drive/v3/changes/watch", self._watch),
            ("POST", "/drive/v3/channels/stop", self._stop),
            ("GET", files, self._list),
            ("POST", files, self._create),
            ("GET", files + "/generateIds", self._ids),
            ("GET", one, self._get),
            ("PATCH", one, self._update),
            ("DELETE", one, self._delete),
            ("GET", one + "/export", self._export),
            ("POST", one + "/copy", self._copy),
            ("GET", rights, self._list_rights),
            ("POST", rights, self._share),
            ("PATCH", rights + "/{right}", self._change_right),
            ("DELETE", rights + "/{right}", self._unshare),
            ("POST", up, self._upload),
            ("PUT", up, self._piece),
            ("PATCH", up + "/{id}", self._upload),
            ("PUT", up + "/{id}", self._piece),
        ]
        return guarded(routes, with_reason)

    def refuse(self, fault: Fault) -> Response:
        return with_reason(refusal_of(fault))

    def add(self, name: str, mime: str = "text/plain", content: bytes = b"", *, number: str | None = None, **more: Any) -> Json:
        """Put a file into My Drive, or where `parents` says."""
        number, now = number or "1" + uuid4().hex, _now()
        parents = more.pop("parents", None) or ([self.root] if number not in (self.root, self.shared_drive) else [])
        owner = {"kind": "drive#permission", "id": _right(user), "type": "user", "role": "owner", "emailAddress": user}
        file: Json = {
            "kind": "drive#file", "id": number, "name": name, "mimeType": mime, "parents": parents, "trashed": False, "starred": False,
            "createdTime": now, "modifiedTime": now, "version": "1", "spaces": ["drive"], "ownedByMe": True, "shared": False,
            "owners": [{"kind": "drive#user", "displayName": "Ada", "emailAddress": user, "me": True}], "permissions": [owner],
            "webViewLink": f"https://drive.google.com/file/d/{number}/view", "capabilities": {"canEdit": True}, **more,
        }  # fmt: skip
        if any(self._in_shared_drive(each) for each in parents):
            file = {name: value for name, value in file.items() if name not in ("owners", "ownedByMe")} | {"driveId": self.shared_drive}
        self.files[number] = file
        self._fill(file, content)
        return file

    def content(self, file: Json) -> bytes:
        """The bytes of a file."""
        return self.contents[file["id"]]

    def _fill(self, file: Json, content: bytes) -> None:
        self.contents[file["id"]] = content
        if not file["mimeType"].startswith(_own):
            file |= {"size": str(len(content)), "md5Checksum": md5(content, usedforsecurity=False).hexdigest()}
        self._touched(file)

    def _touched(self, file: Json) -> None:
        file |= {"version": str(int(file["version"]) + 1)}
        time = {"time": _now(), "changeType": "file", "fileId": file["id"], "kind": "drive#change"}
        self.changes.append({**time, "removed": file["id"] not in self.files, "file": file})

    def _in_shared_drive(self, number: str) -> bool:
        return number == self.shared_drive or self.files.get(number, {}).get("driveId") == self.shared_drive

    def _file(self, request: Request, number: str | None = None) -> Json:
        """A file that can be seen: one of a shared drive by those who say that they know such."""
        wanted = number or request.path_params["id"]
        wanted = self.root if wanted == "root" else wanted
        if wanted not in self.files or (self._in_shared_drive(wanted) and not flag(request, "supportsAllDrives")):
            raise Refusal(404, "notFound", f"File not found: {wanted}.", "fileId")
        return self.files[wanted]

    def _answer(self, request: Request, file: Json) -> Response:
        shown = file if request.query_params.get("fields") else {each: file[each] for each in _usual.split(",")}
        return JSONResponse(picked(shown, request.query_params.get("fields")))

    async def _about(self, request: Request, _sent: Any) -> Response:
        if "fields" not in request.query_params:
            raise Refusal(400, "required", "The 'fields' parameter is required for this method.", "fields")
        used = str(sum(len(each) for each in self.contents.values()))
        facts = {"kind": "drive#about", "user": {"displayName": "Ada", "emailAddress": user}, "storageQuota": {"usage": used}}
        return JSONResponse(picked(facts, request.query_params["fields"]))

    async def _drives(self, request: Request, _sent: Any) -> Response:
        number(request, "pageSize", 10, 100)
        return JSONResponse({"kind": "drive#driveList", "drives": [{"kind": "drive#drive", "id": self.shared_drive, "name": "Team"}]})

    async def _drive(self, request: Request, _sent: Any) -> Response:
        if request.path_params["id"] != self.shared_drive:
            raise Refusal(404, "notFound", f"Shared drive not found: {request.path_params['id']}", "driveId")
        return JSONResponse({"kind": "drive#drive", "id": self.shared_drive, "name": "Team"})

    async def _list(self, request: Request, _sent: Any) -> Response:
        asked = request.query_params
        corpora = one_of(request, "corpora", ("user", "domain", "drive", "allDrives"), "user")
        everywhere = flag(request, "includeItemsFromAllDrives")
        if everywhere and not flag(request, "supportsAllDrives"):
            raise Refusal(403, "teamDrivesNotSupported", "The supportsAllDrives parameter must be set.", "supportsAllDrives")
        if ("driveId" in asked) != (corpora == "drive"):
            text = "The driveId parameter must be specified if and only if corpora is set to drive."
            raise Refusal(400, "invalid", text, "corpora")
        fits = query(asked.get("q"))
        searched = [{**each, "_text": self.contents[each["id"]].decode(errors="replace")} for each in self.files.values()]
        known = [each for each in searched if each["parents"] and (everywhere or "driveId" not in each)]
        known = [each for each in known if corpora != "drive" or each.get("driveId") == asked["driveId"]]
        found = [self.files[each["id"]] for each in _ordered(known, asked.get("orderBy")) if fits(_rooted(each, self.root))]
        start = asked.get("pageToken", "0")
        if not start.isdecimal():
            raise Refusal(400, "invalid", "Invalid Value", "pageToken")
        end = int(start) + self.size(number(request, "pageSize", 100, 1000), 100)
        answer: Json = {"kind": "drive#fileList", "incompleteSearch": False, "files": found[int(start) : end]}
        if end < len(found):
            answer["nextPageToken"] = str(end)
        return JSONResponse(picked(answer, asked.get("fields") or f"kind,incompleteSearch,nextPageToken,files({_usual})"))

    async def _get(self, request: Request, _sent: Any) -> Response:
        file = self._file(request)
        if one_of(request, "alt", ("json", "media"), "json") == "json":
            return self._answer(request, file)
        if file["mimeType"].startswith(_own):
            text = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise Refusal(403, "fileNotDownloadable", text, "alt")
        return Response(self.contents[file["id"]], media_type=file["mimeType"])

    async def _export(self, request: Request, _sent: Any) -> Response:
        file, wanted = self._file(request), request.query_params.get("mimeType")
        if file["mimeType"] not in editors:
            raise Refusal(403, "fileNotExportable", "Export only supports Docs Editors files.")
        if wanted is None:
            raise Refusal(400, "required", "Required parameter: mimeType", "mimeType")
        if wanted not in editors[file["mimeType"]]:
            raise Refusal(400, "badRequest", "The requested conversion is not supported.", "convertTo")
        if len(self.contents[file["id"]]) > 10 * 1024 * 1024:
            raise Refusal(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
        return Response(self.contents[file["id"]], media_type=wanted)

    async def _ids(self, request: Request, _sent: Any) -> Response:
        one_of(request, "type", ("files", "shortcuts"), "files")
        ids = ["1" + uuid4().hex for _ in range(number(request, "count", 10, 1000))]
        self.reserved |= set(ids)
        return JSONResponse({"kind": "drive#generatedIds", "space": "drive", "ids": ids})

    async def _create(self, request: Request, sent: Any) -> Response:
        return self._answer(request, self._made(request, sent or {}, b"", None))

    def _made(self, request: Request, metadata: Json, content: bytes, media: str | None) -> Json:
        self._known(metadata)
        mime = metadata.get("mimeType") or media or "application/octet-stream"
        chosen = metadata.get("id")
        if chosen in self.files:
            raise Refusal(409, "fileIdInUse", "A file already exists with the provided ID.")
        if chosen is not None and chosen not in self.reserved:
            raise Refusal(400, "invalid", "The provided file ID is not usable.")
        if chosen is not None and mime.startswith(_own) and mime != folder:
            raise Refusal(400, "invalid", "Generated IDs are not supported for Docs Editors formats.")
        parents = many(metadata, "parents")
        if len(parents) > 1:
            raise Refusal(400, "invalid", "A shared drive item must have exactly one parent.", "parents")
        above = [self._file(request, each)["id"] for each in parents]
        more = {name: value for name, value in metadata.items() if name not in ("id", "name", "mimeType", "parents")}
        file = self.add(metadata.get("name", "Untitled"), mime, content, number=chosen, parents=above, **more)
        self.reserved.discard(chosen or "")
        self.happened(metadata, f"file:{file['id']}")
        return file

    async def _update(self, request: Request, sent: Any) -> Response:
        file = self._file(request)
        self._changed(request, file, sent or {})
        self.happened(sent, f"change:{file['id']}")
        return self._answer(request, file)

    def _changed(self, request: Request, file: Json, metadata: Json) -> None:
        self._known(metadata)
        if "parents" in metadata or "id" in metadata:
            text = "The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead."
            raise Refusal(403, "fieldNotWritable", text)
        add, remove = ([each for each in request.query_params.get(name, "").split(",") if each] for name in ("addParents", "removeParents"))
        above = [self._file(request, each)["id"] for each in add]
        left = [each for each in file["parents"] if each not in remove]
        if len({*left, *above}) > 1:
            raise Refusal(403, "cannotAddParent", "Increasing the number of parents is not allowed")
        for name in ("properties", "appProperties"):
            if name in metadata:
                kept = {**inner(file, name), **inner(metadata, name)}
                metadata = metadata | {name: {each: value for each, value in kept.items() if value is not None}}
        file |= {"modifiedTime": _now(), **metadata, "parents": above or left or [self.root]}
        self._touched(file)

    def _known(self, metadata: Json) -> None:
        if unknown := [name for name in metadata if name not in _settable]:
            raise Refusal(403, "fieldNotWritable", f"The resource body includes fields which are not directly writable: {unknown[0]}.")

    async def _delete(self, request: Request, _sent: Any) -> Response:
        file = self._file(request)
        below = [each for each in self.files.values() if file["id"] in each["parents"]]
        for each in [file, *below]:
            del self.files[each["id"]]
            self._touched(each)
        self.happened(None, f"delete:{file['id']}")
        return Response(status_code=204)

    async def _copy(self, request: Request, sent: Any) -> Response:
        file, asked = self._file(request), cast("Json", sent or {})
        if file["mimeType"] == folder:
            raise Refusal(403, "cannotCopyFile", "This file cannot be copied by the user.")
        metadata = {"name": f"Copy of {file['name']}", "mimeType": file["mimeType"], "parents": file["parents"], **asked}
        return self._answer(request, self._made(request, metadata, self.contents[file["id"]], None))

    async def _upload(self, request: Request, sent: Any) -> Response:
        """A new file, or new content of one that is there."""
        how, body = request.query_params.get("uploadType"), await request.body()
        media = request.headers.get("content-type", "")
        if how == "resumable":
            return self._opened(request, cast("Json", sent or {}))
        if how == "media":
            return self._answer(request, self._received(request, {}, body, media))
        if how != "multipart":
            raise Refusal(400, "badRequest", f"Invalid upload type: {how}", "uploadType")
        parts = _parts(media, body)
        if len(parts) != 2 or parts[0][0].partition(";")[0] != "application/json":
            raise Refusal(400, "badContent", "Malformed multipart body.")
        return self._answer(request, self._received(request, json.loads(parts[0][1]), parts[1][1], parts[1][0]))

    def _received(self, request: Request, metadata: Json, content: bytes, media: str) -> Json:
        if "id" not in request.path_params:
            return self._made(request, metadata, content, media)
        file = self._file(request)
        self._changed(request, file, metadata)
        self._fill(file, content)
        self.happened(metadata, f"content:{file['id']}")
        return file

    def _opened(self, request: Request, metadata: Json) -> Response:
        self._known(metadata)
        session = uuid4().hex
        media = request.headers.get("x-upload-content-type", "application/octet-stream")
        self.sessions[session] = {"metadata": metadata, "media": media, "content": b"", "done": None}
        place = str(request.url.include_query_params(upload_id=session))
        return Response(headers={"location": place, "x-guploader-uploadid": session})

    async def _piece(self, request: Request, _sent: Any) -> Response:
        session = self.sessions.get(request.query_params.get("upload_id", ""))
        if session is None:
            raise Refusal(404, "notFound", "Not Found")
        body, told = await request.body(), request.headers.get("content-range", "")
        if session["done"]:
            return self._answer(request, session["done"])
        if told.startswith("bytes */"):
            return _more(session)
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", told) if told else re.fullmatch(r"()()()", "")
        if span is None or (span[1] and (int(span[1]) != len(session["content"]) or int(span[2]) - int(span[1]) + 1 != len(body))):
            raise Refusal(400, "badRequest", "Failed to parse Content-Range header.")
        if span[3] and (span[3] == "*" or int(span[2]) + 1 < int(span[3])):
            if len(body) % chunk:
                raise Refusal(400, "badRequest", f"Invalid request. The number of bytes uploaded is required to be a multiple of {chunk}.")
            session["content"] += body
            return _more(session)
        session["content"] += body
        session["done"] = self._received(request, session["metadata"], session["content"], session["media"])
        return self._answer(request, session["done"])

    async def _list_rights(self, request: Request, _sent: Any) -> Response:
        found = self._file(request)["permissions"]
        shown = found if "fields" in request.query_params else [{n: each[n] for n in ("id", "type", "kind", "role")} for each in found]
        answer = {"kind": "drive#permissionList", "permissions": shown}
        return JSONResponse(picked(answer, request.query_params.get("fields")))

    async def _share(self, request: Request, sent: Any) -> Response:
        file, asked = self._file(request), cast("Json", sent or {})
        role, kind, address = asked.get("role"), asked.get("type"), asked.get("emailAddress")
        if role not in _roles or kind not in _kinds:
            where = "permission.role" if role not in _roles else "permission.type"
            raise Refusal(400, "required", "The permission role field is required.", where)
        if role == "owner" and not flag(request, "transferOwnership"):
            text = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
            raise Refusal(403, "forbidden", text, "transferOwnership")
        if kind in ("user", "group") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address or ""):
            raise Refusal(400, "invalidSharingRequest", 'Bad Request. User message: "The specified emailAddress is invalid."')
        if kind == "domain" and not asked.get("domain"):
            raise Refusal(
                400, "invalid", "The specified domain is invalid or not applicable for the given permission type.", "permission.domain"
            )
        name = "anyoneWithLink" if kind == "anyone" else _right(address or asked["domain"])
        right = {"kind": "drive#permission", "id": name, **asked}
        file["permissions"] = [each for each in file["permissions"] if each["id"] != name] + [right]
        file["shared"] = True
        if kind in ("user", "group") and request.query_params.get("sendNotificationEmail", "true") == "true":
            self.mails.append((file["id"], address or ""))
        self._touched(file)
        self.happened(sent, f"share:{file['id']}:{name}")
        return JSONResponse(picked(right, request.query_params.get("fields") or "kind,id,type,role"))

    def _granted(self, request: Request) -> tuple[Json, Json]:
        file, wanted = self._file(request), request.path_params["right"]
        right = next((each for each in file["permissions"] if each["id"] == wanted), None)
        if right is None:
            raise Refusal(404, "notFound", f"Permission not found: {wanted}.", "permissionId")
        return file, right

    async def _change_right(self, request: Request, sent: Any) -> Response:
        file, right = self._granted(request)
        role = cast("Json", sent or {}).get("role")
        if role not in _roles:
            raise Refusal(400, "invalid", "The specified role is invalid.", "permission.role")
        right["role"] = role
        self._touched(file)
        self.happened(sent, f"share:{file['id']}:{right['id']}")
        return JSONResponse(picked(right, request.query_params.get("fields") or "kind,id,type,role"))

    async def _unshare(self, request: Request, _sent: Any) -> Response:
        file, right = self._granted(request)
        file["permissions"].remove(right)
        file["shared"] = len(file["permissions"]) > 1
        self._touched(file)
        self.happened(None, f"unshare:{file['id']}:{right['id']}")
        return Response(status_code=204)

    async def _start(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"kind": "drive#startPageToken", "startPageToken": str(len(self.changes) + 1)})

    async def _changes(self, request: Request, _sent: Any) -> Response:
        token = request.query_params.get("pageToken")
        if token is None or not token.isdecimal():
            raise Refusal(400, "required" if token is None else "invalid", "Required parameter: pageToken", "pageToken")
        start = int(token) - 1
        end = start + self.size(number(request, "pageSize", 100, 1000), 100)
        found = [deepcopy(each) for each in self.changes[start:end]]
        for each in found:
            if each["removed"]:
                del each["file"]
        name = ("nextPageToken", str(end + 1)) if end < len(self.changes) else ("newStartPageToken", str(len(self.changes) + 1))
        answer = {"kind": "drive#changeList", "changes": found, name[0]: name[1]}
        usual = f"kind,nextPageToken,newStartPageToken,changes(kind,time,changeType,removed,fileId,file({_usual}))"
        return JSONResponse(picked(answer, request.query_params.get("fields") or usual))

    async def _watch(self, request: Request, sent: Any) -> Response:
        if "pageToken" not in request.query_params:
            raise Refusal(400, "required", "Required parameter: pageToken", "pageToken")
        asked = cast("Json", sent or {})
        if asked.get("type") != "web_hook" or not str(asked.get("address", "")).startswith("https://"):
            raise Refusal(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {asked.get('address')}")
        expires = str(int((datetime.now(UTC) + timedelta(days=7)).timestamp() * 1000))
        channel: Json = {"kind": "api#channel", "id": asked.get("id"), "resourceId": uuid4().hex, "expiration": expires}
        self.channels.append(channel)
        self.happened(sent, f"watch:{asked.get('id')}")
        return JSONResponse(channel)

    async def _stop(self, _request: Request, sent: Any) -> Response:
        kept = [each for each in self.channels if (each["id"], each["resourceId"]) != (sent.get("id"), sent.get("resourceId"))]
        if len(kept) == len(self.channels):
            raise Refusal(404, "notFound", f"Channel '{sent.get('id')}' not found for project")
        self.channels = kept
        return Response(status_code=204)


def _parts(media: str, body: bytes) -> list[tuple[str, bytes]]:
    """Media type and content of each part of a multipart/related body, byte for byte."""
    boundary = re.search(r'boundary="?([^";]+)', media)
    if boundary is None or not media.startswith("multipart/related"):
        return []
    parts: list[tuple[str, bytes]] = []
    for piece in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))}
        content = content.removesuffix(b"\r\n")
        base64 = headers.get("content-transfer-encoding") == "base64"
        parts.append((headers.get("content-type", ""), b64decode(content) if base64 else content))
    return parts


def _more(session: Json) -> Response:
    """How far an upload has come."""
    size = len(session["content"])
    return Response(status_code=308, headers={"range": f"bytes=0-{size - 1}"} if size else {})


def _rooted(file: Json, root: str) -> Json:
    """With the alias of My Drive among its parents, for `'root' in parents`."""
    return {**file, "parents": [*file["parents"], "root"]} if root in file["parents"] else file


def _ordered(files: list[Json], order: str | None) -> list[Json]:
    """The newest first, unless something else is asked for."""
    found = list(reversed(files))
    for part in reversed([each for each in unquote(order or "").split(",") if each]):
        name, _, way = part.strip().partition(" ")
        if name not in ("name", "name_natural", "modifiedTime", "createdTime", "folder", "starred", "viewedByMeTime") or way not in (
            "",
            "desc",
        ):
            raise Refusal(400, "invalid", "Invalid Value", "orderBy")
        if name == "folder":
            found.sort(key=lambda each: each["mimeType"] != folder, reverse=way == "desc")
        else:
            by = name.removesuffix("_natural")
            found.sort(key=lambda each, by=by: str(each.get(by, "")).lower(), reverse=way == "desc")
    return found


def _right(address: str) -> str:
    """The id of what an address is permitted, the same for every file."""
    return str(int.from_bytes(md5(address.encode(), usedforsecurity=False).digest()[:8]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
