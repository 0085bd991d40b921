"""The command `tenuto`: every command in its place."""

from __future__ import annotations

from typing import Annotated

import typer

from tenuto.cli import check, connectors, doctor, executions, prune, rotating, run, serve, triggers, upkeep
from tenuto.cli.exits import epilog
from tenuto.cli.operate import budgets, deciding, forking, operating, replaying
from tenuto.cli.people import approvals, apps, connections, grants, keys, waits
from tenuto.cli.terminal import reporting

app = typer.Typer(
    name="tenuto",
    epilog=epilog,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        upkeep.version()
        raise typer.Exit


@app.callback()
def tenuto(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version and leave.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Durable workflows in which agents, applications and people hand work to each other."""


for part in (serve.commands, run.commands, check.commands, upkeep.commands, prune.commands, rotating.commands, doctor.commands):
    app.add_typer(part)
operating.add_to(executions.commands)
deciding.add_to(executions.commands)
forking.add_to(executions.commands)
replaying.add_to(executions.commands)
budgets.add_to(executions.commands)
app.add_typer(executions.commands, name="executions")
app.add_typer(approvals.commands, name="approvals")
app.add_typer(waits.commands, name="waits")
app.add_typer(keys.commands, name="keys")
app.add_typer(grants.commands, name="grants")
app.add_typer(connections.commands, name="connections")
app.add_typer(apps.commands, name="apps")
app.add_typer(connectors.commands, name="connectors")
app.add_typer(triggers.commands, name="triggers")
app.add_typer(triggers.inbox, name="deliveries")


def main() -> None:
    """What the installed command starts."""
    with reporting(json=False):
        app()
