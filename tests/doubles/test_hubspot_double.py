"""The double of HubSpot over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.hubspot import HubSpot
from tests.doubles.vendors import VendorsDouble

contacts = "/hubspot/crm/v3/objects/contacts"
marker = "0123456789abcdef01234567"


@pytest.mark.parametrize("root", [contacts, "/hubspot/crm/objects/2026-03/contacts"])
async def test_an_object_is_created_read_changed_and_archived(vendors: VendorsDouble, caller: httpx2.AsyncClient, root: str) -> None:
    made = await caller.post(root, json={"properties": {"email": "ada@example.com", "tenuto_step": marker}})
    assert (made.status_code, vendors.effects) == (201, {marker: 1})
    one = f"{root}/{made.json()['id']}"
    assert (await caller.patch(one, json={"properties": {"phone": "1"}})).json()["properties"]["phone"] == "1"
    read = await caller.get(f"{root}/ada@example.com", params={"idProperty": "email", "properties": "phone,nothing"})
    assert {name for name in read.json()["properties"] if not name.startswith("hs_")} == {"phone", "createdate", "lastmodifieddate"}
    assert (await caller.delete(one)).status_code == 204
    assert (await caller.get(one)).json()["category"] == "OBJECT_NOT_FOUND"


async def test_an_address_is_taken_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    known = vendors[HubSpot].add("contacts", email="ada@example.com")
    refused = await caller.post(contacts, json={"properties": {"email": "ADA@example.com"}})
    assert (refused.status_code, refused.json()["message"]) == (409, f"Contact already exists. Existing ID: {known['id']}")


@pytest.mark.parametrize(
    ("kind", "properties"), [("contacts", {"colour": "red"}), ("contacts", {"email": "no"}), ("notes", {"hs_note_body": "n"})]
)
async def test_properties_that_are_refused(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, kind: str, properties: dict[str, str]
) -> None:
    refused = await caller.post(f"/hubspot/crm/v3/objects/{kind}", json={"properties": properties})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
    assert vendors[HubSpot].objects[kind] == []


async def test_a_list_comes_page_by_page(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[HubSpot].add("contacts", email=f"{number}@example.com")
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await caller.get(contacts, params=query)).json()
        found += [each["properties"]["email"][0] for each in page["results"]]
        if "paging" not in page:
            break
        query["after"] = page["paging"]["next"]["after"]
    assert found == ["0", "1", "2", "3", "4"]
    assert (await caller.get(contacts, params={"limit": 101})).status_code == 400


async def test_search_joins_filters_by_and_groups_by_or(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number, city in enumerate(("Rome", "Oslo", "Rome")):
        vendors[HubSpot].add("contacts", email=f"{number}@example.com", city=city)
    city = {"propertyName": "city", "operator": "EQ", "value": "Rome"}
    second = {"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "2*"}
    sent: dict[str, Any] = {"filterGroups": [{"filters": [city, second]}], "properties": ["email"]}
    assert [each["properties"]["email"] for each in (await caller.post(f"{contacts}/search", json=sent)).json()["results"]] == [
        "2@example.com"
    ]
    sent["filterGroups"] = [{"filters": [city]}, {"filters": [second]}]
    assert (await caller.post(f"{contacts}/search", json=sent)).json()["total"] == 2
    vendors[HubSpot].unindexed = True
    assert (await caller.post(f"{contacts}/search", json=sent)).json()["total"] == 1
    city["operator"] = "LIKE"
    assert (await caller.post(f"{contacts}/search", json=sent)).status_code == 400


async def test_upsert_by_a_unique_property(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    def sent(name: str, **properties: str) -> dict[str, Any]:
        return {"inputs": [{"idProperty": name, "id": marker, "properties": properties}]}

    first = (await caller.post(f"{contacts}/batch/upsert", json=sent("tenuto_step", email="ada@example.com"))).json()["results"]
    again = (await caller.post(f"{contacts}/batch/upsert", json=sent("tenuto_step", phone="1"))).json()["results"]
    assert ([each["new"] for each in first + again], first[0]["id"]) == ([True, False], again[0]["id"])
    assert [each["properties"]["phone"] for each in vendors[HubSpot].objects["contacts"]] == ["1"]
    assert (await caller.post(f"{contacts}/batch/upsert", json=sent("city"))).status_code == 400


async def test_an_association_goes_both_ways(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    contact, deal = (vendors[HubSpot].add(kind)["id"] for kind in ("contacts", "deals"))
    assert (await caller.put(f"/hubspot/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}")).is_success
    found = (await caller.get(f"/hubspot/crm/v4/objects/contacts/{contact}/associations/deals")).json()["results"]
    assert [each["toObjectId"] for each in found] == [int(deal)]
    assert (await caller.put(f"/hubspot/crm/v4/objects/deals/{deal}/associations/default/contacts/999")).status_code == 404


async def test_a_limit_names_its_policy(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    assert (await caller.get(contacts)).headers["x-hubspot-ratelimit-max"] == "110"
    for kind, policy in (("rate_limited", "TEN_SECONDLY_ROLLING"), ("secondary_limit", "DAILY")):
        vendors.fail("hubspot", kind)  # pyright: ignore[reportArgumentType] - both are kinds
        refused = await caller.get(contacts)
        assert (refused.status_code, refused.json()["policyName"]) == (429, policy)
