"""Google Drive: files found, fetched, made once, copied, moved, shared and thrown away, and how it says no."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.google_drive import GoogleDrive
from tests.doubles.vendor import Kind

from tenuto.connectors.google_drive.shapes import quoted
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, NotFound, Problem, RateLimited, Rejected, Uncertain, VendorFailed

upload = {"name": "Grüße.bin", "content": b64encode(b"\0--tenuto\r\n\xff").decode(), "media_type": "application/pdf"}


async def do(world: World, action: str, params: dict[str, Any], key: str = "run:node:1") -> dict[str, Any]:
    return await world.do("google_drive", action, params, key)


async def test_a_file_goes_up_and_comes_down_byte_for_byte(world: World) -> None:
    folder = await do(world, "create_folder", {"name": "Orders"})
    made = await do(world, "upload_file", {**upload, "folder": folder["id"], "description": "d"}, "run:node:2")
    assert (made["name"], made["media_type"], made["size"], made["folders"]) == ("Grüße.bin", "application/pdf", 12, [folder["id"]])
    found = await do(world, "download_file", {"file": made["id"]})
    assert (found["name"], b64decode(found["content"]), found["size"]) == ("Grüße.bin", b"\0--tenuto\r\n\xff", 12)
    await do(world, "replace_content", {"file": made["id"], "content": b64encode(b"new").decode(), "media_type": "application/pdf"})
    assert b64decode((await do(world, "download_file", {"file": made["id"]}))["content"]) == b"new"


async def test_a_document_of_google_s_own_is_turned_into_something_else(world: World) -> None:
    letter = world.double[GoogleDrive].add("Letter", "application/vnd.google-apps.document", b"Dear")
    found = await do(world, "download_file", {"file": letter["id"], "export_as": "text/plain"})
    assert (found["media_type"], b64decode(found["content"])) == ("text/plain", b"Dear")
    with pytest.raises(Rejected) as refused:
        await do(world, "download_file", {"file": letter["id"]})
    assert "export_as" in (refused.value.data.fix or "")
    plain = world.double[GoogleDrive].add("a.txt", content=b"x")
    with pytest.raises(Rejected, match="Export only supports"):
        await do(world, "download_file", {"file": plain["id"], "export_as": "application/pdf"})


@pytest.mark.parametrize(
    ("action", "params", "path"),
    [("upload_file", upload, "/files"), ("create_folder", {"name": "Orders"}, "/files"), ("copy_file", {}, "/copy")],
)
async def test_what_was_made_is_found_again_after_a_lost_answer(world: World, action: str, params: dict[str, Any], path: str) -> None:
    params = params or {"file": world.double[GoogleDrive].add("a.txt")["id"]}
    await do(world, action, params, "run:other:1")
    world.double.fail("google_drive", "drop_after", path=path)
    with pytest.raises(Uncertain):
        await do(world, action, params)
    found = await world.look("google_drive", action, params)
    assert found is not None
    assert world.double[GoogleDrive].files[found["id"]]["appProperties"] == {"tenutoStep": mark("run:node:1")}
    assert world.double.effects[mark("run:node:1")] == 1
    assert await world.look("google_drive", action, params, "run:third:1") is None


async def test_files_are_searched_by_what_is_asked_and_page_by_page(world: World) -> None:
    drive = world.double[GoogleDrive]
    folder = drive.add("Bob's", "application/vnd.google-apps.folder")
    for number in range(3):
        drive.add(f"invoice {number}.txt", content=b"overdue", parents=[folder["id"]])
    drive.add("gone.txt", trashed=True)
    drive.add("team.txt", parents=[drive.shared_drive])
    names = list[str]()
    page = None
    while True:
        found = await do(world, "search_files", {"name": "invoice", "folder": folder["id"], "limit": 2, "page": page})
        names += [each["name"] for each in found["files"]]
        page = found["next_page"]
        if page is None:
            break
    assert sorted(names) == ["invoice 0.txt", "invoice 1.txt", "invoice 2.txt"]
    assert {each["name"] for each in (await do(world, "search_files", {"text": "overdue"}))["files"]} == set(names)
    assert [each["name"] for each in (await do(world, "search_files", {"name": "Bob's", "only": "folders"}))["files"]] == ["Bob's"]
    assert [each["name"] for each in (await do(world, "search_files", {"trashed": True}))["files"]] == ["gone.txt"]
    assert "team.txt" in [each["name"] for each in (await do(world, "search_files", {"only": "files"}))["files"]]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await do(world, "search_files", {"changed_after": later}))["files"] == []


def test_a_quote_does_not_end_a_text() -> None:
    assert quoted("Bob's \\") == "'Bob\\'s \\\\'"


async def test_a_file_is_moved_renamed_copied_thrown_away_and_taken_back(world: World) -> None:
    drive = world.double[GoogleDrive]
    file, folder = drive.add("a.txt", content=b"x"), drive.add("Orders", "application/vnd.google-apps.folder")
    one = {"file": file["id"]}
    for _ in range(2):
        assert (await do(world, "move_file", {**one, "folder": folder["id"]}))["folders"] == [folder["id"]]
    changed = await do(world, "update_file", {**one, "name": "b.txt", "starred": True})
    assert (changed["name"], changed["starred"], changed["folders"]) == ("b.txt", True, [folder["id"]])
    assert (await do(world, "copy_file", one))["name"] == "Copy of b.txt"
    assert (await do(world, "trash_file", one))["trashed"] is True
    assert (await do(world, "untrash_file", one))["trashed"] is False
    assert (await do(world, "list_drives", {}))["drives"] == [{"id": drive.shared_drive, "name": "Team"}]
    with pytest.raises(Invalid, match="at least one thing"):
        await do(world, "update_file", one)


async def test_a_file_is_shared_with_one_with_a_domain_and_with_anyone(world: World) -> None:
    drive = world.double[GoogleDrive]
    one = {"file": drive.add("a.txt")["id"]}
    bo = await do(world, "share_file", {**one, "address": "bo@example.com", "role": "writer"})
    assert (bo["who"], bo["role"], bo["kind"], drive.mails) == ("bo@example.com", "writer", "user", [(one["file"], "bo@example.com")])
    await do(world, "share_file", {**one, "address": "cy@example.com", "notify": False})
    await do(world, "share_file", {**one, "domain": "example.com"})
    anyone = await do(world, "share_file", {**one, "anyone": True})
    known = (await do(world, "list_permissions", one))["permissions"]
    assert [(each["kind"], each["role"]) for each in known] == [
        ("user", "owner"), ("user", "writer"), ("user", "reader"), ("domain", "reader"), ("anyone", "reader"),
    ]  # fmt: skip
    assert len(drive.mails) == 1
    for _ in range(2):
        await do(world, "unshare_file", {**one, "permission": anyone["id"]})
    assert len((await do(world, "list_permissions", one))["permissions"]) == 4


async def test_whether_somebody_was_given_a_file_is_looked_up(world: World) -> None:
    one = {"file": world.double[GoogleDrive].add("a.txt")["id"], "address": "bo@example.com"}
    assert await world.look("google_drive", "share_file", one) is None
    world.double.fail("google_drive", "drop_after", path="/permissions")
    with pytest.raises(Uncertain):
        await do(world, "share_file", one)
    found = await world.look("google_drive", "share_file", one)
    assert found is not None
    assert found["who"] == "bo@example.com"
    assert await world.look("google_drive", "share_file", {**one, "role": "writer"}) is None


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("get_file", {"file": "../about"}),
        ("get_file", {"file": "https://evil.example/file/d/1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk/view"}),
        ("upload_file", {**upload, "content": "no base64!"}),
        ("upload_file", {**upload, "media_type": "text/plain\r\nX: y"}),
        ("upload_file", {**upload, "name": "a\r\nb"}),
        ("upload_file", {**upload, "content": "A" * 4_000_004}),
        ("share_file", {"file": "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk"}),
        ("share_file", {"file": "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk", "address": "bo@example.com", "anyone": True}),
        ("share_file", {"file": "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk", "address": "nobody"}),
    ],
)
async def test_parameters_that_cannot_be_are_refused_before_anything_is_sent(world: World, action: str, params: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await do(world, action, params)
    assert world.double.calls == []


async def test_an_address_of_the_browser_is_an_id_and_a_file_may_not_be_there(world: World) -> None:
    number = world.double[GoogleDrive].add("a.txt")["id"]
    assert (await do(world, "get_file", {"file": f"https://drive.google.com/file/d/{number}/view?usp=sharing"}))["id"] == number
    for action, more in (("get_file", {}), ("unshare_file", {"permission": "1"}), ("trash_file", {})):
        with pytest.raises(NotFound, match="File not found"):
            await do(world, action, {"file": "1Zdp4sgqYgJ9lCXfNkGmQ3mJXw7dT2bRk", **more})


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unauthorized", AuthRejected), ("forbidden", AuthRejected), ("rate_limited", RateLimited), ("secondary_limit", RateLimited),
        ("server_error", VendorFailed), ("html", InvalidOutput), ("malformed", InvalidOutput),
    ],
)  # fmt: skip
async def test_refusals_are_problems(world: World, kind: Kind, problem: type[Problem]) -> None:
    world.double.fail("google_drive", kind)
    with pytest.raises(problem):
        await do(world, "search_files", {})
