"""Threat 5, MCP stdio and commands: nothing that anybody writes into a definition, a setting or a request starts a program.

MCP over stdio starts whole command lines that an administrator has allowed in a setting, and nothing else: `test_mcp_commands.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.api.conftest import Api

import tenuto
from tenuto.core.catalog import discover
from tenuto.settings import Settings

package = Path(tenuto.__file__).parent

starters = {
    "app/crew.py": "our own interpreter and our own module, again, for each process of `serve`; its arguments are numbers of ours",
    "vault/doors/commands.py": "whole command lines of TENUTO_MCP_COMMANDS, by the name that the administrator gave each",
    "store/server/account.py": "useradd, with fixed arguments, where the embedded database would run as root",
    "store/server/cluster.py": "the programs of the embedded database, by their whole path, with an environment of their own",
}
"""Who starts programs, and why that is no way in: what they start is written in these files."""

sandbox = "engine/code/interpreters.py"
"""Writes the script that starts the interpreter; no part of it comes from anybody else."""

programs = {
    "subprocess", "multiprocessing", "pty", "pexpect", "sh", "plumbum", "commands", "popen2", "concurrent.futures.process", "ctypes", "cffi",
    "runpy", "code", "pdb", "cmd",
}  # fmt: skip
calls = {
    "system", "popen", "fork", "forkpty", "startfile", "posix_spawn", "posix_spawnp", "create_subprocess_exec", "create_subprocess_shell",
    "subprocess_exec", "subprocess_shell", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle",
    "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe", "ProcessPoolExecutor",
}  # fmt: skip
common = {"fork", "system"}
"""Words that mean something else where no module of the system stands before them."""
words = {
    "command", "commands", "cmd", "args", "argv", "arguments", "shell", "script", "executable", "program", "binary", "stdio", "interpreter",
    "entrypoint", "hook", "hooks",
}  # fmt: skip
"""What a field is called that takes a command line."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).as_posix(), ast.parse(path.read_text())


def starts(tree: ast.Module) -> set[str]:
    """Every import and name by which a program can be started."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names if alias.name in programs}
            case ast.ImportFrom(module=module, names=names):
                found |= {module} if module in programs else set()
                found |= {alias.name for alias in names if alias.name in calls} if module in ("os", "asyncio", "posix") else set()
            case ast.Attribute(value=of, attr=name) if name in calls and (name not in common or ast.unparse(of) in ("os", "posix", "pty")):
                found.add(name)
            case ast.Name(id=name) if name in calls - common:
                found.add(name)
            case ast.keyword(arg="shell"):
                found.add("shell=")
            case _:
                pass
    return found


def test_programs_are_started_in_named_places_only() -> None:
    seen = {path: found for path, tree in modules() if (found := starts(tree))}
    assert set(seen) == set(starters), seen
    assert not [
        path for path, found in seen.items() if found & {"shell=", "system", "popen", "create_subprocess_shell", "subprocess_shell"}
    ]


@pytest.mark.parametrize(
    "line",
    [
        "import subprocess", "from subprocess import run", "from os import system", "import os\nos.system('x')", "import os\nos.execvp('x', [])",
        "import asyncio\nasyncio.create_subprocess_exec('x')", "loop.subprocess_exec()", "run('x', shell=True)", "import ctypes",
        "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor()",
    ],
)  # fmt: skip
def test_the_scan_finds_what_it_looks_for(line: str) -> None:
    assert starts(ast.parse(line))


def test_what_is_started_comes_from_nobody() -> None:
    """The first argument of every start is written here: a constant, a list of constants and our own paths, or our own interpreter."""
    found = [
        f"{path}: {ast.unparse(call.args[0])}"
        for path, tree in modules()
        if path in starters
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("subprocess.run", "asyncio.create_subprocess_exec")
    ]
    assert sorted(found) == [
        "app/crew.py: sys.executable",
        "store/server/account.py: [*command, system_account]",
        "store/server/cluster.py: [str(self.programs / program), *arguments]",
        "vault/doors/commands.py: *line",
    ]


def test_the_sandboxes_script_has_no_part_of_anybodys() -> None:
    tree = next(tree for path, tree in modules() if path == sandbox)
    formats = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "_script.format"]
    assert [ast.unparse(call) for call in formats] == ["_script.format(program=shlex.quote(str(interpreter)))"]


def test_no_setting_names_a_program() -> None:
    named = {part for name in Settings.model_fields if name != "mcp_commands" for part in name.split("_")}
    assert not named & words
    assert len(named) > 10


def test_no_node_connector_or_provider_takes_a_command_line() -> None:
    catalog = discover()
    fields = {f"node {kind.model_fields['type'].default}": names(kind.model_fields["config"].annotation) for kind in catalog.kinds.values()}
    for name, connector in catalog.connectors.items():
        fields |= {f"action {name}.{key}": names(action.params) for key, action in connector.actions.items()}
    assert len(fields) > 20
    fields["node approval"].remove("arguments")  # what a person is shown, and its hash: it is executed by nobody
    for action in ("mcp.call_tool", "mcp.repeat_tool", "mcp.read_with_tool", "mcp_command.call_tool", "mcp_command.read_with_tool"):
        fields[f"action {action}"].remove("arguments")  # JSON for a tool of a server that runs already, or is started as it is allowed
    assert {where: found & words for where, found in fields.items() if found & words} == {}


def names(model: object) -> set[str]:
    """Of every field of a model, at any depth; values of free form (an action's `params`) have none."""
    found: set[str] = set()
    todo, seen = [model], set[int]()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, type) and issubclass(one, BaseModel):
            found |= {name.lower() for name in one.model_fields}
            todo += [field.annotation for field in one.model_fields.values()]
        todo += getattr(one, "__args__", ())
    return found


@pytest.mark.parametrize(
    "agent",
    [
        {"mcp": {"command": "sh", "args": ["-c", "id"]}},
        {"mcp_servers": [{"transport": "stdio", "command": "npx", "args": ["--yes", "x"], "env": {"NODE_OPTIONS": "--require x"}}]},
        {"tools": [{"type": "stdio", "command": "sh -c id"}]},
        {"tools": ["stdio:sh -c id"]},
        {"provider": "subprocess"},
        {"provider": "os.system"},
        {"provider": "../../bin/sh"},
    ],
)
async def test_a_definition_with_a_command_line_is_refused(agent: dict[str, object], api: Api) -> None:
    document = {
        "name": "W", "startNode": "a", "agents": [{"id": "one", "name": "One", **agent}],
        "nodes": [{"id": "a", "type": "agent", "config": {"agent": "one"}}],
    }  # fmt: skip
    answer = await api.as_role("owner").post("/api/workflow/execute?wait=5", json={"workflow": document})
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("kind", ["command", "shell", "exec", "executeCommand", "ssh", "script", "mcp", "python", "git", "docker"])
async def test_there_is_no_node_that_runs_a_command(kind: str, api: Api) -> None:
    document = {"name": "W", "startNode": "a", "nodes": [{"id": "a", "type": kind, "config": {"command": "id"}}]}
    answer = await api.as_role("owner").post("/api/workflow/execute?wait=5", json={"workflow": document})
    assert answer.status_code in (400, 422), answer.text
