"""Airtable: records created once, merged by their values, formulas that no value can widen, lists that go on."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.airtable import Airtable, base
from tests.doubles.vendor import Kind

from tenuto.connectors.airtable import lock
from tenuto.connectors.airtable.shapes import Condition
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, CreditsExhausted, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

tasks: JsonObject = {"base": base, "table": "Tasks"}
call: JsonObject = {**tasks, "fields": {"Name": "Call"}}
marked: JsonObject = {**call, "step_field": "Step"}
nothing = "rec" + "0" * 14


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_record_whose_answer_was_lost_is_found_by_its_mark(world: World, kind: Kind) -> None:
    await world.do("airtable", "create_record", marked, "run:other:1")
    world.double.fail("airtable", kind)
    with pytest.raises(Uncertain):
        await world.do("airtable", "create_record", marked)
    found = await world.look("airtable", "create_record", marked)
    assert (found and found["fields"]["Step"]) == (None if kind == "drop_before" else mark("run:node:1"))
    again = await world.do("airtable", "create_record", marked)
    assert again["created"] is (kind == "drop_before")
    assert len(world.double[Airtable].records) == 2


async def test_without_a_field_for_the_mark_nobody_can_know(world: World) -> None:
    made = await world.do("airtable", "create_record", call)
    assert (made["created"], made["fields"]) == (True, {"Name": "Call"})
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("airtable", "create_record", call)


async def test_records_are_merged_by_their_values_unless_several_have_them(world: World) -> None:
    sent: JsonObject = {**tasks, "merge_on": ["Email"], "fields": {"Email": "a@example.com", "Name": "A"}}
    first, again = [await world.do("airtable", "upsert_record", sent) for _ in range(2)]
    assert (first["created"], again["created"], first["id"] == again["id"]) == (True, False, True)
    world.double[Airtable].add(Email="a@example.com")
    with pytest.raises(Rejected, match="more than one record"):
        await world.do("airtable", "upsert_record", sent)


async def test_a_record_is_changed_read_and_deleted(world: World) -> None:
    one: JsonObject = {**tasks, "id": world.double[Airtable].add(Name="a", Effort=1)["id"]}
    changed = await world.do("airtable", "update_record", {**one, "fields": {"Effort": None, "Tags": ["red"]}})
    assert changed["fields"] == {"Name": "a", "Tags": ["red"]}
    assert (await world.do("airtable", "get_record", one))["fields"] == changed["fields"]
    with pytest.raises(Rejected, match="new select option") as refused:
        await world.do("airtable", "update_record", {**one, "fields": {"Tags": ["green"]}})
    assert "typecast" in (refused.value.data.fix or "")
    await world.do("airtable", "update_record", {**one, "fields": {"Tags": ["green"]}, "typecast": True})
    world.double.fail("airtable", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("airtable", "delete_record", one)
    assert await world.look("airtable", "delete_record", one) == {"id": one["id"], "deleted": True}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ([{"field": "Name", "value": 'say "hi"'}], ['say "hi"']),
        ([{"field": "Name", "value": '" , 1=1, "'}], []),
        ([{"field": "Name", "value": "back\\slash"}], ["back\\slash"]),
        ([{"field": "Name", "value": '\\" , 1=1, "'}], []),
        ([{"field": "Name", "is": "contains", "value": "SLASH"}], ["back\\slash"]),
        ([{"field": "Effort", "is": ">=", "value": 2}], ["back\\slash", "c"]),
        ([{"field": "Done", "value": True}], ["c"]),
        ([{"field": "Tags", "is": "contains", "value": "red"}, {"field": "Effort", "is": "<", "value": 3}], ['say "hi"']),
        ([{"field": "Due", "is": "before", "value": "2026-02-01"}], ['say "hi"']),
        ([{"field": "Due", "is": "is_empty"}], ["back\\slash", "c"]),
        ([{"field": "Due", "is": "is_not_empty"}], ['say "hi"']),
    ],
)
async def test_a_value_is_a_value_and_widens_nothing(world: World, where: list[Any], names: list[str]) -> None:
    world.double[Airtable].add(Name='say "hi"', Effort=1, Tags=["red", "blue"], Due="2026-01-05")
    world.double[Airtable].add(Name="back\\slash", Effort=2)
    world.double[Airtable].add(Name="c", Effort=3, Done=True)
    found = await world.do("airtable", "list_records", {**tasks, "where": where})
    assert [each["fields"]["Name"] for each in found["records"]] == names


def test_a_field_s_name_cannot_end_its_braces() -> None:
    assert Condition(field="a} = 1, {b", value="x").formula == '{a\\} = 1, {b} = "x"'


async def test_lists_come_page_by_page_in_order_and_no_further_than_was_asked(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Airtable].add(Name=str(number), Effort=number)
    asked: JsonObject = {**tasks, "sort": [{"field": "Effort", "descending": True}], "fields": ["Name"]}
    found = await world.do("airtable", "list_records", {**asked, "limit": 3})
    assert [each["fields"] for each in found["records"]] == [{"Name": "4"}, {"Name": "3"}, {"Name": "2"}]
    assert len(world.double.calls) == 2
    more: JsonObject = {**asked, "formula": "{Effort} > 2", "where": [{"field": "Name", "is": "!=", "value": "4"}]}
    assert [each["fields"]["Name"] for each in (await world.do("airtable", "list_records", more))["records"]] == ["3"]


async def test_a_list_whose_place_was_forgotten_is_begun_anew_once(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Airtable].add(Name=str(number))
    world.double.fail("airtable", "invalid", error="LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
    assert (await world.do("airtable", "list_records", tasks))["total"] == 5
    world.double[Airtable].expired = True
    with pytest.raises(Rejected, match="no longer available"):
        await world.do("airtable", "list_records", tasks)


async def test_what_people_choose_from_and_what_they_say(world: World) -> None:
    assert (await world.do("airtable", "list_bases", {}))["bases"] == [{"id": base, "name": "Tenuto"}]
    described = (await world.do("airtable", "list_tables", {"base": base}))["tables"][0]
    assert (described["name"], described["fields"][0]["name"], described["fields"][0]["type"]) == ("Tasks", "Name", "singleLineText")
    one: JsonObject = {**tasks, "id": world.double[Airtable].add(Name="a")["id"]}
    said = await world.do("airtable", "add_comment", {**one, "text": "Done."})
    found = await world.do("airtable", "list_comments", one)
    assert [(each["id"], each["text"], each["author"]) for each in found["comments"]] == [(said["id"], "Done.", "ada@example.com")]


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("list_records", {"base": "app/../meta", "table": "Tasks"}, "/base"),
        ("list_records", {"base": base, "table": ".."}, "/table"),
        ("list_records", {**tasks, "where": [{"field": "Name"}]}, "/where/0"),
        ("list_records", {**tasks, "limit": 10_001}, "/limit"),
        ("get_record", {**tasks, "id": "listRecords"}, "/id"),
        ("create_record", {**tasks, "fields": {}}, "/fields"),
        ("create_record", {**call, "step_field": "Name"}, ""),
        ("upsert_record", {**tasks, "merge_on": ["Email"], "fields": {"Name": "a"}}, ""),
        ("upsert_record", {**tasks, "merge_on": [], "fields": {"Name": "a"}}, "/merge_on"),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("airtable", action, params)
    assert (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


@pytest.mark.parametrize(
    ("kind", "error", "problem", "wait"),
    [
        ("rate_limited", "", RateLimited, lock),
        ("secondary_limit", "", CreditsExhausted, lock),
        ("unauthorized", "", AuthRejected, None),
        ("forbidden", "", Rejected, None),
        ("invalid", "UNKNOWN_FIELD_NAME", Rejected, None),
        ("unavailable", "", VendorFailed, None),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, error: str, problem: type[Problem], wait: float | None) -> None:
    world.double.fail("airtable", kind, error=error)
    with pytest.raises(problem) as refused:
        await world.do("airtable", "list_bases", {})
    assert type(refused.value) is problem
    assert refused.value.data.retry_after == wait


async def test_a_base_or_a_record_that_is_not_there_is_told(world: World) -> None:
    with pytest.raises(Rejected, match="model was not found") as refused:
        await world.do("airtable", "list_records", {"base": "app" + "0" * 14, "table": "Tasks"})
    assert "given this base" in (refused.value.data.fix or "")
    with pytest.raises(Rejected, match="NOT_FOUND"):
        await world.do("airtable", "get_record", {**tasks, "id": nothing})
