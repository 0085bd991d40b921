"""Google Sheets: tables by the names of their columns, rows added once, cells, sheets, and how it says no."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.google_sheets import GoogleSheets
from tests.doubles.vendor import Kind

from tenuto.connectors.google_sheets.appending import marks_kept
from tenuto.connectors.google_sheets.shapes import letters, sheet_range
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed

table = [["Email", "Status", "Count"], ["ada@example.com", "open", 3], ["bo@example.com", "done"], [], ["cy@example.com", "open", 1]]


async def do(world: World, action: str, params: dict[str, Any], key: str = "run:node:1") -> dict[str, Any]:
    return await world.do("google_sheets", action, params, key)


def orders(world: World) -> dict[str, Any]:
    return {"spreadsheet": world.double[GoogleSheets].add("Orders", "It's open", "Done", rows=table), "sheet": "It's open"}


def cells(world: World, of: dict[str, Any]) -> list[list[Any]]:
    return world.double[GoogleSheets].sheet(of["spreadsheet"]).table


def test_no_sheet_s_name_is_taken_for_cells() -> None:
    assert (sheet_range("It's", "A1"), sheet_range("A1", "B2")) == ("'It''s'!A1", "'A1'!B2")
    assert [letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


async def test_rows_are_read_by_the_names_of_their_columns(world: World) -> None:
    of = orders(world)
    found = await do(world, "read_rows", of)
    assert found["columns"] == ["Email", "Status", "Count"]
    assert found["rows"] == [
        {"row": 2, "values": {"Email": "ada@example.com", "Status": "open", "Count": "3"}},
        {"row": 3, "values": {"Email": "bo@example.com", "Status": "done", "Count": ""}},
        {"row": 5, "values": {"Email": "cy@example.com", "Status": "open", "Count": "1"}},
    ]
    assert [each["row"] for each in (await do(world, "read_rows", {**of, "column": "Status", "value": "open"}))["rows"]] == [2, 5]
    assert [each["row"] for each in (await do(world, "read_rows", {**of, "after_row": 3}))["rows"]] == [5]
    assert (await do(world, "read_rows", {**of, "limit": 1}))["total"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"column": "Colour", "value": "x"}, 'No column is called "Colour"'),
        ({"header_row": 20}, "names no columns"),
        ({"sheet": "Nowhere"}, "Unable to parse"),
    ],
)
async def test_a_table_that_is_not_as_one_thinks(world: World, more: dict[str, Any], said: str) -> None:
    with pytest.raises(Rejected, match=said):
        await do(world, "read_rows", {**orders(world), **more})


async def test_rows_are_added_below_and_texts_stay_texts(world: World) -> None:
    of = orders(world)
    assert await do(world, "append_rows", {**of, "rows": [["=1+1", "2026-01-05", 2.5], [True, None, "x"]]}) == {
        "sheet": "It's open",
        "rows": 2,
    }
    assert cells(world, of)[5:] == [["=1+1", "2026-01-05", 2.5], [True, "", "x"]]
    await do(world, "append_rows", {**of, "records": [{"Count": 7, "Email": "di@example.com"}]}, "run:node:2")
    assert cells(world, of)[7] == ["di@example.com", "", 7]
    with pytest.raises(Rejected, match='No column is called "Colour"'):
        await do(world, "append_rows", {**of, "records": [{"Colour": "red"}]})
    with pytest.raises(Rejected, match="has no sheet"):
        await do(world, "append_rows", {**of, "sheet": "Nowhere", "rows": [["x"]]})


async def test_rows_whose_answer_was_lost_are_found_and_others_are_not(world: World) -> None:
    of = orders(world)
    rows = {**of, "rows": [["x"]]}
    await do(world, "append_rows", rows, "run:other:1")
    world.double.fail("google_sheets", "drop_after", path=":batchUpdate")
    with pytest.raises(Uncertain):
        await do(world, "append_rows", rows)
    assert await world.look("google_sheets", "append_rows", rows) == {"sheet": "It's open", "rows": 1}
    assert world.double.effects[mark("run:node:1")] == 1
    world.double.fail("google_sheets", "drop_before", path=":batchUpdate")
    with pytest.raises(Uncertain):
        await do(world, "append_rows", rows, "run:third:1")
    assert await world.look("google_sheets", "append_rows", rows, "run:third:1") is None
    assert len(cells(world, of)) == 7


async def test_marks_do_not_fill_the_spreadsheet(world: World) -> None:
    of = orders(world)
    metadata = world.double[GoogleSheets].spreadsheets[of["spreadsheet"]]["metadata"]
    metadata += [
        {"metadataId": number, "metadataKey": "tenuto", "metadataValue": f"{'0' * 24}@{number}"} for number in range(marks_kept + 5)
    ]
    metadata.append({"metadataId": 9999, "metadataKey": "theirs", "metadataValue": "x"})
    await do(world, "append_rows", {**of, "rows": [["x"]]})
    left = world.double[GoogleSheets].spreadsheets[of["spreadsheet"]]["metadata"]
    assert len(left) == marks_kept + 1
    assert {each["metadataId"] for each in left} >= {9999, marks_kept + 4}
    assert 0 not in {each["metadataId"] for each in left}


async def test_when_the_marks_of_that_time_are_gone_nobody_says_that_nothing_happened(world: World) -> None:
    of = orders(world)
    metadata = world.double[GoogleSheets].spreadsheets[of["spreadsheet"]]["metadata"]
    metadata += [
        {"metadataId": number, "metadataKey": "tenuto", "metadataValue": f"{'0' * 24}@{4_000_000_000 + number}"}
        for number in range(marks_kept)
    ]
    with pytest.raises(Uncertain):
        await world.look("google_sheets", "append_rows", {**of, "rows": [["x"]]})


async def test_a_row_with_a_key_is_changed_or_added_once(world: World) -> None:
    of = orders(world)
    changed = await do(world, "upsert_row", {**of, "key_column": "Email", "record": {"Email": "ada@example.com", "Count": 9}})
    assert changed == {"row": 2, "created": False}
    assert cells(world, of)[1] == ["ada@example.com", "open", 9]
    added = {**of, "key_column": "Email", "record": {"Email": "di@example.com", "Status": "=x"}}
    world.double.fail("google_sheets", "drop_after", path=":append")
    with pytest.raises(Problem):
        await do(world, "upsert_row", added)
    again = await do(world, "upsert_row", added)
    assert again["created"] is False
    assert [row[0] for row in cells(world, of)].count("di@example.com") == 1
    with pytest.raises(Invalid, match="key_column"):
        await do(world, "upsert_row", {**of, "key_column": "Email", "record": {"Count": 1}})


async def test_cells_are_read_written_and_cleared(world: World) -> None:
    of = orders(world)
    one = {"spreadsheet": of["spreadsheet"]}
    written = await do(world, "write_cells", {**one, "range": "Done!A1:B2", "rows": [["=1+1", 1], [None, "2026-01-05"]]})
    assert (written["range"], written["cells"]) == ("Done!A1:B2", 3)
    typed = {**one, "range": "Done!C1:C2", "rows": [["2"], ["=SUM(C1:C1)"]], "as_typed": True}
    await do(world, "write_cells", typed)
    raw = await do(world, "read_cells", {**one, "range": "Done!A1:C2", "values": "raw"})
    assert raw["rows"] == [["=1+1", 1, 2], ["", "2026-01-05", 2]]
    assert (await do(world, "read_cells", {**one, "range": "Done!C2:C2", "values": "formulas"}))["rows"] == [["=SUM(C1:C1)"]]
    assert (await do(world, "clear_cells", {**one, "range": "Done!A1:C2"}))["range"] == "Done!A1:C2"
    assert (await do(world, "read_cells", {**one, "range": "Done!A1:C2"}))["rows"] == []
    with pytest.raises(Rejected, match="tried writing to row"):
        await do(world, "write_cells", {**one, "range": "Done!A1:B1", "rows": [["x"], ["y"]]})


async def test_sheets_are_added_once_and_taken_away(world: World) -> None:
    of = {"spreadsheet": orders(world)["spreadsheet"]}
    sheet = await do(world, "add_sheet", {**of, "title": "January"})
    assert (await do(world, "add_sheet", {**of, "title": "january"}))["id"] == sheet["id"]
    known = await do(world, "get_spreadsheet", of)
    assert ([each["title"] for each in known["sheets"]], known["title"]) == (["It's open", "Done", "January"], "Orders")
    assert (await do(world, "delete_sheet", {**of, "sheet": "January"}))["sheet"] == "January"
    assert (await do(world, "delete_sheet", {**of, "sheet": "January"}))["rows"] == 0
    made = await do(world, "create_spreadsheet", {"title": "New", "sheets": ["One"]})
    assert [each["title"] for each in made["sheets"]] == ["One"]


async def test_rows_are_deleted_and_those_below_move_up(world: World) -> None:
    of = orders(world)
    await do(world, "delete_rows", {**of, "first": 2, "count": 2})
    assert [row[0] for row in cells(world, of)] == ["Email", "", "cy@example.com"]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("get_spreadsheet", {"spreadsheet": "../../drive/v3/files"}),
        ("get_spreadsheet", {"spreadsheet": "https://evil.example/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"}),
        ("append_rows", {"spreadsheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms", "sheet": "s"}),
        ("append_rows", {"spreadsheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms", "sheet": "s", "rows": [["x" * 50_001]]}),
        ("append_rows", {"spreadsheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms", "sheet": "s", "rows": [[{"a": 1}]]}),
        ("read_rows", {"spreadsheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms", "sheet": "s", "column": "c"}),
    ],
)
async def test_parameters_that_cannot_be_are_refused_before_anything_is_sent(world: World, action: str, params: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await do(world, action, params)
    assert world.double.calls == []


async def test_an_address_of_the_browser_is_an_id(world: World) -> None:
    number = orders(world)["spreadsheet"]
    found = await do(world, "get_spreadsheet", {"spreadsheet": f"https://docs.google.com/spreadsheets/d/{number}/edit#gid=0"})
    assert found["id"] == number


async def test_a_spreadsheet_that_is_not_shared_and_one_that_is_not_there(world: World) -> None:
    of = {"spreadsheet": orders(world)["spreadsheet"]}
    world.double[GoogleSheets].unreadable.add(of["spreadsheet"])
    with pytest.raises(Rejected) as refused:
        await do(world, "get_spreadsheet", of)
    assert not isinstance(refused.value, AuthRejected)
    assert "Share" in (refused.value.data.fix or "")
    with pytest.raises(Rejected, match="not found"):
        await do(world, "get_spreadsheet", {"spreadsheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"})


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unauthorized", AuthRejected), ("forbidden", AuthRejected), ("rate_limited", RateLimited), ("server_error", VendorFailed),
        ("unavailable", VendorFailed), ("html", InvalidOutput), ("malformed", InvalidOutput),
    ],
)  # fmt: skip
async def test_refusals_are_problems(world: World, kind: Kind, problem: type[Problem]) -> None:
    of = orders(world)
    world.double.fail("google_sheets", kind)
    with pytest.raises(problem):
        await do(world, "read_rows", of)
