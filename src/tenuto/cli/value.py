"""`tenuto executions value`: a node's output whole, however large it is."""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from tenuto.cli.exits import ExitCode
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import say
from tenuto.core.errors import Invalid, Malformed, NotFound
from tenuto.core.values import encode

_any_size = 1 << 31


def value(
    id: Annotated[str, typer.Argument(help="The run's id.", show_default=False)],
    node: Annotated[str, typer.Argument(help="The node's id.", show_default=False)],
    path: Annotated[str, typer.Option(help="A part of it only: keys and places with dots between (`body.rows.3`).")] = "",
    out: Annotated[Path | None, typer.Option(help="A file to write to instead of the standard output.", show_default=False)] = None,
    decode: Annotated[bool, typer.Option("--decode", help="Write the bytes that the text is the base64 of.")] = False,
) -> None:
    """A node's output, whole, as JSON."""
    perform(lambda: _value(id, node, path, out, decode=decode), json=False)


async def _value(public_id: str, node: str, path: str, out: Path | None, *, decode: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = _part(await home.services.executions.values.of_node(local, public_id, node), path)
    data = _decoded(found) if decode else encode(found, limit=_any_size) + b"\n"
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return ExitCode.ok
    try:
        await asyncio.to_thread(out.write_bytes, data)
    except OSError as error:
        raise Malformed(f"{out} cannot be written: {error.strerror or error}.", fix="Name another file with --out.") from None
    say(f"{len(data):,} bytes written to {out}.", stderr=True)
    return ExitCode.ok


def _part(value: JsonValue, path: str) -> JsonValue:
    for step in path.split(".") if path else ():
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            case _:
                raise NotFound(f'The output has nothing at "{step}" of "{path}".')
    return value


def _decoded(value: JsonValue) -> bytes:
    """Raises `Invalid` for what is not base64."""
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except ValueError:
        pass
    raise Invalid("This is not the base64 of anything.", fix="Name the text with --path, such as body.base64.")
