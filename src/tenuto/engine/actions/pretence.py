"""What stands in for the outside in a simulated attempt: answers made of examples, and what was asked to go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenuto.core.connector import Action, Answer, Effect, Outbound
from tenuto.core.errors import Uncertain
from tenuto.core.faults import Fault, fault_of, problem_of
from tenuto.core.values import JsonObject, JsonValue, encode
from tenuto.engine.actions.simulate import simulate

_asks, _repeatable = ("GET", "HEAD", "OPTIONS"), ("PUT", "DELETE")


@dataclass(frozen=True)
class Pretence:
    """For one attempt of one node."""

    faults: Sequence[Fault]
    node: str
    attempt: int
    uncertain: dict[str, None]
    """Where a call is put down that may have happened, so that the attempt ends as unknown as it would outside."""

    def perform(self, connector: str, action: Action, params: JsonObject, key: str) -> JsonValue:
        """What the action could answer. Raises `Invalid` for wrong parameters, and the problem of a fault."""
        made = simulate(action, params, key=key)
        self._strike(f"{connector}.{action.key}", action.effect)
        return made

    def send(self, request: Outbound) -> Answer:
        """A labelled answer that repeats the request. Raises the problem of a fault."""
        method = request.method
        self._strike("http", "read" if method in _asks else "idempotent_write" if method in _repeatable else "write")
        body: dict[str, JsonValue] = {"simulated": True, "method": method, "url": request.url}
        return Answer(200, {"content-type": "application/json"}, encode(body))

    def _strike(self, called: str, effect: Effect) -> None:
        if (fault := fault_of(self.faults, self.node, self.attempt, called)) is not None:
            problem = problem_of(fault, called, effect)
            if isinstance(problem, Uncertain):
                self.uncertain[called] = None
            raise problem
