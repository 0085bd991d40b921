"""`tenuto prune`: what was kept long enough is deleted now."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, say, write_json
from tenuto.core.age import age_of
from tenuto.services.executions.keeping.retention import Pruned

commands = typer.Typer()


def _age(text: str) -> timedelta:
    try:
        return age_of(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


@commands.command(epilog=epilog)
def prune(
    older_than: Annotated[
        timedelta | None,
        typer.Option(parser=_age, metavar="AGE", help="Runs that ended longer ago than this (30d, 12h, P30D), whatever their rules."),
    ] = None,
    workflow: Annotated[str | None, typer.Option(help="Those of this workflow alone.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Delete nothing; say how many it would be.")] = False,
    json: Json = False,
) -> None:
    """Delete runs that were kept long enough, with all that is theirs.

    Without --older-than by the rules: each workflow's settings.retention, else TENUTO_RETENTION. `serve` and `worker` do that by themselves.
    """
    perform(lambda: _prune(older_than, workflow, dry_run=dry_run, json=json), json=json)


async def _prune(older_than: timedelta | None, workflow: str | None, *, dry_run: bool, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console(stderr=True), transient=True) as shown:
            task = shown.add_task("Looking")

            def tell(so_far: Pruned) -> None:
                shown.update(task, description=f"{so_far.runs:,} runs")

            done = await home.services.executions.retention.prune(
                local, older_than=older_than, workflow=workflow, dry_run=dry_run, tell=tell
            )
    if json:
        write_json({"runs": done.runs, "children": done.children, "dry_run": dry_run})
    else:
        with_them = f" with {done.children:,} of their own" if done.children else ""
        say(f"{done.runs:,} runs{with_them} {'would be' if dry_run else 'were'} deleted.")
    return ExitCode.ok
