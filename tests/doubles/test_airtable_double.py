"""The double of Airtable over real HTTP."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import Any

import httpx2
import pytest
from tests.doubles.airtable import Airtable
from tests.doubles.vendors import VendorsDouble

root = "/airtable/v0/appDouble00000001"
tasks = f"{root}/Tasks"
marker = "0123456789abcdef01234567"


async def test_records_are_created_read_changed_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    one = (await caller.post(tasks, json={"fields": {"Name": "a", "Effort": 2, "Done": False}})).json()
    assert one["fields"] == {"Name": "a", "Effort": 2, "Doubled": 4}
    many = (await caller.post(f"{root}/tblDouble00000001", json={"records": [{"fields": {"Name": "b"}}, {"fields": {"Name": "c"}}]})).json()
    ids = [one["id"], *(each["id"] for each in many["records"])]
    changed = await caller.patch(f"{tasks}/{ids[0]}", json={"fields": {"Status": "Done", "Effort": None}})
    assert changed.json()["fields"] == {"Name": "a", "Status": "Done"}
    assert (await caller.put(f"{tasks}/{ids[0]}", json={"fields": {"Notes": "n"}})).json()["fields"] == {"Notes": "n"}
    assert (await caller.delete(f"{tasks}/{ids[0]}")).json() == {"id": ids[0], "deleted": True}
    gone = await caller.get(f"{tasks}/{ids[0]}")
    assert (gone.status_code, gone.json()) == (404, {"error": "NOT_FOUND"})
    assert (await caller.delete(tasks, params={"records[]": ids[1:]})).json()["records"][1] == {"id": ids[2], "deleted": True}
    assert vendors[Airtable].records == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Colour": "red"}, "UNKNOWN_FIELD_NAME"),
        ({"Effort": "2"}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Due": "tomorrow"}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Doubled": 4}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Status": "Waiting"}, "INVALID_MULTIPLE_CHOICE_OPTIONS"),
        ({"Tags": "red"}, "INVALID_VALUE_FOR_COLUMN"),
    ],
)
async def test_values_that_a_field_does_not_take(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, fields: dict[str, Any], kind: str
) -> None:
    refused = await caller.post(tasks, json={"fields": fields})
    assert (refused.status_code, refused.json()["error"]["type"], vendors[Airtable].records) == (422, kind, [])


async def test_typecast_takes_what_can_be_read_and_makes_choices(caller: httpx2.AsyncClient) -> None:
    sent = {"fields": {"Effort": "2.5", "Status": "Waiting"}, "typecast": True}
    assert (await caller.post(tasks, json=sent)).json()["fields"] == {"Effort": 2.5, "Status": "Waiting", "Doubled": 5.0}
    assert (await caller.post(tasks, json={"fields": {"Status": "Waiting"}})).is_success


async def test_no_more_than_ten_records_go_in_a_request(caller: httpx2.AsyncClient) -> None:
    sent: list[dict[str, dict[str, str]]] = [{"fields": {}}] * 11
    refused = await caller.post(tasks, json={"records": sent})
    assert (refused.status_code, refused.json()["error"]["type"]) == (422, "INVALID_RECORDS")
    assert (await caller.delete(tasks, params={"records[]": ["rec1"] * 11})).status_code == 422


async def test_an_upsert_creates_updates_and_refuses_what_is_ambiguous(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    sent: dict[str, Any] = {"performUpsert": {"fieldsToMergeOn": ["Step"]}, "records": [{"fields": {"Step": marker, "Name": "a"}}]}
    first = (await caller.patch(tasks, json=sent)).json()
    again = (await caller.patch(tasks, json=sent)).json()
    assert ([len(first["createdRecords"]), len(again["createdRecords"])], again["updatedRecords"]) == ([1, 0], first["createdRecords"])
    assert vendors.effects == {marker: 2}
    vendors[Airtable].add(Step=marker)
    assert (await caller.patch(tasks, json=sent)).status_code == 422
    sent["performUpsert"] = {"fieldsToMergeOn": list[str]()}
    assert (await caller.patch(tasks, json=sent)).status_code == 422
    assert (await caller.patch(tasks, json={"records": [{"id": "rec1", "fields": {}}]})).json()["error"]["type"] == "ROW_DOES_NOT_EXIST"


async def test_a_list_comes_page_by_page_and_its_offset_can_expire(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Airtable].add(Name=str(number))
    found, query = list[str](), dict[str, Any](pageSize=2)
    while True:
        page = (await caller.get(tasks, params=query)).json()
        found += [each["fields"]["Name"] for each in page["records"]]
        if "offset" not in page:
            break
        query["offset"] = page["offset"]
    assert found == ["0", "1", "2", "3", "4"]
    vendors[Airtable].expired = True
    assert (await caller.get(tasks, params=query)).json()["error"]["type"] == "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"
    assert (await caller.get(tasks, params={"pageSize": 101})).status_code == 422
    assert len((await caller.get(tasks, params={"maxRecords": 3})).json()["records"]) == 3


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("{Name}='b'", "b"),
        ("Name!='b'", "acd"),
        ('AND({Effort}>1, NOT({Status}="Done"))', "b"),
        ("OR(SEARCH('A', {Name}), FIND('c', LOWER({Name})))", "ac"),
        ("{Effort} + 1 >= 4", "c"),
        ("({Effort} * 2) = 4", "b"),
        ("{Status}=BLANK()", "abd"),
        ("IS_AFTER({Due}, '2026-01-05')", "b"),
        ("{Name} & '!' = \"it's\"", ""),
        ("{Name} & '!' = 'a\\!'", "a"),
        ("SEARCH('blue', ARRAYJOIN({Tags}))", "d"),
        ("IF({Done}, TRUE(), FALSE())", "d"),
    ],
)
async def test_formulas(vendors: VendorsDouble, caller: httpx2.AsyncClient, formula: str, found: str) -> None:
    double = vendors[Airtable]
    double.add(Name="a", Effort=1)
    double.add(Name="b", Effort=2, Due="2026-01-06")
    double.add(Name="c", Effort=3, Status="Done")
    double.add(Name="d", Tags=["red", "blue"], Done=True)
    by_query = await caller.get(tasks, params={"filterByFormula": formula})
    by_body = await caller.post(f"{tasks}/listRecords", json={"filterByFormula": formula})
    assert by_query.json() == by_body.json()
    assert "".join(each["fields"]["Name"] for each in by_query.json()["records"]) == found


@pytest.mark.parametrize("formula", ["{Colour}='red'", "{Name}=", "AND({Name}", "NOSUCH()", "{Name} {Name}", "%"])
async def test_formulas_that_are_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient, formula: str) -> None:
    vendors[Airtable].add(Name="a")
    refused = await caller.get(tasks, params={"filterByFormula": formula})
    assert (refused.status_code, refused.json()["error"]["type"]) == (422, "INVALID_FILTER_BY_FORMULA")


async def test_records_are_sorted_and_their_fields_chosen(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for name, effort in (("a", 1), ("b", 3), ("c", 2)):
        vendors[Airtable].add(Name=name, Effort=effort)
    query = {"sort[0][field]": "Effort", "sort[0][direction]": "desc", "fields[]": ["Name"]}
    records = (await caller.get(tasks, params=query)).json()["records"]
    assert [each["fields"] for each in records] == [{"Name": "b"}, {"Name": "c"}, {"Name": "a"}]
    assert (await caller.get(tasks, params={"fields[]": "Colour"})).json()["error"]["type"] == "UNKNOWN_FIELD_NAME"
    by_id = (await caller.get(tasks, params={"returnFieldsByFieldId": "true", "fields[]": "Name"})).json()["records"]
    assert by_id[0]["fields"] == {"fldDouble00000000": "a"}


async def test_the_sixth_request_within_a_second_locks_the_base(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    airtable = vendors[Airtable]
    airtable.pace, airtable.clock = True, lambda: 0.0
    answers = [await caller.get(tasks) for _ in range(7)]
    assert [each.status_code for each in answers] == [200] * 5 + [429] * 2
    for later, status in ((29.9, 429), (30.1, 200)):
        airtable.clock = partial(float, later)
        assert (await caller.get(tasks)).status_code == status
    assert answers[5].json()["errors"][0]["error"] == "RATE_LIMIT_REACHED"
    assert "retry-after" not in answers[5].headers
    assert (await caller.get("/airtable/v0/meta/bases")).is_success


async def test_what_is_not_there_may_not_be_seen_either(caller: httpx2.AsyncClient) -> None:
    for path in ("/airtable/v0/appOther/Tasks", f"{root}/Others"):
        refused = await caller.get(path)
        assert (refused.status_code, refused.json()["error"]["type"]) == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")


async def test_schema_comments_files_and_webhooks(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    tables = (await caller.get("/airtable/v0/meta/bases/appDouble00000001/tables")).json()["tables"]
    assert (tables[0]["name"], tables[0]["primaryFieldId"], len(tables[0]["fields"])) == ("Tasks", "fldDouble00000000", 11)
    record = vendors[Airtable].add(Name="a")["id"]
    await caller.post(f"{tasks}/{record}/comments", json={"text": "Hello"})
    assert [each["text"] for each in (await caller.get(f"{tasks}/{record}/comments")).json()["comments"]] == ["Hello"]
    file = {"contentType": "text/plain", "filename": "a.txt", "file": b64encode(b"abc").decode()}
    assert (await caller.post(f"{root}/{record}/Files/uploadAttachment", json=file)).json()["fields"]["fldDouble00000008"][0]["size"] == 3
    hooks = "/airtable/v0/bases/appDouble00000001/webhooks"
    sent = {"notificationUrl": "https://example.com/hook", "specification": {"options": {"filters": {"dataTypes": ["tableData"]}}}}
    hook = (await caller.post(hooks, json=sent)).json()
    payloads = (await caller.get(f"{hooks}/{hook['id']}/payloads", params={"cursor": 1})).json()
    assert (len(payloads["payloads"]), payloads["cursor"], payloads["mightHaveMore"]) == (1, 2, False)
    assert (await caller.delete(f"{hooks}/{hook['id']}")).status_code == 204
