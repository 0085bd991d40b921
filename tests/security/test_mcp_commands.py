"""Threat 5, MCP over stdio: what is started are whole command lines of an administrator, and nothing that anybody else writes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from tests.api.conftest import Api

from tenuto.connectors.mcp import mcp_command
from tenuto.core.catalog import Catalog
from tenuto.core.command_lines import allowed
from tenuto.core.errors import EgressRefused, Invalid, Misconfigured, NotFound, Problem, TooLarge, Uncertain, Unreachable, VendorFailed
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.ports import Ticket
from tenuto.settings import Settings
from tenuto.testing import check_connector
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

program = Path(__file__).parents[1] / "doubles" / "mcp_command.py"
files = (sys.executable, str(program), "--root", "/srv/a b; id")


@asynccontextmanager
async def calling(*line: str, **more: tuple[str, ...]) -> AsyncGenerator[Any]:
    """A function that performs an action where these command lines are allowed."""
    async with VaultSender(SettingSecrets({}), commands={"files": line or files, **more}) as sender:
        actor = Actor(Catalog(kinds={}, connectors={"mcp_command": mcp_command}, providers={}), sender)

        async def do(action: str, ticket: Ticket | None = None, **params: JsonValue) -> Any:
            given, ticket = {"server": "files", **params}, ticket or Ticket(workspace=1)
            return await actor.perform(
                Errand(connector="mcp_command", action=action, params=given, ticket=ticket, key="run:node:1", now=datetime.now(UTC))
            )

        yield do


def test_it_is_complete() -> None:
    assert check_connector(mcp_command) == ()


async def test_the_sdks_server_is_listed_and_called_over_its_pipes() -> None:
    async with calling() as do:
        assert {tool["name"] for tool in (await do("list_tools"))["tools"]} == {"add", "surroundings", "leave_a_child"}
        assert (await do("read_with_tool", name="add", arguments={"a": 2, "b": 3}))["data"] == {"result": 5}
        with pytest.raises(Invalid):
            await do("call_tool", name="add", arguments={"a": 2})
        with pytest.raises(Invalid, match="does not say"):
            await do("read_with_tool", name="surroundings")
        with pytest.raises(NotFound):
            await do("call_tool", name="nothing")


async def test_a_program_is_told_nothing_of_ours_and_gets_its_words_as_they_stand() -> None:
    os.environ["CANARY_OF_THE_HOUSE"] = "secret"
    try:
        async with calling() as do:
            seen = (await do("call_tool", name="surroundings"))["data"]
    finally:
        del os.environ["CANARY_OF_THE_HOUSE"]
    assert seen.pop("arguments") == "--root /srv/a b; id"
    assert seen.pop("folder") == "/"
    assert set(seen) <= {"PATH", "LANG", "LC_CTYPE", "result"}, seen


async def test_what_a_program_has_started_ends_with_it() -> None:
    async with calling() as do:
        child = (await do("call_tool", name="leave_a_child"))["data"]["result"]
    async with asyncio.timeout(60):
        while _lives(child):
            await asyncio.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        # A zombie is dead, and not yet buried by whoever adopted it.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("name", ["other", "FILES", "files;id", "../files", "files/x", "files --yes", "", "-c", "/bin/sh", "files\0"])
async def test_a_name_that_nobody_allowed_starts_nothing(name: str) -> None:
    async with calling() as do:
        with pytest.raises((EgressRefused, Invalid)):
            await do("list_tools", server=name)


async def test_a_workflow_that_names_its_hosts_reaches_no_command() -> None:
    async with calling() as do:
        with pytest.raises(EgressRefused, match="its list"):
            await do("list_tools", Ticket(workspace=1, allow=("api.example.com",)))


broken: list[tuple[str, type[Problem]]] = [
    ("pass", VendorFailed),
    ('import sys; sys.stdin.readline(); print(\'{"jsonrpc":"2.0","id":1,"result":{}}\', flush=True)', VendorFailed),
    ("import time\nwhile True: print('x' * 1000, flush=True)", TooLarge),
    ("print('x' * 20_000_000, flush=True)", TooLarge),
]


@pytest.mark.parametrize(("text", "expected"), broken, ids=["ends", "ends later", "floods", "one long line"])
async def test_a_program_that_does_not_speak_as_it_should_is_a_problem(text: str, expected: type[Problem], tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(text)
    async with calling(sys.executable, str(script)) as do:
        with pytest.raises(expected):
            await do("list_tools")


async def test_a_program_that_ends_in_the_middle_of_a_call_may_have_done_it(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    if asked['method'] == 'tools/call': sys.exit()\n"
        "    tools = {'tools': [{'name': 'do', 'inputSchema': {}}]}\n"
        "    if 'id' in asked: print(json.dumps({'jsonrpc': '2.0', 'id': asked['id'], 'result': tools}), flush=True)\n"
    )
    async with calling(sys.executable, str(script)) as do:
        with pytest.raises(Uncertain):
            await do("call_tool", name="do")


async def test_a_program_that_is_not_there_never_began() -> None:
    async with calling("/nowhere/at/all") as do:
        with pytest.raises(Unreachable, match="cannot be started"):
            await do("list_tools")


refused: list[dict[str, Any]] = [
    {"files": ["sh", "-c", "id"]}, {"files": ["/bin/sh", "/srv/x"]}, {"files": ["/bin/bash"]}, {"files": ["/usr/bin/env", "NODE_OPTIONS=x", "node"]},
    {"files": ["npx", "server"]}, {"files": ["/usr/bin/npx", "--yes", "server"]}, {"files": ["/usr/bin/npx", "-y", "server"]},
    {"files": ["/usr/bin/python3", "-c", "x"]}, {"files": ["/usr/bin/python3", "-m", "x"]}, {"files": ["/usr/bin/node", "--eval=x"]},
    {"files": ["/usr/bin/node", "--require", "/x"]}, {"files": ["/usr/bin/../bin/x"]}, {"files": []}, {"files": ""}, {"files": "/bin/x y"},
    {"Files": ["/bin/x"]}, {"../x": ["/bin/x"]}, {"": ["/bin/x"]}, {"files": ["/bin/x", "a\0b"]}, {"files": ["/usr/bin/sudo", "x"]},
    {"files": [5]}, {"files": {"command": "/bin/x"}},
]  # fmt: skip


@pytest.mark.parametrize("lines", refused, ids=str)
def test_a_command_line_that_leaves_open_what_is_run_stops_the_start(lines: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_MCP_COMMANDS"):
        Settings.read(tmp_path, {"TENUTO_MCP_COMMANDS": json.dumps(lines)})


def test_a_whole_command_line_can_be_allowed(tmp_path: Path) -> None:
    given = {"TENUTO_MCP_COMMANDS": '{"files": ["/usr/local/bin/mcp-files", "--root", "/srv/files"]}'}
    assert Settings.read(tmp_path, given).mcp_commands == {"files": ("/usr/local/bin/mcp-files", "--root", "/srv/files")}
    assert Settings.read(tmp_path, {}).mcp_commands == {}
    assert allowed({"files": files}) == {"files": files}


async def test_without_the_setting_nobody_starts_anything_by_the_api(api: Api) -> None:
    for params in ({"server": "files"}, {"server": "files", "command": ["/bin/sh"]}, {"server": "/bin/sh"}):
        answer = await api.as_role("owner").post(
            "/api/integrations/mcp_command", json={"action": "list_tools", "params": params, "simulate": False}
        )
        assert answer.status_code in (422, 502), answer.text
        assert answer.json()["success"] is False
