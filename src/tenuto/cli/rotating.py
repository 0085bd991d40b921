"""`tenuto rotate-keys`: secrets sealed again by the present keys, while servers go on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, say, write_json
from tenuto.services.rotation import Rotation

commands = typer.Typer()


@commands.command("rotate-keys", epilog=epilog)
def rotate_keys(
    data_keys: Annotated[bool, typer.Option("--data-keys", help="Give every workspace a new data key as well.")] = False,
    json: Json = False,
) -> None:
    """Seal stored secrets again with the present keys. Servers go on; cut short, it goes on where it was.

    The data keys are sealed by the first key of TENUTO_SECRET_KEY, or by Vault; secrets sealed before there were data keys get one.
    With --data-keys every secret is sealed again, by a new key. Exit code 1 if something could not be opened, and so was left.
    """
    perform(lambda: _rotate(data_keys=data_keys, json=json), json=json)


async def _rotate(*, data_keys: bool, json: bool) -> ExitCode:
    async with opened(read_settings()) as home:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console(stderr=True), transient=True, disable=json) as shown:
            task = shown.add_task("Sealing", total=None)

            def tell(so_far: Rotation) -> None:
                done = so_far.data_keys + so_far.secrets + len(so_far.unreadable)
                shown.update(task, total=so_far.total, completed=done)

            done = await home.services.rotation.rotate(local, data_keys=data_keys, tell=tell)
    if json:
        write_json(_document(done))
    else:
        _say(done)
    return ExitCode.failed if done.unreadable else ExitCode.ok


def _document(done: Rotation) -> dict[str, object]:
    return {
        "master": done.master,
        "data_keys": {"sealed": done.data_keys, "made": done.made, "destroyed": done.destroyed},
        "secrets": done.secrets,
        "unreadable": [{"workspace": one.workspace, "table": one.table, "row": one.row, "problem": one.problem} for one in done.unreadable],
    }


def _say(done: Rotation) -> None:
    say(f"Sealed again: {_count(done.data_keys, 'data key')}, {_count(done.secrets, 'secret')}. The master key is {done.master}.")
    if done.made or done.destroyed:
        say(f"Made: {_count(done.made, 'data key')}. Destroyed: {_count(done.destroyed, 'former one')}.")
    for one in done.unreadable:
        say(f"Left as it was: {one.table} {one.row} (workspace {one.workspace}). {one.problem}", stderr=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
