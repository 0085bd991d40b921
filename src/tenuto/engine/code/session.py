"""One playing of a program in one process of the sandbox: from moment to moment, each a question that has to be answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

from pydantic import JsonValue
from pydantic_monty import (
    AsyncFunctionSnapshot,
    AsyncFutureSnapshot,
    AsyncMonty,
    AsyncNameLookupSnapshot,
    AsyncSnapshot,
    ExternalModule,
    MontyComplete,
    OSPolicy,
    ResourceLimits,
)

from tenuto.core.program import Program
from tenuto.core.values import encode

user_file = "<python-input-1>"
"""What the interpreter calls the program; its first input is ours."""

clocks = frozenset({"datetime.now", "date.today", "time.time"})
sleep = "asyncio.sleep"
_sync_sleep = "time.sleep"
_recursion = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """The program calls something: an action, a sleep, or the clock."""

    id: int
    """Counts the calls; the same each time the program is played."""
    name: str
    args: Sequence[object]
    kwargs: Mapping[str, object]
    start: int
    """Where the call stands: bytes from the beginning."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Nothing goes on until one of these calls is answered."""

    pending: frozenset[int]


@dataclass(frozen=True, slots=True)
class Ended:
    """The program is done."""

    value: object


Moment: TypeAlias = Asked | Blocked | Ended


class Session:
    """A program in a process of its own, until the block ends."""

    def __init__(self, pool: AsyncMonty, program: Program, modules: Mapping[str, Sequence[str]], seed: str) -> None:
        """`modules` are those that the program names, with what each offers; `seed` makes its chance repeatable."""
        self._program = program
        self._allowed = {f"{module}.{name}" for module, names in modules.items() for name in names}
        self._modules = modules
        limits = program.limits
        self._checkout = pool.checkout(
            limits=ResourceLimits(
                max_turn_duration_secs=limits.seconds,
                max_feed_duration_secs=limits.seconds,
                max_memory=limits.memory_mb * 1024 * 1024,
                max_recursion_depth=_recursion,
                max_suspensions=limits.calls * 4 + 1000,
            ),
            os_policy=OSPolicy(datetime="call_host", sleep="call_host", process_time="zero", random_start={"seed": seed}),
            external_modules={name: ExternalModule(dict.fromkeys(offered, _never)) for name, offered in modules.items()},
        )
        self._snapshot: AsyncSnapshot | None = None

    async def __aenter__(self) -> Self:
        self._session = await self._checkout.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._snapshot = None
        await self._checkout.__aexit__(kind, error, trace)

    @property
    def process(self) -> int | None:
        """The process's id, where it is known."""
        return self._session.worker_pid

    async def first(self, printed: Callable[[str], None]) -> Moment:
        """Start the program; what it prints is given to `printed`, perhaps from another thread. Raises the interpreter's errors."""
        first, inputs = _prelude(self._program.inputs, self._modules)
        await self._session.feed_run(first, inputs=inputs)
        self._snapshot = await self._session.feed_start(self._program.code, print_callback=lambda _, text: printed(text))
        return await self._moment()

    async def promise(self) -> Moment:
        """The call that was asked for is under way."""
        return await self._go_on({"future": ...})

    async def tell(self, name: str, args: Sequence[object], seconds: float) -> Moment:
        """What the clock says: seconds since 1970."""
        return await self._go_on({"return_value": _time(name, args, seconds)})

    async def refuse(self, kind: str, message: str) -> Moment:
        """The call that was asked for cannot be made."""
        return await self._go_on({"exc_type": kind, "message": message})

    async def deliver(self, call: int, value: JsonValue) -> Moment:
        """What a pending call answered."""
        return await self._settle({call: {"return_value": value}})

    async def fail(self, call: int, kind: str, message: str) -> Moment:
        """Why a pending call failed, as an exception of the program."""
        return await self._settle({call: {"exc_type": kind, "message": message}})

    async def _go_on(self, answer: Mapping[str, object]) -> Moment:
        self._snapshot = await cast("AsyncFunctionSnapshot", self._snapshot).resume(cast("Any", answer))
        return await self._moment()

    async def _settle(self, answers: Mapping[int, Mapping[str, object]]) -> Moment:
        self._snapshot = await cast("AsyncFutureSnapshot", self._snapshot).resume(cast("Any", answers))
        return await self._moment()

    async def _moment(self) -> Moment:
        """The next thing that we have to decide; what the sandbox decides by itself is answered on the way."""
        while True:
            match self._snapshot:
                case MontyComplete() as complete:
                    return Ended(complete.output)
                case AsyncFutureSnapshot() as blocked:
                    return Blocked(frozenset(blocked.pending_call_ids))
                case AsyncNameLookupSnapshot() as looked:
                    self._snapshot = await looked.resume()
                case AsyncFunctionSnapshot() as called:
                    name = str(called.function_name)
                    if called.object_id is None and self._ours(name, system=called.is_os_function):
                        return Asked(called.call_id, name, called.args, called.kwargs, called.position.start)
                    self._snapshot = await _refused(called, name)
                case None:
                    raise RuntimeError("the session has not begun")

    def _ours(self, name: str, *, system: bool) -> bool:
        return name in clocks or name == sleep if system else name in self._allowed


async def _refused(called: AsyncFunctionSnapshot, name: str) -> AsyncSnapshot:
    if not called.is_os_function:
        return await called.resume({"exc_type": "NameError", "message": f"name '{name[:200]}' is not defined"})
    if name == "import":
        return await called.resume_auto()
    if name == _sync_sleep:
        return await called.resume({"exc_type": "RuntimeError", "message": "time.sleep() is not here: write await asyncio.sleep(…)"})
    return await called.resume({"exc_type": "PermissionError", "message": f"{name} is not allowed here"})


def _prelude(inputs: Mapping[str, JsonValue], modules: Collection[str]) -> tuple[str, dict[str, object] | None]:
    """Code that runs before the program: the modules it names, and its variables, read from JSON where that is cheapest."""
    lines = [f"import {', '.join(['asyncio', *modules])}"]
    if not inputs:
        return lines[0], None
    lines += ["import json as _", f"{', '.join(inputs)}, = _.loads(__)", "_ = __ = None"]
    return "\n".join(lines), {"__": encode(list(inputs.values()), limit=16 * 1024 * 1024, what="What the code is given").decode()}


def _time(name: str, args: Sequence[object], seconds: float) -> object:
    if name == "time.time":
        return seconds
    moment = datetime.fromtimestamp(seconds, UTC)
    if name == "date.today":
        return date(moment.year, moment.month, moment.day)
    zone = args[0] if args else None
    return moment.astimezone(zone) if isinstance(zone, tzinfo) else moment.replace(tzinfo=None)


async def _never(**_: object) -> None:
    """Stands for an action; every call of it comes to us as a question."""
