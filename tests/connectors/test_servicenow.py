"""ServiceNow: records created once, conditions that are never dropped in silence, notes, files, and an instance that sleeps."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.servicenow import ServiceNow
from tests.doubles.vendor import Kind

from tenuto.connectors.servicenow.shapes import Condition
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

fire: JsonObject = {"short_description": "Fire", "urgency": "high", "impact": "medium", "caller": "grace@example.com"}
nobody = "0" * 32


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_an_incident_whose_answer_was_lost_is_found_by_its_mark(world: World, kind: Kind) -> None:
    await world.do("servicenow", "create_incident", fire, "run:other:1")
    world.double.fail("servicenow", kind)
    with pytest.raises(Uncertain):
        await world.do("servicenow", "create_incident", fire)
    found = await world.look("servicenow", "create_incident", fire)
    incidents = world.double[ServiceNow].rows["incident"]
    if kind == "drop_before":
        assert (found, len(incidents)) == (None, 1)
    else:
        assert found
        assert (found["id"], found["number"]) == (incidents[1]["sys_id"], incidents[1]["number"])
        assert incidents[1]["correlation_id"] == mark("run:node:1")


async def test_a_table_without_the_field_is_no_proof(world: World) -> None:
    """ServiceNow leaves out a condition on a field that is not there, and then finds everything."""
    asked: JsonObject = {"table": "sys_user", "fields": {"name": "New"}}
    await world.do("servicenow", "create_record", asked)
    assert await world.look("servicenow", "create_record", asked) is None
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("servicenow", "create_record", {**asked, "step_field": None})


async def test_an_incident_is_what_was_given(world: World) -> None:
    made = await world.do("servicenow", "create_incident", {**fire, "assigned_to": "ada", "fields": {"contact_type": "email"}})
    double = world.double[ServiceNow]
    fields = {"priority": "2", "caller_id": double.grace["sys_id"], "assigned_to": double.ada["sys_id"], "contact_type": "email"}
    assert {name: made["fields"][name] for name in fields} == fields
    one: JsonObject = {"table": "incident", "id": made["id"]}
    shown = await world.do("servicenow", "get_record", {**one, "fields": ["state", "caller_id", "caller_id.email"], "display": True})
    assert shown["fields"] == {"sys_id": made["id"], "state": "New", "caller_id": "Grace Hopper", "caller_id.email": "grace@example.com"}


async def test_a_record_is_changed_resolved_and_deleted(world: World) -> None:
    one: JsonObject = {"table": "incident", "id": world.double[ServiceNow].add("incident", category="x")["sys_id"]}
    changed = await world.do("servicenow", "update_record", {**one, "fields": {"state": 2, "category": None, "active": True}})
    assert (changed["fields"]["state"], changed["fields"]["category"]) == ("2", "")
    with pytest.raises(Rejected, match="Resolution code"):
        await world.do("servicenow", "update_record", {**one, "fields": {"state": "6"}})
    solved = {"id": one["id"], "close_code": "Solution provided", "close_notes": "n"}
    assert (await world.do("servicenow", "resolve_incident", solved))["fields"]["state"] == "6"
    world.double.fail("servicenow", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("servicenow", "delete_record", one)
    assert await world.look("servicenow", "delete_record", one) == {"id": one["id"], "deleted": True}


async def test_what_is_said_goes_to_its_journal(world: World) -> None:
    one: JsonObject = {"table": "incident", "id": world.double[ServiceNow].add("incident")["sys_id"]}
    await world.do("servicenow", "add_note", {**one, "text": "inside"})
    await world.do("servicenow", "add_note", {**one, "text": "outside", "public": True})
    entries = world.double[ServiceNow].rows["sys_journal_field"]
    assert [(each["element"], each["value"]) for each in entries] == [("work_notes", "inside"), ("comments", "outside")]


async def test_records_are_found_by_conditions(world: World) -> None:
    double = world.double[ServiceNow]
    for number, (state, caller) in enumerate((("1", "ada"), ("2", "grace"), ("7", "ada"))):
        double.add("incident", short_description=f"Printer {number}", state=state, caller_id=getattr(double, caller)["sys_id"])

    async def names(*where: dict[str, Any], **more: Any) -> list[str]:
        asked: JsonObject = {"table": "incident", "where": list(where), "order_by": "short_description", "descending": False, **more}
        found = await world.do("servicenow", "list_records", asked)
        return [each["fields"]["short_description"][-1] for each in found["records"]]

    assert await names({"field": "state", "is": "in", "value": ["1", "2"]}) == ["0", "1"]
    assert await names({"field": "short_description", "is": "ends_with", "value": "2"}) == ["2"]
    assert await names({"field": "caller_id.email", "value": "ada@example.com"}, fields=["short_description"]) == ["0", "2"]
    assert await names({"field": "category", "is": "is_empty"}, {"field": "state", "is": "<", "value": 2}) == ["0"]
    with pytest.raises(Rejected, match="no field colour"):
        await names({"field": "colour", "value": "red"})


async def test_lists_come_page_by_page_and_no_further_than_was_asked(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[ServiceNow].add("incident", short_description=str(number))
    asked: JsonObject = {"table": "incident", "order_by": "short_description", "descending": False}
    found = await world.do("servicenow", "list_records", {**asked, "limit": 3})
    assert [each["fields"]["short_description"] for each in found["records"]] == ["0", "1", "2"]
    assert (found["total"], found["available"], len(world.double.calls)) == (3, 5, 2)
    assert (await world.do("servicenow", "list_records", asked))["total"] == 5


async def test_files_are_attached_byte_for_byte_and_found_again(world: World) -> None:
    one: JsonObject = {"table": "incident", "id": world.double[ServiceNow].add("incident")["sys_id"]}
    file: JsonObject = {**one, "name": "a b.txt", "base64": "AAECgP8="}
    world.double.fail("servicenow", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("servicenow", "attach_file", file)
    found = await world.look("servicenow", "attach_file", file)
    assert found
    assert (found["name"], found["size"]) == ("a b.txt", 5)
    assert world.double[ServiceNow].attachments[0]["content"] == bytes([0, 1, 2, 128, 255])
    assert await world.look("servicenow", "attach_file", {**file, "base64": "AAEC"}) is None
    assert (await world.do("servicenow", "list_files", one))["total"] == 1


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("list_records", {"table": "incident/../sys_user"}, "/table"),
        ("list_records", {"table": "incident", "where": [{"field": "state", "value": "1^ORactive=true"}]}, "/where/0"),
        ("list_records", {"table": "incident", "where": [{"field": "state", "value": "javascript:gs.getUserID()"}]}, "/where/0"),
        ("list_records", {"table": "incident", "where": [{"field": "state^NQactive", "value": "1"}]}, "/where/0/field"),
        ("list_records", {"table": "incident", "where": [{"field": "state", "is": "in", "value": ["1,2"]}]}, "/where/0"),
        ("list_records", {"table": "incident", "order_by": "state^active=true"}, "/order_by"),
        ("get_record", {"table": "incident", "id": "INC0010001"}, "/id"),
        ("update_record", {"table": "incident", "id": nobody, "fields": {"work_notes": "again"}}, ""),
        ("create_record", {"table": "incident", "fields": {"correlation_id": "mine"}}, ""),
        ("create_incident", {**fire, "fields": {"correlation_id": "mine"}}, ""),
        ("create_incident", {**fire, "urgency": "1"}, "/urgency"),
        ("attach_file", {"table": "incident", "id": nobody, "name": "a^file_name=b", "text": "x"}, "/name"),
        ("attach_file", {"table": "incident", "id": nobody, "name": "a", "base64": "no base64!"}, ""),
        ("attach_file", {"table": "incident", "id": nobody, "name": "a", "text": "x", "base64": "eA=="}, ""),
        ("attach_file", {"table": "incident", "id": nobody, "name": "a", "text": "x", "media_type": "text/plain\r\nx: y"}, "/media_type"),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("servicenow", action, params)
    assert (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


@pytest.mark.parametrize(
    ("kind", "error", "problem", "said"),
    [
        ("rate_limited", "", RateLimited, "Rate limit exceeded"),
        ("unauthorized", "", AuthRejected, "User Not Authenticated"),
        ("forbidden", "role", AuthRejected, "Failed API level ACL Validation"),
        ("forbidden", "", Rejected, "ACL Exception Insert Failed"),
        ("invalid", "", Rejected, "not valid JSON"),
        ("unavailable", "", VendorFailed, "the instance is hibernating"),
        ("server_error", "", VendorFailed, "maximum execution time exceeded"),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, error: str, problem: type[Problem], said: str) -> None:
    world.double.fail("servicenow", kind, error=error)
    with pytest.raises(problem, match=said) as refused:
        await world.do("servicenow", "list_records", {"table": "incident"})
    assert type(refused.value) is problem
    assert refused.value.data.retry_after == (1200 if kind == "rate_limited" else None)


async def test_a_table_or_a_record_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(Rejected, match="Invalid table nothing"):
        await world.do("servicenow", "list_records", {"table": "nothing"})
    with pytest.raises(Rejected, match="No Record found") as refused:
        await world.do("servicenow", "get_record", {"table": "incident", "id": nobody})
    assert "sys_id" in (refused.value.data.fix or "")


def test_a_condition_is_a_clause() -> None:
    assert Condition.model_validate({"field": "active", "value": True}).clause == "active=true"
    assert Condition.model_validate({"field": "a", "is": "not_in", "value": ("1", "2")}).clause == "aNOT IN1,2"
    assert Condition.model_validate({"field": "a", "is": "is_not_empty"}).clause == "aISNOTEMPTY"
