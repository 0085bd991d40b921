"""The embedded server: shared by processes, left by the dead, brought back, and never where it should not be."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tenuto.core.errors import Misconfigured
from tenuto.store.database import Database
from tenuto.store.server.account import Account, account, owned_folder, prepared_folder, programs
from tenuto.store.server.cluster import Cluster, major
from tenuto.store.server.embedded import embedded_server, in_use
from tenuto.vault.crypto import key_file, key_in

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
ordinary = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")

_user = """
import asyncio, sys
from pathlib import Path
from tenuto.store.server.embedded import embedded_server

async def main():
    async with embedded_server(Path(sys.argv[1]), options={"fsync": "off"}) as server:
        print(server.dsn, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Generator[Path]:
    """A data folder's future place, short and open to the database's account; a server left behind there is ended."""
    above = Path(tempfile.mkdtemp(prefix="tenuto-e-", dir="/tmp"))
    above.chmod(0o755)
    yield above / "data"
    pid = _pid(above / "data")
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(above, ignore_errors=True)


async def test_a_first_start_answers_and_the_end_stops_it(folder: Path) -> None:
    async with embedded_server(folder) as server:
        assert await _ask(server.dsn, "show fsync") == "on"
        assert await _ask(server.dsn, "show synchronous_commit") == "on"
        assert await _ask(server.dsn, "show listen_addresses") == ""
        assert await _ask(server.dsn, "select datcollate from pg_database where datname = 'tenuto'") == "C"
        assert _pid(folder) is not None
    assert _pid(folder) is None
    with pytest.raises(OSError):  # noqa: PT011 - refused or not found, by the moment
        await asyncpg.connect(server.dsn)


async def test_data_outlives_the_server_and_own_settings_win(folder: Path) -> None:
    async with embedded_server(folder) as server:
        await _ask(server.dsn, "create table kept as select 42 as n")
    with (folder / "postgres" / "postgresql.conf").open("a") as file:
        file.write("work_mem = '5MB'\n")
    async with embedded_server(folder) as server:
        assert await _ask(server.dsn, "select n from kept") == 42
        assert await _ask(server.dsn, "show work_mem") == "5MB"


async def test_processes_share_one_server_and_the_last_stops_it(folder: Path) -> None:
    async with _process(folder) as first, _process(folder) as second, _process(folder) as third:
        assert first[1] == second[1] == third[1]
        pid = _pid(folder)
        assert pid is not None
        await _leave(first[0])
        await _leave(second[0])
        assert _pid(folder) == pid
        assert await _ask(third[1], "select 1") == 1
        await _leave(third[0])
        assert _pid(folder) is None


@pytest.mark.crash
async def test_a_killed_process_does_not_count(folder: Path) -> None:
    async with _process(folder) as first, _process(folder) as second:
        first[0].kill()
        await first[0].wait()
        assert in_use(folder)
        assert await _ask(second[1], "select 1") == 1
        await _leave(second[0])
        assert _pid(folder) is None
        assert not in_use(folder)


@pytest.mark.crash
async def test_a_server_left_by_a_killed_process_is_taken_up_again(folder: Path) -> None:
    async with _process(folder) as only:
        pid = _pid(folder)
        only[0].kill()
        await only[0].wait()
        async with embedded_server(folder) as server:
            assert _pid(folder) == pid
            assert await _ask(server.dsn, "select 1") == 1
        assert _pid(folder) is None


@pytest.mark.crash
async def test_a_killed_server_is_brought_back_by_whoever_asks(folder: Path) -> None:
    async with embedded_server(folder) as server:
        await _ask(server.dsn, "create table kept as select 42 as n")
        before = _kill(folder)
        await asyncio.wait_for(asyncio.gather(server.ensure(), server.ensure(), server.ensure()), 60)
        assert _pid(folder) not in {None, before}
        assert await _ask(server.dsn, "select n from kept") == 42


@pytest.mark.parametrize("farewell", [b"57P01", b"57P02", b"57P03", b"53300", b"XX000"])
async def test_a_server_that_ends_while_it_is_asked_is_neither_up_nor_an_error(folder: Path, farewell: bytes) -> None:
    """A backend whose postmaster was killed ends in whatever it was doing, the greeting included."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        words = b"SFATAL\0VFATAL\0C" + farewell + b"\0Mterminating connection due to unexpected postmaster exit\0\0"
        writer.write(b"E" + (len(words) + 4).to_bytes(4, "big") + words)
        writer.close()

    folder.mkdir(parents=True)
    cluster = Cluster(folder, account(), folder)
    cluster.socket_folder.mkdir()
    async with await asyncio.start_unix_server(greet, cluster.socket_folder / ".s.PGSQL.5432"):
        assert await asyncio.wait_for(cluster.state(), 30) == "busy"


@pytest.mark.crash
async def test_a_database_that_may_revive_goes_on_after_the_kill(folder: Path) -> None:
    async with embedded_server(folder) as server:
        database = await Database.open(server.dsn, revive=server.ensure)
        heard: list[str | None] = []
        await database.listen("bells", heard.append)
        _kill(folder)
        async with asyncio.timeout(60):
            while len(heard) < 2:
                await asyncio.sleep(0.02)
        assert await database.pool.fetchval("select 1") == 1
        await database.close()


@pytest.mark.crash
async def test_a_pid_file_whose_number_is_somebody_else_now(folder: Path) -> None:
    async with embedded_server(folder) as server:
        _kill(folder)
        file = folder / "postgres" / "postmaster.pid"
        rest = file.read_text().split("\n", 1)[1]
        owner = server.cluster.account
        sleeper = await asyncio.create_subprocess_exec("sleep", "600", user=owner.switch_to)
        try:
            # As after the restart of a container: the number belongs to a living process of the same account.
            file.write_text(f"{sleeper.pid}\n{rest}")
            await asyncio.wait_for(server.ensure(), 60)
            assert await _ask(server.dsn, "select 1") == 1
        finally:
            sleeper.kill()
            await sleeper.wait()


@pytest.mark.crash
async def test_a_socket_whose_owner_is_somebody_else_now(folder: Path) -> None:
    async with embedded_server(folder) as server:
        _kill(folder)
        lock = server.cluster.socket_folder / ".s.PGSQL.5432.lock"
        rest = lock.read_text().split("\n", 1)[1]
        sleeper = await asyncio.create_subprocess_exec("sleep", "600", user=server.cluster.account.switch_to)
        try:
            lock.write_text(f"{sleeper.pid}\n{rest}")
            await asyncio.wait_for(server.ensure(), 60)
            assert await _ask(server.dsn, "select 1") == 1
        finally:
            sleeper.kill()
            await sleeper.wait()


async def test_the_socket_is_closed_to_others(folder: Path) -> None:
    async with embedded_server(folder) as server:
        for closed in (server.cluster.socket_folder, server.cluster.data):
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
            assert closed.stat().st_uid == server.cluster.account.uid
        assert (server.cluster.socket_folder / ".s.PGSQL.5432").is_socket()


async def test_a_path_too_long_for_a_socket(folder: Path) -> None:
    deep = folder / ("long" * 15) / ("path" * 15)
    async with embedded_server(deep) as server:
        short = server.cluster.socket_folder
        assert not short.is_relative_to(folder)
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        assert await _ask(server.dsn, "select 1") == 1
    short.rmdir()


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "run").symlink_to("/tmp")
    with pytest.raises(Misconfigured, match="belongs to somebody else"):
        owned_folder(folder / "run", account())


async def test_no_folder_above_is_opened(folder: Path) -> None:
    before = {step: step.stat().st_mode for step in folder.parents}
    async with embedded_server(folder):
        assert {step: step.stat().st_mode for step in folder.parents} == before


@root
@pytest.mark.parametrize("home", [pwd.getpwuid(0).pw_dir, "/home/somebody"])
async def test_root_keeps_no_data_in_a_home(home: str) -> None:
    with pytest.raises(Misconfigured, match=f"below the home folder {home.rsplit('/', 1)[0] if home.count('/') > 1 else home}"):
        async with embedded_server(Path(home) / "tenuto-data"):
            pass
    assert not (Path(home) / "tenuto-data").exists()


@root
async def test_a_data_folder_that_was_made_for_the_key_takes_the_database_too(folder: Path) -> None:
    """As where `DATABASE_URL` was set at first."""
    key_in(folder)
    async with embedded_server(folder) as server:
        assert await _ask(server.dsn, "select 1") == 1
    assert stat.S_IMODE((folder / key_file).stat().st_mode) == 0o600


@root
def test_root_is_told_which_folder_is_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(Misconfigured, match=f"may not enter {closed}"):
        prepared_folder(closed / "data", account())
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@root
async def test_programs_that_the_account_cannot_reach_are_copied(folder: Path) -> None:
    folder.mkdir()
    owner = account()
    package = programs(folder, owner, major).parents[1]
    site = folder.parent / "site"
    shutil.copytree(package / f"pginstall{major}", site / package.name / f"pginstall{major}", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, site / libraries.name)
    site.chmod(0o700)
    copied = programs(folder, owner, major, site)
    assert copied.is_relative_to(folder)
    assert programs(folder, owner, major, site) == copied
    cluster = Cluster(prepared_folder(folder, owner), owner, copied, {"fsync": "off"})
    await cluster.up()
    assert await _ask(cluster.dsn(), "select 1") == 1
    await cluster.down()


async def test_another_major_version_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Misconfigured, match=f"belongs to PostgreSQL 16; this Tenuto brings PostgreSQL {major}"):
        async with embedded_server(folder):
            pass
    assert not in_use(folder)


async def test_a_folder_that_is_no_cluster_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    with pytest.raises(Misconfigured, match="has no PG_VERSION"):
        async with embedded_server(folder):
            pass


async def test_a_cluster_half_made_is_made_again(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text(f"{major}\n")
    async with embedded_server(folder) as server:
        assert await _ask(server.dsn, "select 1") == 1
    assert not half.exists()


async def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    folder.touch()
    with pytest.raises(Misconfigured, match="cannot be written"):
        async with embedded_server(folder / "data"):
            pass


@ordinary
async def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.mkdir(mode=0o500)
    with pytest.raises(Misconfigured, match="cannot be written"):
        async with embedded_server(folder / "data"):
            pass


def test_a_package_without_our_version_is_a_sentence(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="brings no PostgreSQL 99"):
        programs(folder, Account(os.geteuid(), os.getegid(), None), "99")


@asynccontextmanager
async def _process(folder: Path) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str]]:
    """Another process that uses the folder, with the DSN it got."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _user, str(folder), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    try:
        yield process, (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    finally:
        if process.returncode is None:
            await _leave(process)


async def _leave(process: asyncio.subprocess.Process) -> None:
    await asyncio.wait_for(process.communicate(b"\n"), 60)
    assert process.returncode == 0


async def _ask(dsn: str, question: str) -> object:
    link = await asyncpg.connect(dsn)
    try:
        return await link.fetchval(question)
    finally:
        await link.close()


def _pid(folder: Path) -> int | None:
    """The number of the server that runs on a folder."""
    try:
        pid = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
        return None
    return pid


def _kill(folder: Path) -> int:
    pid = _pid(folder)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid
