"""The steps of one attempt of a node: each done once, committed before and after, and settled after a crash by its effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from pydantic import JsonValue

from tenuto.core.connector import Effect
from tenuto.core.errors import BudgetExceeded, Problem, ProblemData, Uncertain, problem_from
from tenuto.core.events import Event, StepCompleted, StepStarted
from tenuto.core.limits import Held
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.pacing.places import put_off
from tenuto.engine.spending.meter import Meter
from tenuto.engine.spending.meter import Step as Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a node's work. `do` and `find` get its idempotency key; `find` answers None if it certainly did not happen."""

    name: str
    effect: Effect
    do: Callable[[str], Awaitable[JsonValue]]
    find: Callable[[str], Awaitable[JsonValue]] | None = None
    request: JsonValue = None
    key: str | None = None
    """By default `key of the attempt:name`."""
    digest: str | None = None
    """What a replay is held against."""
    reserved: bool = False
    """Whether it is one request, for which a budget is asked before its start is recorded."""


@dataclass(kw_only=True)
class Steps:
    """What has become of each step; `known` is given in the order of what happened last."""

    node: str
    attempt: int
    key: str
    record: Callable[[Sequence[Event]], Awaitable[None]]
    """Commits events of this run; they are taken in before anything is awaited."""
    meter: Meter
    payloads: Payloads
    simulated: bool
    known: dict[str, StepStarted | StepCompleted] = field(default_factory=dict[str, StepStarted | StepCompleted])
    order: dict[str, int] = field(init=False)
    """When what is known of each step happened, as numbers that only grow."""
    uncertain: dict[str, None] = field(default_factory=dict[str, None])
    """Steps that may or may not have changed something outside, whatever the node itself is."""
    _count: Iterator[int] = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        self.order = {name: next(self._count) for name in self.known}

    async def once(self, step: Step) -> JsonValue:
        """Do it, or answer what it came to. Raises its problem, and `Uncertain` if nobody can tell whether it happened."""
        before = self.known.get(step.name)
        if isinstance(before, StepCompleted):
            if before.problem is not None:
                raise problem_from(before.problem)
            return await self.payloads.opened(before.output)
        key = before.key if before is not None else step.key or f"{self.key}:{step.name}"
        if before is None or before.pending:
            await self._begin(step, key)
        if step.effect in ("write", "idempotent_write") and not self.simulated:
            self.uncertain[step.name] = None  # until it is known; the node's time may run out in the middle of it
        with self.meter.within(step.name) as counted:
            try:
                found = await self._after_crash(step, key) if before is not None and not before.pending else None
                output = await step.do(key) if found is None else found
            except Uncertain:
                raise
            except Held as held:
                self.uncertain.pop(step.name, None)
                await self._completed(step, counted, problem=put_off(held))
                del self.known[step.name]  # for who goes on it has not begun
                raise
            except BudgetExceeded:
                self.uncertain.pop(step.name, None)  # nothing was sent; the step is done when the run may go on
                raise
            except Problem as problem:
                self.uncertain.pop(step.name, None)
                await self._completed(step, counted, problem=problem.data)
                raise
            self.uncertain.pop(step.name, None)
            await self._completed(step, counted, output=output)
        return output

    async def _begin(self, step: Step, key: str) -> None:
        if step.reserved:
            # After its start nobody could tell a call that no budget allowed from one that left.
            await self.meter.admit(key)
        try:
            await self._started(step, key)
        except BaseException:
            self.meter.let_go(key)
            raise

    async def remember(self, name: str, output: JsonValue = None, *, fact: bool = False, digest: str | None = None) -> None:
        """Commit that a step is done, or a fact that was learnt on the way."""
        await self._record(StepCompleted(node=self.node, attempt=self.attempt, step=name, output=output, fact=fact, digest=digest))

    async def _completed(self, step: Step, counted: Counted, *, output: JsonValue = None, problem: ProblemData | None = None) -> None:
        await self._record(
            StepCompleted(
                node=self.node,
                attempt=self.attempt,
                step=step.name,
                output=output,
                problem=problem,
                usage=counted.taken(),
                digest=step.digest,
            )
        )

    async def _started(self, step: Step, key: str) -> None:
        await self._record(
            StepStarted(
                node=self.node, attempt=self.attempt, step=step.name, key=key, effect=step.effect, input=step.request, digest=step.digest
            )
        )

    async def _after_crash(self, step: Step, key: str) -> JsonValue:
        """The result of a step that was under way when the process stopped, or None if it may be done (again)."""
        if step.effect != "write" or self.simulated:
            return None
        if step.find is None:
            raise Uncertain("The process stopped while this step was under way; it may or may not have happened.")
        try:
            return await step.find(key)
        except Uncertain:
            raise
        except Problem as problem:
            # That it cannot be looked up at the moment does not say that it did not happen.
            raise Uncertain(f"Whether this step happened could not be found out: {problem.data.detail}") from problem

    def keep(self, event: StepStarted | StepCompleted) -> None:
        """Take in what is about to be recorded."""
        self.known[event.step] = event
        self.order[event.step] = next(self._count)

    async def _record(self, event: StepStarted | StepCompleted) -> None:
        before = self.known.get(event.step)
        self.keep(event)
        try:
            await self.record([event])
        except Problem:
            # What cannot be stored was not taken in either.
            self.known.pop(event.step)
            if before is not None:
                self.known[event.step] = before
            raise
