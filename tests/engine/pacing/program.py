"""A worker process for tests of limits: `python -m tests.engine.pacing.program DSN SLOTS BASE DIES_AT` works until it is told to stop.

`BASE` replaces GitHub's address; the token is `token`. It kills itself at its commit number `DIES_AT`; 0 means never.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import SecretStr
from tests.engine.rig import rig

from tenuto.core.auth import ApiKey
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

token = "token-of-the-double-0123456789"


@asynccontextmanager
async def workers(
    count: int, dsn: str, *, slots: int, base: str = "", dies_at: int = 0
) -> AsyncGenerator[list[asyncio.subprocess.Process]]:
    """So many processes at work; those that are left are stopped when the block ends."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_worker(dsn, slots, base, dies_at)) for _ in range(count)]


@asynccontextmanager
async def _worker(dsn: str, slots: int, base: str, dies_at: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "tests.engine.pacing.program", dsn, str(slots), base, str(dies_at)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"up\n"
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), 60)


async def _main(dsn: str, slots: int, base: str, dies_at: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    credential = Credential(auth=ApiKey(header="authorization", prefix="Bearer "), secret=SecretStr(token))
    secrets = SettingSecrets({"github": Setting(name="GITHUB_TOKEN", credential=credential)})
    database = await Database.open(dsn)
    async with (
        VaultSender(secrets, allow=("127.0.0.0/8",)) as door,
        rig(database, sender=door, bases={"github": base}, slots=slots, tick=_dying(dies_at)),
    ):
        print("up", flush=True)
        await stop.wait()
    await database.close()


def _dying(at: int) -> Callable[[], None]:
    commits = itertools.count(1)

    def tick() -> None:
        if next(commits) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return tick


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
