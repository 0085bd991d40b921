"""The documents are read as the vendors mean them: nested forms, GraphQL, collections of examples, Swagger 2."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.connectors.contracts import Contract, Refused
from tests.connectors.contracts.forms import nested
from tests.connectors.contracts.graphql import GraphQL
from tests.connectors.contracts.openapi import OpenApi
from tests.connectors.contracts.postman import Postman

from tenuto.core.connector import Outbound

stripe = OpenApi(("stripe-core-2023-09-12.json",))
linear = GraphQL("linear.schema.graphql", "https://api.linear.app/graphql")
salesforce = Postman("salesforce-postman-2021.json", "https://ours.my.salesforce.com", "60.0")
servicenow = OpenApi(("servicenow-sample.swagger2.json",), server="https://ours.service-now.com")
asked = "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id } } }"

good: list[tuple[Contract, Outbound]] = [
    (
        stripe,
        Outbound(
            method="POST",
            url="https://api.stripe.com/v1/customers",
            form={"email": "a@example.com", "address[city]": "Köln", "metadata[order]": "7", "balance": "-5", "preferred_locales[0]": "de"},
        ),
    ),
    (stripe, Outbound(method="GET", url="https://api.stripe.com/v1/customers", query={"limit": 3, "created[gte]": 1})),
    (
        linear,
        Outbound(
            method="POST",
            url="https://api.linear.app/graphql",
            json={"query": asked, "variables": {"input": {"issueId": "i", "body": "b"}}},
        ),
    ),
    (salesforce, Outbound(method="GET", url="https://ours.my.salesforce.com/services/data/v60.0/query", query={"q": "SELECT Id FROM Lead"})),
    (salesforce, Outbound(method="PATCH", url="https://ours.my.salesforce.com/services/data/v60.0/sobjects/Lead/00Q1", json={"a": 1})),
    (
        servicenow,
        Outbound(method="GET", url="https://ours.service-now.com/api/now/v2/table/incident", query={"sysparm_limit": 3}),
    ),
    (
        servicenow,
        Outbound(method="POST", url="https://ours.service-now.com/api/now/v2/table/incident", json={"short_description": "s"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("contract", "request_"), good)
def test_a_good_request_is_let_through_and_each_spoiled_one_is_not(contract: Contract, request_: Outbound) -> None:
    assert contract.check(request_)
    for what, broken in contract.spoiled(request_):
        with pytest.raises(Refused):
            pytest.fail(f"let through with {what}: {contract.check(broken)}")


@pytest.mark.parametrize(
    "form",
    [{"address[no_such]": "x"}, {"balance": "much"}, {"address": "a string"}, {"preferred_locales": "de"}, {"metadata[a][b]": "1"}],
)
def test_a_form_is_of_the_kinds_that_the_schema_names(form: dict[str, str]) -> None:
    with pytest.raises(Refused):
        stripe.check(replace(good[0][1], form=form))


@pytest.mark.parametrize("input_", [{"issueId": 7}, {"body": ["b"]}, "a string"])
def test_variables_are_of_the_kinds_that_the_schema_names(input_: object) -> None:
    with pytest.raises(Refused):
        linear.check(replace(good[2][1], json={"query": asked, "variables": {"input": input_}}))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("query", [{"created[no_such]": "1"}, {"created[gte]": "yesterday"}, {"limit": "many"}])
def test_a_query_is_of_the_kinds_that_the_schema_names(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        stripe.check(replace(good[1][1], query=query))


def test_brackets_are_a_structure() -> None:
    form = {"a": "1", "b[c]": "2", "b[d][0]": "3", "b[d][1]": "4", "e[]": "5", "f[0][g]": "6"}
    assert nested(form) == {"a": "1", "b": {"c": "2", "d": ["3", "4"]}, "e": ["5"], "f": [{"g": "6"}]}
