"""The double of Notion over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.notion import Notion, text
from tests.doubles.vendors import VendorsDouble

marker = "0123456789abcdef01234567"


@pytest.fixture
def notion(caller: httpx2.AsyncClient) -> httpx2.AsyncClient:
    caller.headers["notion-version"] = "2025-09-03"
    return caller


def piece(content: str) -> dict[str, Any]:
    return {"text": {"content": content}}


def paragraph(content: str, *children: Any) -> dict[str, Any]:
    return {"paragraph": {"rich_text": [piece(content)]} | ({"children": list(children)} if children else {})}


async def create(
    vendors: VendorsDouble, notion: httpx2.AsyncClient, children: list[Any] | None = None, **properties: Any
) -> httpx2.Response:
    sent = {"parent": {"data_source_id": vendors[Notion].source}, "properties": properties, "children": children or []}
    return await notion.post("/notion/v1/pages", json=sent)


async def test_a_page_is_created_with_blocks_and_changed(vendors: VendorsDouble, notion: httpx2.AsyncClient) -> None:
    named = {"Name": {"title": [piece("Tea")]}, "Notes": {"rich_text": [piece(marker)]}, "Status": {"select": {"name": "Open"}}}
    made = (await create(vendors, notion, [paragraph("One", paragraph("Below"))], **named)).json()
    assert (vendors.effects, made["properties"]["Name"]["title"][0]["plain_text"]) == ({marker: 1}, "Tea")
    blocks = f"/notion/v1/blocks/{made['id'].replace('-', '')}/children"
    assert (await notion.patch(blocks, json={"children": [paragraph("Two")]})).is_success
    found = (await notion.get(blocks)).json()["results"]
    assert [(each["paragraph"]["rich_text"][0]["plain_text"], each["has_children"]) for each in found] == [("One", True), ("Two", False)]
    assert (await notion.get(f"/notion/v1/pages/{made['id']}/markdown")).json()["markdown"] == "One\nTwo"
    changed = (
        await notion.patch(f"/notion/v1/pages/{made['id']}", json={"properties": {"Done": {"checkbox": True}}, "in_trash": True})
    ).json()
    assert (changed["properties"]["Done"]["checkbox"], changed["in_trash"]) == (True, True)


@pytest.mark.parametrize(
    ("properties", "children"),
    [
        ({"Colour": {"select": {"name": "red"}}}, []),
        ({"Status": {"rich_text": [piece("Open")]}}, []),
        ({"Effort": {"number": "many"}}, []),
        ({"Notes": {"rich_text": [piece("x" * 2001)]}}, []),
        ({}, [paragraph("x")] * 101),
        ({}, [paragraph("1", paragraph("2", paragraph("3")))]),
        ({}, ["no block"]),
    ],
)
async def test_what_a_page_cannot_be(
    vendors: VendorsDouble, notion: httpx2.AsyncClient, properties: dict[str, Any], children: list[Any]
) -> None:
    refused = await create(vendors, notion, children, **properties)
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")
    assert vendors[Notion].pages == [vendors[Notion].home]


async def test_a_query_filters_sorts_and_goes_on_at_its_cursor(vendors: VendorsDouble, notion: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Notion].add_page(f"Task {number}", Effort={"type": "number", "number": number})
    vendors.page_max = 2
    sent: dict[str, Any] = {"sorts": [{"property": "Name", "direction": "descending"}]}
    sent["filter"] = {"and": [{"property": "Effort", "number": {"greater_than": 0}}, {"property": "Name", "title": {"contains": "task"}}]}
    found: list[str] = []
    while True:
        page = (await notion.post(f"/notion/v1/data_sources/{vendors[Notion].source}/query", json=sent)).json()
        found += [each["properties"]["Name"]["title"][0]["plain_text"] for each in page["results"]]
        if not page["has_more"]:
            break
        sent["start_cursor"] = page["next_cursor"]
    assert found == ["Task 4", "Task 3", "Task 2", "Task 1"]
    sent["filter"] = {"property": "Effort", "number": {"resembles": 1}}
    assert (await notion.post(f"/notion/v1/data_sources/{vendors[Notion].source}/query", json=sent)).status_code == 400


async def test_the_search_may_lag(vendors: VendorsDouble, notion: httpx2.AsyncClient) -> None:
    vendors[Notion].add_page("Found", Notes={"type": "rich_text", "rich_text": [text("n")]})
    asked = {"query": "found", "filter": {"property": "object", "value": "page"}}
    assert len((await notion.post("/notion/v1/search", json=asked)).json()["results"]) == 1
    vendors[Notion].unindexed = True
    assert (await notion.post("/notion/v1/search", json=asked)).json()["results"] == []


async def test_comments_stand_by_their_page(vendors: VendorsDouble, notion: httpx2.AsyncClient) -> None:
    page = vendors[Notion].home["id"]
    first = (await notion.post("/notion/v1/comments", json={"parent": {"page_id": page}, "rich_text": [piece("Hello")]})).json()
    sent = {"discussion_id": first["discussion_id"], "rich_text": [piece("Again")]}
    assert (await notion.post("/notion/v1/comments", json=sent)).is_success
    found = (await notion.get("/notion/v1/comments", params={"block_id": page})).json()["results"]
    assert [each["rich_text"][0]["plain_text"] for each in found] == ["Hello", "Again"]


async def test_every_request_names_its_version(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    assert (await caller.get("/notion/v1/users/me")).json()["code"] == "missing_version"
    assert (await caller.get("/notion/v1/users/me", headers={"notion-version": "2021-01-01"})).json()["code"] == "validation_error"
    assert (await caller.get("/notion/v1/users/me", headers={"notion-version": "2026-03-11"})).json()["type"] == "bot"


async def test_a_limit_says_when_to_come_back(vendors: VendorsDouble, notion: httpx2.AsyncClient) -> None:
    vendors.fail("notion", "rate_limited")
    refused = await notion.get("/notion/v1/users")
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "rate_limited", "30")
    vendors.fail("notion", "invalid", error="conflict_error")
    assert (await notion.get("/notion/v1/users")).status_code == 409
