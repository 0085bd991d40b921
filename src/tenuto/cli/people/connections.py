"""`tenuto connections`: accounts that are connected, how they are, and what hangs on them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, cast, get_args
from urllib.parse import urlencode
from uuid import UUID

import typer
from pydantic import SecretStr
from rich.table import Table

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, one_line, say, write_json
from tenuto.core.connection import default_name, everybody
from tenuto.core.errors import Malformed
from tenuto.core.ways import Kind
from tenuto.services.connections import Shown
from tenuto.services.connections.adding import Given

commands = typer.Typer(help="Connected accounts: list, show, connect, add, share, test, delete.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="The connection's id (`tenuto connections list`).")]
Integration = Annotated[str, typer.Argument(help="What it is an account of: github, slack, gmail.")]
Name = Annotated[str, typer.Option(help="What nodes call it; `default` is used where they name none.")]


class _Asked(NamedTuple):
    """What is to be added, as it was typed."""

    integration: str
    name: str
    user: str
    way: str | None
    fields: Sequence[str]
    tenant: str | None


@commands.command("list", epilog=epilog)
def list_connections(
    integration: Annotated[str | None, typer.Option(help="Of this integration alone.")] = None, json: Json = False
) -> None:
    """The accounts there are, how they are, and how many workflows hang on each."""
    perform(lambda: _list(integration, json=json), json=json)


@commands.command("show", epilog=epilog)
def show(connection: Id, json: Json = False) -> None:
    """One account, with the workflows that would stop without it."""
    perform(lambda: _show(connection, json=json), json=json)


@commands.command("connect", epilog=epilog)
def connect(
    integration: Integration,
    *,
    name: Annotated[str | None, typer.Option(help="What nodes call it.")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="An account of the workspace, that everybody's runs may use.")] = False,
    field: Annotated[list[str] | None, typer.Option(help="What stands in its addresses, as often as needed: site=acme.")] = None,
    tenant: Annotated[str | None, typer.Option(help="For whom it is to speak, where it may for several.")] = None,
    json: Json = False,
) -> None:
    """The address to open in a browser that is signed in: consent is given there."""
    query = [("name", name), ("shared", "true" if shared else None), ("tenant", tenant)]
    perform(lambda: _connect(integration, query, _pairs(field or []), json=json), json=json)


@commands.command("add", epilog=epilog)
def add(
    integration: Integration,
    *,
    name: Name = default_name,
    user: Annotated[str, typer.Option(help="The user name that goes with a password; the client's or the app's id.")] = "",
    way: Annotated[str | None, typer.Option(help=f"How it is signed in to: {', '.join(get_args(Kind))}.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="What stands in its addresses, as often as needed: site=acme.")] = None,
    tenant: Annotated[str | None, typer.Option(help="For whom it is to speak, where it may for several.")] = None,
    json: Json = False,
) -> None:
    """Store a key, token, password or private key of the workspace, which is read from standard input, if the vendor accepts it."""
    given = _Asked(integration, name, user, way, field or [], tenant)
    perform(lambda: _add(given, json=json), json=json)


@commands.command("share", epilog=epilog)
def share(
    connection: Id,
    users: Annotated[list[str] | None, typer.Argument(help=f"User ids; {everybody} is everybody, none is nobody.")] = None,
    json: Json = False,
) -> None:
    """Say who may use it beside its owner."""
    perform(lambda: _share(connection, users or [], json=json), json=json)


@commands.command("test", epilog=epilog)
def check(connection: Id, json: Json = False) -> None:
    """Ask the vendor whether it works."""
    perform(lambda: _test(connection, json=json), json=json)


@commands.command("delete", epilog=epilog)
def delete(connection: Id, json: Json = False) -> None:
    """Forget it, and ask the vendor to end it."""
    perform(lambda: _delete(connection, json=json), json=json)


async def _list(integration: str | None, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        _, shown = await home.services.connections.list(local, integration=integration, limit=200)
    if json:
        write_json({"connections": [_document(each) for each in shown]})
        return ExitCode.ok
    table = Table("Id", "Integration", "Name", "User", "Status", "Workflows", box=None)
    for connection, workflows in shown:
        status = connection.status if connection.reason is None else f"{connection.status}: {one_line(connection.reason, 60)}"
        user = one_line(connection.user_id or "", 40)
        table.add_row(str(connection.id), connection.integration, one_line(connection.name, 40), user, status, str(len(workflows)))
    console().print(table if shown else "No connections. Connect one: tenuto connections connect INTEGRATION")
    return ExitCode.ok


async def _show(id: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        shown = await home.services.connections.get(local, id)
    if json:
        write_json(_document(shown))
        return ExitCode.ok
    connection, workflows = shown
    say(f"{connection.integration}: {connection.name} ({connection.status})")
    if connection.reason:
        say(connection.reason)
    say(f"Scopes: {' '.join(connection.scopes) or 'not known'}")
    for each in workflows:
        say(f"Used by {each.name} ({each.id})")
    return ExitCode.ok


async def _connect(integration: str, query: Sequence[tuple[str, str | None]], fields: Mapping[str, str], *, json: bool) -> ExitCode:
    settings = read_settings()
    async with opened(settings) as home:
        await home.services.connections.consents.ready(local, integration)
    given = [(name, value) for name, value in query if value] + [("field", f"{name}:{value}") for name, value in fields.items()]
    url = f"{settings.origin}/api/oauth/{integration}/authorize" + (f"?{urlencode(given)}" if given else "")
    write_json({"url": url}) if json else say(url)
    return ExitCode.ok


async def _add(asked: _Asked, *, json: bool) -> ExitCode:
    secret = sys.stdin.read().strip()
    if not secret and asked.way != "none":
        raise Malformed("There is no secret on standard input.", fix='printf %s "$KEY" | tenuto connections add …')
    if asked.way is not None and asked.way not in get_args(Kind):
        raise Malformed(f"{asked.way!r} is no way to sign in.", fix=f"One of {', '.join(get_args(Kind))}.")
    given = Given(
        integration=asked.integration,
        name=asked.name,
        secret=SecretStr(secret),
        user=asked.user,
        shared_with=(everybody,),
        way=cast("Kind | None", asked.way),
        fields=_pairs(asked.fields),
        tenant=asked.tenant,
    )
    async with opened(read_settings()) as home:
        made = await home.services.connections.connect(local, given)
        tried = home.services.connections.tried(made)
    untried = "" if tried else "\nIt was not tried: there is nothing to ask the vendor. A wrong one shows in the first run."
    write_json({"id": str(made.id), "account": made.account, "tried": tried}) if json else say(f"Stored: {made.id}{untried}")
    return ExitCode.ok


def _pairs(texts: Sequence[str]) -> Mapping[str, str]:
    if wrong := next((text for text in texts if "=" not in text), None):
        raise Malformed(f"{wrong!r} is not name=value.", fix="For instance --field site=acme.")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


async def _share(id: UUID, users: list[str], *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        made = await home.services.connections.share(local, id, users)
    shared = list(made.shared_with)
    write_json({"id": str(id), "shared_with": shared}) if json else say(f"Shared with: {', '.join(shared) or 'nobody'}")
    return ExitCode.ok


async def _test(id: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        tested = await home.services.connections.test(local, id)
    words = {
        True: "It works.",
        False: f"It does not: {tested.connection.reason or 'the vendor does not know it'}",
        None: "The vendor cannot be asked.",
    }
    write_json({"id": str(id), "works": tested.works}) if json else say(words[tested.works])
    return ExitCode.failed if tested.works is False else ExitCode.ok


async def _delete(id: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        revoked = await home.services.connections.delete(local, id)
    ended = "The vendor ended it too." if revoked else "The vendor was not told, or has no way: remove it in the account's settings there."
    write_json({"deleted": str(id), "revoked": revoked}) if json else say(f"Deleted. {ended}")
    return ExitCode.ok


def _document(shown: Shown) -> dict[str, object]:
    used = [{"id": each.id, "name": each.name} for each in shown.workflows]
    return {**shown.connection.model_dump(mode="json"), "workflows": used}
