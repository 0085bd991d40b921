"""`tenuto grants`: what members allowed applications over MCP, seen and ended by whoever holds the machine."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, say, write_json

commands = typer.Typer(help="Applications that act for members over MCP: list, end.", no_args_is_help=True)


@commands.command("list", epilog=epilog)
def list_grants(json: Json = False) -> None:
    """What members have allowed applications."""
    perform(lambda: _list(json=json), json=json)


@commands.command("end", epilog=epilog)
def end(grant: Annotated[UUID, typer.Argument(help="The grant's id (`tenuto grants list`).")], json: Json = False) -> None:
    """End one. Servers stop accepting its tokens within five seconds."""
    perform(lambda: _end(grant, json=json), json=json)


async def _list(*, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        page = await home.services.delegation.tokens.list(local, everybody=True, limit=200)
        members = {member.id: member.name for member in (await home.services.members.list(local, limit=200)).items}
    if json:
        write_json({"grants": [grant.model_dump(mode="json") for grant in page.items]})
        return ExitCode.ok
    table = Table("Id", "Application", "For", "May", "Last used", box=None)
    standing = [grant for grant in page.items if grant.ended_at is None]
    for grant in standing:
        used = f"{grant.used_at:%Y-%m-%d %H:%M}" if grant.used_at else "never"
        table.add_row(str(grant.id), grant.name, members.get(grant.member, str(grant.member)), " ".join(grant.scopes), used)
    console().print(table if standing else "No application acts for anybody.")
    return ExitCode.ok


async def _end(grant: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        ended = await home.services.delegation.tokens.end(local, grant)
    if json:
        write_json({"ended": str(ended.id)})
    else:
        say(f"{ended.name} may do nothing here any more.")
    return ExitCode.ok
