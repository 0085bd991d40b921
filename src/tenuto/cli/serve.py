"""`tenuto serve` and `tenuto worker`: the API and the engine, in one process or several."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from tenuto import __version__
from tenuto.app import House, house
from tenuto.app.authoring import template_folder
from tenuto.app.collecting import collect_seldom
from tenuto.app.crew import crew, stop_when_orphaned
from tenuto.app.http import serving
from tenuto.app.listening import listen
from tenuto.app.upkeep import whereabouts
from tenuto.cli.documents import read_workflow
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.run import start_and_follow
from tenuto.cli.terminal import Json, say, write_json
from tenuto.services.executions.reads import Filters
from tenuto.services.executions.starts import Wanted
from tenuto.settings import Settings

commands = typer.Typer()

_example = "support-triage.yaml"
_question = "My card was stolen an hour ago and somebody is using it. Please help!"


@commands.command(epilog=epilog)
def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; wins over TENUTO_HOST.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Wins over TENUTO_PORT; 0 takes any free one.", show_default="8400")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve and run.")] = 1,
    json: Json = False,
) -> None:
    """Serve the API and run workflows, until it is stopped.

    SIGTERM or Ctrl-C: nothing new is begun, runs have ten seconds, the rest is handed over. A second signal stops at once.
    """
    perform(lambda: _serve(host, port, workers, json=json), json=json, logs=logging.WARNING, stopped=ExitCode.ok)


@commands.command(epilog=epilog)
def worker() -> None:
    """Run workflows without serving the API: another pair of hands on the same database."""
    perform(_work, json=False, logs=logging.WARNING, stopped=ExitCode.ok)


@commands.command("serve-child", hidden=True)
def serve_child(listener: int, pipe: int) -> None:
    """One process of `serve --workers`, on an inherited socket."""
    perform(lambda: _serve_child(listener, pipe), json=False, logs=logging.WARNING, stopped=ExitCode.ok)


async def _serve(host: str | None, port: int | None, workers: int, *, json: bool) -> ExitCode:
    settings = read_settings()
    given = {"host": host or settings.host, "port": settings.port if port is None else port}
    with listen(str(given["host"]), int(given["port"])) as listener:
        settings = settings.model_copy(update={**given, "port": listener.getsockname()[1]})
        if workers > 1:
            async with house(settings, working=False) as home, crew(workers, listener, settings):
                await _welcome(home, json=json)
                await asyncio.get_running_loop().create_future()
        else:
            async with house(settings) as home, serving(home, listener) as http:
                collect_seldom()
                await _welcome(home, json=json)
                await asyncio.wait([http])
    return ExitCode.failed


async def _serve_child(listener: int, pipe: int) -> ExitCode:
    settings = read_settings()
    for handed_down in (listener, pipe):
        # To us, and no further: the sandbox's processes would be able to accept other people's calls.
        os.set_inheritable(handed_down, False)
    with socket.socket(fileno=listener) as shared:
        stop_when_orphaned(pipe)
        async with house(settings) as home, serving(home, shared) as http:
            collect_seldom()
            await asyncio.wait([http])
    return ExitCode.failed


async def _work() -> ExitCode:
    settings = read_settings()
    async with opened(settings, working=True):
        collect_seldom()
        say(f"Tenuto {__version__} runs workflows from {whereabouts(settings)}; stop with Ctrl-C.")
        await asyncio.get_running_loop().create_future()
    return ExitCode.ok


async def _welcome(home: House, *, json: bool) -> None:
    """Where we are, how to sign in while there is no owner, and a first run while there is none."""
    settings = home.settings
    if json:
        write_json({"url": settings.origin, "sign_in": home.first_link, "data": whereabouts(settings), "pid": os.getpid()})
        return
    _introduce(settings, home.first_link)
    await _first_run(home)
    say("Serving. Stop with Ctrl-C.")


def _introduce(settings: Settings, first_link: str | None) -> None:
    say(f"Tenuto {__version__}")
    say(f"  address  {settings.origin}")
    say(f"  API      {settings.origin}/docs")
    say(f"  data     {whereabouts(settings)}")
    if first_link:
        say(f"  sign in  {first_link}")
        say("           (once, within a day; `tenuto link` makes another)")


async def _first_run(home: House) -> None:
    """While nothing was ever run, run the support example in simulation, so that there is something to look at."""
    example = _example_file()
    if example is None or (await home.services.executions.reads.page(local, Filters(), limit=1)).items:
        return
    say(f"\nNothing was run yet, so here is {_example}, simulated:\n")
    wanted = Wanted(workflow=read_workflow(example), message=_question, execution_id="first-run", simulate=True, trigger="cli")
    await start_and_follow(home, wanted, watch=False, json=False, stdout=True)
    say()


def _example_file() -> Path | None:
    folder = template_folder()
    return folder / _example if folder is not None and (folder / _example).is_file() else None
