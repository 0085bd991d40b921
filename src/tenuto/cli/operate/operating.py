"""`tenuto executions cancel|pause|resume|retry|delete`: what is done to runs, by id or by filter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, cast

import typer

from tenuto.cli.exits import ExitCode, code_of, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, say, show_problem, write_json
from tenuto.core.errors import Problem
from tenuto.core.execution import Status
from tenuto.services.executions import Executions
from tenuto.services.executions.bulk import Bulk, longest_bulk
from tenuto.services.executions.reads import Filters

Action: TypeAlias = Literal["cancel", "pause", "resume", "retry", "delete"]

Ids = Annotated[list[str] | None, typer.Argument(help="The runs' ids.", show_default=False)]
Statuses = Annotated[list[Status] | None, typer.Option("--status", "-s", help="All runs of this status; may be given several times.")]
Workflow = Annotated[str | None, typer.Option(help="All runs of this workflow's id.")]
Trigger = Annotated[str | None, typer.Option(help="All runs that this kind of trigger started.")]
Search = Annotated[str | None, typer.Option(help="All runs whose id or workflow's name begins so, or that have this key.")]
Since = Annotated[datetime | None, typer.Option(help="All runs created at this time or later.")]
Until = Annotated[datetime | None, typer.Option(help="All runs created before this time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which runs it would be done to.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many of the runs that match.")]

Reason = Annotated[str, typer.Option(help="Of a cancellation: why; it stays in the log.")]
Node = Annotated[str | None, typer.Option(help="Of a retry: only this one of several nodes that failed.")]

_words: dict[Action, str] = {
    "cancel": "End runs that have not ended.",
    "pause": "Start no further node of these runs until they are resumed.",
    "resume": "Let paused runs go on.",
    "retry": "Take failed runs up again where they failed; what had succeeded in them is kept.",
    "delete": "Delete ended runs with all that belongs to them.",
}


@dataclass(frozen=True)
class Order:
    """What a command was asked to do to which runs."""

    action: Action
    ids: Sequence[str]
    filters: Filters | None
    dry_run: bool
    yes: bool
    limit: int | None
    json: bool
    reason: str = ""
    node: str | None = None


def add_to(commands: typer.Typer) -> None:
    """Add the commands to those of `tenuto executions`."""
    for action, words in _words.items():
        commands.command(action, help=words, epilog=epilog)(_command(action))


def _command(action: Action) -> Callable[..., None]:
    def act(
        ids: Ids = None,
        *,
        status: Statuses = None,
        workflow: Workflow = None,
        trigger: Trigger = None,
        search: Search = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = None,
        reason: Reason = "",
        node: Node = None,
        dry_run: DryRun = False,
        yes: Yes = False,
        json: Json = False,
    ) -> None:
        filters = Filters(
            statuses=status or (), workflow_id=workflow, trigger=trigger, search=search, since=zoned(since), until=zoned(until)
        )
        by_filter = filters != Filters()
        if bool(ids) == by_filter:
            raise typer.BadParameter("Name runs by their ids, or all that match --status, --workflow and so on; not both.")
        if (reason and action != "cancel") or (node is not None and (action != "retry" or by_filter)):
            raise typer.BadParameter("--reason goes with cancel, and --node with retry and ids.")
        order = Order(action, ids or (), filters if by_filter else None, dry_run, yes, limit, json, reason, node)
        perform(lambda: _act(order), json=json)

    return act


def zoned(at: datetime | None) -> datetime | None:
    """A time without a zone is one of this machine's."""
    return at.astimezone() if at is not None else None


async def _act(order: Order) -> ExitCode:
    async with opened(read_settings()) as home:
        executions = home.services.executions
        return await (_by_filter(executions, order) if order.filters is not None else _by_id(executions, order))


async def _by_id(executions: Executions, order: Order) -> ExitCode:
    if (
        order.action == "delete"
        and not order.dry_run
        and not sure(f"Delete {len(order.ids)} runs with all that belongs to them?", yes=order.yes)
    ):
        return ExitCode.refused
    worst = ExitCode.ok
    for public_id in order.ids:
        try:
            word, settled = await _one(executions, order, public_id)
        except Problem as problem:
            if len(order.ids) == 1:
                raise
            worst = max(worst, code_of(problem))
            if order.json:
                write_json({"id": public_id, "problem": problem.data.model_dump(mode="json", exclude_none=True)})
            else:
                say(public_id, stderr=True)
                show_problem(problem.data, json=False)
        else:
            if order.json:
                write_json({"id": public_id, "status": word, "settled": settled})
            else:
                say(f"{public_id} {word}{'' if settled else ' (asked for; nobody has reacted yet)'}")
    return worst


async def _one(executions: Executions, order: Order, public_id: str) -> tuple[str, bool]:
    """How the run stands afterwards, and whether it has reacted."""
    operations = executions.operations
    if order.dry_run:
        return (await executions.reads.detail(local, public_id)).status.value, True
    match order.action:
        case "cancel":
            acted = await operations.cancel(local, public_id, order.reason)
        case "pause":
            acted = await operations.pause(local, public_id)
        case "resume":
            acted = await operations.resume(local, public_id)
        case "retry":
            acted = await executions.retries.retry(local, public_id, order.node)
        case "delete":
            await executions.reads.delete(local, public_id)
            return "deleted", True
    return acted.run.status.value, acted.settled


async def _by_filter(executions: Executions, order: Order) -> ExitCode:
    """All that match, in as many calls as it takes."""
    if not order.dry_run and not order.yes:
        found = await _all(executions, order, dry_run=True)
        if not found.matched:
            return _tell(order, found)
        if not sure(f"{order.action} {found.matched} runs?", yes=order.yes):
            return ExitCode.refused
    return _tell(order, await _all(executions, order, dry_run=order.dry_run))


async def _all(executions: Executions, order: Order, *, dry_run: bool) -> Bulk:
    whole, cursor = Bulk(0, 0, 0, (), (), None), cast("str | None", None)
    while order.filters is not None and (order.limit is None or whole.matched < order.limit):
        left = longest_bulk if order.limit is None else min(longest_bulk, order.limit - whole.matched)
        part = await executions.bulk.act(local, order.action, order.filters, limit=left, cursor=cursor, dry_run=dry_run)
        whole = Bulk(
            whole.matched + part.matched, whole.done + part.done, whole.failed + part.failed,
            (whole.failures + part.failures)[:20], (whole.ids + part.ids)[:20], part.next,
        )  # fmt: skip
        if (cursor := part.next) is None:
            break
    return whole


def _tell(order: Order, found: Bulk) -> ExitCode:
    if order.json:
        failures = [{"id": each.id, "problem": each.problem.model_dump(mode="json", exclude_none=True)} for each in found.failures]
        counts = {"action": order.action, "dry_run": order.dry_run, "matched": found.matched, "done": found.done, "failed": found.failed}
        write_json({**counts, "failures": failures, "ids": list(found.ids)})
    else:
        say(f"{found.matched} runs match: {found.done} {'would be asked' if order.dry_run else 'done'}, {found.failed} refused.")
        for each in found.failures:
            say(f"  {each.id}: {each.problem.detail}", stderr=True)
    return ExitCode.failed if found.failed else ExitCode.ok


def sure(question: str, *, yes: bool) -> bool:
    """Ask, unless told not to; nobody at a terminal is a no."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say(f"{question} Nobody is there to be asked: add --yes.", stderr=True)
        return False
    return typer.confirm(question, err=True)
