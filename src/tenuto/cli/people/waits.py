"""`tenuto waits`: what lets waiting runs go on from outside, by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from tenuto.cli.documents import read_input
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, say, write_json

commands = typer.Typer(help="Runs that wait for calls and events: addresses, offer.", no_args_is_help=True, epilog=epilog)


@commands.command(epilog=epilog)
def addresses(id: Annotated[str, typer.Argument(help="The run's id.", show_default=False)], json: Json = False) -> None:
    """The one-time addresses that let a run go on. They are secrets: who has one may call it."""
    perform(lambda: _addresses(id, json=json), json=json)


@commands.command(epilog=epilog)
def offer(
    name: Annotated[str, typer.Argument(help="The event's name.", show_default=False)],
    payload: Annotated[str | None, typer.Option("--payload", "-p", help="JSON, @file with JSON, or text as {message}.")] = None,
    id: Annotated[str | None, typer.Option(help="The same id again is the same event, which no run hears twice.")] = None,
    json: Json = False,
) -> None:
    """Tell every run that waits for an event of this name."""
    perform(lambda: _offer(name, payload, id, json=json), json=json)


async def _addresses(public_id: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = await home.services.waits.addresses(local, public_id)
    if json:
        write_json({"urls": dict(found)})
    for node, url in () if json else found.items():
        say(f"{node}  {url}")
    return ExitCode.ok


async def _offer(name: str, payload: str | None, delivery: str | None, *, json: bool) -> ExitCode:
    async with opened(read_settings(), working=True) as home:
        count = await home.services.waits.publish(local, name, read_input(payload), delivery)
    if json:
        write_json({"count": count})
    else:
        say(f"{count} waiting runs were told.")
    return ExitCode.ok
