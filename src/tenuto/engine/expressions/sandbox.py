"""Python that people wrote, evaluated in the Monty interpreter: in processes of its own, without a way out."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue
from pydantic_monty import (
    AsyncMonty,
    CollectString,
    MontyConversionError,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)
from pydantic_monty._binary import find_monty_binary  # pyright: ignore[reportPrivateUsage] (its search has no public name, and a wrapper needs it)

from tenuto.core.errors import ExpressionFailed, Invalid, Misconfigured, Unavailable
from tenuto.core.values import checked, decode, encode, max_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    seconds: float = 0.5
    """Of computing, by the interpreter's own clock; a native loop that the clock does not see is killed a second later."""
    memory: int = 64 * 1024 * 1024
    """Bytes of values, those given included."""
    recursion: int = 200
    result: int = max_value
    """Characters of JSON."""


class Sandbox:
    """A pool of interpreter processes, started when first used. One instance serves one event loop.

    Every evaluation has a session of its own: nothing is left behind for the next one.
    """

    def __init__(self, *, workers: int = 2, limits: Limits | None = None, wait: float = 10) -> None:
        """`wait` is how many seconds an evaluation waits for a free process."""
        self.limits = limits or Limits()
        self._workers = workers
        self._wait = wait
        self._starting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._pool: AsyncMonty | None = None

    async def evaluate(self, code: str, variables: Mapping[str, JsonValue | datetime], now: datetime, *, prelude: str = "") -> JsonValue:
        """The value of one expression, after the statements of `prelude`. Tuples are lists; a date or time as the whole is ISO 8601 text.

        The interpreter's clock stands still at `now`. Raises `ExpressionFailed`, and `Unavailable` when every process stays busy.
        """
        pool = self._pool or await self._start()
        program, inputs = _program(code, variables, prelude)
        limits = ResourceLimits(
            max_turn_duration_secs=self.limits.seconds,
            max_feed_duration_secs=self.limits.seconds,
            max_memory=self.limits.memory,
            max_recursion_depth=self.limits.recursion,
            max_suspensions=10,
        )
        policy = OSPolicy(datetime=now, sleep="zero", process_time="zero", random_start={"seed": now.isoformat()})

        async def once() -> object:
            async with pool.checkout(limits=limits, os_policy=policy) as session:
                return cast("object", await session.feed_run(program, inputs=inputs, print_callback=CollectString(max_bytes=4096)))

        try:
            try:
                answer = await once()
            except MontyCrashedError:
                # It may have been killed from outside, by somebody who meant all of us; twice it has done it itself.
                answer = await once()
        except MontyError as error:
            raise _failure(error, self.limits) from None
        except TimeoutError:
            raise Unavailable("All sandbox processes are busy.", fix="Try again, or allow more of them.", retry_after=1) from None
        if not isinstance(answer, str):  # whoever replaced our `_json`: to print such a value may take all memory there is
            raise ExpressionFailed("The result is no JSON text.")
        return await self._read(answer)

    async def _read(self, text: str) -> JsonValue:
        if len(text) > self.limits.result:
            raise ExpressionFailed(f"The result is larger than {self.limits.result // 1024:,} kB.", fix=_smaller)
        try:
            # Reading much in a thread lets the loop go on every few milliseconds.
            return checked(decode(text)) if len(text) < 65_536 else await asyncio.to_thread(lambda: checked(decode(text)))
        except Invalid as problem:
            raise ExpressionFailed(f"The result cannot be kept. {problem.data.detail}", fix=problem.data.fix) from None

    async def close(self) -> None:
        """End the processes."""
        async with self._starting:
            if self._pool is None:
                return
            self._pool = None
            await self._stack.aclose()
            # A native thread that delivered the last answer may still hold a Python object for an instant; an interpreter
            # that ends in that instant aborts (seen in one of five short processes).
            await asyncio.sleep(0.05)

    async def _start(self) -> AsyncMonty:
        async with self._starting:
            if self._pool is None:
                try:
                    folder = await asyncio.to_thread(self._stack.enter_context, tempfile.TemporaryDirectory(prefix="tenuto-sandbox-"))
                    program = await asyncio.to_thread(_wrapper, Path(folder))
                    pool = AsyncMonty(
                        binary_path=program,
                        min_processes=1,
                        max_processes=self._workers,
                        checkout_timeout=self._wait,
                        request_timeout=5,
                        max_checkouts_per_worker=200,
                    )
                    self._pool = await self._stack.enter_async_context(pool)
                except (OSError, MontyError) as error:
                    await self._stack.aclose()
                    raise Misconfigured(f"The sandbox for expressions cannot start ({type(error).__name__}).", fix=_reinstall) from error
            return self._pool


_reinstall = "Install pydantic-monty again, and let the temporary directory be writable."

_script = """\
#!/bin/sh
trap '' INT QUIT HUP TERM
cd /
ulimit -c 0
ulimit -n 32
ulimit -v 1048576 2>/dev/null
if setpriv --no-new-privs --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --no-new-privs --pdeathsig KILL {program} "$@" 2>/dev/null
fi
exec {program} "$@" 2>/dev/null
"""


def _wrapper(folder: Path) -> Path:
    """A program that starts the interpreter with less: 1 GiB, no core file, few descriptors, no new privileges, dead when we are dead.

    It does not hear the signals that a terminal or a service manager sends to all of us at once: we end it when we have finished. Where there is no shell, or nothing may be executed in the temporary directory, the interpreter itself.
    """
    interpreter = Path(find_monty_binary())
    script = folder / "monty"
    script.write_text(_script.format(program=shlex.quote(str(interpreter))))
    script.chmod(0o700)
    return script if shutil.which("sh") and shutil.which(str(script)) else interpreter


def _program(code: str, variables: Mapping[str, JsonValue | datetime], prelude: str) -> tuple[str, dict[str, object]]:
    """What is fed to the interpreter, and its inputs.

    Values go in and out as JSON text that the interpreter itself reads and writes. That costs a large value a third of the time, and
    a result that shares its parts (10**30 elements in 2 kB) meets the interpreter's limits instead of ours.
    """
    inputs: dict[str, object] = {name: value for name, value in variables.items() if isinstance(value, datetime)}
    plain = {name: value for name, value in variables.items() if name not in inputs}
    lines = [_first, prelude]
    if plain:
        inputs["_"] = encode(list(plain.values()), limit=max_given, what="What the expression uses").decode()
        lines.append(f"{', '.join(plain)}, = _json.loads(_)")
    return "\n".join([*lines, f"__ = (\n{code}\n)", _last]), inputs


_first = "import json as _json\nfrom datetime import date as _date"
_last = "_json.dumps(__.isoformat() if isinstance(__, _date) else __, ensure_ascii=False, allow_nan=False)"

max_given = 4 * max_value
"""Bytes of JSON that one expression may use."""


def _failure(error: MontyError, limits: Limits) -> ExpressionFailed:
    match error:
        case MontyCrashedError():
            return ExpressionFailed("It used too much time or memory and was stopped.", fix=_smaller)
        case MontySyntaxError():
            return ExpressionFailed(f"It is not Python that the sandbox can read: {error.display('msg')}.")
        case MontyConversionError():
            return ExpressionFailed(f"A value cannot be given to the sandbox: {error}.")
        case MontyRuntimeError():
            return _raised(error, limits)
        case _:
            return ExpressionFailed("The sandbox was stopped.")


_smaller = "Do less in one expression, or use a code node."


def _raised(error: MontyRuntimeError, limits: Limits) -> ExpressionFailed:
    kind, message = type(error.exception()).__name__, error.display("msg")
    match kind:
        case "TimeoutError":
            return ExpressionFailed(f"It took longer than {limits.seconds} seconds.", fix=_smaller)
        case "MemoryError":
            return ExpressionFailed(f"It needed more than {limits.memory // 2**20} MB of memory.", fix=_smaller)
        case "RecursionError":
            return ExpressionFailed("It is nested too deeply.", fix=_smaller)
        case "AttributeError" if "'dict' object" in message:
            fix = 'The keys of a loop variable are read as item["name"].'
        case "TypeError" | "ValueError" if _where(error) == _last:
            return ExpressionFailed(f"The result cannot be kept as JSON: {message}.", fix=_json_fix)
        case "KeyError":
            message, fix = f"there is no key {message}", 'Optional access is written get(value, "key", default).'
        case _:
            fix = None
    return ExpressionFailed(f"{kind}: {message[:500]}{_fragment(error)}.", fix=fix)


def _where(error: MontyRuntimeError) -> str:
    """The line that failed, where the interpreter knows it."""
    frames = error.traceback()
    return (frames[0].source_line or "") if frames else ""


def _fragment(error: MontyRuntimeError) -> str:
    """The part of the line that failed."""
    line = _where(error)
    frame = error.traceback()[0] if line else None
    if frame is None or frame.line != frame.end_line:
        return ""
    return f", in {line[frame.column - 1 : frame.end_column - 1][:200]}"


_json_fix = "Make it of text, numbers, true, false, null, lists and objects: list(…) of a set, ….isoformat() of a time."
