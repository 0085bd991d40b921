"""How one node of a run stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.connector import Effect
from tenuto.core.errors import ProblemData
from tenuto.core.events import StepCompleted, StepStarted
from tenuto.core.usage import Usage

NodeStatus: TypeAlias = Literal["running", "retrying", "waiting", "unknown", "completed", "skipped", "failed"]
_writes: tuple[Effect, ...] = ("write", "idempotent_write")


@dataclass(slots=True)
class NodeState:
    """What the log says of one node."""

    status: NodeStatus = "running"
    attempt: int = 0
    before: int = 0
    """Attempts made before the run was taken up again; they do not count against the node's retry policy."""
    key: str = ""
    effect: Effect = "pure"
    input: JsonValue = None
    output: JsonValue = None
    port: str | None = None
    problem: ProblemData | None = None
    until: datetime | None = None
    reason: str | None = None
    """What it waits for, or why it was skipped where that is more than that no edge fired."""
    in_flight: bool = False
    """Whether it was ended while an outside effect of it was under way, which may or may not have happened."""
    undoes: str | None = None
    """The node that this one undoes, where it is run for that."""
    data: Mapping[str, JsonValue] | None = None
    held: bool = False
    """Whether it is held by a rate limit, now or before this attempt went on."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    steps: dict[str, StepStarted | StepCompleted] | None = None
    usage: Usage | None = None
    """Of all its attempts and steps."""
    printed: int = 0
    """Characters that the attempt's code has printed so far."""
    doubt: str | None = None
    """The step of which nobody knows whether it happened, where the node goes on with what is decided about it."""

    @property
    def settled(self) -> bool:
        """Whether the node is behind us: its edges are known."""
        return self.status in ("completed", "skipped", "failed")

    @property
    def exposed(self) -> bool:
        """Whether an outside effect has begun, the node's own or that of a step, that may or may not have happened."""
        if self.status == "running":
            open_steps = (step.effect for step in (self.steps or {}).values() if isinstance(step, StepStarted) and not step.pending)
            return self.effect in _writes or any(effect in _writes for effect in open_steps)
        return self.status == "unknown"

    def took(self, event: StepStarted | StepCompleted) -> None:
        """A step has begun or is done. They stand in the order of what happened last, in which code that is replayed is answered."""
        self.steps = self.steps or {}
        self.steps.pop(event.step, None)
        self.steps[event.step] = event

    def took_print(self, data: JsonValue) -> None:
        """Its code has printed something; `to` counts the characters."""
        until = data.get("to") if isinstance(data, dict) else None
        self.printed = until if isinstance(until, int) else self.printed
