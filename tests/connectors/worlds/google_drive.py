"""Google Drive against Google's document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.google_drive import GoogleDrive
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.google_drive import google_drive
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    drive = double[GoogleDrive]
    drive.add("invoice one.txt", content=b"overdue")
    document: JsonObject = {"file": drive.add("Letter", "application/vnd.google-apps.document", b"Dear")["id"]}
    yield (
        "search_files",
        {"name": "invoice", "folder": "root", "media_type": "text/plain", "only": "files", "created_after": "2026-01-05T09:30:00Z"},
    )
    yield "search_files", {"text": "overdue", "query": "starred = false", "changed_after": "2026-01-05T09:30:00Z", "limit": 1, "page": "0"}
    folder = yield "create_folder", {"name": "Orders"}
    file = yield (
        "upload_file",
        {"name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain", "folder": folder["id"], "description": "d"},
    )
    one: JsonObject = {"file": file["id"]}
    yield "get_file", one
    yield "download_file", one
    yield "download_file", {**document, "export_as": "application/pdf"}
    yield "replace_content", {**one, "content": "SGVsbG8=", "media_type": "text/plain"}
    yield "copy_file", {**one, "name": "b.txt", "folder": folder["id"]}
    yield "move_file", {**one, "folder": "root"}
    yield "update_file", {**one, "name": "c.txt", "description": "d", "starred": True}
    yield "share_file", {**one, "address": "bo@example.com", "role": "writer", "message": "m"}
    yield "share_file", {**one, "domain": "example.com", "role": "commenter"}
    shared = yield "share_file", {**one, "anyone": True}
    yield "list_permissions", one
    yield "unshare_file", {**one, "permission": shared["id"]}
    yield "trash_file", one
    yield "untrash_file", one
    yield "list_drives", {"limit": 5}


conformance = Conformance(
    connector=google_drive,
    double=GoogleDrive,
    contract=OpenApi(("google-drive.v3.openapi3.json",)),
    cases=cases,
    # The document calls `emailAddress` read-only, of which the vendor's own guide makes permissions.
    beyond={r"POST .*/permissions": "https://developers.google.com/workspace/drive/api/guides/manage-sharing"},
)
