"""Why a program failed, in words: what, and where in its own lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic_monty import Frame, MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

from tenuto.core.errors import (
    AuthRejected,
    CodeFailed,
    ConnectionMissing,
    EgressRefused,
    Forbidden,
    Invalid,
    Issue,
    NotFound,
    ProblemData,
    TimedOut,
    problem_from,
)
from tenuto.core.program import CodeLimits
from tenuto.engine.code.session import user_file

at_code = "/config/code"


class Place(NamedTuple):
    """A character of the program, both counted from 1."""

    line: int
    column: int


def exception_of(problem: ProblemData) -> tuple[str, str]:
    """The exception as which a refused call arrives in the program: its type, and a message that begins with the problem's."""
    match problem_from(problem):
        case AuthRejected() | ConnectionMissing() | EgressRefused() | Forbidden():
            kind = "PermissionError"
        case Invalid():
            kind = "ValueError"
        case NotFound():
            kind = "LookupError"
        case TimedOut():
            kind = "TimeoutError"
        case _:
            kind = "RuntimeError"
    return kind, f"{problem.type}: {problem.detail}"


def failure(error: MontyError, code: str, limits: CodeLimits, told: Mapping[str, ProblemData]) -> ProblemData:
    """What the program's end comes to; `told` has the problems that it was told of, by their messages.

    A problem that it let pass keeps its type, so that what may be tried again is tried again.
    """
    match error:
        case MontyCrashedError():
            return wrong("It used too much time or memory and was stopped.", code, None, fix=_smaller)
        case MontySyntaxError():
            return wrong(f"SyntaxError: {_short(error.display('msg'))}", code, _place(error.traceback()))
        case MontyRuntimeError():
            return _raised(error, code, limits, told)
        case _:
            return wrong(f"A value cannot be given to the code: {_short(str(error))}", code, None)


def wrong(message: str, code: str, place: Place | None, *, fix: str | None = None, kind: type[CodeFailed] = CodeFailed) -> ProblemData:
    """A problem of a program, with the line it stands in."""
    issue = Issue(pointer=at_code, code=kind.type, message=message, fix=fix)
    if place is not None:
        issue = issue.model_copy(update={"line": place.line, "column": place.column})
    return kind(_placed(message, code, place), fix=fix, pointer=at_code, issues=(issue,)).data


def place_of(code: str, start: int) -> Place:
    """The character at a number of bytes from the beginning."""
    before = code.encode(errors="surrogatepass")[:start].decode(errors="replace")
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _raised(error: MontyRuntimeError, code: str, limits: CodeLimits, told: Mapping[str, ProblemData]) -> ProblemData:
    kind, message = type(error.exception()).__name__, error.display("msg")
    place = _place(error.traceback())
    if (problem := told.get(message)) is not None:
        return problem.model_copy(update={"detail": _placed(problem.detail, code, place)})
    if "limit exceeded" in message:
        match kind:
            case "TimeoutError":
                return wrong(f"It computed for longer than {limits.seconds:g} seconds.", code, place, fix=_smaller)
            case "MemoryError":
                return wrong(f"It needed more than {limits.memory_mb} MB of memory.", code, place, fix=_smaller)
            case _:
                pass
    if kind == "RecursionError":
        return wrong("RecursionError: its calls are nested too deeply.", code, place)
    fix = _await if "coroutine" in message else _keys if kind == "AttributeError" and "'dict' object" in message else None
    return wrong(f"{kind}: {_short(message)}", code, place, fix=fix)


def _place(frames: list[Frame]) -> Place | None:
    """The innermost place within the program; ours and the interpreter's own are nobody's business."""
    for frame in reversed(frames):
        if frame.filename == user_file:
            return Place(frame.line, frame.column)
    return None


def _placed(message: str, code: str, place: Place | None) -> str:
    if place is None:
        return message if message.endswith(".") else message + "."
    lines = code.split("\n")
    line = lines[place.line - 1].strip()[:160] if place.line <= len(lines) else ""
    return f"{message.rstrip('.')} (line {place.line}, column {place.column}: {line})."


def _short(text: str) -> str:
    return text if len(text) <= 500 else text[:499] + "…"


_smaller = "Do less at once, or raise its limits."
_await = "An action is awaited before its result is used: await github.create_issue(…)."
_keys = 'The keys of an object are read as value["name"].'
