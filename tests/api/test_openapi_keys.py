"""Keys for APIs of which there is only a document: tried with an operation that is closed to others, else said to be untried."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.conftest import served
from tests.vault.loopback import Loopback, Script, Seen, loopback, reply

right = "right-key-of-the-pets-0123456789"


def document(security: object) -> dict[str, Any]:
    operation = {"responses": {"200": {"description": "it"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://pets.example.com/v1"}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "api_key"}}},
        "paths": {
            "/a": {"get": {"operationId": "open", "security": [], **operation}},
            "/pets": {"get": {"operationId": "list", "security": security, **operation}},
        },
    }


def answer(seen: Seen) -> Script:
    path, _, query = seen.target.partition("?")
    allowed = path == "/a" or query == f"api_key={right}"
    return reply(200 if allowed else 401, {"id": 7} if allowed else {"error": "no key"}, content_type="application/json")


@asynccontextmanager
async def pets(dsn: str, folder: Path, security: object) -> AsyncGenerator[tuple[httpx2.AsyncClient, Loopback]]:
    (folder / "connectors").mkdir()
    (folder / "connectors" / "pets.json").write_text(json.dumps({"key": "pets", "document": document(security)}))
    async with loopback() as vendor:
        vendor.routes |= {"/a": answer, "/pets": answer}
        async with served(dsn, folder, bases={"pets": vendor.url}) as api:
            yield api.as_role("owner"), vendor


async def add(owner: httpx2.AsyncClient, secret: str) -> httpx2.Response:
    return await owner.post("/api/connections", json={"integration": "pets", "name": "default", "secret": secret})


async def test_a_wrong_key_is_not_kept_though_an_operation_is_open_to_all(dsn: str, tmp_path: Path) -> None:
    async with pets(dsn, tmp_path, [{"key": []}]) as (owner, vendor):
        wrong = await add(owner, "wrong")
        assert (wrong.status_code, wrong.json()["pointer"], "no key" in wrong.json()["detail"]) == (422, "/secret", True), wrong.text
        kept = await add(owner, right)
        assert (kept.status_code, kept.json()["tried"], kept.json()["connection"]["account"]) == (201, True, "7"), kept.text
        assert {seen.target.partition("?")[0] for seen in vendor.seen} == {"/pets"}


@pytest.mark.parametrize("security", [[], [{}, {"key": []}]])
async def test_where_everything_may_be_open_it_is_said_that_nothing_was_tried(dsn: str, tmp_path: Path, security: object) -> None:
    async with pets(dsn, tmp_path, security) as (owner, vendor):
        kept = await add(owner, "wrong")
        assert (kept.status_code, kept.json()["tried"], vendor.seen) == (201, False, []), kept.text
        tested = await owner.post(f"/api/connections/{kept.json()['connection']['id']}/test")
        assert tested.json()["works"] is None
