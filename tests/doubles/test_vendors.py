"""What all vendors' doubles have of their base: who comes in, what is written down, what goes wrong and what has happened."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx2
import pytest
from tests.doubles.jira import Jira
from tests.doubles.slack import Slack
from tests.doubles.vendor import Kind, token, user
from tests.doubles.vendors import VendorsDouble, every, vendors_double

# A request to each that has an effect, and one that has none.
writes = {
    "google_calendar": (
        "/google_calendar/calendar/v3/calendars/primary/events",
        {"start": {"date": "2026-01-05"}, "end": {"date": "2026-01-06"}},
    ),
    "google_sheets": ("/google_sheets/v4/spreadsheets", {"properties": {"title": "t"}}),
    "google_drive": ("/google_drive/drive/v3/files", {"name": "n"}),
    "gmail": ("/gmail/gmail/v1/users/me/messages/send", {"raw": "VG86IGFAZXhhbXBsZS5jb20NCg0KYg=="}),
    "slack": ("/slack/conversations.create", {"name": "new"}),
    "github": ("/github/repos/octocat/hello-world/issues", {"title": "t", "body": "<!-- tenuto:0123 -->"}),
    "jira": (
        "/jira/rest/api/3/issue",
        {"fields": {"project": {"key": "TEN"}, "issuetype": {"name": "Task"}, "summary": "s"}},
    ),
    "linear": (
        "/linear/graphql",
        {"query": "mutation($url: String!) { webhookCreate(input: {url: $url, resourceTypes: []}) { success } }"},
    ),
    "salesforce": ("/salesforce/services/data/v65.0/sobjects/Account", {"Name": "Acme"}),
    "hubspot": ("/hubspot/crm/v3/objects/contacts", {"properties": {"email": "b@example.com"}}),
    "notion": ("/notion/v1/pages", None),
    "microsoft365": ("/microsoft365/v1.0/me/messages", {"subject": "s"}),
    "airtable": ("/airtable/v0/appDouble00000001/Tasks", {"fields": {"Name": "n"}}),
    "servicenow": ("/servicenow/api/now/table/incident", {"short_description": "s"}),
    "zendesk": ("/zendesk/api/v2/tickets", {"ticket": {"subject": "s", "comment": {"body": "b"}}}),
    "telegram": (f"/telegram/bot{token}/sendMessage", {"chat_id": 42, "text": "Hello"}),
    "stripe": ("/stripe/v1/customers", {"email": "b@example.com"}),
}
forms = ("stripe",)
"""Those that take no JSON."""


def body(vendors: VendorsDouble, key: str) -> object:
    if key == "linear":
        return {**(writes[key][1] or {}), "variables": {"url": "https://example.com/hook"}}
    if key == "notion":
        return {"parent": {"data_source_id": vendors.vendors["notion"].source}, "properties": {}}  # pyright: ignore[reportAttributeAccessIssue] - Notion's
    return writes[key][1]


async def write(vendors: VendorsDouble, caller: httpx2.AsyncClient, key: str, secret: str = token) -> httpx2.Response:
    sent: dict[str, Any] = {"data" if key in forms else "json": body(vendors, key)}
    return await caller.post(writes[key][0].replace(token, secret), **sent, headers={"notion-version": "2025-09-03"})


def test_every_vendor_is_found_and_written_to_here() -> None:
    # A feed is only read.
    assert {vendor.key for vendor in every()} == {*writes, "rss"}


@pytest.mark.parametrize("key", writes)
async def test_a_request_is_written_down_without_its_secret_and_its_effect_is_counted(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, key: str
) -> None:
    answer = await write(vendors, caller, key)
    assert answer.is_success, answer.text
    assert sum(vendors.effects.values()) == 1
    assert [(call.vendor, call.method, call.body) for call in vendors.calls] == [(key, "POST", body(vendors, key))]
    assert token not in vendors.calls[0].model_dump_json()


@pytest.mark.parametrize("key", writes)
@pytest.mark.parametrize(("kind", "effects"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_is_lost_before_or_after_the_effect(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, key: str, kind: Kind, effects: int
) -> None:
    vendors.fail(key, kind)
    with pytest.raises(httpx2.TransportError):
        await write(vendors, caller, key)
    assert sum(vendors.effects.values()) == effects


@pytest.mark.parametrize("key", writes)
@pytest.mark.parametrize("kind", ["rate_limited", "secondary_limit", "forbidden", "invalid", "server_error", "unavailable"])
async def test_a_refusal_is_an_answer_without_effect_and_happens_once(
    vendors: VendorsDouble, caller: httpx2.AsyncClient, key: str, kind: Kind
) -> None:
    vendors.fail(key, kind, path=writes[key][0].rpartition("/")[2])
    refused = await write(vendors, caller, key)
    assert refused.status_code >= 400 or refused.json()["ok"] is False
    assert vendors.effects == {}
    assert (await write(vendors, caller, key)).is_success


@pytest.mark.parametrize("key", writes)
async def test_without_the_token_nobody_comes_in(vendors: VendorsDouble, caller: httpx2.AsyncClient, key: str) -> None:
    caller.headers["authorization"] = "Bearer another"
    refused = await write(vendors, caller, key, "another")
    assert refused.status_code == 401 or refused.json()["ok"] is False
    assert vendors.effects == {}


@pytest.mark.parametrize("kind", ["html", "malformed"])
async def test_an_answer_is_no_json_though_the_effect_is_there(vendors: VendorsDouble, caller: httpx2.AsyncClient, kind: Kind) -> None:
    vendors.fail("jira", kind)
    with pytest.raises(ValueError, match="Expecting value"):
        (await write(vendors, caller, "jira")).json()
    assert len(vendors[Jira].issues) == 1


async def test_a_body_that_is_no_json_is_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    refused = await caller.post(writes["hubspot"][0], content=b'{"properties": ', headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


async def test_some_let_in_by_basic_and_some_by_the_bare_token(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    del caller.headers["authorization"]
    assert (await caller.get("/jira/rest/api/3/myself", auth=(user, token))).is_success
    assert (await caller.get("/jira/rest/api/3/myself", auth=(user, "another"))).status_code == 401
    query = {"query": "{ viewer { email } }"}
    answer = await caller.post("/linear/graphql", json=query, headers={"authorization": token})
    assert answer.json() == {"data": {"viewer": {"email": user}}}
    assert all(token not in call.model_dump_json() for call in vendors.calls)


async def test_a_fault_of_nobody_is_refused(vendors: VendorsDouble) -> None:
    with pytest.raises(KeyError):
        vendors.fail("jra", "html")


async def test_vendors_can_be_served_one_by_one() -> None:
    async with vendors_double(0, Slack) as double:
        assert set(double.bases) == {"slack"}


async def test_as_a_process_it_takes_faults_and_tells_effects(vendors: VendorsDouble) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.doubles.vendors", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with httpx2.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=20) as client:
            await client.post("/__double__/faults", json={"vendor": "slack", "kind": "rate_limited"})
            assert (await write(vendors, client, "slack")).status_code == 429
            assert (await write(vendors, client, "slack")).is_success
            assert (await client.get("/__double__/effects")).json() == {"channel:new": 1}
    finally:
        process.terminate()
        assert await process.wait() == 0
