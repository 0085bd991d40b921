"""`tenuto approvals`: questions to people listed, shown and decided."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from tenuto.cli.documents import read_input
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.following import pretty
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, clean, console, one_line, say, write_json
from tenuto.core.errors import Malformed
from tenuto.services.people.approvals import ApprovalDetail, ApprovalSummary

commands = typer.Typer(help="Questions to people: list, show, decide.", no_args_is_help=True, epilog=epilog)

Id = Annotated[str, typer.Argument(help="The question's id: `run/node`.", show_default=False)]


@commands.command("list", epilog=epilog)
def list_(
    decided: Annotated[bool, typer.Option("--decided", help="Those that are decided or expired.")] = False,
    search: Annotated[str | None, typer.Option(help="Text of the title or workflow, or how the run's id begins.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    json: Json = False,
) -> None:
    """The newest questions, whoever is asked."""
    perform(lambda: _list(search, limit, decided=decided, json=json), json=json)


@commands.command(epilog=epilog)
def show(id: Id, json: Json = False) -> None:
    """A question with all that one has to know to decide."""
    perform(lambda: _show(id, json=json), json=json)


@commands.command(epilog=epilog)
def decide(
    id: Id,
    decision: Annotated[Literal["approve", "reject"], typer.Argument(show_default=False)],
    *,
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why; it stays in the log.")] = "",
    form: Annotated[str | None, typer.Option(help="What the question's form asks for: JSON, or @file with JSON.")] = None,
    digest: Annotated[str | None, typer.Option(help="Decide only if the question still is the one with this digest.")] = None,
    json: Json = False,
) -> None:
    """Approve or reject, as the local owner. Without --digest the question is decided as it is now."""
    perform(lambda: _decide(id, decision, comment, form, digest, json=json), json=json)


async def _list(search: str | None, limit: int, *, decided: bool, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        stand = "decided" if decided else "open"
        page = await home.services.approvals.page(local, whose="all", stand=stand, search=search, limit=limit)
    if json:
        write_json({"approvals": [each.model_dump(mode="json") for each in page.items]})
        return ExitCode.ok
    table = Table("id", "question", "workflow", "asked", "answered", "", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for each in page.items:
        cells = (each.id, one_line(each.title, 50), one_line(each.workflow_name, 30), f"{each.created_at:%Y-%m-%d %H:%M}")
        table.add_row(*(Text(one_line(cell, 130)) for cell in (*cells, f"{len(each.answered)} of {each.required}", _stands(each))))
    console().print(table if page.items else "No questions.")
    return ExitCode.ok


async def _show(id: str, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = await home.services.approvals.get(local, id)
    if json:
        write_json(found.model_dump(mode="json"))
    else:
        _print(found)
    return ExitCode.ok


async def _decide(id: str, decision: str, comment: str, form: str | None, digest: str | None, *, json: bool) -> ExitCode:
    answer: dict[str, JsonValue] = {"decision": decision, "comment": comment}
    if form is not None:
        filled = read_input(form)
        if not isinstance(filled, dict):
            raise Malformed("The form is not a JSON object.", fix="""Write --form '{"amount": 20}'.""")
        answer["form"] = filled
    async with opened(read_settings(), working=True) as home:
        answer["digest"] = digest or (await home.services.approvals.get(local, id)).digest
        found, settled = await home.services.approvals.decide(local, id, answer, patience=30.0)  # it may be we who drive the run
    if json:
        write_json({**found.model_dump(mode="json"), "settled": settled})
    else:
        more = "" if settled else "; the run has not looked at it yet, and it is not lost"
        say(f"{found.id}: {found.outcome or f'{len(found.answered)} of {found.required} have approved'}{more}")
    return ExitCode.ok


def _print(found: ApprovalDetail) -> None:
    say(f"{found.id}  {found.title}  {_stands(found)}")
    if found.body:
        say(clean(found.body))
    if found.arguments is not None:
        say("What will be done:")
        say(pretty(found.arguments))
    if found.form is not None:
        say(f"Form: {pretty(found.form)}")
    for each in found.answers:
        say(
            f"{each.decision} by {each.by}{f' at {each.at:%Y-%m-%d %H:%M}' if each.at else ''}{f': {each.comment}' if each.comment else ''}"
        )
    say(f"asked: {', '.join(found.approvers) or 'whoever may decide'}; {len(found.answered)} of {found.required}")
    say(f"digest: {found.digest}")


def _stands(found: ApprovalSummary) -> str:
    until = f"until {found.expires:%Y-%m-%d %H:%M} UTC" if found.expires else "open"
    return (found.outcome or until) + (" (simulated)" if found.simulated else "")
