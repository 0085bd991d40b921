"""The suite `@modelcontextprotocol/conformance` judges our server and our connector; what does not pass is named with its reason.

A scenario that passes although it is named here fails the test too, so that the lists stay true.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from tests.api.runs import document, value
from tests.doubles.mcp_server import listening
from tests.judges import folder, node
from tests.mcp.conftest import Place

suite = folder / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
root = Path(__file__).parents[2]

text_only = "a run's output is JSON, and an action's result too: they are answered as text and data, never as images, sounds or resources"
no_asking = "a server of ours keeps no sessions, so that any process answers; it asks its client for nothing (in 2026-07-28 no server does)"
no_capability = "the capability is not declared: what we offer are tools"
server_fails: dict[str, str] = {
    "logging-set-level": no_capability + " (logging is deprecated since 2026-07-28, SEP-2577)",
    "completion-complete": no_capability,
    "tools-call-image": text_only,
    "tools-call-audio": text_only,
    "tools-call-embedded-resource": text_only,
    "tools-call-mixed-content": text_only,
    "tools-call-with-logging": no_capability,
    "tools-call-sampling": no_asking,
    "tools-call-elicitation": no_asking,
    "json-schema-2020-12": "wants a tool with a schema of its own; a workflow's is read off its expressions",
    "elicitation-sep1034-defaults": no_asking,
    "elicitation-sep1330-enums": no_asking,
    "server-sse-polling": "asks for a session, and tests nothing without one: any process of ours answers, so that there are none",
    "server-sse-multiple-streams": "asks for a session, and tests nothing without one: any process of ours answers, so that there are none",
    "resources-list": no_capability,
    "resources-read-text": no_capability,
    "resources-read-binary": no_capability,
    "resources-templates-read": no_capability,
    "resources-subscribe": no_capability,
    "resources-unsubscribe": no_capability,
    "prompts-list": no_capability,
    "prompts-get-simple": no_capability,
    "prompts-get-with-args": no_capability,
    "prompts-get-embedded-resource": no_capability,
    "prompts-get-with-image": no_capability,
}
no_oauth = (
    "an MCP server's own authorization (its discovery, registration and consent) is not spoken by the connector: a connection holds the "
    "access token that the server's operator gives out"
)
client_passes = ("initialize", "tools_call", "sse-retry")
client_fails: dict[str, str] = {
    "elicitation-sep1034-client-defaults": "a workflow has nobody to be asked in the middle of a call: the capability is not declared",
    "auth/metadata-default": no_oauth,
    "auth/metadata-var1": no_oauth,
    "auth/metadata-var2": no_oauth,
    "auth/metadata-var3": no_oauth,
    "auth/basic-cimd": no_oauth,
    "auth/scope-from-www-authenticate": no_oauth,
    "auth/scope-from-scopes-supported": no_oauth,
    "auth/scope-omitted-when-undefined": no_oauth,
    "auth/scope-step-up": no_oauth,
    "auth/scope-retry-limit": no_oauth,
    "auth/token-endpoint-auth-basic": no_oauth,
    "auth/token-endpoint-auth-post": no_oauth,
    "auth/token-endpoint-auth-none": no_oauth,
    "auth/pre-registration": no_oauth,
    "auth/2025-03-26-oauth-metadata-backcompat": no_oauth,
    "auth/2025-03-26-oauth-endpoint-fallback": no_oauth,
    "auth/offline-access-scope": no_oauth,
    "auth/offline-access-not-supported": no_oauth,
    "auth/client-credentials-jwt": no_oauth,
    "auth/client-credentials-basic": no_oauth,
    "auth/cross-app-access-complete-flow": no_oauth,
}
vacuous = {"auth/resource-mismatch": "passes, for a client that asks for no token cannot take one that is meant for another server"}
named: Mapping[str, dict[str, JsonValue]] = {
    "test_simple_text": value("a", "This is a simple text response for testing."),
    "test_error_handling": value("a", "{{ input.this_is_not_given }}"),
}


command = f"{sys.executable} -m tests.mcp.conformance_client"
needs_suite = pytest.mark.skipif(
    not suite.exists(), reason="the JavaScript judges are not installed: make tests/judges/node_modules/.installed"
)


async def judged(*arguments: str, seconds: float = 120) -> str:
    """What the suite says."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": f"{root / 'src'}:{root}", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        str(node), str(suite), *arguments, cwd=root, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return re.sub(r"\x1b\[\d+m", "", said.decode(errors="replace"))


async def scenarios(kind: str) -> list[str]:
    listed = (await judged("list")).partition(f"{kind} scenarios")[2].partition("\n\n")[0]
    return re.findall(r"^  - (\S+)", listed, re.MULTILINE)


@asynccontextmanager
async def in_their_words(place: Place) -> AsyncGenerator[str]:
    """Our server with a key put into every request, which the suite has no way to send, and its names for our workflows."""

    async def forward(request: Request) -> StreamingResponse:
        body = await request.body()
        sent: dict[str, Any] = json.loads(body) if body else {}
        if sent.get("method") == "tools/call" and sent["params"]["name"] in {*named, "test_tool_with_progress"}:
            sent["params"]["name"] = "run_" + sent["params"]["name"]
            body = json.dumps(sent).encode()
        headers = {name: text for name, text in request.headers.items() if name not in ("content-length", "connection")}
        headers["authorization"] = f"Bearer {place.api.keys['operator']}"
        asked = http.build_request(request.method, f"{place.url}/mcp", headers=headers, content=body)
        answer = await http.send(asked, stream=True)
        kept = {name: text for name, text in answer.headers.items() if name in ("content-type", "allow", "www-authenticate")}
        return StreamingResponse(answer.aiter_raw(), status_code=answer.status_code, headers=kept)

    app = Starlette(routes=[Route("/mcp", forward, methods=["GET", "POST", "DELETE"])])
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http, listening(app) as url:
        yield f"{url}/mcp"


@needs_suite
async def test_our_server_passes_every_scenario_but_those_named(place: Place, tmp_path: Path) -> None:
    await place.publish(
        *({**document(made), "id": name, "name": name} for name, made in named.items()),
        {**document(*(value(f"step{number}", number) for number in range(4))), "id": "test_tool_with_progress", "name": "Steps"},
    )
    async with in_their_words(place) as url:
        said = await judged("server", "--url", url, "--suite", "all", "--output-dir", str(tmp_path))
    outcome = outcomes(said)
    assert set(outcome) >= set(await scenarios("Server")), said[-3000:]
    failed = {name for name, good in outcome.items() if not good}
    assert failed == set(server_fails), f"{failed ^ set(server_fails)}\n{said[-6000:]}"


@needs_suite
@pytest.mark.parametrize("scenario", client_passes)
async def test_our_connector_passes(scenario: str, tmp_path: Path) -> None:
    said, passed = "", None
    for _ in range(5):  # who stands still for a fifth of a second reconnects later than the suite allows; who is wrong is so each time
        said = await judged("client", "--command", command, "--scenario", scenario, "--output-dir", str(tmp_path))
        if passed := re.search(r"Passed: (\d+)/(\d+), 0 failed, 0 warnings", said):
            break
    assert passed, said[-3000:]
    assert passed[1] == passed[2] != "0"
    assert "OVERALL: PASSED" in said


@needs_suite
async def test_what_our_connector_does_not_pass_is_named(tmp_path: Path) -> None:
    assert set(await scenarios("Client")) == {*client_passes, *client_fails, *vacuous}
    said = await judged("client", "--command", command, "--suite", "auth", "--timeout", "90000", "--output-dir", str(tmp_path), seconds=240)
    outcome = outcomes(said)
    assert {name for name in client_fails if name.startswith("auth/")} >= {name for name, good in outcome.items() if not good}, said[-5000:]
    assert {name for name, good in outcome.items() if good} <= set(vacuous), said[-5000:]
    (asked,) = set(client_fails) - {name for name in client_fails if name.startswith("auth/")}
    one = await judged("client", "--command", command, "--scenario", asked, "--timeout", "4000", "--output-dir", str(tmp_path))
    assert "OVERALL: FAILED" in one, one[-3000:]


def outcomes(said: str) -> dict[str, bool]:
    """Passed or not, by scenario, as the suite's summary tells."""
    found = re.findall(r"^([✓✗]) (\S+): (\d+) passed, (\d+) failed", said, re.MULTILINE)
    return {name: sign == "✓" and int(passed) > 0 for sign, name, passed, _ in found}
