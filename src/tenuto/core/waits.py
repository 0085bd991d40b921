"""What a waiting run waits for, as others find it: people who look for their questions, events and calls that look for their runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, cast, get_args

from pydantic import JsonValue

from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeWaiting,
    StepCompleted,
    StepStarted,
    node_of,
    terminal,
)
from tenuto.core.execution import NodeState, State
from tenuto.core.values import JsonObject

WaitKind: TypeAlias = Literal["approval", "event", "call"]
kinds: frozenset[str] = frozenset(get_args(WaitKind))
"""Reasons to wait for which somebody outside looks; a time and children come by themselves."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A node waits for somebody or something; again, where it was asked before and more is known now."""

    kind: WaitKind
    attempt: int
    event: str | None = None
    """The name of the event it waits for."""
    title: str = ""
    digest: str = ""
    approvers: tuple[str, ...] = ()
    """Who may decide; nobody named is everybody with the permission."""
    barred: tuple[str, ...] = ()
    """Who may not, whoever else they are: authors, where that is asked, and those who have answered."""
    answered: tuple[str, ...] = ()
    required: int = 1
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A node waits no more: `outcome` is the port it left by, or `withdrawn`, where the question lapsed with its run."""

    outcome: str
    answered: tuple[str, ...] = ()


_outcomes = {"approve": "approved", "reject": "rejected", "expired": "expired"}
"""Of a question that is a step of its node: the node goes on, whatever was decided."""

WaitChanges: TypeAlias = Mapping[str, Wait | Over]
"""By node; of several changes of one node the last counts."""


def waiting_nodes(state: State) -> set[str]:
    """The nodes that wait for somebody outside."""
    return {name for name, _ in _waiting(state)}


def changes(event: Event, waiting: Collection[str], attempt: int) -> WaitChanges:
    """What an event changes, where these nodes wait before it; `attempt` is the present one of the event's node."""
    if event.type in terminal:
        return dict.fromkeys(waiting, Over("withdrawn"))
    node = node_of(event)
    if isinstance(event, NodeWaiting) and event.reason in kinds:
        return {event.node: _wait(event.reason, event.data, event.until, attempt)}
    if node is None or node not in waiting or isinstance(event, NodeProgress | StepStarted):
        return {}
    match event:
        case StepCompleted(output={"decision": "approve" | "reject" | "expired" as decision, "digest": str()}):
            return {node: Over(_outcomes[decision], (event.by,) if event.by else ())}
        case StepCompleted():
            return {}
        case NodeCompleted():
            return {node: Over(event.port, _people(event.output if isinstance(event.output, dict) else {}, "by"))}
        case NodeFailed():
            return {node: Over("failed")}
        case _:
            return {node: Over("withdrawn")}


def all_waits(state: State) -> WaitChanges:
    """Everything that is waited for, as where a failed run is taken up again."""
    return {name: _wait(str(node.reason), node.data or {}, node.until, node.attempt) for name, node in _waiting(state)}


def _waiting(state: State) -> Iterator[tuple[str, NodeState]]:
    return ((name, node) for name, node in state.active.items() if node.status == "waiting" and node.reason in kinds)


def _wait(reason: str, data: JsonObject, until: datetime | None, attempt: int) -> Wait:
    required = data.get("required")
    return Wait(
        kind=cast("WaitKind", reason),
        attempt=attempt,
        event=_text(data.get("event")) or None,
        title=_text(data.get("title")),
        digest=_text(data.get("digest")),
        approvers=_texts(data.get("approvers")),
        barred=tuple(dict.fromkeys((*_texts(data.get("barred")), *_people(data, "by", "person")))),
        answered=_people(data, "by"),
        required=required if isinstance(required, int) else 1,
        until=_time(data.get("expires")) or until,
    )


def _people(data: JsonObject, *names: str) -> tuple[str, ...]:
    """Whoever answered, by these of their names."""
    answers = data.get("answers")
    found = [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []
    return tuple(dict.fromkeys(_text(answer.get(name)) for answer in found for name in names if answer.get(name)))


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(_text(item) for item in value) if isinstance(value, list) else ()


def _text(value: JsonValue) -> str:
    """As a column of the database may hold it: without NUL, and of no unreasonable length."""
    return value.replace("\0", "")[:1000] if isinstance(value, str) else ""


def _time(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
