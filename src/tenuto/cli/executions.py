"""`tenuto executions`: runs listed, shown and watched; `operating.py` adds what is done to them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.following import exit_code, follow, pretty, show_end, used
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, one_line, say, write_json
from tenuto.cli.value import value
from tenuto.cli.view import Silent, watching
from tenuto.core.events import Event, Recorded, event_data, node_of
from tenuto.core.execution import Status
from tenuto.core.values import decode
from tenuto.services.executions.reads import Filters
from tenuto.services.executions.views import ExecutionDetail, ExecutionSummary

commands = typer.Typer(help="Runs: list, show, watch, operate.", no_args_is_help=True, epilog=epilog)

Id = Annotated[str, typer.Argument(help="The run's id.", show_default=False)]
Statuses = Annotated[list[Status] | None, typer.Option("--status", "-s", help="Only runs of this status; may be given several times.")]


@commands.command("list", epilog=epilog)
def list_(
    status: Statuses = None,
    workflow: Annotated[str | None, typer.Option(help="Only runs of this workflow's id.")] = None,
    search: Annotated[str | None, typer.Option(help="How the run's id or its workflow's name begins, or one of its keys.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    json: Json = False,
) -> None:
    """The newest runs."""
    filters = Filters(statuses=status or (), workflow_id=workflow, search=search)
    perform(lambda: _list(filters, limit, json=json), json=json)


@commands.command(epilog=epilog)
def show(id: Id, json: Json = False) -> None:
    """A run with its nodes, its output, and what it waits for or failed with."""
    perform(lambda: _show(id, json=json), json=json)


@commands.command(epilog=epilog)
def watch(id: Id, json: Json = False) -> None:
    """Follow a run to its end; with --json one event a line. The exit code is that of the run."""
    perform(lambda: _watch(id, json=json), json=json)


async def _list(filters: Filters, limit: int, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found: list[ExecutionSummary] = []
        cursor: str | None = None
        while len(found) < limit:
            page = await home.services.executions.reads.page(local, filters, limit=min(200, limit - len(found)), cursor=cursor)
            found += page.items
            if (cursor := page.next) is None:
                break
    if json:
        write_json({"executions": [run.model_dump(mode="json") for run in found]})
        return ExitCode.ok
    table = Table("id", "workflow", "status", "started", "took", "", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for run in found:
        more = run.error.detail if run.error else run.waiting_for or ""
        took = f"{run.duration_ms / 1000:,.2f} s" if run.duration_ms is not None else ""
        simulated = " (simulated)" if run.simulated else ""
        begun = f"{run.started_at or run.created_at:%Y-%m-%d %H:%M:%S}"
        row = (run.id, one_line(run.workflow_name, 40), run.status.value + simulated, begun, took, one_line(more, 60))
        table.add_row(*(Text(one_line(cell, 130)) for cell in row))
    console().print(table if found else "No runs.")
    return ExitCode.ok


async def _show(public_id: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        run = await home.services.executions.reads.detail(local, public_id)
    if json:
        write_json(run.model_dump(mode="json", by_alias=True))
        return ExitCode.ok
    _show_detail(run)
    return ExitCode.ok


def _show_detail(run: ExecutionDetail) -> None:
    say(f"{run.id}  {run.workflow_name}  {run.status.value}{' (simulated)' if run.simulated else ''}")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
    for name, node in run.nodes.items():
        took = f"{node.duration_ms:,.0f} ms" if node.duration_ms is not None else ""
        port = f"→ {node.port}" if node.port not in (None, "out") else ""
        more = node.problem.detail if node.problem else f"waits: {node.reason}" if node.reason else port
        table.add_row(*(Text(one_line(cell, 100)) for cell in (name, node.status, f"attempt {node.attempt}", took, more)))
    console().print(table)
    if run.usage:
        say(f"used: {used(run.usage)}")
    if run.waiting_for:
        say(f"waits for: {run.waiting_for}")
    if run.error:
        say(f"error: {run.error.detail}")
    if run.output is not None:
        say(pretty(run.output))


async def _watch(public_id: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        if json:
            lines = _JsonLines()
            await follow(home, public_id, lines, to_the_end=True)
            return exit_code(lines.state)
        run = await home.services.executions.watches.find(local, public_id)
        if run.imported:
            say("This run was imported: it is a record, and nothing happens to it any more.", stderr=True)
            return ExitCode.ok
        definition = await home.engine.journal.definition(local.workspace, run.version_hash)
        with watching(console(stderr=True), definition, run.workflow_name) as view:
            await follow(home, public_id, view, to_the_end=True)
        show_end(public_id, view.state)
        return exit_code(view.state)


class _JsonLines(Silent):
    """One line of JSON an event."""

    def take(self, recorded: Recorded) -> None:
        """An event was committed."""
        super().take(recorded)
        event: Event = recorded.event
        line = {"seq": recorded.seq, "at": recorded.at.isoformat(), "type": event.type, "node": node_of(event)}
        write_json({**line, "data": decode(event_data(event))})


commands.command(epilog=epilog)(value)
