"""`tenuto connectors`: what integrations there are, and new ones made of OpenAPI documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tenuto.app.installed import Definition, Definitions, installed, max_document, read_openapi
from tenuto.cli.exits import epilog
from tenuto.cli.opened import read_settings
from tenuto.cli.terminal import Json, console, one_line, reporting, say, write_json
from tenuto.connectors.openapi import Compiled
from tenuto.core.errors import Malformed, NotFound

commands = typer.Typer(help="Integrations: list, show, add one from an OpenAPI document, remove.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The connector's key.")]
_restart = "Servers that run take it in when they start again."


@commands.command("list", epilog=epilog)
def list_connectors(json: Json = False) -> None:
    """The integrations with how they are signed in to and how many actions they have."""
    with reporting(json=json):
        settings = read_settings()
        catalog, made = installed(settings), Definitions(settings).keys()
        every = [
            {
                "key": each.key,
                "name": each.name,
                "actions": len(each.actions),
                "sign_in": type(each.auth).__name__,
                "openapi": each.key in made,
            }
            for each in catalog.connectors.values()
        ]
        if json:
            write_json({"connectors": every})
            return
        table = Table("Key", "Name", "Actions", "Sign-in", "Made of", box=None, header_style="bold")
        for each in every:
            of = "an OpenAPI document" if each["openapi"] else "Tenuto"
            table.add_row(str(each["key"]), str(each["name"]), str(each["actions"]), str(each["sign_in"]), of)
        console().print(table)


@commands.command("show", epilog=epilog)
def show(key: Key, json: Json = False) -> None:
    """An integration's actions: what each does, and whether it reads or writes."""
    with reporting(json=json):
        connector = installed(read_settings()).connector(key)
        actions = [{"action": each.key, "effect": each.effect, "doc": each.doc} for each in connector.actions.values()]
        if json:
            write_json({"key": connector.key, "name": connector.name, "base_url": connector.base_url, "actions": actions})
            return
        say(f"{connector.name} at {connector.base_url}")
        table = Table("Action", "Effect", "What it does", box=None, header_style="bold")
        for each in actions:
            table.add_row(each["action"], each["effect"], one_line(each["doc"]))
        console().print(table)


@commands.command("add", epilog=epilog)
def add(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An OpenAPI 3 document, JSON or YAML; - reads standard input.")],
    *,
    key: Annotated[str, typer.Option(help="What workflows call it.")],
    name: Annotated[str | None, typer.Option(help="What people call it; the document's title if left out.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Where it is; the document's first server if left out.")] = None,
    auth: Annotated[
        str | None, typer.Option(help="How it is signed in to, if the document does not say: none, basic, bearer, header:NAME, query:NAME.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Keep operations with this id, tag or beginning of the path (/pets); repeatable.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of one that is there.")] = False,
    json: Json = False,
) -> None:
    """Make a connector of an OpenAPI document: its operations become actions with forms, validation and simulation."""
    with reporting(json=json):
        document = read_openapi(_read(file))
        definition = Definition(key=key, name=name, base_url=base_url, auth=auth, only=tuple(only or ()), document=document)
        made = Definitions(read_settings()).add(definition, instead=replace)
        if json:
            write_json({"key": key, "actions": [*made.connector.actions], "left_out": made.left_out})
        else:
            _say(made)


@commands.command("remove", epilog=epilog)
def remove(key: Key, json: Json = False) -> None:
    """Remove one that was made of a document. Workflows that use it are refused from the next start on."""
    with reporting(json=json):
        Definitions(read_settings()).remove(key)
        if json:
            write_json({"removed": key})
        else:
            say(f"{key} is removed. {_restart}")


def _say(made: Compiled) -> None:
    connector = made.connector
    say(f"{connector.key}: {connector.name} at {connector.base_url}, {len(connector.actions)} actions. {_restart}")
    for operation, why in made.left_out.items():
        say(f"Left out: {operation}. {why}", stderr=True)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(max_document + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(max_document + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except OSError as error:
        raise Malformed(f"{file} cannot be read: {error.strerror or error}.") from None
