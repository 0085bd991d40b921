"""The node kind `transform`: build a value."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject


class TransformConfig(Frozen):
    """What is built."""

    value: JsonValue = Field(
        description="Any JSON value with expressions anywhere in it; with them evaluated it is the output.",
        examples=[{"title": "{{ input.subject.upper() }}"}],
    )


class Transform(NodeKind, frozen=True):
    """Build a value out of what is there."""

    pure: ClassVar[bool] = True
    passes: ClassVar = ("value",)
    example: ClassVar[JsonObject] = {"value": {"title": "Late parcel", "urgent": True}}

    type: Literal["transform"] = "transform"
    config: TransformConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """The value, whose expressions the engine has evaluated."""
        return Completed(self.config.value)
