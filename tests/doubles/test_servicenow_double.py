"""The double of ServiceNow over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.servicenow import ServiceNow
from tests.doubles.vendor import token, user
from tests.doubles.vendors import VendorsDouble

incidents = "/servicenow/api/now/table/incident"
marker = "0123456789abcdef01234567"


@pytest.mark.parametrize("root", ["/servicenow/api/now", "/servicenow/api/now/v2"])
async def test_a_record_is_created_read_changed_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient, root: str) -> None:
    sent = {"short_description": "Printer", "urgency": 1, "impact": "1", "correlation_id": marker, "no_such_field": "x"}
    made = await caller.post(f"{root}/table/incident", json=sent)
    record = made.json()["result"]
    assert (made.status_code, made.headers["location"]) == (201, f"{vendors.url}{incidents}/{record['sys_id']}")
    assert (record["priority"], record["active"], record["number"][:3]) == ("1", "true", "INC")
    assert "no_such_field" not in record
    one = f"{root}/table/incident/{record['sys_id']}"
    changed = await caller.patch(one, json={"state": "2", "assigned_to": "grace@example.com"})
    assert changed.json()["result"]["assigned_to"]["value"] == vendors[ServiceNow].grace["sys_id"]
    assert vendors.effects == {marker: 1, f"change:{record['sys_id']}": 1}
    assert (await caller.delete(one)).status_code == 204
    assert (await caller.get(one)).json()["error"]["message"] == "No Record found"
    assert (await caller.get(f"{root}/table/nothing")).json()["error"]["message"] == "Invalid table nothing"


async def test_name_and_password_come_in(caller: httpx2.AsyncClient) -> None:
    del caller.headers["authorization"]
    assert (await caller.get(incidents, auth=(user, token))).json() == {"result": []}
    refused = await caller.get(incidents, auth=(user, "another"))
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "User Not Authenticated")


async def test_values_as_they_are_displayed(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    known = vendors[ServiceNow].add("incident", caller_id=vendors[ServiceNow].ada["sys_id"])
    one, query = f"{incidents}/{known['sys_id']}", {"sysparm_fields": "state,caller_id,caller_id.email,nothing"}
    who = known["caller_id"]
    link = f"{vendors.url}/servicenow/api/now/table/sys_user/{who}"

    async def shown(**more: str) -> dict[str, Any]:
        return (await caller.get(one, params=query | more)).json()["result"]

    assert await shown() == {"state": "1", "caller_id": {"link": link, "value": who}, "caller_id.email": user}
    assert (await shown(sysparm_exclude_reference_link="true"))["caller_id"] == who
    displayed = await shown(sysparm_display_value="true")
    assert (displayed["state"], displayed["caller_id"]) == ("New", {"display_value": "Ada Lovelace", "link": link})
    both = await shown(sysparm_display_value="all")
    assert (both["state"], both["caller_id"]["value"]) == ({"display_value": "New", "value": "1"}, who)


async def test_comments_are_entries_of_a_journal(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    one = f"{incidents}/{vendors[ServiceNow].add('incident')['sys_id']}"
    for text in ("first", "second"):
        await caller.patch(one, json={"work_notes": text})
    assert (await caller.get(one)).json()["result"]["work_notes"] == ""
    displayed = (await caller.get(one, params={"sysparm_display_value": "true"})).json()["result"]["work_notes"]
    assert displayed.index("second") < displayed.index("first")
    query = f"element_id={one.rpartition('/')[2]}^element=work_notes^ORDERBYsys_created_on"
    entries = (await caller.get("/servicenow/api/now/table/sys_journal_field", params={"sysparm_query": query})).json()["result"]
    assert [each["value"] for each in entries] == ["first", "second"]


async def test_an_incident_is_not_resolved_without_a_reason(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    one = f"{incidents}/{vendors[ServiceNow].add('incident')['sys_id']}"
    refused = await caller.patch(one, json={"state": "6"})
    assert (refused.status_code, refused.json()["error"]["detail"][:21]) == (403, "Data Policy Exception")
    assert (await caller.patch(one, json={"state": "6", "close_code": "Solution provided", "close_notes": "n"})).is_success


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abc"),
        ("short_description=a", "a"),
        ("short_description!=a^state=1", "c"),
        ("state=2^ORshort_description=a", "ab"),
        ("state=2^NQshort_description=c", "bc"),
        ("short_descriptionINa,c^ORDERBYDESCshort_description", "ca"),
        ("caller_id.emailLIKEada@", "a"),
        ("assigned_toISEMPTY^state>1", "b"),
        ("no_such_field=1", "abc"),
    ],
)
async def test_encoded_queries(vendors: VendorsDouble, caller: httpx2.AsyncClient, query: str, found: str) -> None:
    double = vendors[ServiceNow]
    for name, state, who in (("a", "1", double.ada["sys_id"]), ("b", "2", ""), ("c", "1", "")):
        double.add("incident", short_description=name, state=state, caller_id=who)
    answer = await caller.get(incidents, params={"sysparm_query": query})
    assert "".join(each["short_description"] for each in answer.json()["result"]) == found
    double.strict_queries = True
    strict = (await caller.get(incidents, params={"sysparm_query": query})).json()["result"]
    assert len(strict) == (0 if "no_such" in query else len(found))


async def test_pages_by_link(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for name in "abcde":
        vendors[ServiceNow].add("incident", short_description=name)
    address, found = f"{incidents}?sysparm_limit=2&sysparm_query=active%3Dtrue%5EORDERBYshort_description", ""
    while address:
        page = await caller.get(address)
        found += "".join(each["short_description"] for each in page.json()["result"])
        assert page.headers["x-total-count"] == "5"
        address = page.links.get("next", {}).get("url", "")
    assert found == "abcde"
    assert (await caller.get(incidents, params={"sysparm_limit": "two"})).status_code == 400


async def test_a_file_is_attached_and_read(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    known = vendors[ServiceNow].add("incident")["sys_id"]
    query = {"table_name": "incident", "table_sys_id": known, "file_name": "a.txt"}
    root = "/servicenow/api/now/attachment"
    made = await caller.post(f"{root}/file", params=query, content=b"abc", headers={"content-type": "text/plain"})
    listed = (await caller.get(root, params={"sysparm_query": f"table_sys_id={known}"})).json()["result"]
    assert (made.status_code, listed, listed[0]["size_bytes"]) == (201, [made.json()["result"]], "3")
    assert (await caller.get(listed[0]["download_link"])).content == b"abc"
    assert (await caller.post(f"{root}/file", params=query | {"table_sys_id": "x"}, content=b"abc")).status_code == 404


async def test_records_are_counted_and_something_is_ordered(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for state in "112":
        vendors[ServiceNow].add("incident", state=state)
    stats = "/servicenow/api/now/stats/incident"
    counted = await caller.get(stats, params={"sysparm_count": "true", "sysparm_query": "state=1"})
    assert counted.json()["result"]["stats"] == {"count": "2"}
    grouped = (await caller.get(stats, params={"sysparm_count": "true", "sysparm_group_by": "state"})).json()["result"]
    assert [each["stats"]["count"] for each in grouped] == ["2", "1"]
    ordered = await caller.post("/servicenow/api/sn_sc/servicecatalog/items/abc/order_now", json={"sysparm_quantity": "1"})
    assert ordered.json()["result"]["request_number"].startswith("REQ")


async def test_a_limit_names_its_rule(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("servicenow", "rate_limited")
    refused = await caller.get(incidents)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1200")
    assert {"x-ratelimit-limit", "x-ratelimit-reset", "x-ratelimit-rule"} <= set(refused.headers)
