"""`tenuto apps`: the OAuth apps with which accounts are connected."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.table import Table

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, one_line, say, write_json

commands = typer.Typer(help="OAuth apps: list, set, delete.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Such as google or github (`tenuto apps list`).")]


@commands.command("list", epilog=epilog)
def list_apps(json: Json = False) -> None:
    """What accounts are connected with, and what is missing; with the redirect address to register at vendors."""
    perform(lambda: _list(json=json), json=json)


@commands.command("set", epilog=epilog)
def set_app(name: Name, client_id: Annotated[str, typer.Option(help="The id that the vendor gave the app.")], json: Json = False) -> None:
    """Keep an app's id, and its secret, which is read from standard input."""
    perform(lambda: _set(name, client_id, json=json), json=json)


@commands.command("delete", epilog=epilog)
def delete_app(name: Name, json: Json = False) -> None:
    """Forget an app; the one of the environment, where there is one, is used again."""
    perform(lambda: _delete(name, json=json), json=json)


async def _list(*, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = await home.services.oauth_apps.list(local)
        redirect = home.services.connections.consents.redirect
    if json:
        write_json({"redirect": redirect, "apps": [each.model_dump(mode="json") for each in found]})
        return ExitCode.ok
    table = Table("Name", "Client id", "From", "For", box=None)
    for each in found:
        table.add_row(each.name, one_line(each.client_id or "", 60), each.source or "not set", ", ".join(each.integrations))
    console().print(table)
    say(f"Redirect address: {redirect}")
    return ExitCode.ok


async def _set(name: str, client_id: str, *, json: bool) -> ExitCode:
    secret = sys.stdin.readline().rstrip("\r\n")
    async with opened(read_settings()) as home:
        made = await home.services.oauth_apps.put(local, name, client_id, SecretStr(secret))
        redirect = home.services.connections.consents.redirect
    if json:
        write_json({"app": made.model_dump(mode="json"), "redirect": redirect})
    else:
        say(f"Stored for {', '.join(made.integrations)}. Register this redirect address at the vendor: {redirect}")
    return ExitCode.ok


async def _delete(name: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        await home.services.oauth_apps.delete(local, name)
    write_json({"deleted": name}) if json else say("Deleted.")
    return ExitCode.ok
