"""Development needs no token for anything, and says that it made the answers up; production says which account to connect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import cast

import httpx2
import pytest
import pytest_asyncio
from pydantic import JsonValue
from tests.api.conftest import Api, fresh_database, served
from tests.api.runs import execute

from tenuto.core.catalog import discover
from tenuto.core.connecting import needs_account
from tenuto.core.connector import Connector
from tenuto.store.server.embedded import Embedded
from tenuto.testing import example_params

connected = [connector for connector in discover().connectors.values() if needs_account(connector)]
actions: list[tuple[Connector, str, dict[str, JsonValue]]] = [
    (connector, name, example_params(action)) for connector in connected for name, action in connector.actions.items()
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def development(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Api]:
    async with fresh_database(server) as dsn, served(dsn, tmp_path_factory.mktemp("tokens"), TENUTO_ENV="development") as api:
        yield api


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def production(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Api]:
    async with fresh_database(server) as dsn, served(dsn, tmp_path_factory.mktemp("tokens"), TENUTO_ENV="production") as api:
        yield api


async def asked(client: httpx2.AsyncClient, connector: str, body: dict[str, JsonValue]) -> httpx2.Response:
    """The answer to an action; where the vendor's own limit is used up by so many of them in a row, after the time that it names."""
    while True:
        answer = await client.post(f"/api/integrations/{connector}", json=body)
        if answer.json().get("type", "").rpartition("/")[2] != "rate-limited":
            return answer
        await asyncio.sleep(answer.json()["retry_after"])


def workflow() -> dict[str, JsonValue]:
    """One step for each action there is."""
    nodes: list[JsonValue] = [
        {
            "id": f"{connector.key}-{name}",
            "type": "integration",
            "config": {"integration": connector.key, "action": name, "params": params},
        }
        for connector, name, params in actions
    ]
    names = [cast("dict[str, str]", node)["id"] for node in nodes]
    edges: list[JsonValue] = [{"from": one, "port": "out", "to": other} for one, other in pairwise(names)]
    return {"id": "everything", "name": "Everything", "startNode": names[0], "nodes": nodes, "edges": edges}


async def test_every_action_answers_in_development_and_says_that_it_is_simulated(development: Api) -> None:
    assert len(actions) >= 12
    client = development.as_role("operator")
    for connector, name, params in actions:
        body: dict[str, JsonValue] = {"action": name, "params": params}
        answer = await asked(client, connector.key, body)
        assert answer.status_code == 200, (connector.key, name, answer.text)
        assert answer.json()["simulated"] is True, (connector.key, name)
        assert "Simulated" in answer.json()["message"]


async def test_a_run_of_every_action_completes_in_development_and_says_that_it_is_simulated(development: Api) -> None:
    client = development.as_role("owner")
    run = await execute(client, workflow(), wait=60)
    assert run["status"] == "completed", run
    shown = (await client.get(f"/api/executions/{run['id']}")).json()["execution"]
    assert shown["simulated"] is True
    events = (await client.get(f"/api/executions/{run['id']}/events", params={"limit": 200})).json()["events"]
    assert next(event for event in events if event["type"] == "workflow_started")["data"]["simulated"] is True


async def test_every_action_is_401_in_production_and_names_what_to_connect(production: Api) -> None:
    client = production.as_role("owner")
    for connector, name, params in actions:
        body: dict[str, JsonValue] = {"action": name, "params": params}
        answer = await asked(client, connector.key, body)
        problem = answer.json()
        assert (answer.status_code, problem["type"].rpartition("/")[2]) == (401, "connection-missing"), (connector.key, answer.text)
        assert connector.key in problem["error"]
        assert f"Connect an account for {connector.key}" in problem["fix"]


async def test_a_run_is_401_in_production_and_names_all_there_is_to_connect(production: Api) -> None:
    client = production.as_role("owner")
    answer = await client.post("/api/workflow/execute", json={"workflow": workflow(), "message": "hello"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (401, "connection-missing"), answer.text
    for connector in connected:
        assert connector.key in answer.json()["error"] + answer.json()["fix"]
    listed = (await client.get("/api/executions")).json()["executions"]
    assert listed == []


async def test_one_users_account_is_not_anothers(production: Api) -> None:
    client = production.as_role("owner")
    kept = {"user_id": "ada", "integration": "slack", "access_token": "xoxb-0123456789-none"}
    assert (await client.post("/api/oauth/tokens", json=kept)).status_code == 200
    other = await client.post("/api/integrations/slack", json={"action": "list_channels", "params": {}, "context": {"user_id": "bob"}})
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (401, "connection-missing"), other.text
