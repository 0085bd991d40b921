"""Threat 6, public endpoints: what nobody has to sign in for takes no definition and starts nothing; a definition needs who may start runs."""

from __future__ import annotations

import json

import asyncpg
import pytest
from tests.api.conftest import Api
from tests.api.hooking import path_of, publish, webhook, workflow
from tests.api.runs import asking, document, execute, value
from tests.security.surface import guarded, routes

from tenuto.api.site.pages import places
from tenuto.app import interface
from tenuto.core.access import Permission, Role

whole = document(value("a", 1))
open_routes = [route for route in routes() if route.permission is None]
known = {
    *(f"/{name}{rest}" for name in places for rest in ("", "/{rest:path}")),
    *("/theme.js", "/favicon.svg", "/", "/docs", "/sign-in", "/assets/{name}", "/healthz", "/readyz", "/metrics"),
    *("/api/auth/sign-in", "/api/oauth/callback", "/api/hooks/{path:path}", "/api/waits/{token}"),
    *("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"),
    *("/oauth/register", "/oauth/token", "/oauth/revoke", "/oauth/authorize", "/oauth/consent.js", "/oauth/consent.css"),
}
starting = {"workflow", "nodes", "definition"}


def test_what_is_open_is_listed_here_and_changes_nothing_but_a_sign_in_and_what_is_published() -> None:
    assert {route.path for route in open_routes} <= known
    assert {route.name for route in open_routes if route.method not in {"GET", "HEAD"}} == {
        "POST /api/auth/sign-in",
        "POST /api/hooks/{path:path}",
        "POST /api/waits/{token}",
        "POST /oauth/register",
        "POST /oauth/token",
        "POST /oauth/revoke",
    }


def test_a_route_that_takes_a_definition_needs_one_who_may_write_read_or_start_them() -> None:
    described = interface().openapi()
    taking: set[str] = set()
    for route in guarded:
        operation = described["paths"].get(route.path.replace(":path", ""), {}).get(route.method.lower(), {})
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if starting & set(_fields(schema, described["components"]["schemas"])):
            taking.add(route.name)
            allowed = {Permission.execution_start, Permission.workflow_write, Permission.workflow_read}
            assert route.permission in allowed, route.name
    assert {"POST /api/workflow/execute", "POST /api/workflows"} <= taking


def _fields(schema: dict[str, object], components: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    """Names of a body's fields, through references and alternatives."""
    text = json.dumps(schema)
    return [name for key, made in components.items() if f'schemas/{key}"' in text for name in made.get("properties", {})]


@pytest.mark.parametrize("route", open_routes, ids=lambda route: route.name)
async def test_a_definition_sent_to_an_open_route_is_never_run(route: object, api: Api, dsn: str) -> None:
    method, path = str(route.method), route.at("home.js")  # type: ignore[attr-defined]
    body = {"workflow": whole, "workflow_id": "w", "token": "x", "nodes": whole["nodes"], "message": "run"}
    for query in ("", "?workflow_id=w&wait=1"):
        await api.client().request(method, path + query, json=body)
        await api.client().request("POST", path + query, json=body)
    assert await _runs(dsn) == 0


async def test_a_definition_sent_to_a_webhook_is_data_for_the_published_one(api: Api, dsn: str) -> None:
    owner = api.as_role("owner")
    [placed] = await publish(owner, workflow(webhook(scheme="path", respond="when_done"), value="the published one"))
    body = {
        "workflow": whole,
        "workflow_id": "planted",
        "nodes": whole["nodes"],
        "startNode": "a",
        "execution_id": "chosen",
        "message": "run",
    }
    answer = await api.client().post(path_of(placed) + "?workflow_id=planted&version=9", json=body)
    assert (answer.status_code, answer.json()["output"]) == (200, {"a": "the published one"})
    assert answer.json()["execution_id"] != "chosen"
    assert await _runs(dsn) == 1


@pytest.mark.parametrize("role", [None, Role.viewer])
async def test_who_may_not_start_runs_starts_none_by_any_route(role: Role | None, api: Api, dsn: str) -> None:
    owner = api.as_role("owner")
    await owner.post("/api/workflows", json={**asking, "id": "w"})
    await owner.post("/api/workflows/w/publish")
    client = api.as_role(role) if role else api.client()
    bodies = (
        {"workflow": whole, "message": "x"},
        {"workflow_id": "w"},
        {"node": "ask", "workflow": whole},
        {"execution": {"id": "x"}},
        whole,
    )
    for route in guarded:
        if route.method == "POST":
            for body in bodies:
                await client.post(route.at("w"), json=body)
    assert await _runs(dsn) == 0
    await execute(owner, whole)
    assert await _runs(dsn) == 1, "the count sees what it looks for"


async def test_a_caller_without_write_runs_only_under_its_own_name(api: Api) -> None:
    """A definition in the body never becomes a stored one, whatever id it carries."""
    operator = api.as_role("operator")
    await execute(operator, {**whole, "id": "planted"}, wait=10)
    assert (await operator.get("/api/workflows?id=planted")).status_code == 404
    answer = await operator.post("/api/workflow/execute", json={"workflow_id": "planted"})
    assert answer.status_code == 404


async def _runs(dsn: str) -> int:
    link = await asyncpg.connect(dsn)
    try:
        return await link.fetchval("select count(*) from executions")
    finally:
        await link.close()
