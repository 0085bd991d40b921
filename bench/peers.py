"""The engines beside us, each installed into a virtual environment of its own under a cache folder."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.child import root

_cache = root / ".cache" / "bench"


@dataclass(frozen=True, slots=True)
class Peer:
    """What is installed, and which module measures it."""

    name: str
    packages: tuple[str, ...]
    module: str

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return _cache / self.name / "bin" / "python"

    @property
    def command(self) -> tuple[str, ...]:
        """What measures it."""
        return (str(self.python), "-m", self.module)

    def version(self) -> str:
        """The version of the first package."""
        code = f"import importlib.metadata as m; print(m.version({self.packages[0]!r}))"
        return subprocess.run([self.python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()

    def install(self) -> None:
        """Make the environment, once."""
        done = _cache / self.name / "installed"
        if done.exists() and done.read_text() == "\n".join(self.packages):
            return
        print(f"Installing {', '.join(self.packages)} for the comparison", file=sys.stderr)
        venv.create(_cache / self.name, with_pip=True, symlinks=True, clear=True)
        subprocess.run([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.packages], check=True)
        done.write_text("\n".join(self.packages))


dbos = Peer("dbos", ("dbos", "uvloop"), "bench.peer_dbos")
langgraph = Peer("langgraph", ("langgraph", "langgraph-checkpoint-postgres", "psycopg[binary,pool]", "uvloop"), "bench.peer_langgraph")


async def installed() -> None:
    """See that all are there."""
    for peer in (dbos, langgraph):
        await asyncio.to_thread(peer.install)
