"""What a program's node offers it, and the ways in which a program stops before its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.node import Unknown
from tenuto.core.values import JsonObject
from tenuto.engine.actions.steps import Step, Steps
from tenuto.engine.large.payloads import Payloads


class Host(Protocol):
    """What a program's node offers it."""

    execution_id: str
    clock: Callable[[], datetime]
    steps: Steps
    payloads: Payloads

    @property
    def printed(self) -> int: ...

    def action_step(self, name: str, connector: str, action: str, params: JsonObject, connection: str | None) -> Step: ...

    def request_step(self, name: str, config: JsonObject) -> Step: ...


class Refused(Exception):
    """The program may not go on; `data` is why."""

    def __init__(self, data: ProblemData) -> None:
        super().__init__(data.detail)
        self.data = data


class Nap(Exception):
    """Only sleeps are left, and the first of them is over at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Doubt(Exception):
    """Of one step nobody knows whether it happened."""

    def __init__(self, outcome: Unknown) -> None:
        super().__init__(outcome.problem.detail)
        self.outcome = outcome


class Answer(NamedTuple):
    """What a call came to."""

    call: int
    output: JsonValue
    problem: ProblemData | None
