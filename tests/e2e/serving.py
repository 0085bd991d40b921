"""A served product in its own process, on a port of its own, that can be stopped, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from tests import commands
from tests.commands import Process

patience = 90.0
key = "tnk_" + "e2e" * 16


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Product:
    """`tenuto serve` with an owner's key that is known beforehand."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with (self.folder / "serve.log").open("ab") as log:
            arguments = ["serve", "--port", str(self.port)]
            self.process = commands.start(arguments, cwd=self.folder, env=self.environment, log=log.fileno())
        limit = time.monotonic() + patience
        with httpx2.Client(base_url=self.url) as client:
            while time.monotonic() < limit:
                assert self.process.poll() is None, (self.folder / "serve.log").read_text()
                with suppress(httpx2.TransportError):
                    if client.get("/readyz").status_code == 200:
                        return
                time.sleep(0.05)
        raise AssertionError((self.folder / "serve.log").read_text())

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; answers the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(patience)

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def product(folder: Path, **environment: str) -> Product:
    """A product that is not started yet."""
    given = {"PATH": os.environ["PATH"], "HOME": str(folder), "TENUTO_BOOTSTRAP_KEY": key, "TENUTO_ENV": "development", **environment}
    return Product(folder, given)
