"""`tenuto executions replay`: past runs once more, in simulation, against another version, and what is different."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from tenuto.app import House
from tenuto.cli.documents import read_workflow
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.following import follow
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.operate.differing import show_many, show_one
from tenuto.cli.operate.operating import DryRun, Ids, Limit, Since, Statuses, Until, Yes, sure, zoned
from tenuto.cli.terminal import Json, say, write_json
from tenuto.cli.view import Silent
from tenuto.services.executions.again.comparisons import Compared
from tenuto.services.executions.again.replays import ReplayWanted
from tenuto.services.executions.bulk import Refused, longest_bulk
from tenuto.services.executions.reads import Filters

_side_by_side = 8

Number = Annotated[int | None, typer.Option("--version", min=1, help="Against this version of the run's workflow.")]
Draft = Annotated[bool, typer.Option("--draft", help="Against the draft of the run's workflow.")]
Pinned = Annotated[bool, typer.Option("--pinned", help="Against what the run itself ran.")]
File = Annotated[Path | None, typer.Option("--file", "-f", help="Against a workflow in YAML or JSON.")]
Simulated = Annotated[
    bool, typer.Option("--simulated", help="Simulate every node, also those that are unchanged and could answer as they did.")
]
Workflow = Annotated[str | None, typer.Option(help="All ended runs of this workflow's id.")]


@dataclass(frozen=True)
class _Order:
    """Which runs, against what, and how to say it."""

    ids: Sequence[str]
    filters: Filters | None
    wanted: ReplayWanted
    limit: int
    dry_run: bool
    yes: bool
    json: bool


def add_to(commands: typer.Typer) -> None:
    """Add the command to those of `tenuto executions`."""
    commands.command("replay", epilog="It exits with 1 where something is different. " + epilog)(replay)


def replay(
    ids: Ids = None,
    *,
    version: Number = None,
    draft: Draft = False,
    pinned: Pinned = False,
    file: File = None,
    simulated: Simulated = False,
    status: Statuses = None,
    workflow: Workflow = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Run ended runs once more in simulation, with the same input, and show what is different. Nothing happens outside.

    They are run against the newest published version of their workflow, or against what is named. Nodes that are unchanged answer as they did.
    """
    if sum((version is not None, draft, pinned, file is not None)) > 1:
        raise typer.BadParameter("Name one of --version, --draft, --pinned and --file.")
    filters = Filters(statuses=status or (), workflow_id=workflow, since=zoned(since), until=zoned(until))
    by_filter = filters != Filters()
    if bool(ids) == by_filter:
        raise typer.BadParameter("Name runs by their ids, or all that match --workflow, --status and so on; not both.")
    perform(lambda: _replay(_Order(
        ids or (), filters if by_filter else None, _wanted(version, file, draft=draft, pinned=pinned, simulated=simulated),
        limit or longest_bulk, dry_run, yes, json,
    )), json=json)  # fmt: skip


def _wanted(version: int | None, file: Path | None, *, draft: bool, pinned: bool, simulated: bool) -> ReplayWanted:
    return ReplayWanted(
        version="draft" if draft else "pinned" if pinned else version,
        workflow=read_workflow(file) if file is not None else None,
        answers="simulated" if simulated else "recorded",
    )


async def _replay(order: _Order) -> ExitCode:
    async with opened(read_settings(), working=True) as home:
        if len(order.ids) == 1 and not order.dry_run:
            return await _one(home, order.ids[0], order)
        if order.filters is not None and not order.dry_run and not order.yes:
            found = await home.services.executions.bulk.act(local, "replay", order.filters, limit=order.limit, dry_run=True)
            if not sure(f"Replay {found.matched} runs?", yes=False):
                return ExitCode.refused
        return await _many(home, order)


async def _one(home: House, public_id: str, order: _Order) -> ExitCode:
    executions = home.services.executions
    made = (await executions.replays.replay(local, public_id, order.wanted)).run
    await follow(home, made.id, Silent())
    found = await executions.comparisons.compare(local, made.id, public_id)
    if order.json:
        write_json({"id": made.id, "replay_of": public_id, "difference": found.model_dump(mode="json")})
    else:
        show_one(found)
    return _code(found.same, ended=found.ended)


async def _many(home: House, order: _Order) -> ExitCode:
    executions, key = home.services.executions, f"replays-{uuid4()}"
    refused: Sequence[Refused] = ()
    if order.filters is not None:
        bulk = await executions.bulk.act(
            local, "replay", order.filters, limit=order.limit, dry_run=order.dry_run, replay=order.wanted, key=key
        )
        matched, refused = bulk.matched, bulk.failures
    else:
        matched = len(order.ids)
        for public_id in () if order.dry_run else order.ids:
            await executions.replays.replay(local, public_id, order.wanted, keys=[key])
    if order.dry_run:
        write_json({"matched": matched, "dry_run": True}) if order.json else say(f"{matched} runs would be replayed.")
        return ExitCode.ok
    compared = await _ended(home, key)
    if order.json:
        write_json({
            "key": key, "matched": matched, "replays": [each.model_dump(mode="json") for each in compared],
            "refused": [{"id": each.id, "problem": each.problem.model_dump(mode="json", exclude_none=True)} for each in refused],
        })  # fmt: skip
    else:
        show_many(matched, compared, refused)
    return _code(all(each.same for each in compared) and not refused, ended=all(each.ended for each in compared))


async def _ended(home: House, key: str) -> list[Compared]:
    """The replays of a key, once each has ended or waits for somebody."""
    comparisons, slots = home.services.executions.comparisons, asyncio.Semaphore(_side_by_side)

    async def one(public_id: str) -> None:
        async with slots:
            await follow(home, public_id, Silent())

    async def every() -> list[Compared]:
        found: list[Compared] = []
        cursor: str | None = None
        while True:
            page = await comparisons.page(local, Filters(search=key), limit=50, cursor=cursor)
            found += page.items
            if (cursor := page.next) is None:
                return found

    await asyncio.gather(*(one(each.execution.id) for each in await every() if not each.ended))
    return await every()


def _code(same: bool, *, ended: bool) -> ExitCode:
    if not same:
        return ExitCode.failed if ended else ExitCode.unfinished
    return ExitCode.ok
