"""What the double of Google Drive must do, over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from tests.doubles.google_drive import GoogleDrive, chunk, folder
from tests.doubles.vendor import user
from tests.doubles.vendors import VendorsDouble

files, up = "/google_drive/drive/v3/files", "/google_drive/upload/drive/v3/files"
document = "application/vnd.google-apps.document"
marker = "0123456789abcdef01234567"


def reason(answer: httpx2.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["errors"][0]["reason"]


async def found(caller: httpx2.AsyncClient, q: str | None = None, **more: Any) -> list[str]:
    answer = await caller.get(files, params={"orderBy": "name", **({"q": q} if q else {}), **more})
    assert answer.is_success, answer.text
    return [each["name"] for each in answer.json()["files"]]


async def test_files_are_found_by_what_is_asked(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    drive = vendors[GoogleDrive]
    below = drive.add("Invoices", folder)
    drive.add("Invoice O'Neil 7", "application/pdf", b"%PDF", parents=[below["id"]], modifiedTime="2026-01-05T10:00:00.000Z")
    drive.add("Notes", content=b"about the invoice", trashed=True)
    drive.add("Plan", document, content=b"the plan", starred=True, appProperties={"step": marker})
    for q, names in {
        None: ["Invoice O'Neil 7", "Invoices", "Notes", "Plan"],
        "trashed = false": ["Invoice O'Neil 7", "Invoices", "Plan"],
        "name = 'Invoice O\\'Neil 7'": ["Invoice O'Neil 7"],
        "name contains 'inv' and not name contains 'neil'": ["Invoices"],
        "name contains 'voice'": [],
        f"'{below['id']}' in parents": ["Invoice O'Neil 7"],
        "'root' in parents and trashed=false": ["Invoices", "Plan"],
        f"mimeType != '{folder}' and (starred = true or trashed = true)": ["Notes", "Plan"],
        "fullText contains 'plan'": ["Plan"],
        f"appProperties has {{ key='step' and value='{marker}' }}": ["Plan"],
        "modifiedTime < '2026-02-01T00:00:00'": ["Invoice O'Neil 7"],
        f"'{user}' in owners and mimeType contains 'application/pdf'": ["Invoice O'Neil 7"],
    }.items():
        assert await found(caller, q) == names, q
    assert len((await caller.get(files, params={"q": "name = 'Plan'", "fields": "files(id)"})).json()["files"][0]) == 1


@pytest.mark.parametrize(
    "q", ["name", "name = Plan", "name = 'a' name", "colour = 'red'", "name = 'a", "(name = 'a'", "modifiedTime > 'soon'"]
)
async def test_searches_that_are_refused(caller: httpx2.AsyncClient, q: str) -> None:
    assert reason(await caller.get(files, params={"q": q})) == (400, "invalid")


async def test_a_list_comes_page_by_page_and_its_token_must_be_asked_for(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(3):
        vendors[GoogleDrive].add(str(number))
    first = (await caller.get(files, params={"pageSize": 2, "fields": "nextPageToken,files(name)", "orderBy": "name desc"})).json()
    assert first == {"nextPageToken": "2", "files": [{"name": "2"}, {"name": "1"}]}
    last = (await caller.get(files, params={"pageSize": 2, "pageToken": "2", "orderBy": "name desc"})).json()
    assert [each["name"] for each in last["files"]] == ["0"]
    assert set(last["files"][0]) == {"kind", "id", "name", "mimeType"}
    assert "nextPageToken" not in (await caller.get(files, params={"pageSize": 2, "fields": "files(id)"})).json()
    assert reason(await caller.get(files, params={"pageSize": 1001})) == (400, "invalidParameter")


async def test_an_id_is_given_out_and_used_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    number = (await caller.get(files + "/generateIds", params={"count": 1})).json()["ids"][0]
    assert (await caller.post(files, json={"id": number, "name": "a"})).json()["id"] == number
    assert reason(await caller.post(files, json={"id": number, "name": "a"})) == (409, "fileIdInUse")
    assert reason(await caller.post(files, json={"id": "mine", "name": "a"})) == (400, "invalid")
    second = (await caller.get(files + "/generateIds")).json()["ids"][0]
    assert reason(await caller.post(files, json={"id": second, "name": "a", "mimeType": document})) == (400, "invalid")
    assert await found(caller) == ["a"]


async def test_a_file_is_sent_with_its_facts_byte_for_byte(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    content = bytes(range(256)) + b"\r\n"
    facts = json.dumps({"name": "b.bin", "appProperties": {"step": marker}}).encode()
    body = b"--x\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n" + facts
    body += b"\r\n--x\r\ncontent-type: application/octet-stream\r\n\r\n" + content + b"\r\n--x--"
    headers = {"content-type": "multipart/related; boundary=x"}
    made = await caller.post(up, content=body, headers=headers, params={"uploadType": "multipart", "fields": "id,size,parents"})
    assert made.json() == {"id": made.json()["id"], "size": "258", "parents": [vendors[GoogleDrive].root]}
    assert (await caller.get(f"{files}/{made.json()['id']}", params={"alt": "media"})).content == content
    assert vendors.effects == {marker: 1}
    for broken in (b"--x--", body.replace(b"application/json", b"text/plain")):
        refused = await caller.post(up, content=broken, headers=headers, params={"uploadType": "multipart"})
        assert reason(refused) == (400, "badContent")
    changed = await caller.patch(f"{up}/{made.json()['id']}", content=b"new", params={"uploadType": "media", "fields": "size"})
    assert changed.json() == {"size": "3"}


async def test_a_large_file_is_sent_in_pieces(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    content = bytes(chunk) + b"end"
    begun = await caller.post(up, json={"name": "big"}, params={"uploadType": "resumable"}, headers={"x-upload-content-type": "text/plain"})
    place, total = begun.headers["location"], len(content)
    odd = await caller.put(place, content=b"abc", headers={"content-range": f"bytes 0-2/{total}"})
    assert reason(odd) == (400, "badRequest")
    more = await caller.put(place, content=content[:chunk], headers={"content-range": f"bytes 0-{chunk - 1}/{total}"})
    assert (more.status_code, more.headers["range"]) == (308, f"bytes=0-{chunk - 1}")
    asked = await caller.put(place, headers={"content-range": f"bytes */{total}"})
    assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{chunk - 1}")
    last = {"content-range": f"bytes {chunk}-{total - 1}/{total}"}
    done = (await caller.put(place, content=content[chunk:], headers=last)).json()
    assert vendors[GoogleDrive].contents[done["id"]] == content
    assert (await caller.put(place, content=content[chunk:], headers=last)).json() == done
    assert len(await found(caller)) == 1
    assert (await caller.put(up, params={"upload_id": "old"})).status_code == 404


async def test_what_google_made_itself_is_exported_and_the_rest_is_downloaded(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    own, plain = vendors[GoogleDrive].add("Plan", document, b"the plan")["id"], vendors[GoogleDrive].add("a.txt", content=b"a")["id"]
    assert (await caller.get(f"{files}/{own}/export", params={"mimeType": "text/plain"})).text == "the plan"
    assert reason(await caller.get(f"{files}/{own}/export", params={"mimeType": "image/png"})) == (400, "badRequest")
    assert reason(await caller.get(f"{files}/{own}", params={"alt": "media"})) == (403, "fileNotDownloadable")
    assert reason(await caller.get(f"{files}/{plain}/export", params={"mimeType": "text/plain"})) == (403, "fileNotExportable")


async def test_a_file_is_moved_renamed_trashed_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    drive = vendors[GoogleDrive]
    above, file = drive.add("Folder", folder)["id"], drive.add("a", appProperties={"old": "1", "gone": "1"})
    place = f"{files}/{file['id']}"
    moved = {"addParents": above, "removeParents": drive.root, "fields": "parents,name,appProperties"}
    changed = await caller.patch(place, json={"name": "b", "appProperties": {"new": "2", "gone": None}}, params=moved)
    assert changed.json() == {"parents": [above], "name": "b", "appProperties": {"old": "1", "new": "2"}}
    assert reason(await caller.patch(place, params={"addParents": drive.root})) == (403, "cannotAddParent")
    assert reason(await caller.patch(place, json={"parents": [above]})) == (403, "fieldNotWritable")
    assert reason(await caller.patch(place, params={"addParents": "nowhere"})) == (404, "notFound")
    assert (await caller.patch(place, json={"trashed": True})).is_success
    assert await found(caller, "trashed = true") == ["b"]
    assert (await caller.delete(f"{files}/{above}")).status_code == 204
    assert reason(await caller.get(place)) == (404, "notFound")


async def test_a_copy_is_another_file_and_a_folder_has_none(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    file, above = vendors[GoogleDrive].add("a", content=b"x")["id"], vendors[GoogleDrive].add("Folder", folder)["id"]
    copy = (await caller.post(f"{files}/{file}/copy", json={"parents": [above]})).json()
    assert (copy["name"], vendors[GoogleDrive].contents[copy["id"]]) == ("Copy of a", b"x")
    assert reason(await caller.post(f"{files}/{above}/copy", json={})) == (403, "cannotCopyFile")


async def test_sharing(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    drive = vendors[GoogleDrive]
    place = f"{files}/{drive.add('a')['id']}/permissions"
    bo = {"role": "reader", "type": "user", "emailAddress": "bo@example.com"}
    first = (await caller.post(place, json=bo)).json()
    again = (await caller.post(place, json={**bo, "role": "writer"}, params={"sendNotificationEmail": "false"})).json()
    assert (first["id"], [to for _, to in drive.mails]) == (again["id"], ["bo@example.com"])
    anyone = (await caller.post(place, json={"role": "reader", "type": "anyone"})).json()
    assert anyone["id"] == "anyoneWithLink"
    listed = (await caller.get(place, params={"fields": "permissions(role,emailAddress)"})).json()["permissions"]
    assert listed[1] == {"role": "writer", "emailAddress": "bo@example.com"}
    assert (await caller.delete(f"{place}/{first['id']}")).status_code == 204
    assert reason(await caller.delete(f"{place}/{first['id']}")) == (404, "notFound")
    for wrong, why in (
        ({**bo, "role": "owner"}, (403, "forbidden")),
        ({**bo, "role": "king"}, (400, "required")),
        ({**bo, "emailAddress": "bo"}, (400, "invalidSharingRequest")),
        ({"role": "reader", "type": "domain"}, (400, "invalid")),
    ):
        assert reason(await caller.post(place, json=wrong)) == why


async def test_a_shared_drive_is_seen_by_those_who_say_that_they_know_such(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    drive = vendors[GoogleDrive]
    file = drive.add("ours", parents=[drive.shared_drive])
    both = {"includeItemsFromAllDrives": "true", "supportsAllDrives": "true"}
    assert (await found(caller), await found(caller, **both)) == ([], ["ours"])
    assert await found(caller, corpora="drive", driveId=drive.shared_drive, **both) == ["ours"]
    assert reason(await caller.get(files, params={"driveId": drive.shared_drive, **both})) == (400, "invalid")
    assert reason(await caller.get(files, params={"includeItemsFromAllDrives": "true"})) == (403, "teamDrivesNotSupported")
    assert reason(await caller.get(f"{files}/{file['id']}")) == (404, "notFound")
    shown = await caller.get(f"{files}/{file['id']}", params={"supportsAllDrives": "true", "fields": "*"})
    assert (shown.json()["driveId"], "owners" in shown.json()) == (drive.shared_drive, False)
    assert reason(await caller.post(files, json={"name": "a", "parents": [drive.shared_drive]})) == (404, "notFound")


async def test_changes_are_told_from_a_token_on(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    changes = "/google_drive/drive/v3/changes"
    token = (await caller.get(changes + "/startPageToken")).json()["startPageToken"]
    file = vendors[GoogleDrive].add("a")
    first = (await caller.get(changes, params={"pageToken": token})).json()
    assert [(each["fileId"], each["removed"], each["file"]["name"]) for each in first["changes"]] == [(file["id"], False, "a")]
    await caller.delete(f"{files}/{file['id']}")
    then = (await caller.get(changes, params={"pageToken": first["newStartPageToken"]})).json()
    assert [(each["removed"], "file" in each) for each in then["changes"]] == [(True, False)]
    assert reason(await caller.get(changes)) == (400, "required")


async def test_a_limit_is_403_or_429(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("google_drive", "rate_limited")
    assert reason(await caller.get(files)) == (403, "userRateLimitExceeded")
    vendors.fail("google_drive", "secondary_limit")
    assert reason(await caller.get(files)) == (429, "rateLimitExceeded")
    assert reason(await caller.get("/google_drive/drive/v3/about")) == (400, "required")
