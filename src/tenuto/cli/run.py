"""`tenuto run` and `tenuto simulate`: one run watched live, or one for each row of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tenuto.app import House
from tenuto.cli.documents import read_fault, read_input, read_workflow
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.following import announce, exit_code, follow, result, show_end
from tenuto.cli.many.batch import Batch, Done, batch_name, ports
from tenuto.cli.many.outfile import OutFile
from tenuto.cli.many.rows import read_rows
from tenuto.cli.many.tally import Tally, progress, show_closing
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, console, say, write_json
from tenuto.cli.view import Silent, watching
from tenuto.services.executions.starts import Wanted

commands = typer.Typer()

File = Annotated[Path, typer.Argument(help="A workflow in YAML or JSON.", show_default=False)]
Input = Annotated[str | None, typer.Option("--input", "-i", help="JSON, @file with JSON, or any text as the message.")]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", help="What is to go wrong: NODE, gmail, gmail.send_email or http, =rate_limited, timeout, expired_token, malformed "
                 "or unavailable; :2 for the first two attempts. Repeatable."),
]  # fmt: skip
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write each result as a line of JSON; complete or not there.")]


@dataclass(frozen=True, slots=True)
class _Many:
    """What is asked for with `--input-file`."""

    rows: Path
    concurrency: int
    out: Path | None
    label: str | None


@commands.command(epilog=epilog)
def run(
    file: File,
    *,
    input: Input = None,
    input_file: Annotated[Path | None, typer.Option(help="CSV with a header, or JSON lines: one run for each row.")] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", "-c", min=1, max=10_000, help="Runs at the same time.")] = 50,
    out: Out = None,
    label: Annotated[str | None, typer.Option(help="Run a file again that was run already: another label, other runs.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep watching a run that waits for somebody.")] = False,
    simulate: Annotated[bool, typer.Option("--simulate", help="Send nothing: agents and applications are simulated.")] = False,
    json: Json = False,
) -> None:
    """Run a workflow once, or once for each row of a file.

    Stopped or killed, the same command goes on where it was: rows that have been run are not run again.
    """
    if input is not None and input_file is not None:
        raise typer.BadParameter("give --input or --input-file, not both.")
    if input_file is None and out is not None:
        raise typer.BadParameter("--out goes with --input-file; a single run writes its output to the terminal.")
    asked = True if simulate else None
    if input_file is not None:
        many = _Many(input_file, concurrency, out, label)
        perform(lambda: _run_many(file, many, simulate=asked, json=json), json=json)
    else:
        perform(lambda: _run_one(file, input, simulate=asked, watch=watch, json=json), json=json)


@commands.command(epilog=epilog)
def simulate(file: File, input: Input = None, fault: Faults = None, json: Json = False) -> None:
    """Run a workflow once in simulation: nothing is sent, whatever is connected; with --fault something goes wrong."""
    perform(lambda: _run_one(file, input, simulate=True, watch=False, json=json, faults=fault or ()), json=json)


async def _run_one(
    file: Path, given: str | None, *, simulate: bool | None, watch: bool, json: bool, faults: Sequence[str] = ()
) -> ExitCode:
    wrong = tuple(read_fault(each) for each in faults)
    wanted = Wanted(workflow=read_workflow(file), input=read_input(given), simulate=simulate, faults=wrong, trigger="cli")
    async with opened(read_settings(), working=True) as home:
        return await start_and_follow(home, wanted, watch=watch, json=json)


async def start_and_follow(home: House, wanted: Wanted, *, watch: bool, json: bool, stdout: bool = False) -> ExitCode:
    """Start a run and show it until it ends, on standard error unless told; then its output or its JSON on standard output."""
    starts = home.services.executions.starts
    foreseen = await starts.foresee(local, wanted)
    begun = await starts.start(local, wanted)
    if json:
        view = Silent()
        await follow(home, begun.id, view, to_the_end=watch)
        write_json(result(begun.id, view.state))
        return exit_code(view.state)
    out = console(stderr=not stdout)
    announce(out, f"run {begun.id}{' (simulated: nothing is sent)' if foreseen.simulated else ''}")
    with watching(out, foreseen.definition, foreseen.definition.name) as seen:
        await follow(home, begun.id, seen, to_the_end=watch)
    show_end(begun.id, seen.state)
    return exit_code(seen.state)


async def _run_many(file: Path, many: _Many, *, simulate: bool | None, json: bool) -> ExitCode:
    document = read_workflow(file)
    total = sum(1 for _ in read_rows(many.rows))
    settings = read_settings()
    roomy = settings.model_copy(update={"slots": max(settings.slots, many.concurrency)})
    async with opened(roomy, working=True) as home:
        foreseen = await home.services.executions.starts.foresee(local, Wanted(workflow=document, simulate=simulate))
        batch = Batch(home, document, foreseen, batch_name(many.rows, many.label))
        tally = Tally(total, ports(foreseen.definition))
        found = await batch.look_back()
        if not json:
            _introduce(tally, found, simulated=foreseen.simulated)
        await _all_rows(batch, many, tally)
    if json:
        write_json({"workflow": foreseen.definition.name, "version": foreseen.definition.version_hash, "simulated": foreseen.simulated,
                    "ids_begin_with": batch.prefix, "out": str(many.out) if many.out else None, **tally.document()})  # fmt: skip
    else:
        show_closing(console(), tally)
        if many.out:
            say(f"Results: {many.out}")
    return tally.exit_code


async def _all_rows(batch: Batch, many: _Many, tally: Tally) -> None:
    def done(outfile: OutFile | None, found: Done) -> None:
        tally.add(found)
        if outfile is not None:
            outfile.add(found.line, found.document)
        advance()

    with progress(console(stderr=True), tally) as advance:
        if many.out is None:
            await batch.run(read_rows(many.rows), many.concurrency, partial(done, None))
            return
        with OutFile(many.out) as outfile:
            await batch.run(read_rows(many.rows), many.concurrency, partial(done, outfile))
            outfile.finish()


def _introduce(tally: Tally, found: int, *, simulated: bool) -> None:
    said = f"{tally.total:,} rows" + (", simulated: nothing is sent" if simulated else "")
    again = f"; {found:,} of them were started before and are not run again" if found else ""
    say(f"{said}{again}.", stderr=True)
