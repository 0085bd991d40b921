"""The double of Linear over real HTTP, and its schema held against the vendor's."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema
from tests.doubles.linear import Linear, schema
from tests.doubles.vendors import VendorsDouble

theirs = Path(__file__).parents[2].parent / "shared" / "specs" / "linear.schema.graphql"
create = "mutation($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id identifier title state { name } labels { nodes { name } } } } }"


async def ask(caller: httpx2.AsyncClient, query: str, **variables: Any) -> httpx2.Response:
    return await caller.post("/linear/graphql", json={"query": query, "variables": variables})


def test_the_schema_is_a_part_of_the_vendors() -> None:
    if not theirs.exists():
        pytest.skip("vendor contracts are not there: linear.schema.graphql is looked for in <project>/../shared/specs")
    real = build_schema(theirs.read_text())
    for name, ours in schema.type_map.items():
        assert name in real.type_map, name
        if name.startswith("__") or not isinstance(ours, (GraphQLObjectType, GraphQLInputObjectType)):
            continue
        known: Any = real.type_map[name]
        for field, mine in ours.fields.items():
            assert field in known.fields, f"{name}.{field}"
            assert str(known.fields[field].type) == str(mine.type), f"{name}.{field}"
            for argument, given in getattr(mine, "args", {}).items():
                assert argument in known.fields[field].args, f"{name}.{field}({argument})"
                assert str(known.fields[field].args[argument].type) == str(given.type), f"{name}.{field}({argument})"


async def test_an_id_that_the_client_chose_is_taken_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    linear, chosen = vendors[Linear], str(uuid4())
    given = {"id": chosen, "teamId": linear.teams[0]["id"], "title": "t", "labelIds": [linear.labels[0]["id"]]}
    made = (await ask(caller, create, input=given)).json()["data"]["issueCreate"]["issue"]
    assert (made["id"], made["state"]["name"], made["labels"]["nodes"]) == (chosen, "Backlog", [{"name": "Bug"}])
    refused = (await ask(caller, create, input=given)).json()
    assert (refused["data"], refused["errors"][0]["extensions"]["code"]) == (None, "INPUT_ERROR")
    assert (len(linear.issues), vendors.effects) == (1, {chosen: 1})


@pytest.mark.parametrize("given", [{"id": "no-uuid"}, {"teamId": "no"}, {"stateId": "no"}, {"priority": 7}, {"title": ""}])
async def test_what_an_issue_cannot_be(vendors: VendorsDouble, caller: httpx2.AsyncClient, given: dict[str, Any]) -> None:
    refused = await ask(caller, create, input={"teamId": vendors[Linear].teams[0]["id"], "title": "t", **given})
    assert refused.json()["errors"][0]["extensions"]["code"] == "INPUT_ERROR"
    assert vendors[Linear].issues == []


async def test_issues_come_filtered_and_page_by_page(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    linear = vendors[Linear]
    for number in range(5):
        linear.add_issue(f"Leak {number}", state=linear.states[number % 2])
    vendors.page_max = 2
    query = """query($after: String, $filter: IssueFilter) {
      issues(first: 50, after: $after, filter: $filter) { nodes { title } pageInfo { hasNextPage endCursor } } }"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await ask(caller, query, after=after, filter={"state": {"name": {"eq": "Backlog"}}})).json()["data"]["issues"]
        found += [node["title"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(found) == ["Leak 0", "Leak 2", "Leak 4"]
    assert "errors" in (await ask(caller, query, after="no-cursor")).json()


async def test_an_issue_is_changed_and_commented_by_its_name(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    linear = vendors[Linear]
    issue = linear.add_issue("t")
    change = "mutation($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { issue { priorityLabel } } }"
    done = await ask(caller, change, id=issue["identifier"], input={"priority": 2, "stateId": linear.states[3]["id"]})
    assert done.json() == {"data": {"issueUpdate": {"issue": {"priorityLabel": "High"}}}}
    say = "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { comment { body issue { state { type } } } } }"
    said = (await ask(caller, say, input={"issueId": issue["id"], "body": "Done"})).json()["data"]["commentCreate"]["comment"]
    assert said == {"body": "Done", "issue": {"state": {"type": "completed"}}}


@pytest.mark.parametrize("query", ["{ nothing }", "{ viewer ", "mutation { issueCreate(input: {}) { success } }"])
async def test_what_the_schema_does_not_know_is_400(caller: httpx2.AsyncClient, query: str) -> None:
    assert (await ask(caller, query)).status_code == 400


async def test_a_limit_is_an_error_with_400(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors.fail("linear", "rate_limited", path="viewer")
    assert (await ask(caller, "{ teams { nodes { key } } }")).is_success
    refused = await ask(caller, "{ viewer { id } }")
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "RATELIMITED")
    assert refused.headers["x-ratelimit-requests-remaining"] == "0"
