"""`tenuto executions answer|decide`: what one node of a run waits for."""

from __future__ import annotations

from typing import Annotated, cast

import typer
from pydantic import JsonValue

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, say, write_json
from tenuto.core.errors import Malformed, Problem
from tenuto.core.values import checked, decode
from tenuto.services.executions.operations import Acted, Decision

Id = Annotated[str, typer.Argument(help="The run's id.", show_default=False)]


def add_to(commands: typer.Typer) -> None:
    """Add the commands to those of `tenuto executions`."""
    commands.command("answer", epilog=epilog)(answer)
    commands.command("decide", epilog=epilog)(decide)


def answer(
    id: Id,
    node: Annotated[str, typer.Argument(help="The node that waits.")],
    data: Annotated[str, typer.Argument(help='The answer as JSON: {"decision": "approve"} for an approval.')],
    json: Json = False,
) -> None:
    """Answer a node that waits for somebody."""
    perform(lambda: _answer(id, node, data, json=json), json=json)


def decide(
    id: Id,
    node: Annotated[str, typer.Argument(help="The node of which an effect may or may not have happened.")],
    decision: Annotated[str, typer.Argument(help="done: it happened; retry: it did not, do it; fail: let the node fail.")],
    output: Annotated[str | None, typer.Option(help="The node's output as JSON, where it is done.")] = None,
    json: Json = False,
) -> None:
    """Say what became of an effect that may or may not have happened; `list --status unknown` shows the runs that wait for it."""
    if decision not in {"done", "retry", "fail"}:
        raise typer.BadParameter("This is done, retry or fail.", param_hint="DECISION")
    perform(lambda: _decide(id, node, cast("Decision", decision), output, json=json), json=json)


async def _answer(public_id: str, node: str, data: str, *, json: bool) -> ExitCode:
    given = value_of(data, "The answer")
    if not isinstance(given, dict):
        raise Malformed("The answer is a JSON object.", fix='For an approval {"decision": "approve"}.')
    async with opened(read_settings()) as home:
        return acted(await home.services.executions.answers.give(local, public_id, node, given), json=json)


async def _decide(public_id: str, node: str, decision: Decision, output: str | None, *, json: bool) -> ExitCode:
    value = value_of(output, "The output") if output is not None else None
    async with opened(read_settings()) as home:
        return acted(await home.services.executions.operations.decide(local, public_id, node, decision, value), json=json)


def object_of(text: str, what: str) -> dict[str, JsonValue]:
    """A JSON object. Raises `Malformed`."""
    value = value_of(text, what)
    if not isinstance(value, dict):
        raise Malformed(f"{what} is a JSON object.", fix='Write it like {"name": "value"}.')
    return value


def value_of(text: str, what: str) -> JsonValue:
    """Any JSON. Raises `Malformed`."""
    try:
        return checked(decode(text))
    except Problem as problem:
        raise Malformed(f"{what} is no JSON: {problem.data.detail}", fix="Put it in single quotes.") from None


def acted(acted: Acted, *, json: bool) -> ExitCode:
    """Say what became of what was asked for."""
    if json:
        write_json({"id": acted.run.id, "status": acted.run.status.value, "settled": acted.settled})
    else:
        say(f"{acted.run.id} {acted.run.status.value}{'' if acted.settled else ' (asked for; nobody has reacted yet)'}")
    return ExitCode.ok
