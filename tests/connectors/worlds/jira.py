"""Jira against Atlassian's own document of its REST API 3."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts import Json
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.jira import Jira
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.jira import jira
from tenuto.core.values import JsonObject

server = "https://your-domain.atlassian.net"


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    ada = double[Jira].users[0]["accountId"]
    everything: JsonObject = {"description": "One.\n\nTwo,\nthree.", "priority": "High", "labels": ["a"], "due_date": "2026-02-01"}
    made = yield "create_issue", {"project": "TEN", "summary": "s", "assignee": ada, **everything}
    one: JsonObject = {"issue": made["key"]}
    yield "get_issue", one
    yield "search_issues", {"jql": "project = TEN ORDER BY created DESC", "limit": 1, "fields": ["customfield_1"]}
    yield "update_issue", {**one, **everything, "summary": "t", "notify": False}
    yield "add_comment", {**one, "body": "b"}
    yield "list_comments", one
    yield "list_transitions", one
    yield "transition_issue", {**one, "status": "in progress"}
    yield "assign_issue", {**one, "account_id": ada}
    yield "assign_issue", {**one, "account_id": None}
    yield "add_attachment", {**one, "filename": "a.txt", "content": "abc"}
    yield "list_projects", {"query": "ten"}
    yield "find_users", {"query": "ada"}
    yield "find_users", {}
    yield "list_issue_types", {"project": "TEN"}
    yield "list_priorities", {}
    yield "delete_issue", one


def repair(content: Json) -> None:
    """What a request is judged by is not how it is signed in; and `accountId` may be null, as the operation's own words say."""
    content.pop("security", None)
    for operations in content["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    operation = content["paths"].get("/rest/api/3/issue/{issueIdOrKey}/assignee", {}).get("put", {})
    assert "null" in operation["description"]
    content["components"]["schemas"]["User"]["properties"]["accountId"]["nullable"] = True


conformance = Conformance(
    connector=jira,
    double=Jira,
    contract=OpenApi(("jira-core.json", "jira-cloud-v3.json.gz"), server=server, repair=repair),
    cases=cases,
    base="/rest/api/3",
    real=server + "/rest/api/3",
)
