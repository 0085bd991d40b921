"""Salesforce: records written once, questions that cannot be widened, pages, and errors that come as arrays."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.connectors.world import World
from tests.doubles.salesforce import Salesforce
from tests.doubles.vendor import Kind

from tenuto.connectors.salesforce import busy_wait, daily_wait, salesforce
from tenuto.core.account import Account
from tenuto.core.connecting import base_url
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, EgressRefused, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

lead: JsonObject = {"object": "Lead", "fields": {"LastName": "Lovelace", "Company": "Analytical"}}
marked: JsonObject = {**lead, "step_field": "Tenuto__c"}


def records(world: World, object_: str) -> list[dict[str, Any]]:
    return world.double[Salesforce].records[object_]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_record_whose_answer_was_lost_is_found_by_its_mark(world: World, kind: Kind) -> None:
    await world.do("salesforce", "create_record", marked, "run:other:1")
    world.double.fail("salesforce", kind)
    with pytest.raises(Uncertain):
        await world.do("salesforce", "create_record", marked)
    found = await world.look("salesforce", "create_record", marked)
    if kind == "drop_before":
        assert found is None
    else:
        assert found == {"id": records(world, "Lead")[1]["Id"], "created": True}
    again = await world.do("salesforce", "create_record", marked)
    assert again["created"] is (kind == "drop_before")
    assert len(records(world, "Lead")) == 2
    assert records(world, "Lead")[1]["Tenuto__c"] == mark("run:node:1")


async def test_without_a_field_for_the_mark_nobody_can_know(world: World) -> None:
    assert (await world.do("salesforce", "create_record", lead))["created"] is True
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("salesforce", "create_record", lead)


async def test_a_record_is_changed_read_and_deleted_twice(world: World) -> None:
    account = world.double[Salesforce].add("Account", Name="Acme", Phone="1")
    one = {"object": "Account", "id": account["Id"]}
    assert await world.do("salesforce", "update_record", {**one, "fields": {"Phone": None}}) == {"id": account["Id"], "done": True}
    found = await world.do("salesforce", "get_record", one)
    assert (found["id"], found["object"], found["fields"]["Name"], found["fields"]["Phone"]) == (account["Id"], "Account", "Acme", None)
    assert "attributes" not in found["fields"]
    for _ in range(2):
        assert (await world.do("salesforce", "delete_record", one))["done"] is True
    with pytest.raises(Rejected, match="deleted"):
        await world.do("salesforce", "get_record", one)


async def test_an_upsert_creates_and_then_changes(world: World) -> None:
    sent: JsonObject = {"object": "Account", "external_field": "Tenuto__c", "external_id": "a b?c&d", "fields": {"Name": "Acme"}}
    first, again = [await world.do("salesforce", "upsert_record", sent) for _ in range(2)]
    assert (first["created"], again["created"], first["id"] == again["id"]) == (True, False, True)
    assert [each["Tenuto__c"] for each in records(world, "Account")] == ["a b?c&d"]


@pytest.mark.parametrize(
    ("value", "names"),
    [("O'Neil", ["O'Neil"]), ("x' OR Name != '", []), ("\\", ["\\"]), ("\\' OR Name != '", [])],
)
async def test_a_value_cannot_widen_a_question(world: World, value: str, names: list[str]) -> None:
    for name in ("Acme", "O'Neil", "\\"):
        world.double[Salesforce].add("Account", Name=name)
    found = await world.do("salesforce", "list_records", {"object": "Account", "where": [{"field": "Name", "value": value}]})
    assert [each["fields"]["Name"] for each in found["records"]] == names


async def test_conditions_are_of_their_kinds(world: World) -> None:
    for number, industry in enumerate(("Energy", "Energy", None)):
        world.double[Salesforce].add("Account", Name=str(number), Industry=industry, LastModifiedDate=f"2026-01-0{number + 1}T00:00:00Z")

    async def names(*where: dict[str, Any], **more: Any) -> list[str]:
        found = await world.do("salesforce", "list_records", {"object": "Account", "where": list(where), **more})
        return [each["fields"]["Name"] for each in found["records"]]

    assert await names({"field": "Industry", "value": None}) == ["2"]
    assert await names({"field": "Industry", "is": "in", "value": ["Energy", "Food"]}) == ["1", "0"]
    assert await names({"field": "Industry", "is": "like", "value": "Ener%"}, order_by="Name", descending=False) == ["0", "1"]
    assert await names({"field": "LastModifiedDate", "is": ">", "value": "2026-01-02T00:00:00Z", "date": True}) == ["2"]
    assert (
        world.double.calls[-1]
        .query["q"]
        .endswith("FROM Account WHERE LastModifiedDate > 2026-01-02T00:00:00Z ORDER BY LastModifiedDate DESC LIMIT 100")
    )


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("list_records", {"object": "Account; DROP"}, "/object"),
        ("list_records", {"object": "Account", "fields": ["Name FROM User --"]}, "/fields/0"),
        ("list_records", {"object": "Account", "order_by": "Name, Id"}, "/order_by"),
        ("list_records", {"object": "Account", "where": [{"field": "Name", "is": "in", "value": "x"}]}, "/where/0"),
        ("list_records", {"object": "Account", "where": [{"field": "Name", "value": "1 OR 1=1", "date": True}]}, "/where/0"),
        ("get_record", {"object": "Account", "id": "../../limits"}, "/id"),
        ("update_record", {"object": "Account", "id": "001/x", "fields": {"Name": "x"}}, "/id"),
        ("update_record", {"object": "Account", "id": "001000000000001", "fields": {}}, "/fields"),
        ("create_record", {"object": "Account", "fields": {"Name\n": "x"}}, None),
        ("send_email", {"to": ["ada@example.com,eve@example.com"], "subject": "s", "body": "b"}, "/to/0"),
        ("send_email", {"to": ["ada@example.com"], "subject": "s\r\nBcc: eve@example.com", "body": "b"}, "/subject"),
        ("search", {"text": "  a "}, "/text"),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("salesforce", action, params)
    assert pointer is None or (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


async def test_a_long_answer_comes_page_by_page_and_no_further_than_was_asked(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Salesforce].add("Account", Name=str(number))
    found = await world.do("salesforce", "query", {"soql": "SELECT Id, Name FROM Account ORDER BY Name", "limit": 3})
    assert [each["fields"]["Name"] for each in found["records"]] == ["0", "1", "2"]
    assert (found["total"], found["available"], len(world.double.calls)) == (3, 5, 2)


async def test_what_is_related_is_an_object_within(world: World) -> None:
    account = world.double[Salesforce].add("Account", Name="Acme")
    world.double[Salesforce].add("Contact", LastName="Lovelace", AccountId=account["Id"])
    found = await world.do("salesforce", "query", {"soql": "SELECT Id, Account.Name FROM Contact"})
    assert found["records"][0]["fields"]["Account"] == {"Name": "Acme"}


async def test_a_search_finds_words_and_its_signs_are_only_signs(world: World) -> None:
    world.double[Salesforce].add("Lead", LastName="Lovelace", Company="Acme")
    found = await world.do("salesforce", "search", {"text": "lovelace", "objects": ["Lead", "Case"]})
    assert [each["object"] for each in found["records"]] == ["Lead"]
    await world.do("salesforce", "search", {"text": "a} RETURNING User(Id) {b"})
    assert r"FIND {a\} RETURNING User\(Id\) \{b}" in world.double.calls[-1].query["q"]


async def test_an_object_tells_its_fields(world: World) -> None:
    found = await world.do("salesforce", "describe_object", {"object": "Lead"})
    facts = {each["name"]: each for each in found["fields"]}
    assert (facts["LastName"]["required"], facts["FirstName"]["required"], facts["Tenuto__c"]["external_id"]) == (True, False, True)
    listed = await world.do("salesforce", "list_objects", {})
    assert {"name": "Case", "label": "Case", "createable": True} in listed["objects"]


async def test_a_mail_goes_to_each_of_its_readers(world: World) -> None:
    sent: JsonObject = {"to": ["a@example.com", "b@example.com"], "subject": "s", "body": "b"}
    assert await world.do("salesforce", "send_email", sent) == {"sent": True}
    assert world.double[Salesforce].emails == [{"emailAddresses": "a@example.com,b@example.com", "emailSubject": "s", "emailBody": "b"}]


@pytest.mark.parametrize(
    ("kind", "error", "problem", "wait"),
    [
        ("rate_limited", "", RateLimited, daily_wait),
        ("secondary_limit", "", RateLimited, busy_wait),
        ("unauthorized", "", AuthRejected, None),
        ("forbidden", "", Rejected, None),
        ("invalid", "", Rejected, None),
        ("invalid", "UNABLE_TO_LOCK_ROW", VendorFailed, None),
        ("unavailable", "", VendorFailed, None),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, error: str, problem: type[Problem], wait: float | None) -> None:
    world.double.fail("salesforce", kind, error=error)
    with pytest.raises(problem) as refused:
        await world.do("salesforce", "list_objects", {})
    assert type(refused.value) is problem
    assert wait is None or refused.value.data.retry_after == wait
    assert refused.value.data.detail.startswith("Salesforce refused: ")


async def test_a_field_that_is_missing_is_named(world: World) -> None:
    with pytest.raises(Rejected, match=r"Required fields are missing: \[Company\]") as refused:
        await world.do("salesforce", "create_record", {"object": "Lead", "fields": {"LastName": "x"}})
    assert refused.value.data.fix


def test_requests_go_to_the_account_s_own_instance_and_to_nobody_else() -> None:
    def at(given: str) -> str:
        account = Account(id=uuid4(), name="a", way="oauth2", fields={"domain": "login"}, base_url=given)
        return base_url(salesforce, account)

    assert at("https://acme.my.salesforce.com") == "https://acme.my.salesforce.com"
    for other in ("https://salesforce.com.evil.example", "http://acme.my.salesforce.com", "https://evilsalesforce.com"):
        with pytest.raises(EgressRefused):
            at(other)
