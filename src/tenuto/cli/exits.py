"""What the exit code of a command means."""

from __future__ import annotations

from enum import IntEnum

from tenuto.core.errors import EgressRefused, Forbidden, Misconfigured, NotFound, Problem, Unauthenticated, Unavailable


class ExitCode(IntEnum):
    """Stable: scripts rely on it, and every `--help` ends with it."""

    ok = 0
    failed = 1
    """A run failed or was cancelled, a row or a document is invalid, a check did not pass."""
    usage = 2
    not_found = 3
    refused = 4
    """A setting is missing or wrong, the port is in use, the folder cannot be written, or it is not allowed."""
    database = 5
    """The database cannot be reached."""
    unfinished = 6
    """Nothing failed, and a run waits for somebody."""
    interrupted = 130
    """Stopped by a signal; started again it goes on."""


epilog = (
    "Exit codes: 0 done · 1 failed or invalid · 2 wrong usage · 3 not found · 4 refused or misconfigured · 5 database not reached · "
    "6 a run waits for somebody · 130 interrupted. TENUTO_DEBUG=1 shows where an unexpected error comes from."
)


def code_of(problem: Problem) -> ExitCode:
    """The exit code that stands for a problem."""
    match problem:
        case NotFound():
            return ExitCode.not_found
        case Misconfigured() | Unauthenticated() | Forbidden() | EgressRefused():
            return ExitCode.refused
        case Unavailable():
            return ExitCode.database
        case _:
            return ExitCode.failed
