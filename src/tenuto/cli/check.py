"""`tenuto validate` and `tenuto export`: workflow files checked and written anew, without running anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import JsonValue

from tenuto.app.installed import installed
from tenuto.cli.documents import Checked, check_file, read_workflow
from tenuto.cli.exits import ExitCode, epilog
from tenuto.cli.opened import local, opened, perform, read_settings
from tenuto.cli.terminal import Json, issue_lines, reporting, say, write_json
from tenuto.core.documents.reader import dump_yaml
from tenuto.core.documents.validation import validate as validated
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.code.check import Checker
from tenuto.services.executions.starts import Wanted

commands = typer.Typer()


@commands.command(epilog=epilog)
def validate(
    files: Annotated[list[Path], typer.Argument(help="Workflows in YAML or JSON.", show_default=False)],
    json: Json = False,
) -> None:
    """Check workflow files: every problem at once, as file:line:column, and nothing is run."""
    with reporting(json=json):
        found = asyncio.run(_checked(files))
        if json:
            write_json({"valid": all(one.report.definition for _, one in found), "files": [_as_json(file, one) for file, one in found]})
        else:
            for file, one in found:
                _show(file, one)
    raise typer.Exit(ExitCode.ok if all(one.report.definition for _, one in found) else ExitCode.failed)


async def _checked(files: Sequence[Path]) -> Sequence[tuple[Path, Checked]]:
    catalog = installed(read_settings())
    checker = Checker(catalog)
    try:
        return [(file, await check_file(file, catalog, checker)) for file in files]
    finally:
        await checker.close()


@commands.command(epilog=epilog)
def export(
    what: Annotated[str, typer.Argument(metavar="FILE|WORKFLOW_ID", help="A file of any accepted shape, or a stored workflow.")],
    format: Annotated[Literal["yaml", "json"], typer.Option(help="What to write.")] = "yaml",
    version: Annotated[int | None, typer.Option(help="Of a stored workflow; the newest published one if left out.")] = None,
    json: Json = False,
) -> None:
    """Write a workflow to standard output in its present shape; older shapes are translated."""
    form = "json" if json else format
    if Path(what).exists() or Path(what).suffix in {".yaml", ".yml", ".json"}:
        with reporting(json=json):
            _write(validated(read_workflow(Path(what)), installed(read_settings())).require(), form)
    else:
        perform(lambda: _export_stored(what, version, form), json=json)


async def _export_stored(workflow_id: str, version: int | None, form: str) -> ExitCode:
    async with opened(read_settings()) as home:
        wanted = Wanted(workflow_id=workflow_id, version=version, simulate=True)
        _write((await home.services.executions.starts.foresee(local, wanted)).definition, form)
    return ExitCode.ok


def _write(definition: WorkflowDefinition, form: str) -> None:
    if form == "json":
        write_json(definition.document)
    else:
        say(dump_yaml(definition).rstrip("\n"))


def _show(file: Path, found: Checked) -> None:
    for line in issue_lines(str(file), found.places):
        say(line)
    definition, count = found.report.definition, len(found.report.issues)
    if definition is not None:
        warnings = f", {count} warning{'s' * (count > 1)}" if count else ""
        say(f"{file}: valid ({len(definition.nodes)} nodes, version {definition.version_hash[:12]}{warnings})")
    else:
        errors = len(found.report.errors)
        say(f"{file}: {errors} error{'s' * (errors > 1)}")


def _as_json(file: Path, found: Checked) -> dict[str, JsonValue]:
    definition = found.report.definition
    issues: list[JsonValue] = [
        issue.model_dump(mode="json", exclude_none=True) | {"line": line, "column": column} for issue, (line, column) in found.places
    ]
    return {
        "file": str(file),
        "valid": definition is not None,
        "version": definition.version_hash if definition else None,
        "issues": issues,
    }
