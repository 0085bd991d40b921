"""Keys that a vendor takes back, through a whole house: the connection says so with the workflows that stop, and one odd refusal ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.conftest import served
from tests.api.runs import execute
from tests.doubles.vendor import token
from tests.doubles.vendors import VendorsDouble, vendors_double

vendors: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "github": ("list_issues", {"owner": "octocat", "repo": "hello-world"}, {"way": "api_key"}),
    "slack": ("list_channels", {}, {"way": "api_key"}),
    "linear": ("list_teams", {}, {"way": "api_key"}),
    "telegram": ("send_message", {"chat_id": 42, "text": "hello"}, {}),
}


@dataclass(frozen=True)
class World:
    """A house, its owner, and every vendor."""

    owner: httpx2.AsyncClient
    double: VendorsDouble

    async def connect(self, vendor: str) -> str:
        body = {"integration": vendor, "name": "default", "secret": token, **vendors[vendor][2]}
        answer = await self.owner.post("/api/connections", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["connection"]["id"]

    async def run(self, vendor: str) -> dict[str, Any]:
        action, params, _ = vendors[vendor]
        node = {"id": "n", "type": "integration", "config": {"integration": vendor, "action": action, "params": params}}
        workflow = {"id": f"uses-{vendor}", "name": vendor, "startNode": "n", "nodes": [node | {"retry": {"attempts": 1}}]}
        if (await self.owner.post("/api/workflows", json=workflow)).status_code == 200:
            await self.owner.post(f"/api/workflows/uses-{vendor}/publish")
        run = await execute(self.owner, workflow, wait=30)  # type: ignore[arg-type]
        return (await self.owner.get(f"/api/executions/{run['id']}")).json()["execution"]

    async def connection(self, id: str) -> dict[str, Any]:
        return (await self.owner.get(f"/api/connections/{id}")).json()["connection"]

    async def until(self, id: str, status: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (found := await self.connection(id))["status"] != status:
                await asyncio.sleep(0.02)
        return found

    def revoked(self, vendor: str, times: int = 1000) -> None:
        self.double.fail(vendor, "unauthorized", times=times)

    def asked(self, vendor: str) -> int:
        return sum(call.vendor == vendor for call in self.double.calls)


@pytest.fixture
async def world(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with vendors_double() as double:
        bases = dict(double.bases) | {"telegram": f"{double.url}/telegram/bot{{token}}"}
        async with served(dsn, tmp_path, bases=bases) as api:
            yield World(api.as_role("owner"), double)


@pytest.mark.parametrize("vendor", vendors)
async def test_a_key_that_was_taken_back_is_said_on_its_connection_with_the_workflows(world: World, vendor: str) -> None:
    made = await world.connect(vendor)
    assert (await world.run(vendor))["status"] == "completed"
    world.revoked(vendor)
    failed = await world.run(vendor)
    assert (failed["status"], failed["error"]["type"].rpartition("/")[2]) == ("failed", "auth-rejected"), failed
    found = await world.until(made, "needs_attention")
    assert found["reason"], found
    assert [each["id"] for each in found["workflows"]] == [f"uses-{vendor}"]

    asked = world.asked(vendor)
    refused = (await world.run(vendor))["error"]
    assert "needs attention" in refused["detail"], refused
    assert "again" in refused["fix"]
    assert world.asked(vendor) == asked, "a key that is over is not sent any more"

    world.double.faults.clear()
    await world.connect(vendor)
    assert (await world.connection(made))["status"] == "valid"
    assert (await world.run(vendor))["status"] == "completed"


@pytest.mark.parametrize("vendor", vendors)
async def test_one_odd_refusal_is_asked_about_and_ends_nothing(world: World, vendor: str) -> None:
    made = await world.connect(vendor)
    world.revoked(vendor, 1)
    before = world.asked(vendor)
    assert (await world.run(vendor))["status"] == "failed"
    async with asyncio.timeout(60):
        while world.asked(vendor) < before + 2:
            await asyncio.sleep(0.02)
    assert (await world.run(vendor))["status"] == "completed"
    assert (await world.connection(made))["status"] == "valid"


async def test_a_refusal_that_is_about_something_else_is_not_about_the_key(world: World) -> None:
    made = await world.connect("github")
    world.double.fail("github", "forbidden", times=3)
    before = world.asked("github")
    assert (await world.run("github"))["status"] == "failed"
    assert ((await world.connection(made))["status"], world.asked("github")) == ("valid", before + 1)


async def test_whoever_is_refused_many_times_asks_once(world: World) -> None:
    await world.connect("github")
    world.double.fail("github", "unauthorized", path="/repos/", times=1000)
    before = world.asked("github")
    for _ in range(4):
        assert (await world.run("github"))["status"] == "failed"
    async with asyncio.timeout(60):
        while world.asked("github") < before + 5:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    assert world.asked("github") == before + 5, "four requests, and one question about the key"


async def test_a_test_says_it_and_takes_it_back(world: World) -> None:
    made = await world.connect("github")
    world.revoked("github")
    tested = (await world.owner.post(f"/api/connections/{made}/test")).json()
    assert (tested["works"], tested["connection"]["status"]) == (False, "needs_attention")
    world.double.faults.clear()
    tested = (await world.owner.post(f"/api/connections/{made}/test")).json()
    assert (tested["works"], tested["connection"]["status"]) == (True, "valid")
    world.double.fail("github", "unavailable", times=9)
    assert (await world.owner.post(f"/api/connections/{made}/test")).status_code == 502
    assert (await world.connection(made))["status"] == "valid", "a vendor that is away says nothing about a key"
