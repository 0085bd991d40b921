"""Fifty runs in three worker processes while their one account's token expires again and again: each expiry is renewed once."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import client_of, local, settings_for
from tests.doubles.oauth import OAuthDouble, client_id, client_secret, oauth_double

from tenuto.app import house
from tenuto.core.access import Role

pytestmark = [pytest.mark.crash, pytest.mark.slow]

runs, workers, calls = 50, 3, 5
lifetime = 3
patience = 150.0


def workflow() -> dict[str, Any]:
    """Calls with rests between them, together longer than a token lives."""
    nodes: list[dict[str, Any]] = []
    for number in range(calls):
        nodes.append(
            {"id": f"ask{number}", "type": "integration", "config": {"integration": "github", "action": "get_repos", "params": {}}}
        )
        nodes.append({"id": f"rest{number}", "type": "delay", "config": {"duration": "PT1.5S"}})
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


async def store(client: httpx2.AsyncClient, double: OAuthDouble) -> None:
    given = double.consent("github", "repo")
    body = {"user_id": "ada", "integration": "github", "scope": "repo"} | {
        name: given[name] for name in ("access_token", "refresh_token", "expires_in")
    }
    assert (await client.post("/api/oauth/tokens", json=body)).status_code == 200


async def test_each_expiry_is_renewed_once_and_no_run_fails(dsn: str, tmp_path: Path) -> None:
    async with oauth_double() as double:
        double.change("github", lifetime=lifetime)
        double.pace, double.resources["github"] = 0.2, []
        base = double.base("github") + "/api"
        given = {
            "TENUTO_GITHUB_CLIENT_ID": client_id,
            "TENUTO_GITHUB_CLIENT_SECRET": client_secret,
            "TENUTO_GITHUB_OAUTH_SERVER": double.base("github"),
            "TENUTO_ENV": "production",
        }
        settings = settings_for(dsn, tmp_path, **given)
        environment = {**settings.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
        async with house(settings, working=False, bases={"github": base}) as home, hands(environment, base, tmp_path):
            key = (await home.services.keys.make(local(), "storm", Role.owner)).value.get_secret_value()
            async with client_of(home.app, key) as client:
                assert (await client.post("/api/workflows", json=workflow())).status_code == 200
                assert (await client.post("/api/workflows/storm/publish")).status_code == 200
                await store(client, double)
                names = [f"storm-{number:02}" for number in range(runs)]
                for name in names:
                    body = {"workflow_id": "storm", "execution_id": name, "input": {}, "user_id": "ada"}
                    answer = await client.post("/api/workflow/execute", json=body)
                    assert answer.status_code < 300, answer.text
                statuses = await ended(client, names)
                (connection,) = (await client.get("/api/connections")).json()["connections"]
        assert statuses == dict.fromkeys(names, "completed")
        await _one_for_each_expiry(double, dsn)
        assert connection["status"] == "valid"


async def _one_for_each_expiry(double: OAuthDouble, dsn: str) -> None:
    """None was presented twice, none refused, none early by more than the tenth of a life that is meant, and the row counts them all."""
    renewed = double.refreshes["github"]
    assert renewed >= 2, "the tokens did not expire while the runs were under way: this proves nothing"
    assert double.reuses["github"] == 0
    asked = [call for call in double.calls if call.endpoint == "token"]
    assert (len(asked), {call.status for call in asked}) == (renewed, {200})
    ends = sorted(token.until for token in double.access.values() if token.until is not None)
    assert min(later - earlier for earlier, later in pairwise(ends)) >= lifetime * 0.9 - 0.3
    served = [call for call in double.calls if call.endpoint == "api" and call.status == 200]
    assert len(served) == runs * calls
    link = await asyncpg.connect(dsn)
    try:
        assert await link.fetchval("select generation from connections") == renewed + 1
    finally:
        await link.close()
