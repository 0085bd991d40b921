"""The command in real processes, on a real database."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests import commands
from tests.commands import Process

root = Path(__file__).parents[2]
examples = root / "examples"
banking = root.parent / "shared" / "data" / "banking77" / "test.csv"
patience = 120.0

echo = """
name: Echo
startNode: long
nodes:
  - {id: long, type: condition, config: {condition: "{{ len(input.message) > 5 }}"}}
  - {id: yes, type: transform, config: {value: "{{ input.message.upper() }}"}}
  - {id: no, type: end, config: {error: "{{ input.message }} is too short"}}
edges:
  - {from: long, port: "true", to: yes}
  - {from: long, port: "false", to: no}
"""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, JsonValue]:
        """Standard output as the one JSON value that it must be."""
        return json.loads(self.out)


@dataclass
class Command:
    """`tenuto` with an environment of its own."""

    folder: Path
    environment: dict[str, str]
    started: list[Process] = field(default_factory=list[Process])

    def __call__(self, *arguments: str | Path, feed: str = "", **environment: str) -> Said:
        """Its whole answer; `feed` is what it reads."""
        done = commands.run([*map(str, arguments)], cwd=self.folder, env={**self.environment, **environment}, timeout=patience, feed=feed)
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path, **environment: str) -> Process:
        """A command that goes on; it is killed with the test at the latest."""
        child = commands.start([*map(str, arguments)], cwd=self.folder, env={**self.environment, **environment})
        self.started.append(child)
        return child

    def file(self, name: str, text: str | bytes) -> Path:
        """A file in the command's folder."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


def ended(child: Process, number: signal.Signals | None = None) -> Said:
    """Send a signal if one is given, and wait for the end."""
    if number is not None:
        child.send_signal(number)
    out, err = child.communicate(timeout=patience)
    return Said(child.returncode, out, err)


def until(true: Callable[[], bool], child: Process | None = None) -> None:
    """Wait until something is true, while the command goes on if one is given."""
    limit = time.monotonic() + patience
    while not true():
        assert child is None or child.poll() is None, child and child.communicate()
        assert time.monotonic() < limit, "nothing happened"
        time.sleep(0.02)


@pytest.fixture
def bare(tmp_path: Path, short_folder: Path) -> Generator[Command]:
    """The command without a database; compiled files are shared by the tests of this worker, as in an installed package."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPYCACHEPREFIX": str(short_folder / "pyc"),
        "TENUTO_DATA_DIR": str(tmp_path / "data"),
    }
    made = Command(tmp_path, environment)
    yield made
    for child in made.started:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def tenuto(bare: Command, dsn: str) -> Command:
    """The command on a fresh database of this test's own."""
    bare.environment["DATABASE_URL"] = dsn
    return bare
