"""What a simulation is asked to let go wrong, so that retries, branches for errors and questions to people are seen before it is real."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from pydantic import Field

from tenuto.core.connector import Effect
from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Uncertain, VendorFailed
from tenuto.core.values import Frozen

FaultKind: TypeAlias = Literal["rate_limited", "timeout", "expired_token", "malformed", "unavailable"]
asked = "This simulation was asked for it"


class Fault(Frozen):
    """Requests that go wrong in a simulated run."""

    at: str = Field(
        description="A node's id, an integration (`gmail`), one of its actions (`gmail.send_email`), or `http`.",
        min_length=1,
        max_length=200,
        examples=["gmail.send_email"],
    )
    kind: FaultKind = Field(
        description="`rate_limited` (429), `timeout` (no answer: a write may have happened), `expired_token` (401), `malformed` (an answer "
        "that is no JSON), `unavailable` (503).",
        examples=["rate_limited"],
    )
    attempts: int = Field(default=1, ge=1, le=100, description="How many attempts of each node go wrong, from the first on.")

    @property
    def names(self) -> tuple[str, str]:
        """The integration and the action that `at` may name."""
        integration, _, action = self.at.partition(".")
        return integration, action


def fault_of(faults: Sequence[Fault], node: str, attempt: int, called: str) -> Fault | None:
    """The first that strikes a call (`gmail.send_email`, `http`) of this attempt of a node."""
    meant: Collection[str] = (node, called, called.partition(".")[0])
    return next((fault for fault in faults if fault.at in meant and attempt <= fault.attempts), None)


def problem_of(fault: Fault, name: str, effect: Effect) -> Problem:
    """What the engine would have met outside: `Uncertain` where a write may have happened."""
    lost = effect == "write"
    match fault.kind:
        case "rate_limited":
            return RateLimited(f"{name} asks to wait. {asked}.", retry_after=1)
        case "expired_token":
            return AuthRejected(f"{name} refused the token: it has expired. {asked}.", fix="In earnest: connect the account again.")
        case "unavailable":
            return VendorFailed(f"{name} is not available. {asked}.")
        case "timeout":
            sentence = f"{name} did not answer in time. {asked}."
            return Uncertain(f"{sentence} It may have been done all the same.") if lost else VendorFailed(sentence)
        case "malformed":
            sentence = f"{name} answered something that is no JSON. {asked}."
            return Uncertain(f"{sentence} It may have been done all the same.") if lost else InvalidOutput(sentence, raw='{"id": ')
