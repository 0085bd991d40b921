"""Several serving processes on one socket: started, watched, started again when one dies, and stopped together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from tenuto.settings import Settings

_log = structlog.get_logger(__name__)
_patience = 20.0
"""Seconds until a process that was asked to stop is killed: more than the runs' own grace."""
_lived = 10.0
_longest_pause = 30.0


@asynccontextmanager
async def crew(count: int, listener: socket.socket, settings: Settings) -> AsyncGenerator[None]:
    """Keep that many processes serving until the block ends.

    Each holds one end of a pipe: when this process is gone, however it ended, they stop by themselves.
    """
    theirs, ours = os.pipe()
    tasks = [asyncio.create_task(_keep(listener.fileno(), theirs, settings), name=f"child-{number}") for number in range(count)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        os.close(theirs)
        os.close(ours)


def stop_when_orphaned(pipe: int) -> None:
    """Have this process stop as after SIGTERM when the other end of the pipe is gone."""
    asyncio.get_running_loop().add_reader(pipe, _orphaned, pipe)


def _orphaned(pipe: int) -> None:
    asyncio.get_running_loop().remove_reader(pipe)
    os.kill(os.getpid(), signal.SIGTERM)


async def _keep(listener: int, pipe: int, settings: Settings) -> None:
    """Start a process again and again, ever later if it keeps dying early."""
    environment = {**os.environ, "TENUTO_HOST": settings.host, "TENUTO_PORT": str(settings.port)}
    pause = 0.5
    while True:
        began = time.monotonic()
        # A session of its own: Ctrl-C reaches this process, which passes it on once.
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tenuto", "serve-child", str(listener), str(pipe),
            pass_fds=(listener, pipe), env=environment, stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _stop(child)
            raise
        _log.warning("serve.child_ended", pid=child.pid, code=code, again_in=pause)
        pause = 0.5 if time.monotonic() - began > _lived else min(pause * 2, _longest_pause)
        await asyncio.sleep(pause)


async def _stop(child: asyncio.subprocess.Process) -> None:
    try:
        child.terminate()
        async with asyncio.timeout(_patience):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
    except ProcessLookupError:
        return
