"""`tenuto executions fork`: a new run that begins in the middle of another one."""

from __future__ import annotations

from typing import Annotated

import typer

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.operate.deciding import Id, object_of, value_of
from tenuto.cli.terminal import Json, say, write_json
from tenuto.services.executions.again.forks import ForkWanted


def add_to(commands: typer.Typer) -> None:
    """Add the command to those of `tenuto executions`."""
    commands.command("fork", epilog=epilog)(fork)


def fork(
    id: Id,
    node: Annotated[str, typer.Argument(help="Where it begins: this node and what depends on it run anew.")],
    *,
    input: Annotated[str | None, typer.Option(help="JSON in place of the run's input, for everything that follows.")] = None,
    vars: Annotated[str | None, typer.Option(help="A JSON object in place of these variables.")] = None,
    config: Annotated[str | None, typer.Option(help="A JSON object in place of these fields of the node's config.")] = None,
    published: Annotated[bool, typer.Option("--published", help="Go on with the newest published version.")] = False,
    simulate: Annotated[bool | None, typer.Option("--simulate/--real", help="As the other run was, unless told.")] = None,
    json: Json = False,
) -> None:
    """Start a new run in the middle of another one; `tenuto serve` or a worker runs it."""
    perform(lambda: _fork(id, node, (input, vars, config), published=published, simulate=simulate, json=json), json=json)


async def _fork(
    public_id: str, node: str, edits: tuple[str | None, str | None, str | None], *, published: bool, simulate: bool | None, json: bool
) -> ExitCode:
    given, variables, config = edits
    wanted = ForkWanted(
        node=node,
        input=value_of(given, "The input") if given is not None else None,
        vars=object_of(variables, "--vars") if variables is not None else {},
        config=object_of(config, "--config") if config is not None else {},
        version="published" if published else "pinned",
        simulate=simulate,
    )
    async with opened(read_settings()) as home:
        run = await home.services.executions.forks.fork(local, public_id, wanted)
    if json:
        write_json({"id": run.id, "status": run.status.value, "forked_from": {"execution": public_id, "node": node}})
    else:
        say(f"{run.id} forked from {public_id} at {node}")
    return ExitCode.ok
