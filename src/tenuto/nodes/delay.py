"""The node kind `delay`: wait for a while, or for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, model_validator

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome, Suspended, TimeCame, Wakening
from tenuto.core.values import Frozen, JsonObject


class DelayConfig(Frozen):
    """How long, or until when; exactly one of them."""

    duration: timedelta | None = Field(default=None, ge=timedelta(0), description="ISO 8601 duration.", examples=["PT15M"])
    until: AwareDatetime | None = Field(
        default=None, description="RFC 3339 time with its zone; a past one does not wait.", examples=["2030-01-01T09:00:00Z"]
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> DelayConfig:
        if (self.duration is None) == (self.until is None):
            raise ValueError("give either a duration or a time (`until`), exactly one of them")
        return self


class Delay(NodeKind, frozen=True):
    """Wait for a while, or until a time; a waiting run needs no process."""

    example: ClassVar[JsonObject] = {"duration": "PT0S"}

    type: Literal["delay"] = "delay"
    config: DelayConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Suspends until the time; completes at once if it has come."""
        try:
            until = self.config.until or ctx.now + (self.config.duration or timedelta(0))
        except OverflowError:
            raise Invalid("The duration leads past the year 9999.", pointer="/config/duration") from None
        return Suspended("delay", until) if until > ctx.now else Completed()

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome:
        """Completes when the time has come. Raises `Conflict` for an answer: nobody was asked."""
        if not isinstance(wakening, TimeCame):
            raise Conflict("This node waits for a time; there is nothing to answer.", node=self.id)
        return Completed()
