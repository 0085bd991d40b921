"""The calls of one program: compared with what the log knows, made once, and answered in the order in which they were settled."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.errors import NonDeterministic, Problem, ProblemData, Uncertain
from tenuto.core.events import Event, StepCompleted, StepStarted
from tenuto.core.limits import Held
from tenuto.core.node import Unknown
from tenuto.core.program import Program, digest, http_module
from tenuto.core.values import JsonObject, encode
from tenuto.engine.actions.steps import Step
from tenuto.engine.code.failure import place_of, wrong
from tenuto.engine.code.naps import Naps, seconds_of
from tenuto.engine.code.partings import Answer, Doubt, Host, Nap, Refused
from tenuto.engine.code.plain import NotPlain, plain
from tenuto.engine.code.session import Asked, clocks, sleep

max_arguments = 1024 * 1024
"""Bytes of JSON that one call may be given."""


class _Call(NamedTuple):
    name: str
    """Of the step."""
    function: str
    args: Sequence[JsonValue]
    kwargs: JsonObject
    digest: str
    start: int

    @property
    def seconds(self) -> float:
        """Of a sleep: how long."""
        return float(str(self.args[0]))


class Calls:
    """What the program has asked for in this playing, and what of it is under way here."""

    def __init__(self, host: Host, program: Program) -> None:
        self._host = host
        self._program = program
        self._asked: dict[int, _Call] = {}
        self._answered: set[int] = set()
        self._flights: dict[int, asyncio.Task[JsonValue]] = {}
        self._naps = Naps(host)
        self._doubts: dict[int, Uncertain] = {}
        self._held: dict[int, Held] = {}
        self._learnt: list[Event] = []
        self._numbered = {_number(name): name for name in host.steps.known}

    def again(self) -> None:
        """The program is played from its beginning; what is under way stays so."""
        self._asked.clear()
        self._answered.clear()
        self._naps.clear()

    def note(self, asked: Asked) -> None:
        """A call is asked for. Raises `NotPlain`, `ValueError`, and `Refused` for too many and for another one than the log knows."""
        if len(self._asked) >= self._program.limits.calls:
            fix = "Raise limits.calls, or make fewer."
            raise Refused(self._wrong(f"It makes more than {self._program.limits.calls:,} calls", asked.start, fix=fix))
        kwargs = plain(dict(asked.kwargs), limit=max_arguments)
        args: JsonValue = [] if asked.name in clocks else plain(list(asked.args), limit=max_arguments)
        if not isinstance(kwargs, dict) or not isinstance(args, list):
            raise NotPlain("these arguments are no JSON values")
        if args and asked.name != sleep:
            raise ValueError("give each value by its name, for instance owner=…")
        if asked.name == sleep:
            args = [seconds_of(args)]
        name = f"{asked.id}: {asked.name}"
        self._compare(asked, name, call_digest := digest(asked.name, encode([args, kwargs])))
        self._asked[asked.id] = _Call(name, asked.name, args, kwargs, call_digest, asked.start)

    def time(self, asked: Asked) -> float:
        """What the clock says, now or when this was first asked."""
        call = self._asked[asked.id]
        self._answered.add(asked.id)
        known = self._host.steps.known.get(call.name)
        if isinstance(known, StepCompleted) and isinstance(known.output, int | float):
            return float(known.output)
        seconds = self._host.clock().timestamp()
        steps = self._host.steps
        event = StepCompleted(node=steps.node, attempt=steps.attempt, step=call.name, output=seconds, digest=call.digest)
        steps.keep(event)
        self._numbered[asked.id] = call.name
        self._learnt.append(event)
        return seconds

    def learnt(self) -> Sequence[Event]:
        """What the clock said and is not recorded yet."""
        learnt, self._learnt = self._learnt, []
        return learnt

    def sleeps(self, pending: Collection[int]) -> Sequence[Event]:
        """The beginnings of those sleeps that nobody has begun, to be recorded before anything is waited for."""
        events: list[Event] = []
        for number in sorted(pending):
            call = self._asked[number]
            if call.function == sleep and not isinstance(known := self._known(call), StepCompleted):
                if known is None:
                    known = self._naps.started(number, call.name, call.seconds, call.digest)
                    self._numbered[number] = call.name
                    events.append(known)
                self._naps.dream(number, known)
        return events

    def fly(self, pending: Collection[int]) -> None:
        """Make those calls that nobody has made."""
        for number in sorted(pending):
            call = self._asked[number]
            begun = number in self._flights or number in self._doubts or number in self._held
            if call.function != sleep and not begun and not isinstance(self._known(call), StepCompleted):
                self._flights[number] = asyncio.create_task(self._host.steps.once(self._step(number, call)), name=call.name)
                self._numbered[number] = call.name

    async def next(self, pending: Collection[int], unless: asyncio.Event) -> Answer | None:
        """The answer that was settled first of those that are pending; None if `unless` is set before there is one.

        Raises `Nap` where only sleeps are left, `Held` where a rate limit has to be waited for, `Doubt` once everything else is
        settled, and what keeps a step from being recorded.
        """
        while True:
            await self._naps.wake()
            if not self._doubts and (answer := self._first(pending)) is not None:
                self._answered.add(answer.call)
                return answer._replace(output=await self._host.payloads.opened(answer.output))
            if not self._flights:
                if self._doubts:
                    raise self._doubt()
                if self._held:
                    raise min(self._held.values(), key=lambda held: held.seconds)
                if (until := self._naps.long()) is not None:
                    raise Nap(until)
            if unless.is_set():
                return None
            await self._wait(unless)

    async def something(self) -> None:
        """Wait until a call that is under way is settled, or a sleep is over."""
        await self._wait(None)
        await self._naps.wake()

    async def settled(self) -> None:
        """Wait for everything that is under way but for sleeps. Raises `Doubt`."""
        self._naps.clear()
        while self._flights:
            await self._wait(None)
        if self._doubts:
            raise self._doubt()

    def forgotten(self) -> _Call | None:
        """A call that was never made, because the program did not wait for anything after it."""
        return next((call for number, call in self._asked.items() if number not in self._answered and self._known(call) is None), None)

    async def close(self) -> None:
        """Drop what is under way: the attempt is over, or its time is up."""
        for task in self._flights.values():
            task.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    def _compare(self, asked: Asked, name: str, asked_digest: str) -> None:
        """Hold a call against the log: an earlier attempt may have asked otherwise, this one may not."""
        known = self._host.steps.known.get(self._numbered.get(asked.id, name))
        if known is None or (known.step == name and known.digest == asked_digest):
            return
        if known.attempt == self._host.steps.attempt:
            before = known.step.partition(": ")[2]
            other = f"was {before}" if before != asked.name else "had other arguments"
            message = f"This is call {asked.id} of the code, {asked.name}, and it {other} when the code ran before"
            raise Refused(self._wrong(message, asked.start, fix=_repeatable, kind=NonDeterministic))
        del self._host.steps.known[known.step]
        self._numbered.pop(asked.id, None)

    def _step(self, number: int, call: _Call) -> Step:
        module, _, action = call.function.partition(".")
        params = dict(call.kwargs)
        if module == http_module:
            step = self._host.request_step(call.name, params)
        else:
            connection = params.pop("connection", None)
            step = self._host.action_step(call.name, module, action, params, connection if isinstance(connection, str) else None)
        return replace(step, key=f"{self._host.steps.key}:{number}", digest=call.digest)

    def _first(self, pending: Collection[int]) -> Answer | None:
        """The log's order is the order of settling: it is the same when the program is played again."""
        steps, found = self._host.steps, list[tuple[int, int, StepCompleted]]()
        for number in pending:
            event = self._known(self._asked[number])
            if isinstance(event, StepCompleted):
                found.append((steps.order[event.step], number, event))
        if not found:
            return None
        _, number, event = min(found, key=lambda each: each[0])
        return Answer(number, event.output, event.problem)

    async def _wait(self, unless: asyncio.Event | None) -> None:
        """Until something is settled, the first sleep is over, or `unless` is set."""
        other = [asyncio.ensure_future(unless.wait())] if unless is not None else []
        rest = self._naps.rest()
        try:
            if waited := {*self._flights.values(), *other}:
                await asyncio.wait(waited, timeout=None if rest == math.inf else rest, return_when=asyncio.FIRST_COMPLETED)
            elif rest != math.inf:
                await asyncio.sleep(rest)
        finally:
            for task in other:
                task.cancel()
        for number in [number for number, task in self._flights.items() if task.done()]:
            self._landed(number, self._flights.pop(number))

    def _landed(self, number: int, task: asyncio.Task[JsonValue]) -> None:
        error, done = task.exception(), isinstance(self._host.steps.known.get(task.get_name()), StepCompleted)
        match error:
            case Held():
                self._held[number] = error
            case Uncertain() if not done:
                self._doubts[number] = error
            case None:
                pass
            case Problem() if done:
                pass  # recorded: it is the call's answer
            case _:
                raise error  # it could not be recorded: the run has to know

    def _doubt(self) -> Doubt:
        number, error = next(iter(self._doubts.items()))
        return Doubt(Unknown(error.data, self._numbered[number]))

    def _known(self, call: _Call) -> StepStarted | StepCompleted | None:
        return self._host.steps.known.get(call.name)

    def _wrong(self, message: str, start: int, *, fix: str, kind: type[NonDeterministic] | None = None) -> ProblemData:
        return wrong(message, self._program.code, place_of(self._program.code, start), fix=fix, **({"kind": kind} if kind else {}))


def _number(name: str) -> int:
    head = name.partition(": ")[0]
    return int(head) if head.isdecimal() else -1


_repeatable = "Code is played again after a wait or a crash: let its calls depend on its inputs, the answers, the clock and random only."
