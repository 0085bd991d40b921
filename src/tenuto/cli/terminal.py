"""What reaches the terminal: text without control characters, problems as sentences, JSON alone on standard output."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from tenuto.cli.exits import ExitCode, code_of
from tenuto.core.errors import Issue, Problem, ProblemData, internal
from tenuto.core.values import encode

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON to standard output, and nothing else.")]

_controls = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]")
_longest_json = 64 * 1024 * 1024


def clean(text: str) -> str:
    """Text that cannot move a cursor, ring a bell, change a title or turn the direction of writing; line breaks and tabs stay."""
    return _controls.sub("", text.replace("\r\n", "\n"))


def one_line(text: str, most: int = 120) -> str:
    """The beginning of a text, clean and without line breaks."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def console(*, stderr: bool = False) -> Console:
    """A terminal that takes nothing it is given for markup."""
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else 160
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True, width=width)


def say(text: str = "", *, stderr: bool = False) -> None:
    """A line for a person."""
    print(clean(text), file=sys.stderr if stderr else sys.stdout, flush=True)


def write_json(value: object) -> None:
    """A line of JSON on standard output."""
    sys.stdout.buffer.write(encode(value, limit=_longest_json) + b"\n")
    sys.stdout.flush()


@contextmanager
def reporting(*, json: bool) -> Generator[None]:
    """Turn a problem into its sentences (or its JSON) and its exit code, and a bug into one sentence."""
    try:
        yield
    except Problem as problem:
        if debugging():
            raise
        show_problem(problem.data, json=json)
        raise typer.Exit(code_of(problem)) from None
    except (typer.Exit, typer.Abort, typer.BadParameter, OSError):
        raise
    except Exception as error:
        if debugging():
            raise
        fix = "Set TENUTO_DEBUG=1 to see where, and report it."
        show_problem(internal(error).model_copy(update={"detail": f"A bug in Tenuto ({type(error).__name__}).", "fix": fix}), json=json)
        raise typer.Exit(ExitCode.failed) from None


def debugging() -> bool:
    """Whether traces are wanted."""
    return bool(os.environ.get("TENUTO_DEBUG"))


def show_problem(problem: ProblemData, *, json: bool) -> None:
    """A problem as sentences on standard error, or as JSON on standard output."""
    if json:
        write_json({"success": False, "problem": problem.model_dump(mode="json", exclude_none=True)})
        return
    where = f" (node {problem.node})" if problem.node else ""
    say(f"{problem.detail}{where}", stderr=True)
    for issue in problem.issues[1:]:
        say(f"  {issue.pointer or '/'}: {issue.message}{_fix(issue.fix)}", stderr=True)
    if problem.fix:
        say(f"→ {problem.fix}", stderr=True)


def issue_lines(file: str, issues: Sequence[tuple[Issue, tuple[int, int]]]) -> Sequence[str]:
    """One line an issue, in the form that editors jump to: `file:line:column: severity: sentence`."""
    return [
        f"{file}:{line}:{column}: {issue.severity}: {issue.message} [{issue.code} at {issue.pointer or '/'}]{_fix(issue.fix)}"
        for issue, (line, column) in issues
    ]


def _fix(fix: str | None) -> str:
    return f" → {fix}" if fix else ""
