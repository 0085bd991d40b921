"""The web app as it was built: its files, each in the shortest form that a browser takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

_media = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_name = re.compile(r"[A-Za-z0-9_-]{1,100}(\.[A-Za-z0-9_-]{1,50}){1,3}")
"""One part of a path that leads nowhere else; the build writes no other."""

_codings = {"br": ".br", "gzip": ".gz"}
"""What the build has compressed already, the shortest first, and the ending of such a file."""


class Found(NamedTuple):
    """A file to be sent."""

    body: bytes
    media: str
    coding: str | None


@dataclass(frozen=True, slots=True)
class WebFiles:
    """A folder that the build wrote: pages in it, and under `assets` everything that has a hash in its name."""

    folder: Path

    @property
    def built(self) -> bool:
        """Whether there is an app to serve."""
        return (self.folder / "index.html").is_file()

    def page(self, name: str, accepted: str) -> Found | None:
        """A file beside the index, read anew each time: a build may have replaced it. `accepted` is the request's `Accept-Encoding`."""
        return _find(self.folder, name, accepted, _read)

    def asset(self, name: str, accepted: str) -> Found | None:
        """A file that never changes, because its name holds the hash of its content."""
        return _find(self.folder / "assets", name, accepted, _kept)


def installed() -> WebFiles:
    """The app in this package."""
    return WebFiles(Path(str(files("tenuto.api"))) / "static" / "app")


def codings(accepted: str) -> tuple[str, ...]:
    """What an `Accept-Encoding` allows of what there is, the shortest first (RFC 9110, 12.5.3); `q=0` refuses."""
    allowed: dict[str, bool] = {}
    for item in accepted.lower().split(","):
        coding, _, weight = item.partition(";")
        allowed[coding.strip()] = re.fullmatch(r"\s*q\s*=\s*0(\.0{0,3})?\s*", weight) is None
    return tuple(coding for coding in _codings if allowed.get(coding, allowed.get("*", False)))


def _find(folder: Path, name: str, accepted: str, read: Callable[[Path], bytes | None]) -> Found | None:
    media = _media.get(name.rpartition(".")[2])
    if media is None or _name.fullmatch(name) is None:
        return None
    for coding in codings(accepted):
        if (body := read(folder / f"{name}{_codings[coding]}")) is not None:
            return Found(body, media, coding)
    body = read(folder / name)
    return None if body is None else Found(body, media, None)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if _is_ours(path) else None


@cache
def _asset(path: Path) -> bytes:
    return path.read_bytes()


def _kept(path: Path) -> bytes | None:
    return _asset(path) if _is_ours(path) else None


def _is_ours(path: Path) -> bool:
    """The build writes no links; one that lies there leads somewhere else."""
    return path.is_file() and not path.is_symlink()
