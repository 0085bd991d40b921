"""What the nodes of one run are given: a context for each attempt, with its steps, its meter and its place in line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from tenuto.core.events import Event
from tenuto.core.node import NodeKind
from tenuto.core.run import Claim
from tenuto.engine.actions.pretence import Pretence
from tenuto.engine.actions.steps import Steps
from tenuto.engine.context import Context
from tenuto.engine.course import Course
from tenuto.engine.desk import Desk
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.pacing.places import place_of, steps_of
from tenuto.engine.spending.meter import Meter
from tenuto.engine.spending.purse import purse_of


class Contexts:
    """Makes the contexts of one run."""

    def __init__(
        self, desk: Desk, claim: Claim, course: Course, payloads: Payloads, commit: Callable[[Sequence[Event]], Awaitable[None]]
    ) -> None:
        """`commit` records what a node learnt on the way."""
        self._desk = desk
        self._claim = claim
        self._course = course
        self._payloads = payloads
        self._commit = commit

    def of(self, node: str, kind: NodeKind) -> Context:
        """That of a node's attempt, as its log tells of it."""
        state, started, spending = self._course.state.nodes[node], self._course.started, self._desk.parts.spending
        purse = purse_of(self._course, self._claim.id, spending.accounts, self._desk.now, undoes=state.undoes is not None)
        simulated = bool(started and started.simulated)
        meter = Meter(spending.prices, simulated=simulated, observe=spending.observe, purse=purse)
        steps = Steps(
            node=node, attempt=state.attempt, key=state.key, record=self._commit, meter=meter, payloads=self._payloads,
            simulated=simulated, known=steps_of(state),
        )  # fmt: skip
        faults = (started.faults or ()) if started else ()
        return Context(
            parts=self._desk.parts,
            course=self._course,
            workspace=self._claim.id.workspace,
            execution_id=self._claim.public_id,
            node_id=node,
            attempt=state.attempt,
            key=state.key,
            now=self._desk.now(),
            clock=self._desk.now,
            stepped=kind.stepped,
            whisper=lambda event: self._desk.journal.whisper(self._claim.id, event),
            results=lambda node, first: self._desk.children.results(self._claim.id, node, first),
            steps=steps,
            meter=meter,
            pretence=Pretence(faults, node, state.attempt, steps.uncertain) if simulated else None,
            place=place_of(self._course, state),
            payloads=self._payloads,
            waiting=state.data or {},
        )
