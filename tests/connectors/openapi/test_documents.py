"""Vendors' own documents become connectors, what they send fits these documents, and what is no document is told so with its place."""

from __future__ import annotations

import pytest
from tests.connectors.contracts import document
from tests.connectors.contracts.openapi import OpenApi

from tenuto.app.installed import max_document, read_openapi
from tenuto.connectors.openapi import Wanted, compiled
from tenuto.core.auth import ApiKey, Basic, ClientCredentials, OAuth2, QueryKey
from tenuto.core.connector import Params, Request
from tenuto.core.errors import Invalid, Problem
from tenuto.core.values import JsonObject, JsonValue
from tenuto.engine.actions.act import outbound, validated
from tenuto.testing import check_connector, example_params

vendors = [
    "github-core.json",
    "jira-core.json",
    "notion.json",
    "google-gmail.v1.openapi3.json",
    "google-sheets.v4.openapi3.json",
    "google-calendar.v3.openapi3.json",
    "msgraph-core-2022-05.json",
    "stripe-core-2023-09-12.json",
]


@pytest.mark.parametrize("file", vendors)
def test_what_the_actions_of_a_document_send_fits_the_document(file: str) -> None:
    made = compiled("vendor", document(file), Wanted(base_url="https://jira.example.com" if file == "jira-core.json" else None))
    judge = OpenApi((file,), server="https://jira.example.com" if file == "jira-core.json" else None)
    methods = {"get", "post", "put", "patch", "delete", "head"}
    assert len(made.connector.actions) + len(made.left_out) == sum(
        name in methods for item in document(file)["paths"].values() for name in item
    )
    sent = 0
    for action in made.connector.actions.values():
        params = example_params(action)
        try:
            typed: Params = validated(action, params)
        except Problem:
            continue  # a pattern cannot be turned around: this one has no example
        request = action.function(typed, "key") if action.keyed else action.function(typed)
        assert isinstance(request, Request)
        judge.check(outbound(request, typed, connector=made.connector, base=made.connector.base_url))
        sent += 1
    assert sent > 0.9 * len(made.connector.actions)


@pytest.mark.parametrize("file", vendors)
def test_vendors_documents_become_complete_connectors(file: str) -> None:
    made = compiled("vendor", document(file), Wanted(base_url="https://vendor.example.com"))
    wrong = [each for each in check_connector(made.connector) if "has no example" not in each.message]
    assert [each for each in wrong if "Field required" not in each.message] == []
    assert all(made.left_out.values())


def small(**more: object) -> JsonObject:
    get: JsonObject = {"operationId": "look", "responses": {"200": {"description": "it"}}}
    base: JsonObject = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "servers": [{"url": "https://a.example.com"}],
        "paths": {"/a": {"get": get}},
    }
    return {**base, **more}  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(
    ("content", "place", "word"),
    [
        ([], None, "object"),
        ({"swagger": "2.0"}, "/openapi", "OpenAPI 3"),
        ({"openapi": "3.0.0"}, "/paths", "paths"),
        (small(servers=[{"url": "/relative"}]), "/servers/0/url", "https"),
        (small(servers=[{"url": "http://a.example.com"}]), "/servers/0/url", "https"),
        (small(servers=[{"url": "https://me:secret@a.example.com"}]), "/servers/0/url", "https"),
        (small(paths={"/a": {"$ref": "https://evil.example.com/a.json"}}), "/paths/~1a", "fetched"),
        (small(paths={"/a": {"$ref": "#/paths/~1a"}}), "/paths/~1a", "circle"),
        (small(paths={"/a": {"$ref": "#/nowhere"}}), "/paths/~1a", "nowhere"),
        (small(paths={}), "/paths", "offered"),
        (small(paths={"/a": {"post": {"requestBody": {"required": True, "content": {"application/xml": {}}}}}}), "/paths", "offered"),
        (small(paths={"/a": 7}), "/paths/~1a", "object"),
    ],
)
def test_what_cannot_be_a_connector_is_told_with_its_place(content: JsonObject, place: str | None, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        compiled("small", content)  # pyright: ignore[reportArgumentType]
    assert word in refused.value.data.detail
    assert refused.value.data.pointer == place
    assert refused.value.data.fix or place != "/openapi"


def test_sign_in_is_that_of_the_document() -> None:
    flows = {
        "authorizationCode": {
            "authorizationUrl": "https://a.example.com/o",
            "tokenUrl": "https://a.example.com/t",
            "scopes": {"read": "r"},
        },
    }
    schemes: JsonObject = {
        "a": {"type": "oauth2", "flows": flows},
        "b": {"type": "http", "scheme": "Bearer"},
        "c": {"type": "http", "scheme": "basic"},
        "d": {"type": "apiKey", "in": "query", "name": "k"},
        "e": {"type": "apiKey", "in": "cookie", "name": "k"},
        "f": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example.com/t", "scopes": {}}}},
    }  # pyright: ignore[reportAssignmentType]
    paths = {
        "/a": {"get": {"operationId": "look", "security": [{"a": ["read"]}]}},
        "/b": {"get": {"operationId": "eat", "security": [{"e": []}]}},
    }
    made = compiled("small", small(components={"securitySchemes": schemes}, paths=paths))
    ways = [made.connector.auth, *made.connector.also]
    assert [type(way) for way in ways] == [OAuth2, ApiKey, Basic, QueryKey, ClientCredentials]
    assert made.connector.actions["look"].scopes == ("read",)
    assert [*made.left_out] == ["GET /b"]


key: JsonObject = {"type": "apiKey", "in": "header", "name": "x-key"}
also: JsonObject = {"type": "http", "scheme": "basic"}
tried: list[tuple[JsonObject, JsonObject, str | None, list[type]]] = [
    # What the document has beside the paths, what each path asks for, what a key is tried with, and of which ways.
    ({}, {"/a": [{"key": []}], "/longer": [{"key": []}]}, "/a", [ApiKey]),
    ({}, {"/a": [], "/longer": [{"key": []}]}, "/longer", [ApiKey]),
    ({}, {"/a": [{}, {"key": []}], "/longer": [{"key": []}]}, "/longer", [ApiKey]),
    ({}, {"/a": [{"key": []}], "/users/me": [{"key": []}]}, "/users/me", [ApiKey]),
    ({}, {"/a": [{"key": []}], "/users/me": []}, "/a", [ApiKey]),
    ({}, {"/a": [], "/status": [{}]}, None, []),
    ({}, {"/a": None}, None, []),
    ({"security": [{"key": []}]}, {"/a": None, "/b": []}, "/a", [ApiKey]),
    ({"security": [{"key": []}]}, {"/b": []}, None, []),
    ({}, {"/a": [{"key": []}], "/longer": [{"key": []}, {"also": []}]}, "/longer", [ApiKey, Basic]),
    ({}, {"/a": [{"key": [], "also": []}]}, None, []),
    ({}, {"/a": [{"key": []}], "/pets/{id}": [{"key": []}]}, "/a", [ApiKey]),
]


@pytest.mark.parametrize(("more", "paths", "path", "ways"), tried)
def test_a_key_is_tried_with_what_is_closed_to_others(more: JsonObject, paths: JsonObject, path: str | None, ways: list[type]) -> None:
    def look(name: str, security: JsonValue) -> JsonObject:
        operation: JsonObject = {"operationId": f"look {name}", "responses": {"200": {"description": "it"}}}
        return {"get": operation if security is None else {**operation, "security": security}}

    schemes: JsonObject = {"securitySchemes": {"key": key, "also": also}}
    offered: JsonObject = {name: look(name, security) for name, security in paths.items()}
    made = compiled("small", small(components=schemes, paths=offered, **more)).connector
    assert (made.check and made.check.path) == path
    assert [type(way) for way in made.checks] == ways


@pytest.mark.parametrize(("security", "path"), [(None, "/a"), ([], None), ([{"x": []}], "/a")])
def test_a_way_that_somebody_names_is_to_every_operation_of_a_document_that_knows_none(security: JsonValue, path: str | None) -> None:
    document = small() if security is None else small(security=security)
    made = compiled("small", document, Wanted(auth="bearer")).connector
    assert (made.check and made.check.path) == path


@pytest.mark.parametrize("auth", ["cookie:a", "header:", "header:a b", "basic:x", "query:a\nb"])
def test_a_way_to_sign_in_that_is_none_is_refused(auth: str) -> None:
    with pytest.raises(Invalid, match="no way to sign in"):
        compiled("small", small(), Wanted(auth=auth))


def test_schemas_that_stand_in_each_other_end() -> None:
    node = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Node"} for name in ("left", "right", "up", "down")}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}, "required": True}
    paths = {"/a": {"post": {"operationId": "grow", "requestBody": body, "responses": {"200": body}}}}
    made = compiled("small", small(components={"schemas": {"Node": node}}, paths=paths))
    assert validated(made.connector.actions["grow"], {"left": {"right": {}}})


def test_operations_are_kept_by_id_tag_or_path() -> None:
    paths = {
        "/pets": {"get": {"operationId": "a"}, "post": {"operationId": "b", "tags": ["write"]}},
        "/shops": {"get": {"operationId": "c"}, "delete": {"operationId": "d", "tags": ["write"]}},
    }
    assert [*compiled("s", small(paths=paths), Wanted(only=("/pets", "d"))).connector.actions] == ["a", "b", "d"]
    assert [*compiled("s", small(paths=paths), Wanted(only=("write",))).connector.actions] == ["b", "d"]
    with pytest.raises(Invalid, match="None of its operations"):
        compiled("s", small(paths=paths), Wanted(only=("nothing",)))


def test_a_part_of_the_path_that_the_document_forgot_is_asked_for() -> None:
    made = compiled("small", small(paths={"/a/{b-c}": {"get": {"operationId": "look"}}})).connector
    action = made.actions["look"]
    assert action.params.model_json_schema()["required"] == ["b-c"]
    params = validated(action, {"b-c": "x/y z"})
    request = action.function(params)
    assert isinstance(request, Request)
    assert outbound(request, params, connector=made, base=made.base_url).url == "https://a.example.com/a/x%2Fy%20z"


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "{", "7", "swagger: '2.0'", "\x00", "openapi: 3.0.0\npaths: {/a: &a {get: *a}}", "{" * 100_000, "[" * 100_000, "\ufeff{}"],
)
def test_nonsense_is_a_problem_and_no_error(text: str) -> None:
    with pytest.raises(Problem) as refused:
        compiled("small", read_openapi(text.encode()))
    assert refused.value.data.status in (400, 413, 422)


def test_bytes_that_are_no_text_and_too_many_of_them_are_problems() -> None:
    with pytest.raises(Problem):
        read_openapi(b"\xff\xfe\x00")
    with pytest.raises(Problem, match="larger"):
        read_openapi(b" " * (max_document + 1))
