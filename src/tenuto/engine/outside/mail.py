"""Mail as signals: what somebody outside asked of a run, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

from pydantic import JsonValue

from tenuto.core.errors import Conflict, Problem
from tenuto.core.events import Event, NodeProgress
from tenuto.core.execution import NodeState
from tenuto.core.node import Answered
from tenuto.core.run import Mail
from tenuto.engine.rules.signals import Cancelled, Decided, Holder, Paused, Progressed, Resumed, Retried, Signal


class Letter(NamedTuple):
    """Mail to a node: who wrote it waits for an event that names it."""

    id: str
    attempt: int | None
    """Of the node, as its writer knew it: a node that asks anew asks something else."""

    @classmethod
    def of(cls, mail: Mail) -> Letter:
        """The letter in a piece of mail."""
        attempt = mail.signal.get("attempt")
        return cls(str(mail.signal.get("id", mail.key)), attempt if isinstance(attempt, int) else None)

    def late(self, node: str, state: NodeState | None) -> Problem | None:
        """Why it changes nothing any more, if it does not."""
        if state is None or state.status != "waiting":
            return too_late(node, state)
        if self.attempt is not None and self.attempt != state.attempt:
            return Conflict("The question was put anew in the meantime.", fix="Look at it again, then answer.", node=node)
        return None

    def named(self, events: Iterable[Event]) -> Sequence[Event]:
        """The events, those that tell of a node with this letter's name."""
        return [event.model_copy(update={"answers": self.id}) if "answers" in type(event).model_fields else event for event in events]


def refusal(node: str, problem: Problem, letter: Letter | None) -> NodeProgress:
    """What is recorded of a letter that a node did not take."""
    data: JsonValue = problem.data.model_dump(mode="json", exclude_none=True)
    return NodeProgress(node=node, kind="answer_refused", data=data, answers=letter.id if letter else None)


def too_late(node: str, state: NodeState | None) -> Conflict:
    """Why a node takes no answer: what became of it, and through whom."""
    if state is None:
        return Conflict(f'The run has not reached the node "{node}".', node=node)
    output = state.output if isinstance(state.output, dict) else {}
    decision, by = output.get("decision"), output.get("by")
    if state.status == "completed" and decision == "expired":
        return Conflict("The time to decide is over.", node=node)
    if state.status == "completed" and isinstance(by, str):
        return Conflict(f"It was decided already: {decision or 'answered'} by {by}.", node=node)
    return Conflict(f'The node "{node}" does not wait for an answer: it is {state.status}.', node=node)


def opened(mail: Mail, now: datetime) -> Signal:
    """The signal in a piece of mail; the services that wrote it have checked it."""
    signal = mail.signal
    by = str(signal.get("by", "somebody"))
    match mail.kind:
        case "cancel":
            return Cancelled(by=by, reason=str(signal.get("reason", "")))
        case "pause":
            reasons = signal.get("waiting_for")
            return Paused(by=by, waiting_for=tuple(map(str, reasons)) if isinstance(reasons, list) else ())
        case "resume":
            only = cast("Holder | None", signal.get("only"))
            return Resumed(by=by, budget=cast("dict[str, JsonValue] | None", signal.get("budget")), only=only)
        case "decide":
            decision = cast("Literal['done', 'retry', 'fail']", signal["decision"])
            return Decided(node=str(signal["node"]), decision=decision, by=by, now=now, output=signal.get("output"))
        case "retry":
            node = signal.get("node")
            return Retried(by=by, node=str(node) if node is not None else None)
        case "progress" | "answer" | "children" | "call" | "event":
            return Progressed(data=signal.get("data"))


def asked(mail: Mail) -> Answered:
    """Somebody's answer to a waiting node."""
    data, names, person = mail.signal.get("data"), mail.signal.get("names"), mail.signal.get("person")
    return Answered(
        data=cast("Mapping[str, JsonValue]", data) if isinstance(data, dict) else {},
        by=str(mail.signal.get("by", "somebody")),
        names=tuple(map(str, names)) if isinstance(names, list) else (),
        person=str(person) if person is not None else None,
    )
