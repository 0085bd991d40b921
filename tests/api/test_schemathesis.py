"""Every route against its own description: schemathesis asks what is described and what is not, and nothing answers otherwise.

It runs as a program of its own against a real port, as the owner, with a fixed seed; a finding comes with the request that shows it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from tests.api.conftest import Api, fresh_database, listening, served
from tests.api.runs import asking, document, execute, until, value

from tenuto.store.server.embedded import Embedded

_checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
_longest = 240
"""Seconds after which it is a hang; it takes about a minute on two cores."""

_settings = """
[dictionaries.known]
values = ["st-run", "st-waiting", "st-flow", "agent-default", "ask", "github", "list_issues", "1"]

[parameters]
"path.id" = {dictionary = "known", probability = 0.7}
"path.node" = {dictionary = "known", probability = 0.7}
"path.number" = {dictionary = "known", probability = 0.7}
"path.connector" = {dictionary = "known", probability = 0.7}
"path.action" = {dictionary = "known", probability = 0.7}
"path.integration" = {dictionary = "known", probability = 0.7}
"query.id" = {dictionary = "known", probability = 0.7}
"query.workflow_id" = {dictionary = "known", probability = 0.7}
"query.execution_id" = {dictionary = "known", probability = 0.7}
"body.id" = {dictionary = "known", probability = 0.5}
"body.node" = {dictionary = "known", probability = 0.5}
"body.execution_id" = {dictionary = "known", probability = 0.5}
"body.workflow_id" = {dictionary = "known", probability = 0.5}
"""
"""Names of things that are there, so that more than the refusal of unknown ids is tried."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Api, str]]:
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    async with fresh_database(server) as dsn, served(dsn, folder, TENUTO_ENV="development") as api, listening(api) as url:
        await furnish(api.as_role("owner"))
        yield api, url


async def furnish(client: httpx2.AsyncClient) -> None:
    """A stored and published workflow, a run that has ended, and one that waits."""
    assert (await client.post("/api/workflows", json={**asking, "id": "st-flow"})).status_code == 200
    assert (await client.post("/api/workflows/st-flow/publish")).status_code == 200
    await execute(client, document(value("a", 1)), wait=30, execution_id="st-run")
    await execute(client, asking, execution_id="st-waiting")
    await until(client, "st-waiting", "waiting")


@pytest.mark.parametrize(
    "phases", [("--phases", "examples,coverage"), ("--phases", "fuzzing", "--max-examples", "12")], ids=["coverage", "fuzzing"]
)
async def test_no_answer_is_a_bug_or_undocumented(phases: tuple[str, ...], house: tuple[Api, str], tmp_path: Path) -> None:
    api, url = house
    (tmp_path / "schemathesis.toml").write_text(_settings)
    program = (sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", *phases, "--checks", _checks, "--seed", "20261123")
    options = ("--header", f"Authorization: Bearer {api.keys['owner']}", "--no-color", "--no-shrink", "--generation-database", "none")
    # One worker: two threads that parse Python at once miscount their depth in 3.11 (python/cpython#106905), and it does.
    limits = ("--workers", "1", "--request-timeout", "30", "--max-response-time", "20", "--suppress-health-check", "all")
    process = await asyncio.create_subprocess_exec(
        *program, *options, *limits, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _longest)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode().replace(api.keys["owner"], "***")
    assert process.returncode == 0, text
