"""`docs/how-to/add-a-connector.md`, followed word by word: a copy of the package gets the file, and the commands of the page are run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import loopback, served

import tenuto
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Connector
from tenuto.core.errors import Rejected
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.ports import Ticket
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

page = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-connector.md").read_text()
file, test = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
commands = [line for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
[flow] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def test_it_takes_fewer_than_sixty_lines() -> None:
    assert len([line for line in file.splitlines() if line.strip()]) < 60


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as in a checkout, with the two files of the page where the page says."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(Path(tenuto.__file__).parent, folder / "src" / "tenuto", ignore=shutil.ignore_patterns("__pycache__"))
    for path, content in re.findall(r"Save this as `([^`]+)`.*?```python\n(.*?)```", page, re.DOTALL):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    (folder / "call-back.yaml").write_text(flow)
    return folder


def test_every_command_of_the_page_does_what_the_page_says(checkout: Path, dsn: str) -> None:
    kept = {"HOME": str(checkout), "TENUTO_DATA_DIR": str(checkout / "data"), "DATABASE_URL": dsn}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout / "src"), **kept}
    said: list[str] = []
    for line in commands:
        arguments = [each.strip('"') for each in re.findall(r'"[^"]*"|\S+', line)]
        program = [sys.executable, *arguments[1:]] if arguments[0] == "python" else [sys.executable, "-m", *arguments]
        done = subprocess.run(program, cwd=checkout, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said.append(done.stdout + done.stderr)
    tested, shown, simulated = said
    assert "1 passed" in tested
    assert "create_task" in shown
    assert "Call Ada back" in simulated


class Todoist:
    """The three addresses that the file asks, as the vendor's page describes them."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, Any]] = []

    async def create(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer token-of-todoist":
            return JSONResponse({"error": "Forbidden", "http_code": 403}, 403)
        sent = await request.json()
        self.tasks.append({"id": f"t{len(self.tasks)}", "content": sent["content"], "description": sent.get("description", "")})
        return JSONResponse(self.tasks[-1])

    async def find(self, request: Request) -> Response:
        word = request.query_params["query"].removeprefix("search: ")
        return JSONResponse({"results": [task for task in self.tasks if word in task["content"]], "next_cursor": None})


class World:
    def __init__(self, todoist: Todoist, connector: Connector, actor: Actor) -> None:
        self.todoist, self.connector, self.actor = todoist, connector, actor

    def errand(self, action: str, params: JsonObject) -> Errand:
        ticket = Ticket(workspace=1)
        return Errand(connector="todoist", action=action, params=params, ticket=ticket, key="run:note:1", now=datetime.now(UTC))


@pytest.fixture(params=["token-of-todoist"])
async def world(checkout: Path, request: pytest.FixtureRequest) -> AsyncGenerator[World]:
    spec = importlib.util.spec_from_file_location("followed_todoist", checkout / "src/tenuto/connectors/todoist.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["followed_todoist"] = module
    spec.loader.exec_module(module)
    connector: Connector = module.todoist
    todoist, bound = Todoist(), loopback(0)
    app = Starlette(routes=[Route("/tasks", todoist.create, methods=["POST"]), Route("/tasks/filter", todoist.find)])
    secrets = SettingSecrets({"todoist": Setting(name="T", credential=Credential(auth=connector.auth, secret=SecretStr(request.param)))})
    async with served(app, bound, lambda: None), VaultSender(secrets, allow=("127.0.0.1/32",)) as sender:
        catalog = Catalog(kinds={}, connectors={"todoist": connector}, providers={})
        yield World(todoist, connector, Actor(catalog, sender, bases={"todoist": f"http://127.0.0.1:{bound.getsockname()[1]}"}))
    del sys.modules["followed_todoist"]


async def test_what_it_writes_arrives_and_is_found_again(world: World) -> None:
    wanted = world.errand("create_task", {"content": "Call Ada back", "due": "tomorrow"})
    assert await world.actor.verify(wanted) is None
    made = await world.actor.perform(wanted)
    assert [task["content"] for task in world.todoist.tasks] == ["Call Ada back"]
    assert await world.actor.verify(wanted) == made
    found = await world.actor.perform(world.errand("find_tasks", {"query": "search: Ada"}))
    assert found == {"results": [made]}


@pytest.mark.parametrize("world", ["another-token-that-is-wrong"], indirect=True)
async def test_a_refusal_is_said_in_the_services_words(world: World) -> None:
    with pytest.raises(Rejected, match="Todoist refused: Forbidden"):
        await world.actor.perform(world.errand("create_task", {"content": "Call Ada back"}))
