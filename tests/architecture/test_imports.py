"""Every import contract holds for the house, and every one of them can fail."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

root = Path(__file__).parents[2]
contracts = root / ".importlinter"

rooms = ("api", "mcp", "services", "engine", "vault", "nodes", "connectors", "agents", "store", "core")

violations = {
    "core looks up": ("floors", "core/values.py", "import tenuto.engine"),
    "engine knows vault": ("floors", "engine/run.py", "import tenuto.vault"),
    "a node kind knows the engine": ("floors", "nodes/agent.py", "import tenuto.engine"),
    "mcp knows api": ("floors", "mcp/server.py", "import tenuto.api"),
    "services know the app": ("floors", "services/runs.py", "import tenuto.app"),
    "api reads settings": ("floors", "api/runs.py", "import tenuto.settings"),
    "a room nobody planned": ("floors", "plumbing.py", ""),
    "node kinds know each other": ("nodes", "nodes/agent.py", "import tenuto.nodes.delay"),
    "connectors know each other": ("connectors", "connectors/slack.py", "import tenuto.connectors.gmail"),
    "providers know each other": ("agents", "agents/lyzr.py", "import tenuto.agents.simulated"),
    "api sees the store": ("store", "api/runs.py", "import tenuto.store.runs.journal"),
    "engine sees the store": ("store", "engine/run.py", "import tenuto.store"),
    "cli sees the store": ("store", "cli.py", "import tenuto.store"),
    "a noun knows the language": ("language", "core/values.py", "import tenuto.core.language.schema"),
    "the journal knows the embedded server": ("server", "store/database.py", "import tenuto.store.server.embedded"),
    "core does input and output": ("pure", "core/values.py", "import asyncio"),
    "core logs": ("pure", "core/values.py", "import structlog"),
    "services speak SQL": ("sql", "services/runs.py", "import sqlalchemy.ext.asyncio"),
    "vault speaks SQL outside its door": ("sql", "vault/sender.py", "import asyncpg"),
    "the runner has its own sandbox": ("sandbox", "engine/run.py", "import pydantic_monty"),
    "tokens do their own cryptography": ("crypto", "vault/tokens.py", "import cryptography.hazmat.primitives"),
    "a provider opens connections": ("outgoing", "agents/lyzr.py", "import httpx2"),
    "services speak HTTP": ("incoming", "services/runs.py", "import fastapi"),
    "a connector speaks MCP by the SDK": ("mcp", "connectors/mcp.py", "import mcp.client.client"),
    "the engine prints": ("terminal", "engine/run.py", "import rich.console"),
}

allowed = {
    "app.py": "import tenuto.api, tenuto.services, tenuto.engine, tenuto.store, tenuto.settings, fastapi",
    "cli.py": "import tenuto.app, tenuto.settings, rich, typer",
    "services/runs.py": "import tenuto.engine, tenuto.store.runs.journal, tenuto.vault.tokens",
    "vault/tokens.py": "import tenuto.store.runs.journal, tenuto.vault.crypto, httpx2",
    "vault/crypto.py": "import cryptography.hazmat.primitives",
    "engine/expressions/sandbox.py": "import pydantic_monty",
    "store/runs/journal.py": "import tenuto.core.values, tenuto.store.database, asyncpg, sqlalchemy",
    "api/runs.py": "import tenuto.services, fastapi",
    "nodes/agent.py": "import tenuto.core.values",
}


def test_the_house_keeps_every_contract() -> None:
    status, answer = lint(root / "src")
    assert status == 0, answer


def test_a_house_of_allowed_imports_keeps_every_contract(tmp_path: Path) -> None:
    status, answer = lint(build(tmp_path, allowed))
    assert status == 0, answer


@pytest.mark.parametrize("case", violations)
def test_each_violation_breaks_its_contract_and_no_other(case: str, tmp_path: Path) -> None:
    contract, path, line = violations[case]
    status, answer = lint(build(tmp_path, {path: line}))
    assert status == 1, answer
    assert broken(answer) == {contract}, answer


def test_every_contract_has_a_violation() -> None:
    assert {contract for contract, _, _ in violations.values()} == set(names())


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("tenuto", cache_dir=None)
    found = circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    assert found == [], "\n".join(" → ".join(circle) for circle in found)


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "d2"}, "d2": set()}) == [["a", "b", "c"]]


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach each other, each sorted by name."""
    reach: dict[str, set[str]] = {}
    for start, first in imports.items():
        seen: set[str] = set()
        waiting = set(first)
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting |= imports.get(module, set())
        reach[start] = seen
    groups = {tuple(sorted(other for other in imports if other in reach[one] and one in reach[other])) for one in imports}
    return sorted(list(group) for group in groups if group)


def build(folder: Path, files: dict[str, str]) -> Path:
    """A package named tenuto that has every room, the files given, and the files that those import."""
    package = folder / "tenuto"
    for room in rooms:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    ever_imported = (
        "nodes/delay.py",
        "connectors/gmail.py",
        "agents/simulated.py",
        "store/runs/__init__.py",
        "store/runs/journal.py",
        "store/server/__init__.py",
        "store/server/embedded.py",
        "store/database.py",
        "engine/expressions/__init__.py",
        "core/language/__init__.py",
        "core/language/schema.py",
        "vault/tokens.py",
    )
    for path in (*ever_imported, *files):
        (package / path).parent.mkdir(parents=True, exist_ok=True)
    for path in ("__init__.py", "app.py", "cli.py", "settings.py", "testing.py", "core/values.py", "vault/crypto.py", *ever_imported):
        (package / path).touch()
    for path, text in files.items():
        (package / path).write_text(text + "\n")
    return folder


def lint(folder: Path) -> tuple[int, str]:
    """Status and output of lint-imports, with the contracts of the house, for the package `tenuto` in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(contracts), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def broken(answer: str) -> set[str]:
    lines = answer.splitlines()
    return {key for key, name in names().items() if any(line.startswith(f"{name} BROKEN") for line in lines)}


def names() -> dict[str, str]:
    """Key and name of every contract."""
    parser = configparser.ConfigParser()
    parser.read(contracts)
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix): parser[section]["name"] for section in parser.sections() if section.startswith(prefix)}
