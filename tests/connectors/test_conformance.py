"""Every request of every action fits the vendor's contract, and the check that says so can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openapi_core.exceptions import OpenAPIError
from tests.connectors.world import World, catalog
from tests.doubles.gmail import Gmail

from tenuto.core.values import JsonObject

repository: JsonObject = {"owner": "octocat", "repo": "hello-world"}
everything: list[tuple[str, str, JsonObject]] = [
    ("gmail", "send_email", {"to": "a@example.com", "subject": "s", "body": "b", "cc": "c@example.com", "bcc": "d@example.com"}),
    ("gmail", "read_emails", {"limit": 3, "unread_only": True}),
    ("gmail", "search_emails", {"query": "s", "from": "a", "subject": "s", "after": "2026-01-01", "before": "2036-01-01"}),
    ("slack", "send_message", {"channel": "#support", "text": "t", "attachments": [{"text": "a"}]}),
    ("slack", "send_message", {"channel": "C00000000", "text": "t", "thread_ts": "1767605400.000100"}),
    ("slack", "create_channel", {"name": "new", "is_private": True, "description": "d"}),
    ("slack", "list_channels", {"limit": 5, "types": "public_channel, private_channel"}),
    ("slack", "get_messages", {"channel": "support", "limit": 2, "latest": "9999999999.0", "oldest": "1.0"}),
    ("github", "create_issue", {**repository, "title": "t", "body": "b", "labels": ["bug"], "assignees": ["octocat"]}),
    ("github", "list_issues", {**repository, "state": "all", "labels": ["bug"], "limit": 2}),
    ("github", "create_pr", {**repository, "title": "t", "body": "b", "head": "fix-tuesdays"}),
    ("github", "get_commits", {**repository, "branch": "main", "limit": 2}),
    ("github", "get_repos", {"org": "github", "type": "forks"}),
    ("github", "get_repos", {"user": "octocat", "type": "owner"}),
    ("github", "get_repos", {}),
]


async def test_every_request_of_every_action_fits(world: World) -> None:
    world.double[Gmail].receive("From: a@example.com\r\nTo: me@example.com\r\nSubject: s\r\n\r\nb")
    for connector, action, params in everything:
        await world.do(connector, action, params, f"{connector}:{action}:{len(params)}")
    for connector, action, params in everything:
        if catalog.action(connector, action).verify:
            assert await world.look(connector, action, params, f"{connector}:{action}:{len(params)}")
    assert {(connector, action) for connector, action, _ in everything} == {
        (key, action) for key in world.sender.documents for action in catalog.connector(key).actions
    }


async def test_a_bare_string_and_an_unknown_field_are_refused_for_every_json_operation(world: World) -> None:
    await test_every_request_of_every_action_fits(world)
    bodies = {(request.method, request.url): request for request in world.sender.sent if request.json is not None}
    assert {url.rpartition("/")[2] for _, url in bodies} == {
        "send", "chat.postMessage", "conversations.create", "conversations.setPurpose", "issues", "pulls",
    }  # fmt: skip
    for request in bodies.values():
        contract = next(each for each in world.sender.documents.values() if request.url.startswith(each.server + "/"))
        contract.check(request)
        sent: Any = request.json
        with pytest.raises(OpenAPIError):
            contract.check(replace(request, json="a bare string"))
        with pytest.raises(OpenAPIError):
            contract.check(replace(request, json={**sent, "no_such_field": 1}))


async def test_an_unknown_query_parameter_and_an_unknown_path_are_refused(world: World) -> None:
    await world.do("github", "get_repos", {})
    request = world.sender.sent[0]
    with pytest.raises(ValueError, match="no_such"):
        world.sender.documents["github"].check(replace(request, query={"no_such": "1"}))
    with pytest.raises(OpenAPIError):
        world.sender.documents["github"].check(replace(request, url=request.url + "/nowhere"))
