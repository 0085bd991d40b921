"""Fifty runs in three worker processes while their one account's token expires again and again: each expiry is renewed once."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import client_of, local, origin, settings_for
from tests.doubles.oauth import client_id, client_secret, oauth_double
from tests.judges.oidc import judge

from tenuto.app import House, house
from tenuto.connectors.github import github
from tenuto.core.access import Role
from tenuto.core.auth import OAuth2

pytestmark = [pytest.mark.crash, pytest.mark.slow]

runs, workers, calls = 50, 3, 5
expiries = calls - 1
"""Before each call but the first, which has the tokens of the consent."""
github_routes = {"authorization": "/login/oauth/authorize", "token": "/login/oauth/access_token"}
patience = 150.0


def workflow() -> dict[str, Any]:
    """Calls, before each of which the run waits until the token has expired."""
    nodes: list[dict[str, Any]] = []
    for number in range(calls):
        nodes.append(
            {"id": f"ask{number}", "type": "integration", "config": {"integration": "github", "action": "get_repos", "params": {}}}
        )
        nodes.append({"id": f"rest{number}", "type": "wait", "config": {"event": f"storm.go{number}"}})
    nodes.pop()
    ways = [{"from": one["id"], "port": "out", "to": other["id"]} for one, other in pairwise(nodes)]
    return {"id": "storm", "name": "Storm", "startNode": "ask0", "nodes": nodes, "edges": ways}


@asynccontextmanager
async def hands(environment: dict[str, str], base: str, folder: Path) -> AsyncGenerator[list[Process]]:
    """The worker processes, at work."""
    started: list[Process] = []
    try:
        for number in range(workers):
            with (folder / f"worker{number}.log").open("wb") as log:
                line = [sys.executable, "-m", "tests.e2e.connected_worker", base]
                made = await asyncio.create_subprocess_exec(*line, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log)
            started.append(made)
        for number, process in enumerate(started):
            assert process.stdout is not None
            said = await asyncio.wait_for(process.stdout.readline(), 60)
            assert said == b"working\n", (folder / f"worker{number}.log").read_text()
        yield started
    finally:
        for process in started:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in started))


async def ended(client: httpx2.AsyncClient, names: list[str]) -> dict[str, str]:
    """The status of each run, once all have ended."""
    async with asyncio.timeout(patience):
        while True:
            listed = (await client.get("/api/executions", params={"limit": 200})).json()["executions"]
            found = {each["id"]: each["status"] for each in listed if each["id"] in names}
            if len(found) == len(names) and not {"running", "pending", "waiting"} & set(found.values()):
                return found
            await asyncio.sleep(0.3)


@dataclass(frozen=True)
class Vendor:
    """Where GitHub is said to be, and what happened there."""

    environment: dict[str, str]
    base: str
    connect: Callable[[House, httpx2.AsyncClient], Awaitable[None]]
    expire: Callable[[], Awaitable[None]]
    """Has the tokens it gave be too old."""
    check: Callable[[], Awaitable[int]]
    """Holds what happened against what should, and says how many renewals there were."""


@asynccontextmanager
async def double() -> AsyncGenerator[Vendor]:
    """Our own double, which also loses answers and counts every request."""
    async with oauth_double() as there:
        there.pace, there.resources["github"] = 0.2, []
        given = apps(client_id, client_secret, there.base("github"))

        async def connect(_: House, client: httpx2.AsyncClient) -> None:
            tokens = there.consent("github", "repo")
            kept = {name: tokens[name] for name in ("access_token", "refresh_token", "expires_in")}
            body = {"user_id": "ada", "integration": "github", "scope": "repo", **kept}
            assert (await client.post("/api/oauth/tokens", json=body)).status_code == 200

        async def expire() -> None:
            for token in there.access.values():
                token.dead = True

        async def check() -> int:
            renewed = there.refreshes["github"]
            assert there.reuses["github"] == 0
            asked = [call for call in there.calls if call.endpoint == "token"]
            assert (len(asked), {call.status for call in asked}) == (renewed, {200})
            assert len([call for call in there.calls if call.endpoint == "api" and call.status == 200]) == runs * calls
            return renewed

        yield Vendor(given, there.base("github") + "/api", connect, expire, check)


@asynccontextmanager
async def certified() -> AsyncGenerator[Vendor]:
    """npm oidc-provider, whose refresh tokens are good for one use; a person consents in a browser."""
    assert isinstance(github.auth, OAuth2)
    with judge(scopes=github.auth.scopes, routes=github_routes) as there:

        async def connect(home: House, _: httpx2.AsyncClient) -> None:
            member = await home.services.members.add(local(), "Ada", Role.editor)
            link = await home.services.sign_in.link(local(), member.id)
            async with client_of(home.app) as browser:
                entry = {"token": link.get_secret_value(), "name": "Ada"}
                assert (await browser.post("/api/auth/sign-in", json=entry, headers={"origin": origin})).status_code == 200
                asked = await browser.get("/api/oauth/github/authorize", params={"shared": "true"})
                assert (await browser.get(str(await there.allow(asked.headers["location"])))).status_code < 400

        async def check() -> int:
            told = await there.told()
            assert told["refused"] == []
            assert told["served"] == runs * calls
            return int(told["refreshes"])

        yield Vendor(apps(there.client, there.secret, there.url), there.url + "/api", connect, there.expire, check)


def apps(client: str, secret: str, server: str) -> dict[str, str]:
    return {
        "TENUTO_GITHUB_CLIENT_ID": client,
        "TENUTO_GITHUB_CLIENT_SECRET": secret,
        "TENUTO_GITHUB_OAUTH_SERVER": server,
        "TENUTO_ENV": "production",
    }


@pytest.mark.parametrize("vendors", [double, certified])
async def test_each_expiry_is_renewed_once_and_no_run_fails(
    dsn: str, tmp_path: Path, vendors: Callable[[], AbstractAsyncContextManager[Vendor]]
) -> None:
    """While keys are changed under them, too."""
    async with vendors() as vendor:
        settings = settings_for(dsn, tmp_path, **vendor.environment)
        environment = {**settings.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
        async with house(settings, working=False, bases={"github": vendor.base}) as home, hands(environment, vendor.base, tmp_path):
            key = (await home.services.keys.make(local(), "storm", Role.owner)).value.get_secret_value()
            async with client_of(home.app, key) as client:
                assert (await client.post("/api/workflows", json=workflow())).status_code == 200
                assert (await client.post("/api/workflows/storm/publish")).status_code == 200
                await vendor.connect(home, client)
                names = [f"storm-{number:02}" for number in range(runs)]
                for name in names:
                    body: dict[str, object] = {"workflow_id": "storm", "execution_id": name, "input": {}, "user_id": "ada"}
                    answer = await client.post("/api/workflow/execute", json=body)
                    assert answer.status_code < 300, answer.text
                _, statuses, rotated = await asyncio.gather(storm(dsn, client, vendor), ended(client, names), rotations(home))
                (connection,) = (await client.get("/api/connections")).json()["connections"]
        assert statuses == dict.fromkeys(names, "completed")
        renewed = await vendor.check()
        assert renewed == expiries
        assert connection["status"] == "valid"
        assert rotated >= 2
        link = await asyncpg.connect(dsn)
        try:
            assert await link.fetchval("select generation from connections") == renewed + 1
            assert await link.fetchval("select count(*) from data_keys") == 1
        finally:
            await link.close()


async def storm(dsn: str, client: httpx2.AsyncClient, vendor: Vendor) -> None:
    """Let the token expire whenever all runs rest, and then all of them want it at once."""
    link = await asyncpg.connect(dsn)
    try:
        for number in range(expiries):
            async with asyncio.timeout(patience):
                while await link.fetchval(_resting, f"rest{number}") < runs:
                    await asyncio.sleep(0.05)
            await vendor.expire()
            await link.execute("update connections set expires_at = clock_timestamp()")
            assert (await client.post("/api/events", json={"name": f"storm.go{number}"})).status_code == 200
    finally:
        await link.close()


_resting = "select count(*) from execution_events where type = 'node_waiting' and node = $1"


async def rotations(home: House) -> int:
    """New data keys for everything, again and again; how many."""
    made = 0
    for _ in range(2):
        done = await home.services.rotation.rotate(local(), data_keys=True)
        assert done.unreadable == ()
        made += done.made
    return made
