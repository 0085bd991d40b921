"""Notion: plain values both ways, pages written once, text as blocks, lists page by page."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.notion import Notion, text
from tests.doubles.vendor import Kind

from tenuto.connectors.notion.blocks import blocks
from tenuto.connectors.notion.values import value_of
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

nowhere = "d9824bdc-8445-4327-be8b-5b47500af6ce"
full: JsonObject = {
    "Status": "Open", "Tags": ["a", "b"], "Due": {"start": "2026-01-05", "end": "2026-01-06"}, "Done": True, "Effort": 2.5,
    "Link": "https://example.com", "Notes": "n", "Owner": [nowhere],
}  # fmt: skip


def entry(world: World, **more: Any) -> JsonObject:
    return {"data_source": world.double[Notion].source, "title": "Task", **more}


async def test_values_go_in_and_come_out_plain(world: World) -> None:
    made = await world.do("notion", "create_page", entry(world, properties=full))
    read = await world.do("notion", "get_page", {"id": made["id"].replace("-", "").upper()})
    assert read["values"] == {**full, "Name": "Task"}
    assert (read["title"], read["trashed"], read["url"].startswith("https://www.notion.so/")) == ("Task", False, True)
    cleared = await world.do("notion", "update_page", {"id": made["id"], "properties": dict.fromkeys(full)})
    empty: JsonObject = {"Tags": [], "Done": False, "Notes": "", "Owner": []}
    assert cleared["values"] == {"Name": "Task", **dict.fromkeys(full), **empty}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Nothing", "x"), ("Status", 1), ("Tags", [1]), ("Due", {"from": "x"}), ("Done", "yes"), ("Effort", True), ("Link", 7), ("Notes", {})],
)
async def test_values_that_do_not_fit_are_named_and_nothing_is_written(world: World, name: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("notion", "create_page", entry(world, properties={name: value}))
    assert refused.value.data.pointer == f"/properties/{name}"
    assert refused.value.data.fix
    assert world.double.effects == {}


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_page_whose_answer_was_lost_is_found_by_its_mark(world: World, kind: Kind) -> None:
    world.double[Notion].unindexed = True
    params = entry(world, step_property="Notes")
    await world.do("notion", "create_page", params, "run:other:1")
    world.double.fail("notion", kind, path="/v1/pages")
    with pytest.raises(Uncertain):
        await world.do("notion", "create_page", params)
    found = await world.look("notion", "create_page", params)
    assert (found and found["values"]["Notes"]) == (None if kind == "drop_before" else mark("run:node:1"))


async def test_the_mark_needs_a_text_property_and_without_one_nobody_can_know(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("notion", "create_page", entry(world, step_property="Status"))
    assert refused.value.data.pointer == "/step_property"
    await world.do("notion", "create_page", entry(world))
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("notion", "create_page", entry(world))


async def test_a_page_below_another_has_a_title_and_content(world: World) -> None:
    home = world.double[Notion].home["id"]
    made = await world.do(
        "notion", "create_page", {"parent_page": home, "title": "Plan", "content": "# One\n\nTwo\n- [x] Three", "icon": "📞"}
    )
    below = await world.do("notion", "list_blocks", {"id": made["id"]})
    assert [(each["type"], each["text"]) for each in below["blocks"]] == [("heading_1", "One"), ("paragraph", "Two"), ("to_do", "Three")]
    await world.do("notion", "append_content", {"id": made["id"], "content": "Four"})
    assert (await world.do("notion", "get_content", {"id": made["id"]}))["markdown"].endswith("Three\nFour")
    replaced = await world.do("notion", "replace_content", {"id": made["id"], "content": "Five"})
    assert replaced == {"id": made["id"], "markdown": "Five", "truncated": False}


async def test_what_is_trashed_is_not_changed_until_it_is_taken_out(world: World) -> None:
    page = world.double[Notion].add_page("a")["id"]
    assert (await world.do("notion", "update_page", {"id": page, "trashed": True}))["trashed"] is True
    with pytest.raises(Rejected, match="archived"):
        await world.do("notion", "update_page", {"id": page, "title": "b"})
    assert (await world.do("notion", "update_page", {"id": page, "trashed": False}))["trashed"] is False


async def test_entries_are_found_by_conditions(world: World) -> None:
    double = world.double[Notion]
    for number, (status, done) in enumerate((("Open", True), ("Open", False), (None, False))):
        choice = {"type": "select", "select": {"name": status} if status else None}
        double.add_page(
            str(number), Status=choice, Done={"type": "checkbox", "checkbox": done}, Effort={"type": "number", "number": number}
        )

    async def names(*where: dict[str, Any], **more: Any) -> list[str]:
        found = await world.do("notion", "query_data_source", {"data_source": double.source, "where": list(where), **more})
        return [each["title"] for each in found["pages"]]

    assert await names({"property": "Status", "value": "Open"}, {"property": "Done", "value": False}) == ["1"]
    assert await names({"property": "Status", "is": "is_empty"}) == ["2"]
    assert await names({"property": "Effort", "is": "greater_than", "value": 0}, sort_by="Effort", descending=False) == ["1", "2"]
    assert await names({"property": "created_time", "is": "before", "value": "2020-01-01"}) == []
    assert "/data_sources" in world.double.calls[-1].path
    assert world.double.calls[-2].path.endswith("/query")  # no question for types where only times are asked for
    with pytest.raises(Invalid, match="Colour"):
        await names({"property": "Colour", "value": "red"})


@pytest.mark.parametrize(("action", "field"), [("query_data_source", "pages"), ("search", "items")])
async def test_lists_come_page_by_page_and_no_further_than_was_asked(world: World, action: str, field: str) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Notion].add_page(f"Task {number}")
    params: JsonObject = (
        {"data_source": world.double[Notion].source} if action == "query_data_source" else {"query": "task", "kind": "page"}
    )
    found = await world.do("notion", action, {**params, "limit": 3})
    assert (len(found[field]), found["total"], len(world.double.calls)) == (3, 3, 2)
    assert (await world.do("notion", action, params))["total"] == 5


async def test_what_people_choose_from(world: World) -> None:
    sources = (await world.do("notion", "list_data_sources", {}))["items"]
    assert [(each["kind"], each["title"]) for each in sources] == [("data_source", "Tasks")]
    described = await world.do("notion", "get_data_source", {"id": sources[0]["id"]})
    assert {"name": "Due", "type": "date", "choices": []} in described["properties"]
    people = (await world.do("notion", "list_people", {}))["people"]
    assert [(each["name"], each["type"], each["email"]) for each in people] == [
        ("Ada Lovelace", "person", "ada@example.com"), ("Tenuto", "bot", None),
    ]  # fmt: skip


async def test_comments_are_written_and_read(world: World) -> None:
    page = world.double[Notion].add_page("a")["id"]
    said = await world.do("notion", "add_comment", {"id": page, "text": "x" * 4500})
    found = await world.do("notion", "list_comments", {"id": page})
    assert (found["total"], found["comments"][0]["id"], len(found["comments"][0]["text"])) == (1, said["id"], 4500)


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("get_page", {"id": "../users"}, "/id"),
        ("get_page", {"id": "d9824bdc"}, "/id"),
        ("create_page", {"title": "x"}, ""),
        ("create_page", {"title": "x", "parent_page": nowhere, "data_source": nowhere}, ""),
        ("create_page", {"parent_page": nowhere, "properties": {"Status": "Open"}}, ""),
        ("create_page", {"parent_page": nowhere, "content": "x\n" * 101}, "/content"),
        ("append_content", {"id": nowhere, "content": "- x\n" * 101}, "/content"),
        ("update_page", {"id": nowhere}, ""),
        ("query_data_source", {"data_source": nowhere, "where": [{"property": "a", "is": "like", "value": "x"}]}, "/where/0"),
        ("query_data_source", {"data_source": nowhere, "where": [{"property": "a"}]}, "/where/0"),
        ("search", {"kind": "database"}, "/kind"),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("notion", action, params)
    assert (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


@pytest.mark.parametrize(
    ("kind", "error", "problem", "wait"),
    [
        ("rate_limited", "", RateLimited, 30),
        ("invalid", "conflict_error", RateLimited, 1),
        ("unauthorized", "", AuthRejected, None),
        ("forbidden", "", AuthRejected, None),
        ("invalid", "", Rejected, None),
        ("unavailable", "", VendorFailed, None),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, error: str, problem: type[Problem], wait: float | None) -> None:
    world.double.fail("notion", kind, error=error)
    with pytest.raises(problem) as refused:
        await world.do("notion", "list_people", {})
    assert type(refused.value) is problem
    assert wait is None or refused.value.data.retry_after == wait


async def test_a_page_that_is_not_shared_is_named_as_such(world: World) -> None:
    with pytest.raises(Rejected, match="Could not find page") as refused:
        await world.do("notion", "get_page", {"id": nowhere})
    assert "shared" in (refused.value.data.fix or "")


def test_lines_are_blocks() -> None:
    made = blocks("# a\n\n2) b\n---\n```js\nx\n\n# y\n```\n" + "z" * 4001, "/content")
    kinds: list[Any] = [each["type"] for each in made if isinstance(each, dict)]
    assert kinds == ["heading_1", "numbered_list_item", "divider", "code", "paragraph"]
    code, last = made[3], made[4]
    assert code == {"type": "code", "code": {"rich_text": [{"text": {"content": "x\n\n# y"}}], "language": "js"}}
    assert isinstance(last, dict)
    assert last["paragraph"] == {"rich_text": [{"text": {"content": "z" * size}} for size in (2000, 2000, 1)]}
    with pytest.raises(Invalid):
        blocks("z" * 200_001, "/content")


@pytest.mark.parametrize(
    ("found", "plain"),
    [
        ({"type": "title", "title": [text("a"), text("b")]}, "ab"),
        ({"type": "date", "date": {"start": "2026-01-05", "end": None}}, "2026-01-05"),
        ({"type": "formula", "formula": {"type": "number", "number": 3}}, 3),
        ({"type": "formula", "formula": {"type": "date", "date": {"start": "2026-01-05"}}}, "2026-01-05"),
        ({"type": "rollup", "rollup": {"type": "array", "array": [{"type": "title", "title": [text("a")]}]}}, ["a"]),
        ({"type": "status", "status": {"name": "Open"}}, "Open"),
        ({"type": "relation", "relation": [{"id": "1"}]}, ["1"]),
        (
            {"type": "files", "files": [{"name": "f", "type": "external", "external": {"url": "https://example.com/f"}}]},
            ["https://example.com/f"],
        ),
        ({"type": "unique_id", "unique_id": {"prefix": "T", "number": 7}}, "T-7"),
        ({"type": "created_by", "created_by": {"object": "user", "id": "u"}}, "u"),
        ({"type": "number", "number": None}, None),
        ({"type": "verification"}, None),
        ({"type": "date", "date": "broken"}, None),
    ],
)
def test_every_kind_of_value_is_read(found: JsonObject, plain: object) -> None:
    assert value_of(found) == plain
