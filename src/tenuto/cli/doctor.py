"""`tenuto doctor`: is the set-up sound, and if not, what is to be done."""

from __future__ import annotations

from typing import Annotated

import typer

from tenuto.app.checkup import Finding, check_up
from tenuto.cli.exits import ExitCode, code_of, epilog
from tenuto.cli.opened import perform, read_settings
from tenuto.cli.terminal import Json, say, write_json

commands = typer.Typer()

_marks = {"good": "✓", "note": "·", "bad": "✗"}


@commands.command(epilog=epilog)
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody outside.")] = False,
    json: Json = False,
) -> None:
    """Check settings, data folder, database, port, disk, clock, keys and the way out; say what to do."""
    perform(lambda: _doctor(offline=offline, json=json), json=json)


async def _doctor(*, offline: bool, json: bool) -> ExitCode:
    found = await check_up(read_settings, offline=offline)
    if json:
        write_json({"sound": all(one.problem is None for one in found), "findings": [_as_json(one) for one in found]})
    else:
        for one in found:
            say(f"{_marks[one.level]} {one.about:<12} {one.says}")
            if one.fix:
                say(f"{'':<15}→ {one.fix}")
    return next((code_of(one.problem) for one in found if one.problem), ExitCode.ok)


def _as_json(found: Finding) -> dict[str, str | None]:
    return {"about": found.about, "level": found.level, "says": found.says, "fix": found.fix}
