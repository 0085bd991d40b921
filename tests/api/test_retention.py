"""Retention in a served house: the rounds of a process that works delete what is due, and a rule that is none is refused with its place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.api.conftest import Api, served, settings_for
from tests.api.runs import document, execute, value

from tenuto.app import house
from tenuto.store.database import Database


async def test_what_is_due_goes_by_itself(dsn: str, tmp_path: Path, database: Database) -> None:
    async with served(dsn, tmp_path / "first") as api:
        client = api.as_role("owner")
        big = value("big", "{{ 'x' * 100000 }}")
        old, kept = [str((await execute(client, document(big), wait=30))["id"]) for _ in range(2)]
    await database.pool.execute(
        "update executions set created_at = created_at - interval '2 days', finished_at = finished_at - interval '2 days' where public_id = $1",
        old,
    )
    async with house(settings_for(dsn, tmp_path / "second", TENUTO_RETENTION="1d")), asyncio.timeout(60):
        while await database.pool.fetchval("select count(*) from executions where public_id = $1", old):
            await asyncio.sleep(0.1)
    assert await database.pool.fetchval("select count(*) from executions where public_id = $1", kept) == 1
    assert await database.pool.fetchval("select count(distinct execution_id) from blobs") == 1


@pytest.mark.parametrize("retention", ["soon", "-P1D", "P0D", 0, -5, 30, "PT59M", "P40000D", 1e300, {}, [], True, "P1D\0"])
async def test_a_rule_that_is_none_is_refused(api: Api, retention: JsonValue) -> None:
    body: dict[str, JsonValue] = {"workflow": document(value("a", 1), settings={"retention": retention})}
    answer = await api.as_role("owner").post("/api/workflow/execute", json=body)
    assert answer.status_code == 422, answer.text
    assert "/settings/retention" in answer.text
