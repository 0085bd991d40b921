"""A house on a port, and clients of the official SDK that talk to it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import httpx2
import pytest
import pytest_asyncio
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from tests.api.conftest import Api, fresh_database, listening, served
from tests.api.runs import asking, document, value

from tenuto.store.server.embedded import Embedded

Mode = Literal["legacy", "auto"]
"""How a client speaks: with the handshake of 2025, or as of 2026 where the server does."""

greeting = {
    **document({"id": "greet", "type": "transform", "name": "Greet", "config": {"value": "Hello {{ input.who }}"}}),
    "id": "greet",
    "name": "Greeting",
    "description": "Greets somebody.",
}


@dataclass(frozen=True)
class Place:
    """A house and where it listens."""

    api: Api
    url: str

    @asynccontextmanager
    async def client(self, role: str = "operator", mode: Mode = "auto", query: str = "", key: str | None = None) -> AsyncGenerator[Client]:
        """The SDK's client with a role's key, or with the key that is given."""
        headers = {"Authorization": f"Bearer {key or self.api.keys[role]}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
            Client(streamable_http_client(f"{self.url}/mcp{query}", http_client=http), mode=mode) as client,
        ):
            yield client

    async def publish(self, *documents: object) -> None:
        owner = self.api.as_role("owner")
        for each in documents:
            made = await owner.post("/api/workflows", json=each)
            assert made.status_code == 200, made.text
            answer = await owner.post("/api/workflows/" + made.json()["workflow"]["id"] + "/publish")
            assert answer.status_code == 200, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Place]:
    """A house with a few published workflows and a draft."""
    folder = tmp_path_factory.mktemp("mcp")
    async with fresh_database(server) as dsn, served(dsn, folder, TENUTO_ENV="development") as api, listening(api) as url:
        made = Place(api, url)
        await made.publish(
            greeting,
            {**asking, "id": "ask"},
            {**document(value("a", "{{ input.missing.deeper }}")), "id": "breaks", "name": "Breaks"},
            {**document(value("a", 1)), "id": "Über uns / 1", "name": "Odd id"},
            {
                **document({"id": "sleep", "type": "delay", "config": {"duration": "PT1S"}}, value("done", {"slept": True})),
                "id": "slow",
                "name": "Slow",
            },
        )
        assert (await api.as_role("owner").post("/api/workflows", json={**document(value("a", 1)), "id": "draft"})).status_code == 200
        yield made
