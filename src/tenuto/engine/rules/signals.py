"""What happens to a run: the signals that are decided upon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.node import Settled
from tenuto.core.usage import Usage, nothing


@dataclass(frozen=True, slots=True)
class Reported:
    """An attempt came to an outcome. `chance` (below 1) is for the jitter of a retry; `usage` is that of all attempts of the node."""

    node: str
    attempt: int
    outcome: Settled
    now: datetime
    duration_ms: float = 0
    chance: float = 1.0
    agent_name: str | None = None
    usage: Usage = nothing


@dataclass(frozen=True, slots=True)
class Decided:
    """A person said what became of an unknown effect."""

    node: str
    decision: Literal["done", "retry", "fail"]
    by: str
    now: datetime
    output: JsonValue = None


Holder: TypeAlias = Literal["budget", "child"]
"""What holds a run that may not spend more: a budget, in whichever run of its family; or nothing but that a run of its own is held."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody ends the run."""

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """Somebody holds the run, or what one of its own runs waits for does."""

    by: str
    waiting_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resumed:
    """Somebody lets the run go on, perhaps with another budget."""

    by: str
    budget: dict[str, JsonValue] | None = None
    only: Holder | None = None
    """Where it is paused by anything else, it stays so."""


@dataclass(frozen=True, slots=True)
class Retried:
    """Somebody takes a failed run up again: all that failed in it, or one `node`."""

    by: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Progressed:
    """Somebody outside told those who watch something."""

    data: JsonValue


@dataclass(frozen=True, slots=True)
class DeadlineCame:
    """The whole run has taken as long as it may."""


Signal: TypeAlias = Reported | Decided | Cancelled | Paused | Resumed | Retried | Progressed | DeadlineCame
