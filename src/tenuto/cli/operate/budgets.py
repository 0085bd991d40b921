"""`tenuto executions budget`: what a run may spend, and what it is allowed beyond that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.operate.deciding import Id, acted
from tenuto.cli.terminal import Json, console, one_line, write_json
from tenuto.services.executions.spending.budgets import Allowance, SpendingView


def add_to(commands: typer.Typer) -> None:
    """Add the command to those of `tenuto executions`."""
    commands.command("budget", epilog=epilog)(budget)


def budget(
    id: Id,
    *,
    usd: Annotated[float | None, typer.Option(help="A new limit in US dollars, what was spent already included.")] = None,
    tokens: Annotated[int | None, typer.Option(help="A new limit of tokens.")] = None,
    calls: Annotated[int | None, typer.Option(help="A new limit of calls.")] = None,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="Let it go on without any budget.")] = False,
    json: Json = False,
) -> None:
    """Show what a run has spent of its budgets; with a new limit, allow it more and let it go on."""
    if (usd, tokens, calls, unlimited) == (None, None, None, False):
        perform(lambda: _show(id, json=json), json=json)
        return
    try:
        allowance = Allowance(usd=usd, tokens=tokens, calls=calls, unlimited=unlimited)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(first["msg"], param_hint=f"--{first['loc'][0]}") from None
    perform(lambda: _allow(id, allowance, json=json), json=json)


async def _allow(public_id: str, allowance: Allowance, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        return acted(await home.services.executions.budgets.allow(local, public_id, allowance), json=json)


async def _show(public_id: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = await home.services.executions.budgets.of_run(local, public_id)
    if json:
        write_json({"budgets": [each.model_dump(mode="json") for each in found]})
    else:
        console().print(_table(found) if found else "No budget is set.")
    return ExitCode.ok


def _table(found: Sequence[SpendingView]) -> Table:
    table = Table("of", "US dollars", "tokens", "calls", "then", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for each in found:
        limit = each.limit
        whose = f"run {each.execution}" if each.period == "run" else f"{each.period} {each.since}"
        then = "unlimited" if each.unlimited else limit.on_budget
        cells = (whose, _of(each.usd, limit.usd), _of(each.tokens, limit.tokens), _of(each.calls, limit.calls), then)
        table.add_row(*(Text(one_line(cell, 60)) for cell in cells))
    return table


def _of(spent: float, limit: float | None) -> str:
    return f"{spent:,}" if limit is None else f"{spent:,} of {limit:,}"
