"""Requests held against a vendor's GraphQL schema: the document, and the variables that go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, cast

import pytest
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values
from tests.connectors.contracts import Refused, specs

from tenuto.core.connector import Outbound


@cache
def _schema(name: str) -> GraphQLSchema:
    path = specs / name
    if not path.exists():
        pytest.skip(f"vendor contracts are not there: {name} is looked for in <project>/../shared/specs")
    return build_schema(path.read_text())


@dataclass(frozen=True)
class GraphQL:
    """A vendor's schema, and the one address that takes queries."""

    file: str
    url: str

    @cached_property
    def schema(self) -> GraphQLSchema:
        return _schema(self.file)

    def check(self, request: Outbound) -> str:
        if (request.method, request.url) != ("POST", self.url) or request.query:
            raise Refused(f"{request.method} {request.url} is not where GraphQL is asked")
        sent = cast("dict[str, Any]", request.json if isinstance(request.json, dict) else {"": request.json})
        if set(sent) - {"query", "variables", "operationName"}:
            raise Refused("a request of GraphQL is an object of query, variables and operationName")
        try:
            document = parse(sent["query"])
            problems = validate(self.schema, document)
        except (GraphQLError, KeyError, TypeError) as refused:
            raise Refused(str(refused)) from refused
        operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        values = get_variable_values(self.schema, operation.variable_definitions or (), sent.get("variables") or {})
        if isinstance(values, list):
            problems = [*problems, *values]
        named = {each.variable.name.value for each in operation.variable_definitions or ()}
        if unknown := set(sent.get("variables") or {}) - named:
            raise Refused(f"no variable is called {', '.join(sorted(unknown))}")
        if problems:
            raise Refused("; ".join(str(each) for each in problems))
        field = re.search(r"[{]\s*(\w+)", sent["query"])
        return f"{operation.operation.value} {field[1] if field else ''}"

    def spoiled(self, request: Outbound) -> Iterator[tuple[str, Outbound]]:
        sent = cast("dict[str, Any]", request.json)
        yield "a bare string", replace(request, json="a bare string")
        yield (
            "an unknown field of the answer",
            replace(request, json={**sent, "query": re.sub(r"[}]\s*[}]\s*$", " noSuchField } }", sent["query"])}),
        )
        yield "an unknown variable", replace(request, json={**sent, "variables": {**sent.get("variables", {}), "noSuchVariable": 1}})
        for name, value in sent.get("variables", {}).items():
            if isinstance(value, dict):
                spoiled: dict[str, Any] = {**sent["variables"], name: {**cast("dict[str, Any]", value), "noSuchField": 1}}
                yield f"an unknown field of {name}", replace(request, json={**sent, "variables": spoiled})
        yield "another address", replace(request, url=request.url + "/nowhere")
