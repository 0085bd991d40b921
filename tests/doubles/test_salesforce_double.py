"""The double of Salesforce over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.salesforce import Salesforce
from tests.doubles.vendors import VendorsDouble

data = "/salesforce/services/data/v65.0"
marker = "0123456789abcdef01234567"


async def selected(caller: httpx2.AsyncClient, soql: str) -> list[dict[str, Any]]:
    return (await caller.get(f"{data}/query", params={"q": soql})).json()["records"]


async def test_a_record_is_created_read_changed_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    made = (await caller.post(f"{data}/sobjects/Contact", json={"LastName": "Lovelace", "Tenuto__c": marker})).json()
    assert (made["success"], vendors.effects) == (True, {marker: 1})
    one = f"{data}/sobjects/Contact/{made['id']}"
    changed = await caller.patch(one, json={"Email": "ada@example.com"})
    assert (changed.status_code, changed.content) == (204, b"")
    read = (await caller.get(one, params={"fields": "LastName,Email"})).json()
    assert (read["LastName"], read["Email"], read["attributes"]["type"]) == ("Lovelace", "ada@example.com", "Contact")
    assert (await caller.delete(one)).status_code == 204
    assert (await caller.get(one)).json()[0]["errorCode"] == "ENTITY_IS_DELETED"


async def test_upsert_by_an_external_id_creates_and_then_changes(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    path = f"{data}/sobjects/Account/Tenuto__c/{marker}"
    first, second = await caller.patch(path, json={"Name": "Acme"}), await caller.patch(path, json={"Phone": "1"})
    assert [(each.status_code, each.json()["created"]) for each in (first, second)] == [(201, True), (200, False)]
    assert [(each["Name"], each["Phone"]) for each in vendors[Salesforce].records["Account"]] == [("Acme", "1")]
    assert (await caller.patch(f"{data}/sobjects/Account/Name/x", json={"Phone": "1"})).status_code == 404
    taken = await caller.post(f"{data}/sobjects/Account", json={"Name": "Other", "Tenuto__c": marker})
    assert taken.json()[0]["errorCode"] == "DUPLICATE_VALUE"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"Email": "a@example.com"}, "REQUIRED_FIELD_MISSING"),
        ({"LastName": "L", "Colour": "red"}, "INVALID_FIELD"),
        ({"LastName": "L" * 256}, "STRING_TOO_LONG"),
        ({"LastName": "L", "Email": "no"}, "INVALID_EMAIL_ADDRESS"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
async def test_errors_are_an_array_of_codes(vendors: VendorsDouble, caller: httpx2.AsyncClient, sent: Any, code: str) -> None:
    refused = await caller.post(f"{data}/sobjects/Contact", json=sent)
    assert (refused.status_code, [each["errorCode"] for each in refused.json()]) == (400, [code])
    assert vendors[Salesforce].records["Contact"] == []


async def test_a_query_goes_on_at_its_next_address(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Salesforce].add("Lead", LastName=str(number), Company="Acme")
    vendors.page_max = 2
    page = (await caller.get(f"{data}/query", params={"q": "SELECT Id, LastName FROM Lead ORDER BY LastName DESC"})).json()
    found = page["records"]
    while not page["done"]:
        page = (await caller.get("/salesforce" + page["nextRecordsUrl"])).json()
        found += page["records"]
    assert ([each["LastName"] for each in found], page["totalSize"]) == (["4", "3", "2", "1", "0"], 5)
    assert (await caller.get(f"{data}/query/01gnone-2")).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


async def test_soql_chooses(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    account = vendors[Salesforce].add("Account", Name="O'Hara")
    vendors[Salesforce].add("Contact", LastName="Hopper", AccountId=account["Id"])
    vendors[Salesforce].add("Contact", LastName="Hoover", Email="h@example.com")
    people = "SELECT LastName FROM Contact WHERE "
    wheres = {
        "LastName LIKE 'Ho%' AND Email = null": ["Hopper"],
        "LastName IN ('Hopper', 'Hoover')": ["Hopper", "Hoover"],
        "LastName NOT IN ('Hopper')": ["Hoover"],
        "Account.Name = 'O\\'Hara'": ["Hopper"],
        "LastName = 'Hoover' OR LastName = 'Hopper' LIMIT 1": ["Hopper"],
        "LastName = 'x AND y'": [],
    }
    for where, names in wheres.items():
        assert [each["LastName"] for each in await selected(caller, people + where)] == names, where
    assert (await selected(caller, "SELECT Account.Name FROM Contact WHERE LastName = 'Hopper'"))[0]["Account"]["Name"] == "O'Hara"
    counted = (await caller.get(f"{data}/query", params={"q": "SELECT COUNT() FROM Contact"})).json()
    assert (counted["totalSize"], counted["records"]) == (2, [])


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Colour FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE LastName", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'a' AND", "MALFORMED_QUERY"),
    ],
)
async def test_soql_that_is_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient, soql: str, code: str) -> None:
    vendors[Salesforce].add("Contact", LastName="L")
    assert (await caller.get(f"{data}/query", params={"q": soql})).json()[0]["errorCode"] == code


async def test_a_composite_refers_to_what_came_before_and_is_all_or_nothing(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    account = {"method": "POST", "url": "/services/data/v65.0/sobjects/Account", "referenceId": "account", "body": {"Name": "Acme"}}
    contact = account | {
        "url": "/services/data/v65.0/sobjects/Contact",
        "referenceId": "contact",
        "body": {"LastName": "L", "AccountId": "@{account.id}"},
    }
    sent = {"allOrNone": True, "compositeRequest": [account, contact]}
    done = (await caller.post(f"{data}/composite", json=sent)).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in done] == [201, 201]
    assert vendors[Salesforce].records["Contact"][0]["AccountId"] == done[0]["body"]["id"]
    before = dict(vendors.effects)
    contact["body"] = {}
    halted = (await caller.post(f"{data}/composite", json=sent)).json()["compositeResponse"]
    assert [each["body"][0]["errorCode"] for each in halted] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert (len(vendors[Salesforce].records["Account"]), dict(vendors.effects)) == (1, before)


async def test_the_limit_is_told_with_every_answer(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    assert (await caller.get(f"{data}/limits")).headers["sforce-limit-info"] == "api-usage=1/15000"
    vendors.fail("salesforce", "rate_limited")
    refused = await caller.get(f"{data}/limits")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert refused.headers["sforce-limit-info"] == "api-usage=15000/15000"
    caller.headers["authorization"] = "Bearer old"
    assert (await caller.get(f"{data}/limits")).json()[0]["errorCode"] == "INVALID_SESSION_ID"


async def test_an_object_is_described(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    fields = (await caller.get(f"{data}/sobjects/Contact/describe")).json()["fields"]
    assert {field["name"] for field in fields if field.get("externalId")} == {"Tenuto__c"}
    assert (await caller.get(f"{data}/sobjects/Nothing/describe")).status_code == 404


async def test_a_person_s_name_is_made_of_two_fields_and_a_search_is_limited_for_each_object(
    vendors: VendorsDouble, caller: httpx2.AsyncClient
) -> None:
    for name in ("Ada", "Bo", None):
        vendors[Salesforce].add("Lead", FirstName=name, LastName="Lovelace", Company="Acme")
    answer = await caller.get(f"{data}/search", params={"q": "FIND {lovelace} IN ALL FIELDS RETURNING Lead(Id, Name LIMIT 2), Account(Id)"})
    assert [each["Name"] for each in answer.json()["searchRecords"]] == ["Ada Lovelace", "Bo Lovelace"]
