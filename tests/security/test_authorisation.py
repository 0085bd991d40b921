"""Threat 7, authorisation inventory: every route × every role × another workspace's ids, made of the application itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from tests.api.conftest import Api, fresh_database, local, other_workspace, served
from tests.security.surface import Route, guarded, routes

from tenuto.core.access import Role
from tenuto.store.server.embedded import Embedded

unknown = "0198c5a0-0000-7000-8000-000000000000"
foreign_trigger = "0198c5a0-0000-7000-8000-0000000000f1"
foreign_connection = "0198c5a0-0000-7000-8000-0000000000f2"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Api, str]]:
    folder: Path = tmp_path_factory.mktemp("authorisation")
    async with fresh_database(server) as dsn, served(dsn, folder) as api:
        yield api, dsn


def test_there_are_routes_to_walk_over() -> None:
    assert len(guarded) >= 12
    assert {"GET /api/auth/me", "POST /api/keys"} <= {route.name for route in guarded}


@pytest.mark.parametrize("route", guarded, ids=lambda route: route.name)
async def test_nobody_known_gets_nowhere(route: Route, house: tuple[Api, str]) -> None:
    for headers in ({}, {"Authorization": "Bearer tnt_unknown"}, {"Authorization": "Basic YTpi"}, {"Cookie": "tenuto=tns_unknown"}):
        answer = await house[0].client(**headers).request(route.method, route.at(unknown), content=b"{not json")
        # A page of another site would get 403 for the cookie; either way nothing was read.
        assert answer.status_code in ((401, 403) if "Cookie" in headers else (401,)), (route.name, headers, answer.text)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", guarded, ids=lambda route: route.name)
async def test_a_role_without_the_permission_is_refused_before_its_body_is_read(route: Route, role: Role, house: tuple[Api, str]) -> None:
    if route.open_to(role):
        return
    answer = await house[0].as_role(role).request(route.method, route.at(unknown), content=b"{not json")
    assert answer.status_code == 403, (route.name, answer.text)
    if route.method != "HEAD":
        assert str(route.permission) in answer.json()["error"]


async def test_another_workspaces_ids_lead_nowhere_and_nothing_of_it_changes(house: tuple[Api, str]) -> None:
    api, dsn = house
    ids = await _things_of_the_other_workspace(api, dsn)
    before = await _rows_of_the_other_workspace(dsn)
    assert len(before) >= 4
    wrong: list[str] = []
    for route in guarded:
        if route.path_names or route.query_names:
            wrong += [problem for role in Role if route.open_to(role) for problem in await _tried(api, route, role, ids)]
    assert not wrong, "\n".join(wrong)
    assert await _rows_of_the_other_workspace(dsn) == before


def test_every_open_route_says_why() -> None:
    open_ones = [route for route in routes() if route.permission is None]
    assert {route.path for route in open_ones} >= {"/healthz", "/api/auth/sign-in"}


async def _tried(api: Api, route: Route, role: Role, ids: list[str]) -> list[str]:
    wrong: list[str] = []
    for foreign in ids:
        query = dict.fromkeys((name for name in route.query_names if name == "id" or name.endswith("_id")), foreign)
        if not route.path_names and not query:
            continue
        body = None if route.method in {"GET", "HEAD", "DELETE"} else b"{}"
        async with api.client(api.keys[role], Content_Type="application/json") as client:
            answer = await client.request(route.method, route.at(foreign), params=query, content=body)
        leaks = answer.status_code >= 500 or "of-the-other" in answer.text.replace(foreign, "")
        if leaks or (route.path_names and answer.status_code < 300):
            wrong.append(f"{route.name} as {role.value} with {foreign}: {answer.status_code} {answer.text[:200]}")
    return wrong


async def _things_of_the_other_workspace(api: Api, dsn: str) -> list[str]:
    """Ids of a member, a key, a workflow, an agent and a run of workspace 2, whose names hold `of-the-other`."""
    services = api.house.services
    member = await services.members.add(local(other_workspace), "member of-the-other", Role.editor)
    key = await services.keys.make(local(other_workspace), "key of-the-other", Role.viewer)
    link = await asyncpg.connect(dsn)
    try:
        await link.execute("insert into workflows (workspace, id, name, draft) values (2, 'wf-of-the-other', 'of-the-other', '{}')")
        await link.execute("insert into agents (workspace, id, body) values (2, 'agent-of-the-other', $1)", b'{"name":"of-the-other"}')
        await link.execute(
            "insert into executions (workspace, id, public_id, workflow_name, version_hash, status, head, format, trigger)"
            " values (2, $1, 'run-of-the-other', 'of-the-other', 'x', 'completed', 0, 1, 'api')",
            unknown,
        )
        await link.execute(
            "insert into triggers (workspace, id, workflow_id, key, type, spec, version_hash, path)"
            " values (2, $1, 'wf-of-the-other', 'of-the-other', 'webhook', $2, 'x', 'path-of-the-other')",
            foreign_trigger, b'{"id":"of-the-other","type":"webhook"}',
        )  # fmt: skip
        await link.execute(
            "insert into deliveries (workspace, id, trigger_id, delivery, headers, body, verdict, status)"
            " values (2, $1, $1, 'of-the-other', '{}', 'of-the-other', 'verified', 'ignored')",
            foreign_trigger,
        )
        await link.execute(
            "insert into connections (workspace, id, name, integration, user_id, made_by, sealed, key_id)"
            " values (2, $1, 'of-the-other', 'slack', 'user-of-the-other', 'of-the-other', '', '')",
            foreign_connection,
        )
    finally:
        await link.close()
    return [
        foreign_trigger,
        foreign_connection,
        "user-of-the-other",
        str(member.id),
        str(key.key.id),
        "wf-of-the-other",
        "agent-of-the-other",
        "run-of-the-other",
    ]


async def _rows_of_the_other_workspace(dsn: str) -> list[str]:
    link = await asyncpg.connect(dsn)
    try:
        tables = await link.fetch("select table_name from information_schema.columns where column_name = 'workspace' order by 1")
        found: list[str] = []
        for (table,) in tables:
            rows = await link.fetch(f"select * from {table} where workspace = 2")
            found += sorted(f"{table}: { {k: v for k, v in dict(row).items() if k != 'last_used_at'} }" for row in rows)
        return found
    finally:
        await link.close()
