"""The double of Jira over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.doubles.jira import Jira, cloud
from tests.doubles.vendors import VendorsDouble

rest = f"/jira/ex/jira/{cloud}/rest/api/3"
marker = "0123456789abcdef01234567"


def document(text: str) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def fields(**more: Any) -> dict[str, Any]:
    return {"fields": {"project": {"key": "TEN"}, "issuetype": {"name": "Bug"}, "summary": "It drips", **more}}


async def test_an_issue_is_created_read_moved_and_commented(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    sent = fields(description=document("A lot"), labels=["leak"], priority={"name": "High"}) | {
        "properties": [{"key": "tenuto", "value": {"step": marker}}]
    }
    key = (await caller.post(f"{rest}/issue", json=sent)).json()["key"]
    assert vendors.effects == {marker: 1}
    steps = (await caller.get(f"{rest}/issue/{key}/transitions")).json()["transitions"]
    done = next(step["id"] for step in steps if step["to"]["name"] == "Done")
    assert (await caller.post(f"{rest}/issue/{key}/transitions", json={"transition": {"id": done}})).status_code == 204
    assert (await caller.post(f"{rest}/issue/{key}/comment", json={"body": document("Mended")})).status_code == 201
    read = (await caller.get(f"{rest}/issue/{key}", params={"fields": "status,priority,labels", "properties": "tenuto"})).json()
    assert (read["fields"]["status"]["name"], read["fields"]["priority"]["name"]) == ("Done", "High")
    assert (set(read["fields"]), read["properties"]) == ({"status", "priority", "labels"}, {"tenuto": {"step": marker}})
    assert (await caller.get(f"{rest}/issue/{key}/comment")).json()["total"] == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"description": "no document"}, "description"),
        ({"summary": "two\nlines"}, "summary"),
        ({"project": {"key": "NO"}}, "project"),
        ({"issuetype": {"name": "No"}}, "issuetype"),
        ({"assignee": {"accountId": "no"}}, "assignee"),
        ({"labels": ["two words"]}, "labels"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_field_that_is_wrong_is_named(vendors: VendorsDouble, caller: httpx2.AsyncClient, more: dict[str, Any], field: str) -> None:
    refused = await caller.post(f"{rest}/issue", json=fields(**more))
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {field})
    assert vendors[Jira].issues == []


async def test_search_goes_by_token_and_gives_ids_unless_fields_are_asked_for(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Jira].add_issue(str(number), labels=["odd"] if number % 2 else [])
    vendors.page_max = 2
    sent: dict[str, Any] = {"jql": "project = TEN ORDER BY key ASC", "fields": ["summary"]}
    found: list[str] = []
    while True:
        page = (await caller.post(f"{rest}/search/jql", json=sent)).json()
        found += [issue["fields"]["summary"] for issue in page["issues"]]
        if page["isLast"]:
            break
        sent["nextPageToken"] = page["nextPageToken"]
    assert found == ["0", "1", "2", "3", "4"]
    assert "total" not in page
    bare = (await caller.post(f"{rest}/search/jql", json={"jql": 'labels = "odd" AND summary ~ 3'})).json()
    assert [set(issue) for issue in bare["issues"]] == [{"id"}]


async def test_search_by_a_property_may_lag_but_not_for_what_is_reconciled(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    issue = vendors[Jira].add_issue("s")
    issue["properties"]["tenuto"] = {"step": marker}
    vendors[Jira].unindexed = True
    jql = f'issue.property[tenuto].step = "{marker}"'
    assert (await caller.post(f"{rest}/search/jql", json={"jql": jql})).json()["issues"] == []
    known = {"jql": jql, "reconcileIssues": [int(issue["id"])]}
    assert (await caller.post(f"{rest}/search/jql", json=known)).json()["issues"] == [{"id": issue["id"]}]


@pytest.mark.parametrize("jql", ["", "ORDER BY created", "project TEN", "project = TEN OR project = X", "colour = red"])
async def test_a_query_that_jira_would_refuse(vendors: VendorsDouble, caller: httpx2.AsyncClient, jql: str) -> None:
    vendors[Jira].add_issue("s")
    assert (await caller.post(f"{rest}/search/jql", json={"jql": jql})).status_code == 400


async def test_a_limit_says_which_it_was_and_when_it_ends(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("jira", "rate_limited", error="jira-per-issue-on-write")
    refused = await caller.post(f"{rest}/issue", json=fields())
    assert (refused.status_code, refused.headers["ratelimit-reason"], refused.headers["retry-after"]) == (
        429,
        "jira-per-issue-on-write",
        "90",
    )
    assert refused.headers["x-ratelimit-remaining"] == "0"


async def test_a_file_needs_the_header_against_forgery(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    key = vendors[Jira].add_issue("s")["key"]
    files = {"file": ("a.txt", b"hello", "text/plain")}
    assert (await caller.post(f"{rest}/issue/{key}/attachments", files=files)).status_code == 403
    made = (await caller.post(f"{rest}/issue/{key}/attachments", files=files, headers={"x-atlassian-token": "no-check"})).json()
    assert [(each["filename"], each["size"]) for each in made] == [("a.txt", 5)]


async def test_another_site_is_not_there(caller: httpx2.AsyncClient) -> None:
    assert (await caller.get("/jira/oauth/token/accessible-resources")).json()[0]["id"] == cloud
    assert (await caller.get("/jira/ex/jira/another/rest/api/3/myself")).status_code == 404
