"""Linear against its own GraphQL schema."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.graphql import GraphQL
from tests.doubles.linear import Linear
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.linear import linear
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    team, (bug, feature) = double[Linear].teams[0]["id"], [each["id"] for each in double[Linear].labels]
    ada, state = double[Linear].users[0], double[Linear].states[2]["id"]
    more: JsonObject = {
        "description": "One.",
        "priority": 2,
        "state": state,
        "assignee": ada["id"],
        "estimate": 3,
        "due_date": "2026-02-01",
    }
    parent = yield "create_issue", {"team": team, "title": "whole"}
    made = yield "create_issue", {"team": team, "title": "s", "labels": [bug], "parent": parent["id"], "project": parent["id"], **more}
    one: JsonObject = {"issue": made["identifier"]}
    yield "get_issue", one
    yield "update_issue", {**one, **more, "title": "t", "add_labels": [feature], "remove_labels": [bug]}
    yield "update_issue", {**one, "unassign": True}
    wanted: JsonObject = {"team": team, "state": state, "assignee": ada["email"], "label": bug, "priority": 2}
    yield "list_issues", {**wanted, "text": "s", "updated_since": "2026-01-05T09:30:00Z", "order": "updated", "limit": 1}
    yield "search_issues", {"term": "t", "team": team, "comments": True, "limit": 1}
    yield "create_comment", {**one, "body": "b"}
    yield "list_comments", one
    yield "attach_link", {**one, "url": "https://example.com/7", "title": "Ticket 7", "subtitle": "Open"}
    yield "list_teams", {}
    yield "list_users", {}
    yield "list_states", {"team": team}
    yield "list_states", {}
    yield "list_labels", {}


conformance = Conformance(
    connector=linear, double=Linear, contract=GraphQL("linear.schema.graphql", "https://api.linear.app/graphql"), cases=cases
)
