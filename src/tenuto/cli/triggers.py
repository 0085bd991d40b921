"""`tenuto triggers` and `tenuto deliveries`: what starts runs by itself, and what came in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from pydantic import JsonValue
from rich.table import Table

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, one_line, say, write_json
from tenuto.core.errors import Invalid, Malformed
from tenuto.core.values import decode
from tenuto.services.triggers.views import DeliveryStatus, TriggerView

commands = typer.Typer(help="Triggers of published workflows: list, show, fire, enable, disable.", no_args_is_help=True)
inbox = typer.Typer(help="Deliveries of webhooks: list, show, replay.", no_args_is_help=True)

TriggerId = Annotated[UUID, typer.Argument(help="The trigger's id (`tenuto triggers list`).")]
DeliveryId = Annotated[UUID, typer.Argument(help="The delivery's id (`tenuto deliveries list`).")]
Most = Annotated[int, typer.Option(min=1, max=200, help="At most so many.")]


@commands.command("list", epilog=epilog)
def list_triggers(
    workflow: Annotated[str | None, typer.Option(help="Of this workflow only.")] = None, limit: Most = 50, json: Json = False
) -> None:
    """The triggers with their state and their next time."""
    perform(lambda: _list(workflow, limit, json=json), json=json)


@commands.command("show", epilog=epilog)
def show(trigger: TriggerId, json: Json = False) -> None:
    """One trigger: its address, its next five times, its last run, and whether it is late or failing."""
    perform(lambda: _show(trigger, json=json), json=json)


@commands.command("fire", epilog=epilog)
def fire(
    trigger: TriggerId,
    event: Annotated[str | None, typer.Option(help="What expressions see as `event`, as JSON.")] = None,
    json: Json = False,
) -> None:
    """Start a run as if the trigger had fired. A server or worker performs it."""
    perform(lambda: _fire(trigger, event, json=json), json=json)


@commands.command("enable", epilog=epilog)
def enable(trigger: TriggerId, json: Json = False) -> None:
    """Switch a trigger on."""
    perform(lambda: _switch(trigger, json=json, enabled=True), json=json)


@commands.command("disable", epilog=epilog)
def disable(trigger: TriggerId, json: Json = False) -> None:
    """Switch a trigger off; slots that pass meanwhile are not made up for."""
    perform(lambda: _switch(trigger, json=json, enabled=False), json=json)


@inbox.command("list", epilog=epilog)
def list_deliveries(
    *,
    trigger: Annotated[UUID | None, typer.Option(help="Of this trigger only.")] = None,
    status: Annotated[str | None, typer.Option(help="received, started, done, failed, ignored or refused.")] = None,
    search: Annotated[str | None, typer.Option(help="How the sender's id, the event or the run's id begins.")] = None,
    limit: Most = 50,
    json: Json = False,
) -> None:
    """What came in, newest first."""
    perform(lambda: _deliveries(trigger, status, search, limit, json=json), json=json)


@inbox.command("show", epilog=epilog)
def show_delivery(delivery: DeliveryId, json: Json = False) -> None:
    """One delivery with its body."""
    perform(lambda: _delivery(delivery, json=json), json=json)


@inbox.command("replay", epilog=epilog)
def replay(delivery: DeliveryId, json: Json = False) -> None:
    """Start another run of a delivery. A server or worker performs it."""
    perform(lambda: _replay(delivery, json=json), json=json)


async def _list(workflow: str | None, limit: int, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        page = await home.services.triggers.operations.list(local, workflow_id=workflow, limit=limit)
    if json:
        write_json({"triggers": [item.model_dump(mode="json") for item in page.items], "next": page.next})
        return ExitCode.ok
    table = Table("Id", "Workflow", "Trigger", "Type", "State", "Next", "Last run", box=None)
    for item in page.items:
        table.add_row(str(item.id), item.workflow_id, item.key, item.type, item.state, _next(item), item.last_execution or "")
    console().print(table if page.items else "No triggers. Publish a workflow that has some.")
    return ExitCode.ok


async def _show(trigger: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        _tell(await home.services.triggers.operations.get(local, trigger), json=json)
    return ExitCode.ok


async def _fire(trigger: UUID, event: str | None, *, json: bool) -> ExitCode:
    given: JsonValue = None
    if event is not None:
        try:
            given = decode(event)
        except Invalid:
            raise Malformed("The event is not JSON.", fix="""Write --event '{"a": 1}'.""") from None
    async with opened(read_settings()) as home:
        run = await home.services.triggers.operations.fire(local, trigger, given)
    _begun(run, json=json)
    return ExitCode.ok


async def _switch(trigger: UUID, *, json: bool, enabled: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        _tell(await home.services.triggers.operations.switch(local, trigger, enabled=enabled), json=json)
    return ExitCode.ok


async def _deliveries(trigger: UUID | None, status: str | None, search: str | None, limit: int, *, json: bool) -> ExitCode:
    known: DeliveryStatus | None = None
    if status is not None:
        found: list[DeliveryStatus] = [name for name in _statuses if name == status]
        if not found:
            raise Malformed(f'There is no status "{status}".', fix=f"One of {', '.join(_statuses)}.")
        known = found[0]
    async with opened(read_settings()) as home:
        page = await home.services.triggers.inbox.list(local, trigger_id=trigger, status=known, search=search, limit=limit)
    if json:
        write_json({"deliveries": [item.model_dump(mode="json") for item in page.items], "next": page.next})
        return ExitCode.ok
    table = Table("Id", "Received", "Event", "Status", "Sender's id", "Bytes", box=None)
    for item in page.items:
        row = (
            f"{item.received_at:%Y-%m-%d %H:%M:%S}",
            one_line(item.event or ""),
            item.status,
            one_line(item.delivery, 60),
            str(item.size),
        )
        table.add_row(str(item.id), *row)
    console().print(table if page.items else "No deliveries.")
    return ExitCode.ok


async def _delivery(delivery: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        found = await home.services.triggers.inbox.get(local, delivery)
    if json:
        write_json(found.model_dump(mode="json"))
        return ExitCode.ok
    say(f"{found.delivery}  {found.event or ''}  {found.status} ({found.verdict})  {found.received_at:%Y-%m-%d %H:%M:%S}")
    if found.execution_id:
        say(f"run {found.execution_id}")
    if found.error:
        say(found.error.detail)
    say(found.body)
    return ExitCode.ok


async def _replay(delivery: UUID, *, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        made = await home.services.triggers.inbox.replay(local, delivery)
    _begun(made.execution_id, json=json)
    return ExitCode.ok


_statuses: tuple[DeliveryStatus, ...] = ("received", "started", "done", "failed", "ignored", "refused")


def _begun(run: str, *, json: bool) -> None:
    if json:
        write_json({"execution_id": run})
    else:
        say(run)


def _tell(item: TriggerView, *, json: bool) -> None:
    if json:
        write_json(item.model_dump(mode="json"))
        return
    say(f"{item.workflow_id} / {item.key}  {item.type}  {item.state}: {item.says}")
    if item.url:
        say(item.url)
    for at in item.next:
        say(f"  next {at:%Y-%m-%d %H:%M:%S} UTC")
    if item.last_execution:
        say(f"last run {item.last_execution}")
    say(f"{item.fired} fired, {item.skipped} left out, {item.refused} refused")


def _next(item: TriggerView) -> str:
    return f"{item.next[0]:%Y-%m-%d %H:%M:%S}" if item.next else ""
