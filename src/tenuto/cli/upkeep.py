"""`tenuto link`, `migrate` and `version`: small things that keep an installation going."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

from tenuto import __version__
from tenuto.app.upkeep import inspect, upgrade, whereabouts
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, perform, read_settings
from tenuto.cli.opened import opened as opened_house
from tenuto.cli.terminal import Json, say, write_json
from tenuto.core.access import Role
from tenuto.core.errors import NotFound
from tenuto.core.members import Member

commands = typer.Typer()


@commands.command(epilog=epilog)
def link(
    member: Annotated[str | None, typer.Argument(help="A member's name, e-mail address or id; the first owner if left out.")] = None,
    json: Json = False,
) -> None:
    """A new link that signs a member in once: the first owner, as long as there is none."""
    perform(lambda: _link(member, json=json), json=json)


@commands.command(epilog=epilog)
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if there is something to do.")] = False,
    json: Json = False,
) -> None:
    """Bring the database up to date. `serve` does so by itself."""
    perform(lambda: _check(json=json) if check else _migrate(json=json), json=json)


@commands.command(epilog=epilog)
def version(json: Json = False) -> None:
    """Which Tenuto this is."""
    if json:
        write_json({"version": __version__, "python": platform.python_version(), "platform": platform.platform()})
    else:
        say(f"Tenuto {__version__} (Python {platform.python_version()}, {platform.system()} {platform.machine()})")


async def _link(wanted: str | None, *, json: bool) -> ExitCode:
    settings = read_settings()
    async with opened_house(settings) as home:
        address, name = home.first_link, "the first owner"
        if address is None or wanted is not None:
            page = await home.services.members.list(local, limit=200)
            found = _chosen([one for one in page.items if one.disabled_at is None], wanted)
            token = await home.services.sign_in.link(local, found.id)
            address, name = f"{settings.origin}/sign-in#{token.get_secret_value()}", found.name
        else:
            address = f"{settings.origin}/sign-in#{address.partition('#')[2]}"
    if json:
        write_json({"link": address, "member": name})
    else:
        say(address)
        say(f"It signs {name} in, once.", stderr=True)
    return ExitCode.ok


def _chosen(members: list[Member], wanted: str | None) -> Member:
    """The member that is meant: by id, address or name, else the owner who was there first."""
    if wanted is None:
        owners = [one for one in members if one.role is Role.owner]
        if not owners:
            raise NotFound("Only API keys own this installation; no owner is a person.", fix="Name a member: tenuto link NAME.")
        return min(owners, key=lambda one: one.created_at)
    found = [one for one in members if wanted.casefold() in {str(one.id), one.name.casefold(), (one.email or "").casefold()}]
    if len(found) != 1:
        known = ", ".join(sorted(one.name for one in members)) or "none yet"
        raise NotFound(f'{"No member is" if not found else "Several members are"} called "{wanted}". Members: {known}.')
    return found[0]


async def _migrate(*, json: bool) -> ExitCode:
    settings = read_settings()
    changed = await upgrade(settings)
    if json:
        write_json({"changed": changed})
    else:
        say(f"The database at {whereabouts(settings)} {'was brought up to date' if changed else 'was up to date'}.")
    return ExitCode.ok


async def _check(*, json: bool) -> ExitCode:
    found = await inspect(read_settings())
    current = found.revision == found.newest
    if json:
        write_json({"current": current, "revision": found.revision, "newest": found.newest})
    else:
        say(
            "The database is up to date."
            if current
            else f"The database has revision {found.revision or 'none'}; {found.newest} is the newest."
        )
    return ExitCode.ok if current else ExitCode.failed
