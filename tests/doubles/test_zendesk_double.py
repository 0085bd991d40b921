"""The double of Zendesk over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.vendor import token, user
from tests.doubles.vendors import VendorsDouble
from tests.doubles.zendesk import Zendesk

api = "/zendesk/api/v2"
marker = "0123456789abcdef01234567"


def ticket(subject: str = "Printer offline", **more: Any) -> dict[str, Any]:
    return {"ticket": {"subject": subject, "comment": {"body": "It does not print."}, **more}}


@pytest.mark.parametrize("end", ["", ".json"])
async def test_a_ticket_is_created_read_answered_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient, end: str) -> None:
    made = await caller.post(f"{api}/tickets{end}", json=ticket(requester={"name": "Ann", "email": "ann@example.com"}, tags=["Urgent"]))
    number = made.json()["ticket"]["id"]
    one = f"{api}/tickets/{number}"
    assert (made.status_code, made.headers["location"]) == (201, f"{vendors.url}{one}.json")
    assert (made.json()["ticket"]["tags"], vendors[Zendesk].users[-1]["name"]) == (["urgent"], "Ann")
    answered = await caller.put(
        f"{one}{end}", json={"ticket": {"status": "pending", "comment": {"body": "Switch it on.", "public": False}}}
    )
    assert answered.json()["audit"]["events"][0]["body"] == "Switch it on."
    comments = (await caller.get(f"{one}/comments{end}")).json()["comments"]
    assert [(each["body"], each["public"]) for each in comments] == [("It does not print.", True), ("Switch it on.", False)]
    assert (await caller.delete(f"{one}{end}")).status_code == 204
    assert (await caller.get(f"{one}{end}")).json() == {"error": "RecordNotFound", "description": "Not found"}


async def test_an_api_token_comes_in_and_a_password_does_not(caller: httpx2.AsyncClient) -> None:
    del caller.headers["authorization"]
    assert (await caller.get(f"{api}/users/me", auth=(f"{user}/token", token))).json()["user"]["email"] == user
    refused = await caller.get(f"{api}/users/me", auth=(user, token))
    assert (refused.status_code, refused.json()) == (401, {"error": "Couldn't authenticate you"})


async def test_a_key_makes_a_creation_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    key = {"idempotency-key": marker}
    first = await caller.post(f"{api}/tickets", json=ticket(), headers=key)
    again = await caller.post(f"{api}/tickets", json=ticket(), headers=key)
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert (first.json(), len(vendors[Zendesk].tickets), vendors.effects) == (again.json(), 1, {marker: 1})
    other = await caller.post(f"{api}/tickets", json=ticket("Another"), headers=key)
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"subject": "s"}, "description"),
        ({"comment": {"body": "b"}, "priority": "huge"}, "priority"),
        ({"comment": {"body": "b"}, "requester": {"name": "n", "email": "no"}}, "requester"),
        ({"comment": {"body": "b"}, "requester": {"email": "new@example.com"}}, "requester"),
        ({"comment": {"body": "b"}, "assignee_id": 1}, "assignee_id"),
    ],
)
async def test_a_ticket_that_is_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient, sent: dict[str, Any], field: str) -> None:
    refused = await caller.post(f"{api}/tickets", json={"ticket": sent})
    assert (refused.status_code, refused.json()["error"], list(refused.json()["details"])) == (422, "RecordInvalid", [field])
    assert vendors[Zendesk].tickets == []


async def test_a_safe_update_of_what_has_changed_is_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    known = vendors[Zendesk].add_ticket("Printer offline", updated_at="2026-01-05T09:30:00Z")
    sent = {"ticket": {"priority": "high", "safe_update": True, "updated_stamp": "2026-01-05T09:29:00Z"}}
    refused = await caller.put(f"{api}/tickets/{known['id']}", json=sent)
    assert (refused.status_code, refused.json()["error"]) == (409, "UpdateConflict")
    sent["ticket"]["updated_stamp"] = "2026-01-05T09:30:00Z"
    assert (await caller.put(f"{api}/tickets/{known['id']}", json=sent)).is_success
    known["status"] = "closed"
    assert (await caller.put(f"{api}/tickets/{known['id']}", json={"ticket": {"status": "open"}})).status_code == 422


async def test_pages_by_cursor_and_by_number(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Zendesk].add_ticket(str(number))
    address, found = f"{api}/tickets?page[size]=2", list[str]()
    while address:
        page = (await caller.get(address)).json()
        found += [each["subject"] for each in page["tickets"]]
        address = page["links"]["next"]
        assert page["meta"]["has_more"] is (address is not None)
    assert found == ["0", "1", "2", "3", "4"]
    assert (await caller.get(f"{api}/tickets?page[size]=101")).status_code == 400
    assert (await caller.get(f"{api}/tickets?page[after]=nonsense")).status_code == 400
    numbered = (await caller.get(f"{api}/tickets?per_page=2&page=3")).json()
    assert ([each["subject"] for each in numbered["tickets"]], numbered["count"], numbered["next_page"]) == (["4"], 5, None)


async def test_search(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    zendesk = vendors[Zendesk]
    zendesk.add_ticket("Printer offline", "The one in Oslo", status="open", tags=["hardware"], priority="high")
    zendesk.add_ticket("Printer on fire", "The one in Rome", status="solved", requester_id=zendesk.customer["id"])

    async def found(query: str) -> list[str]:
        answer = (await caller.get(f"{api}/search", params={"query": query})).json()
        return [each.get("subject") or each["name"] for each in answer["results"]]

    assert await found("type:ticket status<solved") == ["Printer offline"]
    assert await found('type:ticket "on fire"') == ["Printer on fire"]
    assert await found("type:ticket Oslo tags:hardware priority>=normal") == ["Printer offline"]
    assert await found("type:ticket requester:grace@example.com") == ["Printer on fire"]
    assert await found("type:user Hopper") == ["Grace Hopper"]
    zendesk.unindexed = True
    assert await found("type:ticket") == ["Printer offline"]
    assert (await caller.get(f"{api}/search", params={"query": "x", "page": 11, "per_page": 100})).status_code == 422
    exported = await caller.get(f"{api}/search/export", params={"query": "Oslo", "filter[type]": "ticket", "page[size]": 1})
    assert [each["subject"] for each in exported.json()["results"]] == ["Printer offline"]


async def test_an_incremental_export_goes_on_where_it_ended(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    zendesk, address = vendors[Zendesk], f"{api}/incremental/tickets/cursor"
    zendesk.add_ticket("first")
    page = (await caller.get(address, params={"start_time": 0})).json()
    assert ([each["subject"] for each in page["tickets"]], page["end_of_stream"]) == (["first"], True)
    zendesk.add_ticket("second")
    following = (await caller.get(page["after_url"])).json()
    assert [each["subject"] for each in following["tickets"]] == ["second"]
    assert (await caller.get(address, params={"start_time": 99999999999})).status_code == 400


async def test_a_person_is_created_or_updated_by_key_or_address(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    address = f"{api}/users/create_or_update"
    made = await caller.post(address, json={"user": {"name": "Ann", "email": "ann@example.com", "external_id": "a1"}})
    again = await caller.post(address, json={"user": {"external_id": "a1", "phone": "1"}})
    assert (made.status_code, again.status_code, again.json()["user"]["phone"]) == (201, 200, "1")
    assert made.json()["user"]["id"] == again.json()["user"]["id"]
    taken = await caller.post(f"{api}/users", json={"user": {"name": "Other", "email": "ANN@example.com"}})
    assert taken.json()["details"]["email"][0]["error"] == "DuplicateValue"
    found = (await caller.get(f"{api}/users/search", params={"query": "ann@example.com"})).json()
    assert ([each["name"] for each in found["users"]], len(vendors[Zendesk].users)) == (["Ann"], 3)


async def test_a_file_is_uploaded_and_put_to_a_comment(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    sent = await caller.post(f"{api}/uploads", params={"filename": "a.txt"}, content=b"abc", headers={"content-type": "text/plain"})
    upload = sent.json()["upload"]["token"]
    await caller.post(f"{api}/tickets", json={"ticket": {"comment": {"body": "See.", "uploads": [upload]}}})
    assert vendors[Zendesk].tickets[0]["comments"][0]["attachments"][0]["file_name"] == "a.txt"


async def test_limits_say_how_long_to_wait_and_one_of_them_is_no_json(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("zendesk", "rate_limited")
    refused = await caller.get(f"{api}/tickets")
    assert (refused.status_code, refused.headers["retry-after"], refused.headers["x-rate-limit-remaining"]) == (429, "93", "0")
    vendors.fail("zendesk", "secondary_limit")
    refused = await caller.get(f"{api}/tickets")
    assert (refused.status_code, refused.headers["content-type"][:9]) == (429, "text/html")
    listed = await caller.get(f"{api}/tickets")
    assert (listed.headers["x-rate-limit"], listed.headers["zendesk-ratelimit-tickets-index"][:9]) == ("700", "total=100")
