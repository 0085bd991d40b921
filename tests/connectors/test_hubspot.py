"""HubSpot: objects written once, searches, pages, links, and limits that name their policy."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.hubspot import HubSpot
from tests.doubles.vendor import Kind

from tenuto.connectors.hubspot import daily_wait, short_wait
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

ada: JsonObject = {"type": "contacts", "properties": {"email": "ada@example.com", "firstname": "Ada"}}
marked: JsonObject = {**ada, "step_property": "tenuto_step"}


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_an_object_whose_answer_was_lost_is_found_by_its_mark(world: World, kind: Kind) -> None:
    world.double[HubSpot].unindexed = True
    world.double.fail("hubspot", kind)
    with pytest.raises(Uncertain):
        await world.do("hubspot", "create_object", marked)
    found = await world.look("hubspot", "create_object", marked)
    assert (found is None) is (kind == "drop_before")
    again = await world.do("hubspot", "create_object", marked)
    assert again["created"] is (kind == "drop_before")
    assert [each["properties"]["tenuto_step"] for each in world.double[HubSpot].objects["contacts"]] == [mark("run:node:1")]


async def test_without_a_property_for_the_mark_nobody_can_know(world: World) -> None:
    made = await world.do("hubspot", "create_object", ada)
    assert (made["created"], made["properties"]["firstname"]) == (True, "Ada")
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("hubspot", "create_object", ada)
    with pytest.raises(Rejected, match="already exists") as refused:
        await world.do("hubspot", "create_object", ada)
    assert "upsert_object" in (refused.value.data.fix or "")


async def test_a_contact_is_changed_by_its_address_or_created(world: World) -> None:
    sent: JsonObject = {"type": "contacts", "by": "email", "value": "ada@example.com", "properties": {"city": "London"}}
    first, again = [await world.do("hubspot", "upsert_object", sent) for _ in range(2)]
    assert (first["created"], again["created"], first["id"] == again["id"]) == (True, False, True)
    assert len(world.double[HubSpot].objects["contacts"]) == 1


async def test_values_are_texts_and_null_clears(world: World) -> None:
    deal = world.double[HubSpot].add("deals", dealname="Big", amount="1")
    values: JsonObject = {"amount": 12.5, "dealname": None, "industry": True}
    await world.do("hubspot", "update_object", {"type": "deals", "id": deal["id"], "properties": values})
    assert world.double.calls[-1].body == {"properties": {"amount": "12.5", "dealname": "", "industry": "true"}}
    found = await world.do("hubspot", "get_object", {"type": "deals", "id": deal["id"], "properties": ["amount", "closedate"]})
    assert (found["properties"]["amount"], found["properties"]["closedate"]) == ("12.5", None)


async def test_what_is_archived_is_gone_and_may_be_archived_again(world: World) -> None:
    one: JsonObject = {"type": "contacts", "id": world.double[HubSpot].add("contacts", email="a@example.com")["id"]}
    for _ in range(2):
        assert await world.do("hubspot", "archive_object", one) == {"id": one["id"], "archived": True}
    with pytest.raises(Rejected) as refused:
        await world.do("hubspot", "get_object", one)
    assert "archived" in (refused.value.data.fix or "")


@pytest.mark.parametrize("action", ["list_objects", "search_objects"])
async def test_lists_come_page_by_page_and_no_further_than_was_asked(world: World, action: str) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[HubSpot].add("contacts", email=f"{number}@example.com")
    asked: JsonObject = {"type": "contacts", "limit": 3}
    found = await world.do("hubspot", action, asked)
    assert [each["properties"]["email"][0] for each in found["objects"]] == ["0", "1", "2"]
    assert (found["total"], len(world.double.calls), found.get("available", 5)) == (3, 2, 5)
    assert (await world.do("hubspot", action, {"type": "contacts"}))["total"] == 5


async def test_filters_are_those_of_hubspot(world: World) -> None:
    for number, city in enumerate(("Rome", "Oslo", None)):
        world.double[HubSpot].add("contacts", email=f"{number}@example.com", city=city)

    async def names(*filters: dict[str, Any], **more: Any) -> list[str]:
        found = await world.do("hubspot", "search_objects", {"type": "contacts", "filters": list(filters), **more})
        return [each["properties"]["email"][0] for each in found["objects"]]

    assert await names({"property": "city", "value": "Rome"}) == ["0"]
    assert await names({"property": "city", "operator": "IN", "values": ["ROME", "Oslo"]}, sort_by="email", descending=True) == ["1", "0"]
    assert await names({"property": "city", "operator": "NOT_HAS_PROPERTY"}) == ["2"]
    between = {"property": "email", "operator": "BETWEEN", "value": "0", "high": "1z"}
    assert await names(between, {"property": "city", "operator": "HAS_PROPERTY"}) == ["0", "1"]


async def test_objects_are_linked_both_ways(world: World) -> None:
    contact, deal = (world.double[HubSpot].add(kind)["id"] for kind in ("contacts", "deals"))
    link: JsonObject = {"type": "deals", "id": deal, "to_type": "contacts", "to_id": contact}
    assert await world.do("hubspot", "link_objects", link) == {"id": deal, "to_id": contact}
    found = await world.do("hubspot", "list_links", {"type": "contacts", "id": contact, "to_type": "deals"})
    assert found == {"ids": [deal], "total": 1}


async def test_what_people_choose_from(world: World) -> None:
    assert (await world.do("hubspot", "list_owners", {}))["owners"][0]["id"] == "41629779"
    assert (await world.do("hubspot", "list_owners", {"email": "nobody@example.com"}))["owners"] == []
    stages = (await world.do("hubspot", "list_pipelines", {"type": "deals"}))["pipelines"][0]["stages"]
    assert [each["label"] for each in stages] == ["New", "Waiting", "Closed"]
    properties = (await world.do("hubspot", "list_properties", {"type": "contacts"}))["properties"]
    assert {each["name"] for each in properties if each["unique"]} == {"email", "tenuto_step"}


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("create_object", {"type": "contacts/../deals", "properties": {"email": "a"}}, "/type"),
        ("create_object", {"type": "contacts", "properties": {}}, "/properties"),
        ("create_object", {"type": "contacts", "properties": {"Bad Name": "x"}}, "/properties"),
        ("update_object", {"type": "contacts", "id": "1?archived=true", "properties": {"a": "x"}}, "/id"),
        ("link_objects", {"type": "contacts", "id": "1", "to_type": "deals", "to_id": ".."}, "/to_id"),
        ("search_objects", {"type": "contacts", "filters": [{"property": "city", "operator": "LIKE", "value": "x"}]}, "/filters/0"),
        ("search_objects", {"type": "contacts", "filters": [{"property": "city", "operator": "IN", "value": "x"}]}, "/filters/0"),
        ("search_objects", {"type": "contacts", "filters": [{"property": "city"}]}, "/filters/0"),
        ("search_objects", {"type": "contacts", "filters": [{"property": "city", "operator": "BETWEEN", "value": "1"}]}, "/filters/0"),
        ("list_objects", {"type": "contacts", "limit": 0}, "/limit"),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("hubspot", action, params)
    assert (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


@pytest.mark.parametrize(
    ("kind", "problem", "wait"),
    [
        ("rate_limited", RateLimited, short_wait),
        ("secondary_limit", RateLimited, daily_wait),
        ("unauthorized", AuthRejected, None),
        ("forbidden", AuthRejected, None),
        ("invalid", Rejected, None),
        ("unavailable", VendorFailed, None),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, problem: type[Problem], wait: float | None) -> None:
    world.double.fail("hubspot", kind)
    with pytest.raises(problem) as refused:
        await world.do("hubspot", "list_owners", {})
    assert type(refused.value) is problem
    assert wait is None or refused.value.data.retry_after == wait


async def test_a_property_that_does_not_exist_is_named(world: World) -> None:
    with pytest.raises(Rejected, match="no_such_thing"):
        await world.do("hubspot", "create_object", {"type": "contacts", "properties": {"no_such_thing": "x"}})
