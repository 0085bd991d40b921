"""Threat 17, SQL injection: whatever stands in a path, filter, sort, search or cursor is a value, in every route there is."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from tests.api.conftest import Api, fresh_database, served
from tests.security.surface import Route, guarded

from tenuto.store.server.embedded import Embedded

payloads = (
    "' or '1'='1",
    "x'; drop table api_keys; --",
    "1 union select value from settings_kv",
    "') or pg_sleep(30) is null --",
    "$$; select pg_sleep(30); $$",
    "created_at; select pg_sleep(30)",
    '{"$ne": null}',
    "\\'; select 1 --",
    "%' escape '\\",
    '$.a ? (@ like_regex ".*")',
)

asking = [route for route in guarded if route.method in {"GET", "HEAD", "DELETE"} and (route.path_names or route.query_names)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Api, str]]:
    async with fresh_database(server) as dsn, served(dsn, tmp_path_factory.mktemp("injection")) as api:
        yield api, dsn


@pytest.mark.parametrize("route", asking, ids=lambda route: route.name)
async def test_text_stays_text(route: Route, house: tuple[Api, str]) -> None:
    api, dsn = house
    before = await _keys(dsn)
    async with api.client(api.keys["owner"]) as client:
        for payload in payloads:
            began = time.monotonic()
            queries = [{name: payload} for name in route.query_names] or [dict[str, str]()]
            for query in queries:
                answer = await client.request(route.method, route.at(quote(payload, safe="")), params=query)
                assert answer.status_code < 500, (route.name, payload, answer.text)
                assert "syntax error" not in answer.text
                assert "asyncpg" not in answer.text
            assert time.monotonic() - began < 25, "a statement slept"
    assert await _keys(dsn) == before


async def _keys(dsn: str) -> int:
    link = await asyncpg.connect(dsn)
    try:
        return await link.fetchval("select count(*) from api_keys where revoked_at is null")
    finally:
        await link.close()
