"""The set-up examined: each check says what it found, and what is to be done where something is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from tenuto.app.listening import listen
from tenuto.app.secrecy import transit
from tenuto.app.upkeep import Found, data_folder, inspect, reach, whereabouts, writable_folder
from tenuto.core.catalog import discover
from tenuto.core.errors import Misconfigured, Problem
from tenuto.settings import Settings
from tenuto.vault.crypto import parse_keys

_little = 1024**3
_skew = 5.0
_patience = 5.0


class Finding(NamedTuple):
    """What one check found; what is to be done stands in the problem, or in `fix` where it is no more than a note."""

    about: str
    level: Literal["good", "note", "bad"]
    says: str
    fix: str | None = None
    problem: Problem | None = None
    """Of a bad finding."""


Check = Callable[[Settings], Awaitable[Sequence[Finding]]]


async def check_up(read: Callable[[], Settings], *, offline: bool) -> Sequence[Finding]:
    """Look at everything a start depends on; with `offline` nobody outside is asked. Never raises a problem."""
    found = [Finding("python", "good", f"Python {platform.python_version()} at {sys.executable}")]
    try:
        settings = read()
    except Problem as problem:
        return [*found, _bad("settings", problem)]
    checks: list[Check] = [_folder, _disk, _database, _port, _secret_key, _agents]
    for check in [*checks, *([] if offline else [_vault, _way_out])]:
        found += await check(settings)
    return found


async def _folder(settings: Settings) -> Sequence[Finding]:
    try:
        return [Finding("data", "good", f"{writable_folder(settings)} can be written")]
    except Problem as problem:
        return [] if settings.database_url and settings.secret_key else [_bad("data", problem)]


async def _disk(settings: Settings) -> Sequence[Finding]:
    folder = data_folder(settings).absolute()
    there = next(step for step in (folder, *folder.parents) if step.exists())
    free = shutil.disk_usage(there).free
    says = f"{free / 1024**3:,.1f} GB free at {there}"
    return [Finding("disk", "good", says) if free > _little else _wrong("disk", says, "Make room: a full disk stops the database.")]


async def _database(settings: Settings) -> Sequence[Finding]:
    try:
        before = datetime.now(UTC)
        found = await inspect(settings)
    except Problem as problem:
        return [_bad("database", problem)]
    kind = "external" if settings.database_url else "embedded"
    answers = Finding("database", "good", f"{kind} PostgreSQL {found.version} answers at {whereabouts(settings)}")
    return [answers, _schema(found), _clock(before, found.now)]


def _schema(found: Found) -> Finding:
    if found.revision == found.newest:
        return Finding("schema", "good", f"up to date (revision {found.revision})")
    return Finding(
        "schema", "note", f"revision {found.revision or 'none'}; {found.newest} is the newest", "`tenuto serve` or `tenuto migrate`."
    )


def _clock(before: datetime, theirs: datetime) -> Finding:
    after = datetime.now(UTC)
    ahead = max((theirs - after).total_seconds(), (before - theirs).total_seconds(), 0.0)
    if ahead > _skew:
        return _wrong("clock", f"ours and the database's differ by {ahead:,.0f} s.", "Let both machines set their clocks (NTP).")
    return Finding("clock", "good", "ours agrees with the database's")


async def _port(settings: Settings) -> Sequence[Finding]:
    try:
        listen(settings.host, settings.port).close()
    except Problem as problem:
        return [Finding("port", "note", problem.data.detail, "If that is Tenuto itself, all is well. " + (problem.data.fix or ""))]
    return [Finding("port", "good", f"{settings.host}:{settings.port} is free")]


async def _secret_key(settings: Settings) -> Sequence[Finding]:
    if settings.secret_key is not None:
        try:
            parse_keys(settings.secret_key)
        except Problem as problem:
            return [_bad("secret key", problem)]
        return [Finding("secret key", "good", "TENUTO_SECRET_KEY is set")]
    if not settings.loopback:
        return [_wrong("secret key", f"TENUTO_SECRET_KEY is missing, and {settings.host} can be reached by others.",
                        "Set it to 32 random bytes in base64: openssl rand -base64 32.")]  # fmt: skip
    return [Finding("secret key", "good", f"kept in {data_folder(settings)}; back it up with the data")]


async def _vault(settings: Settings) -> Sequence[Finding]:
    try:
        async with AsyncExitStack() as end:
            master = await transit(settings, end)
            return [Finding("vault", "good", f"{await master.current()} can be asked")] if master is not None else []
    except Problem as problem:
        return [_bad("vault", problem)]


async def _agents(settings: Settings) -> Sequence[Finding]:
    every = [provider.vendors() for provider in discover().providers.values()]
    given = [vendor.credential for vendors in every for vendor in vendors if settings.variable(vendor.credential) is not None]
    found = [Finding("agents", "good", f"{name} is set") for name in given]
    for vendors in every:
        names = [vendor.credential for vendor in vendors]
        if not names or not set(names).isdisjoint(given):
            continue
        says = f"{names[0]} is not set" if len(names) == 1 else f"No key of a model's vendor is set ({', '.join(names)})"
        about, fix = ("agents" if len(names) == 1 else "models"), f"Set {names[0]} in {Path.cwd() / '.env'} to ask real agents."
        if settings.development:
            found.append(Finding(about, "note", f"{says}: runs that need it are simulated", fix))
        elif given or len(names) > 1:
            found.append(Finding(about, "note", f"{says}: runs that need it are refused", fix))
        else:
            says = f"{says}, and this is production: runs that need it are refused."
            found.append(_wrong(about, says, f"Set {names[0]}, or TENUTO_ENV=development to simulate."))
    return found


async def _way_out(settings: Settings) -> Sequence[Finding]:
    found: list[Finding] = []
    for provider in discover().providers.values():
        vendors = provider.configure(os.environ | settings.environment).vendors()
        for host in (host for vendor in vendors if settings.variable(vendor.credential) is not None for host in vendor.hosts):
            given = any(value.startswith(f"http://{host}") for value in settings.environment.values())
            scheme = "http" if given else "https"
            try:
                status = await reach(settings, f"{scheme}://{host}/", _patience)
                found.append(Finding("way out", "good", f"{host} answers ({status})"))
            except Problem as problem:
                found.append(_bad("way out", problem))
    return found


def _bad(about: str, problem: Problem) -> Finding:
    return Finding(about, "bad", problem.data.detail, problem.data.fix, problem)


def _wrong(about: str, says: str, fix: str) -> Finding:
    return _bad(about, Misconfigured(says, fix=fix))
