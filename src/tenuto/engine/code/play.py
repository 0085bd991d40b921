"""A program played to its end: calls made once and recorded, answers given in the order of the log, from the beginning if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic_monty import AsyncMonty, MontyCrashedError, MontyError

from tenuto.core.errors import Problem, ProblemData, Unavailable
from tenuto.core.events import Event
from tenuto.core.limits import Held
from tenuto.core.node import Completed, Failed, Outcome, Suspended
from tenuto.core.program import Program
from tenuto.engine.code.calls import Calls
from tenuto.engine.code.failure import exception_of, failure, place_of, wrong
from tenuto.engine.code.partings import Doubt, Host, Nap, Refused
from tenuto.engine.code.plain import NotPlain, plain
from tenuto.engine.code.printed import Printed
from tenuto.engine.code.seats import Seat, Seats
from tenuto.engine.code.session import Asked, Blocked, Ended, Moment, Session, clocks

max_result = 16 * 1024 * 1024
"""Bytes of JSON that a program may give."""

_crashes = 2
"""How often a process may be lost: it may have been killed from outside; once more, and it has done it itself."""


class House(Protocol):
    """Where programs are played."""

    @property
    def seats(self) -> Seats: ...

    async def pool(self) -> AsyncMonty: ...


class Gone(Exception):
    """The seat was given up; the program is played again when something has been answered."""


class Play:
    """One life of one attempt of a program, however often it is begun."""

    def __init__(self, house: House, program: Program, modules: Mapping[str, Sequence[str]], host: Host) -> None:
        self._house = house
        self._program = program
        self._modules = modules
        self._host = host
        self._calls = Calls(host, program)
        self._printed = Printed(host.steps.node, host.printed)
        self._told: dict[str, ProblemData] = {}

    async def run(self) -> Outcome:
        """What the program comes to. What it has begun outside is settled, or the attempt is cancelled as a whole."""
        try:
            return await self._until_refused()
        except Nap as nap:
            outcome: Outcome = Suspended("delay", nap.until)
        except Doubt as doubt:
            outcome = doubt.outcome
        except Held:
            await self._flush()
            raise
        finally:
            await self._calls.close()
        await self._flush()
        return outcome

    async def _until_refused(self) -> Outcome:
        try:
            return await self._until_settled()
        except Refused as refused:
            await self._calls.settled()
            await self._flush()
            return Failed(refused.data)
        except Problem:
            await self._calls.settled()
            raise

    async def _until_settled(self) -> Outcome:
        crashes = 0
        while True:
            try:
                return await self._once()
            except Gone:
                await self._calls.something()
            except MontyCrashedError as error:
                crashes += 1
                if crashes > _crashes:
                    raise Refused(failure(error, self._program.code, self._program.limits, self._told)) from None
            except MontyError as error:
                raise Refused(failure(error, self._program.code, self._program.limits, self._told)) from None

    async def _once(self) -> Outcome:
        """From the beginning to wherever it comes."""
        seat = await self._house.seats.take()
        try:
            pool = await self._house.pool()
            self._calls.again()
            self._printed.again()
            seed = f"{self._host.execution_id}:{self._host.steps.node}"
            try:
                session = Session(pool, self._program, self._modules, seed)
                async with session:
                    return await self._through(session, seat)
            except TimeoutError:
                raise Refused(Unavailable("All processes for code are busy.", retry_after=1).data) from None
        finally:
            self._house.seats.leave(seat)

    async def _through(self, session: Session, seat: Seat) -> Outcome:
        moment = await session.first(self._printed.add)
        while True:
            match moment:
                case Asked():
                    moment = await self._asked(session, moment)
                case Blocked(pending):
                    moment = await self._blocked(session, pending, seat)
                case Ended(value):
                    return await self._ended(value)

    async def _asked(self, session: Session, asked: Asked) -> Moment:
        try:
            self._calls.note(asked)
        except NotPlain as error:
            return await session.refuse("TypeError", f"{asked.name}: {error}")
        except ValueError as error:
            return await session.refuse("ValueError", f"{asked.name}: {error}")
        if asked.name in clocks:
            return await session.tell(asked.name, asked.args, self._calls.time(asked))
        return await session.promise()

    async def _blocked(self, session: Session, pending: frozenset[int], seat: Seat) -> Moment:
        await self._flush(self._calls.sleeps(pending))
        self._calls.fly(pending)
        self._house.seats.rest(seat)
        try:
            answer = await self._calls.next(pending, seat.wanted)
        finally:
            self._house.seats.work(seat)
        if answer is None:
            raise Gone
        if answer.problem is None:
            return await session.deliver(answer.call, answer.output)
        kind, message = exception_of(answer.problem)
        self._told[message] = answer.problem
        return await session.fail(answer.call, kind, message)

    async def _ended(self, value: object) -> Outcome:
        await self._calls.settled()
        if (forgotten := self._calls.forgotten()) is not None:
            place = place_of(self._program.code, forgotten.start)
            fix = f"Write await {forgotten.function}(…)."
            raise Refused(wrong(f"The call of {forgotten.function} is not awaited", self._program.code, place, fix=fix))
        try:
            # Much takes long, and the loop has others to serve.
            output = await asyncio.to_thread(plain, value, limit=min(self._host.payloads.largest, max_result) - 4096)
        except NotPlain as error:
            raise Refused(wrong(f"The result cannot be kept: {error}", self._program.code, None, fix=_plainer)) from None
        await self._flush()
        return Completed(output)

    async def _flush(self, more: Sequence[Event] = ()) -> None:
        """Commit what was printed and read from the clock so far, and `more`."""
        printed = self._printed.take()
        events = [*self._calls.learnt(), *([printed] if printed else []), *more]
        if events:
            await self._host.steps.record(events)


_plainer = "Make it of text, numbers, true, false, null, lists and objects: list(…) of a set, ….isoformat() of a time."
