"""Python that people wrote, evaluated in the Monty interpreter: in processes of its own, without a way out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import JsonValue
from pydantic_monty import (
    CollectString,
    MontyConversionError,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from tenuto.core.errors import ExpressionFailed, Invalid, Unavailable
from tenuto.core.values import checked, decode, encode, max_value
from tenuto.engine.code.interpreters import Interpreters


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
        self._interpreters = Interpreters(workers=workers, wait=wait, patience=5)

    async def evaluate(self, code: str, variables: Mapping[str, JsonValue | datetime], now: datetime, *, prelude: str = "") -> JsonValue:
        """The value of one expression, after the statements of `prelude`. Tuples are lists; a date or time as the whole is ISO 8601 text.

        The interpreter's clock stands still at `now`. Raises `ExpressionFailed`, and `Unavailable` when every process stays busy.
        """
        pool = await self._interpreters.pool()
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
            except MontyError as error:
                if not _by_chance(error):
                    raise
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
        await self._interpreters.close()


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


def _by_chance(error: MontyError) -> bool:
    """Whether the expression may have had no part in it. What it does twice, it does itself: nothing it does is seen outside.

    It may have been killed by somebody who meant all of us, and its clock goes on while the machine, or it alone, stands still.
    """
    return isinstance(error, MontyCrashedError) or (isinstance(error, MontyRuntimeError) and isinstance(error.exception(), TimeoutError))


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
