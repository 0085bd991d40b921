"""GitHub Apps through a whole house: a JWT for a token of the installation, used by actions, kept until it is nearly over, and refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from joserfc.jwk import RSAKey
from tests.api.conftest import served
from tests.api.runs import execute
from tests.doubles.github import GitHub
from tests.doubles.github_apps import Apps
from tests.doubles.vendors import VendorsDouble, vendors_double

keys = [RSAKey.generate_key(2048) for _ in range(2)]
pems = [key.as_pem(private=True).decode() for key in keys]


@dataclass(frozen=True)
class World:
    """A house, its owner, and a GitHub that knows the first key."""

    owner: httpx2.AsyncClient
    double: VendorsDouble
    apps: Apps
    dsn: str

    async def connect(self, **more: Any) -> httpx2.Response:
        body = {"integration": "github", "name": "default", "way": "github_app", "user": "4711", "fields": {"installation_id": "7"}}
        return await self.owner.post("/api/connections", json={**body, "secret": pems[0], **more})

    async def connection(self) -> dict[str, Any]:
        (found,) = (await self.owner.get("/api/connections")).json()["connections"]
        return found

    async def run(self, title: str = "Printer offline") -> dict[str, Any]:
        config = {"integration": "github", "action": "create_issue", "params": {"owner": "octocat", "repo": "hello-world", "title": title}}
        node = {"id": "file", "type": "integration", "config": config, "retry": {"attempts": 1}}
        workflow = {"id": "files", "name": "Files", "startNode": "file", "nodes": [node]}
        if (await self.owner.post("/api/workflows", json=workflow)).status_code == 200:
            await self.owner.post("/api/workflows/files/publish")
        return await execute(self.owner, workflow, wait=30)  # type: ignore[arg-type]

    async def failure(self) -> dict[str, Any]:
        run = await self.run()
        assert run["status"] == "failed", run
        return (await self.owner.get(f"/api/executions/{run['id']}")).json()["execution"]["error"]

    async def left(self, seconds: int) -> None:
        """Let the token have so long to live, as the house knows it."""
        link = await asyncpg.connect(self.dsn)
        await link.execute("update connections set expires_at = now() + $1 * interval '1 second'", seconds)
        await link.close()


@asynccontextmanager
async def github(dsn: str, folder: Path) -> AsyncGenerator[World]:
    async with vendors_double(0, GitHub) as double, served(dsn, folder, bases=double.bases) as api:
        apps = double[GitHub].apps
        apps.keys.append(RSAKey.import_key(keys[0].as_dict(private=False)))
        yield World(api.as_role("owner"), double, apps, dsn)


@pytest.fixture
async def world(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with github(dsn, tmp_path) as made:
        yield made


async def test_an_action_goes_out_with_a_token_that_the_apps_key_bought(world: World) -> None:
    answer = await world.connect()
    assert answer.status_code == 201, answer.text
    assert (answer.json()["connection"]["status"], answer.json()["connection"]["scopes"]) == ("valid", ["issues:write", "metadata:read"])
    assert (await world.run())["status"] == "completed"
    assert [each["title"] for each in world.double[GitHub].issues] == ["Printer offline"]
    (claims,) = world.apps.judged
    assert (claims["iss"], claims["exp"] - claims["iat"]) == ("4711", 600)
    assert not any(pem[100:200] in answer.text for pem in pems)


async def test_it_is_kept_until_it_is_nearly_over(world: World) -> None:
    await world.connect()
    await asyncio.gather(*(world.run(f"issue {n}") for n in range(5)))
    assert len(world.apps.issued) == 1, "one token for all of them"
    await world.left(320)
    await world.run("still good")
    assert len(world.apps.issued) == 1
    await world.left(280)
    await asyncio.gather(*(world.run(f"nearly over {n}") for n in range(5)))
    assert len(world.apps.issued) == 2, "renewed before its end, and once for all who asked"
    assert len(world.double[GitHub].issues) == 11


async def test_a_token_that_ended_before_its_time_is_bought_anew_and_the_action_done_once(world: World) -> None:
    await world.connect()
    for token in world.apps.issued:
        world.apps.issued[token] = world.apps.issued[token].replace(year=2020)
    assert (await world.run())["status"] == "completed"
    assert (len(world.apps.issued), len(world.double[GitHub].issues)) == (2, 1)


async def test_a_key_that_the_app_lost_is_a_clear_problem_and_names_the_workflows(world: World) -> None:
    await world.connect()
    await world.run()
    world.apps.keys[:] = [RSAKey.import_key(keys[1].as_dict(private=False))]
    await world.left(10)
    error = await world.failure()
    assert (error["type"].rpartition("/")[2], error["detail"]) == (
        "auth-rejected", "GitHub does not take this private key for one of this app.",
    )  # fmt: skip
    found = await world.connection()
    assert (found["status"], found["reason"], [each["id"] for each in found["workflows"]]) == (
        "needs_attention", error["detail"], ["files"],
    )  # fmt: skip
    asked = len(world.double.calls)
    assert (await world.failure())["fix"] == "Connect the account again."
    assert len(world.double.calls) == asked, "and nobody asks GitHub again"
    assert (await world.connect(secret=pems[1])).status_code == 201
    assert ((await world.connection())["status"], (await world.run())["status"]) == ("valid", "completed")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"secret": pems[1]}, "private key"),
        ({"user": "4712"}, "private key"),
        ({"secret": "no key at all"}, "no private key"),
        ({"secret": keys[0].as_pem(private=False).decode()}, "no private key"),
        ({"fields": {"installation_id": "8"}}, "no such installation"),
    ],
)
async def test_what_buys_no_token_is_not_kept(world: World, more: dict[str, Any], words: str) -> None:
    answer = await world.connect(**more)
    assert (answer.status_code, words in answer.json()["detail"], bool(answer.json()["fix"])) == (422, True, True), answer.text
    assert (await world.owner.get("/api/connections")).json()["connections"] == []


async def test_a_suspended_installation_says_so(world: World) -> None:
    await world.connect()
    world.apps.suspended = True
    await world.left(10)
    assert "suspended" in (await world.failure())["detail"]
