"""Zendesk: tickets that are opened once, safe changes, searches that cannot be widened, pages, and refusals of four kinds."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.connectors.world import World
from tests.doubles.vendor import Kind
from tests.doubles.zendesk import Zendesk

from tenuto.connectors.zendesk import zendesk
from tenuto.core.account import Account
from tenuto.core.connecting import base_url, fields_checked
from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

new: JsonObject = {"subject": "Fire", "text": "There is smoke."}


async def test_a_ticket_is_opened_once_however_often_it_is_asked_for(world: World) -> None:
    world.double.fail("zendesk", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("zendesk", "create_ticket", new)
    again = await world.do("zendesk", "create_ticket", new)
    assert [each["id"] for each in world.double[Zendesk].tickets] == [again["id"]]
    assert world.double.effects == {mark("run:node:1"): 1}
    other = await world.do("zendesk", "create_ticket", new, "run:node:2")
    assert other["id"] != again["id"]


async def test_a_ticket_has_all_that_was_given(world: World) -> None:
    sent: JsonObject = {
        **new, "requester_email": "new@example.com", "requester_name": "New", "priority": "urgent", "type": "incident", "tags": ["fire"],
        "assignee_email": "ada@example.com", "custom_fields": {"42": ["a"]}, "external_id": "K-1", "public": False,
    }  # fmt: skip
    made = await world.do("zendesk", "create_ticket", sent)
    ticket = world.double[Zendesk].tickets[0]
    assert {name: made[name] for name in ("subject", "text", "priority", "type", "tags", "external_id", "status")} == {
        "subject": "Fire", "text": "There is smoke.", "priority": "urgent", "type": "incident", "tags": ["fire"], "external_id": "K-1",
        "status": "open",
    }  # fmt: skip
    assert (ticket["custom_fields"], ticket["comments"][0]["public"]) == ([{"id": 42, "value": ["a"]}], False)
    assert made["requester_id"] == world.double[Zendesk].users[-1]["id"]


async def test_a_change_that_was_overtaken_is_refused(world: World) -> None:
    ticket = world.double[Zendesk].add_ticket("a")
    seen: JsonObject = {"id": ticket["id"], "unless_changed_since": ticket["updated_at"]}
    assert (await world.do("zendesk", "update_ticket", {**seen, "status": "pending"}))["status"] == "pending"
    ticket["updated_at"] = "2036-01-01T00:00:00Z"
    with pytest.raises(Rejected, match="outdated") as refused:
        await world.do("zendesk", "update_ticket", {**seen, "status": "solved"})
    assert "Read the ticket again" in (refused.value.data.fix or "")
    assert ticket["status"] == "pending"


async def test_what_is_said_is_public_or_a_note(world: World) -> None:
    ticket = world.double[Zendesk].add_ticket("a", "first")
    await world.do("zendesk", "add_comment", {"id": ticket["id"], "text": "note", "public": False})
    said = await world.do("zendesk", "add_comment", {"id": ticket["id"], "text": "answer", "status": "solved"})
    assert said["status"] == "solved"
    found = await world.do("zendesk", "list_comments", {"id": ticket["id"]})
    assert [(each["text"], each["public"]) for each in found["comments"]] == [("answer", True), ("note", False), ("first", True)]
    oldest = await world.do("zendesk", "list_comments", {"id": ticket["id"], "limit": 1, "newest_first": False})
    assert [each["text"] for each in oldest["comments"]] == ["first"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_whether_a_ticket_was_deleted_is_seen_by_its_absence(world: World, kind: Kind) -> None:
    one: JsonObject = {"id": world.double[Zendesk].add_ticket("a")["id"]}
    world.double.fail("zendesk", kind)
    with pytest.raises(Uncertain):
        await world.do("zendesk", "delete_ticket", one)
    assert await world.look("zendesk", "delete_ticket", one) == (None if kind == "drop_before" else {**one, "deleted": True})


@pytest.mark.parametrize(("action", "calls"), [("list_tickets", 2), ("search_tickets", 2)])
async def test_lists_come_page_by_page_and_no_further_than_was_asked(world: World, action: str, calls: int) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Zendesk].add_ticket(f"Printer {number}", updated_at=f"2026-01-0{number + 1}T00:00:00Z")
    found = await world.do("zendesk", action, {"limit": 3})
    assert [each["subject"][-1] for each in found["tickets"]] == ["4", "3", "2"]
    assert (found["total"], len(world.double.calls), found.get("available", 5)) == (3, calls, 5)
    assert (await world.do("zendesk", action, {}))["total"] == 5


async def test_a_search_is_composed_and_cannot_be_widened_by_a_quote(world: World) -> None:
    double = world.double[Zendesk]
    double.add_ticket("Printer", status="open", priority="high", requester_id=double.customer["id"], tags=["fire"])
    double.add_ticket("Printer", status="solved")
    asked: JsonObject = {
        "text": 'printer status:solved"', "below": "solved", "requester": 'grace@example.com" type:user "', "tag": "fire",
        "updated_after": "2026-01-01T01:00:00+01:00",
    }  # fmt: skip
    found = await world.do("zendesk", "search_tickets", asked)
    assert found["query"] == (
        'type:ticket "printer" "status:solved " requester:"grace@example.com  type:user  " tags:"fire" status<solved updated>=2026-01-01T01:00:00+01:00'
    )
    found = await world.do("zendesk", "search_tickets", {"text": "printer", "priority": "high", "requester": "grace@example.com"})
    assert [each["status"] for each in found["tickets"]] == ["open"]
    assert (await world.do("zendesk", "search_tickets", {"query": "status:solved"}))["total"] == 1


async def test_people_are_known_again(world: World) -> None:
    first = await world.do("zendesk", "save_user", {"name": "New", "email": "new@example.com", "external_id": "K-1"})
    again = await world.do("zendesk", "save_user", {"name": "Newer", "external_id": "K-1", "notes": "n"})
    assert (again["id"], again["name"], again["email"]) == (first["id"], "Newer", "new@example.com")
    found = await world.do("zendesk", "find_users", {"query": "new@example.com"})
    assert [each["id"] for each in found["users"]] == [first["id"]]
    assert [each["name"] for each in (await world.do("zendesk", "list_groups", {}))["groups"]] == ["Support"]


async def test_tags_are_added_or_replaced(world: World) -> None:
    ticket = world.double[Zendesk].add_ticket("a", tags=["one"])
    assert await world.do("zendesk", "add_tags", {"id": ticket["id"], "tags": ["two"]}) == {"tags": ["one", "two"]}
    assert (await world.do("zendesk", "update_ticket", {"id": ticket["id"], "tags": []}))["tags"] == []


@pytest.mark.parametrize(
    ("action", "params", "pointer"),
    [
        ("create_ticket", {**new, "requester_name": "Ada"}, ""),
        ("create_ticket", {**new, "requester_email": 'a@example.com" x'}, "/requester_email"),
        ("create_ticket", {**new, "tags": ["two words"]}, "/tags/0"),
        ("create_ticket", {**new, "priority": "highest"}, "/priority"),
        ("create_ticket", {**new, "custom_fields": {"name": 1}}, "/custom_fields"),
        ("create_ticket", {"subject": "s", "text": ""}, "/text"),
        ("update_ticket", {"id": 1}, ""),
        ("update_ticket", {"id": 1, "unless_changed_since": "2026-01-05T09:30:00Z"}, ""),
        ("update_ticket", {"id": 1, "status": "open", "unless_changed_since": "2026-01-05T09:30:00"}, "/unless_changed_since"),
        ("get_ticket", {"id": "1/../2"}, "/id"),
        ("get_ticket", {"id": -1}, "/id"),
        ("search_tickets", {"limit": 1001}, "/limit"),
        ("save_user", {"name": "Nobody"}, ""),
    ],
)
async def test_bad_input_goes_nowhere(world: World, action: str, params: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("zendesk", action, params)
    assert (refused.value.data.pointer or "").startswith(pointer)
    assert world.double.calls == []


@pytest.mark.parametrize(
    ("kind", "error", "problem", "said"),
    [
        ("rate_limited", "", RateLimited, "per minute exceeded"),
        ("secondary_limit", "", RateLimited, "Rate limit for ticket updates exceeded"),
        ("unauthorized", "", AuthRejected, "Couldn't authenticate you"),
        ("forbidden", "scope", AuthRejected, "missing the following required scopes"),
        ("forbidden", "", Rejected, "do not have access to this page"),
        ("invalid", "", Rejected, "could not process your request"),
        ("unavailable", "", VendorFailed, "maintenance"),
        ("server_error", "", VendorFailed, "Something went wrong"),
    ],
)
async def test_refusals_are_told_apart(world: World, kind: Kind, error: str, problem: type[Problem], said: str) -> None:
    world.double.fail("zendesk", kind, error=error)
    with pytest.raises(problem, match=said) as refused:
        await world.do("zendesk", "list_groups", {})
    assert type(refused.value) is problem
    waits = {"rate_limited": 93, "secondary_limit": 60, "unavailable": 30}
    assert refused.value.data.retry_after == waits.get(kind)


async def test_every_field_that_is_wrong_is_named(world: World) -> None:
    with pytest.raises(Rejected, match=r"Record validation errors: Requester: Name: is too short"):
        await world.do("zendesk", "create_ticket", {**new, "requester_email": "new@example.com"})
    with pytest.raises(Rejected, match="Not found") as refused:
        await world.do("zendesk", "get_ticket", {"id": 999})
    assert "number" in (refused.value.data.fix or "")


def test_an_account_is_at_its_own_subdomain() -> None:
    fields = fields_checked(zendesk, zendesk.auth, {"subdomain": "acme"})
    assert base_url(zendesk, Account(id=uuid4(), name="a", way="oauth2", fields=fields)) == "https://acme.zendesk.com"
    for wrong in ("acme.evil.example/", "acme@evil", "", "a b"):
        with pytest.raises(Invalid):
            fields_checked(zendesk, zendesk.auth, {"subdomain": wrong})
