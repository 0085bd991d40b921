"""`tenuto keys`: API keys for applications, made and revoked by whoever holds the machine."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, say, write_json
from tenuto.core.access import Role

commands = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@commands.command("create", epilog=epilog)
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="What it may do: owner, editor, operator or viewer.")] = Role.editor,
    json: Json = False,
) -> None:
    """A new key. It is printed once and stored nowhere."""
    perform(lambda: _create(name, role, json=json), json=json)


@commands.command("list", epilog=epilog)
def list_keys(json: Json = False) -> None:
    """The keys there are, without their values."""
    perform(lambda: _list(json=json), json=json)


@commands.command("revoke", epilog=epilog)
def revoke(key: Annotated[UUID, typer.Argument(help="The key's id (`tenuto keys list`).")], json: Json = False) -> None:
    """End a key. Servers stop accepting it within five seconds."""
    perform(lambda: _revoke(key, json=json), json=json)


async def _create(name: str, role: Role, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        made = await home.services.keys.make(local, name, role)
    if json:
        write_json({"id": str(made.key.id), "name": name, "role": role.value, "key": made.value.get_secret_value()})
    else:
        say(made.value.get_secret_value())
        say(f"It is shown this once. Its role is {role.value}.", stderr=True)
    return ExitCode.ok


async def _list(*, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        page = await home.services.keys.list(local, limit=200)
    if json:
        write_json({"keys": [key.model_dump(mode="json") for key in page.items]})
        return ExitCode.ok
    table = Table("Id", "Name", "Role", "Begins with", "Last used", box=None)
    for key in (key for key in page.items if key.revoked_at is None):
        table.add_row(
            str(key.id), key.name, key.role.value, key.prefix, f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        )
    console().print(table if page.items else "No keys. Make one: tenuto keys create NAME")
    return ExitCode.ok


async def _revoke(key: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        await home.services.keys.revoke(local, key)
    if json:
        write_json({"revoked": str(key)})
    else:
        say("Revoked.")
    return ExitCode.ok
