"""A command's work in an open house: settings read, logs on standard error, signals that stop it cleanly, and a problem as its sentence."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import typer
import uvloop

from tenuto.app import House, house
from tenuto.app.logs import begin_logging
from tenuto.cli.exits import ExitCode
from tenuto.cli.terminal import debugging, reporting, say
from tenuto.core.access import Principal, Role
from tenuto.settings import Settings

local = Principal(1, "local", None, "local", Role.owner)
"""Who works at the command line: whoever can open the database owns it."""

_signals = (signal.SIGINT, signal.SIGTERM)


def read_settings() -> Settings:
    """From the environment and the files of the present folder. Raises `Misconfigured`."""
    return Settings.read(Path.cwd())


@asynccontextmanager
async def opened(settings: Settings, *, working: bool = False) -> AsyncGenerator[House]:
    """The house for a command that serves nobody: where it would be reached is of no account then."""
    mode = "development" if settings.development else "production"
    async with house(settings.model_copy(update={"host": "127.0.0.1", "mode": mode}), working=working) as made:
        yield made


def perform(
    work: Callable[[], Coroutine[None, None, ExitCode]],
    *,
    json: bool,
    logs: int = logging.ERROR,
    stopped: ExitCode = ExitCode.interrupted,
) -> None:
    """Do a command's work and leave with its exit code. A signal ends it cleanly, with `stopped`; a second one at once."""
    with reporting(json=json):
        begin_logging(development=sys.stderr.isatty(), level=logging.DEBUG if debugging() else logs)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(_until_signal(work, stopped))
    raise typer.Exit(code)


async def _until_signal(work: Callable[[], Coroutine[None, None, ExitCode]], stopped: ExitCode) -> ExitCode:
    task = asyncio.create_task(work())
    came: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if came:
            leave_at_once()
        came.append(number)
        say("Stopping; what is under way is handed over. Once more to stop at once.", stderr=True)
        task.cancel()

    for number in _signals:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not came:
            raise
        return stopped


def leave_at_once() -> None:
    """What a second signal does. No run is lost by it: others take them over."""
    os._exit(ExitCode.interrupted)
