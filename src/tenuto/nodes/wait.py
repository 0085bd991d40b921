"""The node kind `wait`: go on when somebody outside calls, or when an event comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.node import Answered, Arrived, Completed, NodeContext, NodeKind, Outcome, Suspended, TimeCame, Wakening
from tenuto.core.values import Frozen, JsonObject


class WaitConfig(Frozen):
    """What is waited for, and how long."""

    event: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = Field(
        default=None,
        description="The name of an event: `github.issues.opened`, or one of your own. Without it the node waits for a call of its address.",
        examples=["github.issues.closed"],
    )
    match: str | None = Field(
        default=None,
        description="An expression over `event`, the event's content, that says whether it is the one; looked at when one comes.",
        examples=["{{ event.issue.number == nodes.open.output.number }}"],
    )
    timeout: timedelta | None = Field(
        default=None, gt=timedelta(0), description="After this (ISO 8601) the node leaves by `expired`.", examples=["P3D"]
    )

    @model_validator(mode="after")
    def _match_needs_an_event(self) -> WaitConfig:
        if self.match is not None and self.event is None:
            raise ValueError("only an event can match; name one, or leave match out")
        return self


class Wait(NodeKind, frozen=True):
    """Wait until somebody outside calls the node's address, or until an event comes.

    The address is `execution.urls.<id>`, known before the node is reached: send it to whoever is to call it. `POST` with JSON lets the run
    go on, once; a call that comes early is kept. The address is a secret: what a run records of it opens nothing. An event counts from
    the moment at which the node waits. The output is `{data, event}`: what was sent, and the event's name.
    """

    ports: ClassVar = ("out", "expired")
    deferred: ClassVar[Sequence[str]] = ("match",)
    example: ClassVar[JsonObject] = {"timeout": "PT0.01S"}

    type: Literal["wait"] = "wait"
    config: WaitConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Suspends; what it waits for is in the data."""
        config = self.config
        try:
            until = ctx.now + config.timeout if config.timeout else None
        except OverflowError:
            raise Invalid("The timeout leads past the year 9999.", pointer="/config/timeout") from None
        expires = until.isoformat() if until else None
        if config.event is not None:
            return Suspended("event", until, {"event": config.event, "match": config.match, "expires": expires})
        return Suspended("call", until, {"url": ctx.address, "expires": expires})

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome:
        """Completes with what came, or because nothing did. Raises `Conflict` for an event that is another one."""
        match wakening:
            case TimeCame():
                return Completed(_output(None), "expired")
            case Answered(data=data, by=by):
                return Completed({**_output(dict(data)), "by": by})
            case Arrived(data=data, event=event):
                if self.config.match is not None and not _true(await ctx.evaluate_for("match", data)):
                    raise Conflict("The event is another one.", node=self.id)
                return Completed(_output(data, event))


def _output(data: JsonValue, event: str | None = None) -> dict[str, JsonValue]:
    return {"data": data, "event": event}


def _true(value: JsonValue) -> bool:
    """A match is a truth value; anything else is a mistake that must not let a run go on."""
    if not isinstance(value, bool):
        raise Invalid(f"match is {type(value).__name__}, which is neither true nor false.", pointer="/config/match")
    return value
