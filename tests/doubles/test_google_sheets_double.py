"""What the double of Google Sheets must do, over real HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from tests.doubles.google_sheets import GoogleSheets
from tests.doubles.vendors import VendorsDouble

marker = "0123456789abcdef01234567"
root = "/google_sheets/v4/spreadsheets"
entered = {"valueInputOption": "USER_ENTERED"}


@pytest.fixture
def book(vendors: VendorsDouble) -> str:
    return vendors[GoogleSheets].add("Orders", "Orders", "Bo's list", rows=[["Name", "Amount"], ["Ada", 3], ["Bo", 4]])


def place(book: str, cells: str, verb: str = "") -> str:
    return f"{root}/{book}/values/{quote(cells, safe='')}{verb}"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert (error["code"], error["status"] != "") == (answer.status_code, True)
    return answer.status_code, error["message"]


@pytest.mark.parametrize(
    ("asked", "told", "values"),
    [
        ("Orders!A1:B2", "Orders!A1:B2", [["Name", "Amount"], ["Ada", "3"]]),
        ("A2:B", "Orders!A2:B1000", [["Ada", "3"], ["Bo", "4"]]),
        ("Orders", "Orders!A1:Z1000", [["Name", "Amount"], ["Ada", "3"], ["Bo", "4"]]),
        ("orders!b2", "Orders!B2", [["3"]]),
        ("Orders!2:2", "Orders!A2:Z2", [["Ada", "3"]]),
        ("'Bo''s list'!A1:B2", "'Bo''s list'!A1:B2", None),
    ],
)
async def test_a_range_is_read_as_it_is_shown(caller: httpx2.AsyncClient, book: str, asked: str, told: str, values: Any) -> None:
    found = (await caller.get(place(book, asked))).json()
    assert (found["range"], found["majorDimension"], found.get("values")) == (told, "ROWS", values)


@pytest.mark.parametrize(
    "asked", ["Nothing!A1", "Orders!A", "Orders!A1:", "Orders!A0", "ZZZZ1", "'Orders!A1", "Orders!A2000", "Orders!AAA1"]
)
async def test_ranges_that_are_refused(caller: httpx2.AsyncClient, book: str, asked: str) -> None:
    status, message = refusal(await caller.get(place(book, asked)))
    assert (status, message.startswith(("Unable to parse range", "Range ("))) == (400, True)


async def test_what_was_entered_and_what_was_meant_raw(vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str) -> None:
    row = ["5", "=SUM(B2:B3)", "2026-01-05", "TRUE", 1.5]
    for option, cells, plain in (
        ("RAW", "D1:H1", ["5", "=SUM(B2:B3)", "2026-01-05", "TRUE", 1.5]),
        ("USER_ENTERED", "D2:H2", [5, 7, 46027, True, 1.5]),
    ):
        written = await caller.put(place(book, cells), json={"values": [row]}, params={"valueInputOption": option})
        assert written.json() == {
            "spreadsheetId": book, "updatedRange": f"Orders!{cells}", "updatedRows": 1, "updatedColumns": 5, "updatedCells": 5
        }  # fmt: skip
        unformatted = {"valueRenderOption": "UNFORMATTED_VALUE"}
        assert (await caller.get(place(book, cells), params=unformatted)).json()["values"] == [plain]
    assert (await caller.get(place(book, "D2:H2"))).json()["values"] == [["5", "7", "2026-01-05", "TRUE", "1.5"]]
    assert (await caller.get(place(book, "E2"), params={"valueRenderOption": "FORMULA"})).json()["values"] == [["=SUM(B2:B3)"]]
    assert vendors.effects[f"update:{book}"] == 2


@pytest.mark.parametrize(
    ("cells", "body", "option"),
    [
        ("A1", {"values": [["x"]]}, None),
        ("A1", {"values": [["x"]]}, "USER"),
        ("A1:B1", {"values": [["x"], ["y"]]}, "RAW"),
        ("A1:B1", {"values": [["x", "y", "z"]]}, "RAW"),
        ("A1", {"values": [[["x"]]]}, "RAW"),
        ("A1", {"values": ["x"]}, "RAW"),
        ("A1", {"rows": [["x"]]}, "RAW"),
        ("A1", {"range": "B1", "values": [["x"]]}, "RAW"),
        ("Z1000", {"values": [["x"], ["y"]]}, "RAW"),
        ("A1", {"values": [["x" * 50_001]]}, "RAW"),
    ],
)
async def test_writing_that_is_refused(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str, cells: str, body: Any, option: Any
) -> None:
    refused = await caller.put(place(book, cells), json=body, params={"valueInputOption": option} if option else {})
    assert refusal(refused)[0] == 400
    assert vendors[GoogleSheets].sheet(book).table[0] == ["Name", "Amount"]


async def test_a_null_leaves_a_cell_alone_and_an_empty_text_clears_it(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str
) -> None:
    await caller.put(place(book, "A2"), json={"values": [[None, ""], ["Bob", None]]}, params=entered)
    assert vendors[GoogleSheets].sheet(book).table == [["Name", "Amount"], ["Ada", ""], ["Bob", 4]]


async def test_rows_are_appended_below_the_table_that_the_range_touches(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str
) -> None:
    added = (await caller.post(place(book, "Orders", ":append"), json={"values": [["Cy", "5"]]}, params=entered)).json()
    assert (added["tableRange"], added["updates"]["updatedRange"]) == ("Orders!A1:B3", "Orders!A4:B4")
    await caller.put(place(book, "C10"), json={"values": [["x"]]}, params=entered)
    below = {**entered, "insertDataOption": "INSERT_ROWS"}
    added = (await caller.post(place(book, "A1:B2", ":append"), json={"values": [["Di", 6]]}, params=below)).json()
    assert added["updates"]["updatedRange"] == "Orders!A5:B5"
    assert vendors[GoogleSheets].sheet(book).table[10] == ["", "", "x"]
    empty = (await caller.post(place(book, "'Bo''s list'", ":append"), json={"values": [[1]]}, params=entered)).json()
    assert ("tableRange" in empty, empty["updates"]["updatedRange"]) == (False, "'Bo''s list'!A1")


async def test_many_ranges_at_once_are_all_written_or_none(vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str) -> None:
    one = {"range": "Orders!A2", "values": [["Eve"]]}
    refused = await caller.post(
        f"{root}/{book}/values:batchUpdate", json={**entered, "data": [one, {"range": "Nothing!A1", "values": [[1]]}]}
    )
    assert refusal(refused)[0] == 400
    assert vendors[GoogleSheets].sheet(book).table[1] == ["Ada", 3]
    done = await caller.post(f"{root}/{book}/values:batchUpdate", json={**entered, "data": [one]})
    assert (done.json()["totalUpdatedCells"], vendors[GoogleSheets].sheet(book).table[1]) == (1, ["Eve", 3])
    found = (await caller.get(f"{root}/{book}/values:batchGet", params={"ranges": ["A2", "B2"]})).json()
    assert [each["values"] for each in found["valueRanges"]] == [[["Eve"]], [["3"]]]


async def test_cells_are_cleared(vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str) -> None:
    assert (await caller.post(place(book, "A2:B", ":clear"))).json()["clearedRange"] == "Orders!A2:B1000"
    assert vendors[GoogleSheets].sheet(book).table == [["Name", "Amount"]]


async def test_a_spreadsheet_is_made_and_described(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    sent = {"properties": {"title": f"Report {marker}"}, "sheets": [{"properties": {"title": "2026"}}]}
    made = (await caller.post(root, json=sent)).json()
    assert vendors.effects[marker] == 1
    query = {"fields": "properties.title,sheets(properties/title)"}
    assert (await caller.get(f"{root}/{made['spreadsheetId']}", params=query)).json() == sent
    assert refusal(await caller.get(f"{root}/nothing")) == (404, "Requested entity was not found.")
    assert refusal(await caller.post(root, json={"title": "x"}))[0] == 400
    vendors[GoogleSheets].unreadable.add(made["spreadsheetId"])
    assert refusal(await caller.get(f"{root}/{made['spreadsheetId']}"))[0] == 403


async def test_changes_of_one_batch_happen_together(vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str) -> None:
    sheets = vendors[GoogleSheets]
    data = {"metadataId": 7, "metadataKey": "step", "metadataValue": marker, "location": {"spreadsheet": True}, "visibility": "DOCUMENT"}
    rows = [{"values": [{"userEnteredValue": {"stringValue": "Cy"}}, {"userEnteredValue": {"numberValue": 5}}]}]
    batch = [
        {"appendCells": {"sheetId": 0, "rows": rows, "fields": "userEnteredValue"}},
        {"createDeveloperMetadata": {"developerMetadata": data}},
    ]
    assert (await caller.post(f"{root}/{book}:batchUpdate", json={"requests": batch})).is_success
    assert refusal(await caller.post(f"{root}/{book}:batchUpdate", json={"requests": batch}))[0] == 400
    assert sheets.sheet(book).table[2:] == [["Bo", 4], ["Cy", 5]]
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "step", "metadataValue": marker}}]}
    found = (await caller.post(f"{root}/{book}/developerMetadata:search", json=lookup)).json()["matchedDeveloperMetadata"]
    assert [each["developerMetadata"]["metadataId"] for each in found] == [7]
    removed = {"deleteDimension": {"range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}}}
    added = {"addSheet": {"properties": {"title": "New"}}}
    assert (await caller.post(f"{root}/{book}:batchUpdate", json={"requests": [removed, added]})).is_success
    assert (sheets.sheet(book).table, sheets.sheet(book, "New").table) == ([["Name", "Amount"], ["Cy", 5]], [])
    refused: list[list[dict[str, Any]]] = [[added], [{"nothing": {}}], [], [{"deleteSheet": {"sheetId": 4}}]]
    for wrong in refused:
        assert refusal(await caller.post(f"{root}/{book}:batchUpdate", json={"requests": wrong}))[0] == 400


async def test_a_quota_is_429_without_a_time(vendors: VendorsDouble, caller: httpx2.AsyncClient, book: str) -> None:
    vendors.fail("google_sheets", "rate_limited")
    refused = await caller.get(place(book, "A1"))
    assert (refused.status_code, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "retry-after" not in refused.headers
